"""The clients of docs/serving.md do what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from servers import LiveServer

PAGE = Path(__file__).parents[2] / "docs/serving.md"


def snippet(language: str, mark: str, server: LiveServer) -> str:
    """The client in a language, for a server."""
    every = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (code,) = (each for each in every if mark in each)
    assert "http://127.0.0.1:7861" in code
    return code.replace("http://127.0.0.1:7861", f"http://127.0.0.1:{server.port}")


@pytest.fixture
def folder(tmp_path: Path, portrait: bytes) -> Path:
    (tmp_path / "portrait.jpg").write_bytes(portrait)
    return tmp_path


def run_in(folder: Path, *command: str) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def check(folder: Path, *names: str) -> None:
    for name in names:
        with Image.open(folder / name) as image:
            assert image.size == (300, 300)
            assert "lgpgan" in str(image.getexif())


def test_curl(server: LiveServer, folder: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    code = snippet("sh", "curl", server)
    run_in(folder, "sh", "-eu", "-c", code)
    check(folder, "happy.jpg", "sad.jpg")
    assert len(server.service.store) == 0


def test_python(server: LiveServer, folder: Path) -> None:
    run_in(folder, sys.executable, "-c", snippet("python", "httpx", server))
    check(folder, "face1.jpg")
    assert len(server.service.store) == 0


def test_javascript(server: LiveServer, folder: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    (folder / "client.mjs").write_text(snippet("javascript", "fetch", server))
    run_in(folder, "node", "client.mjs")
    check(folder, "preview.jpg")
    assert len(server.service.store) == 0


def test_the_table_of_errors_is_whole() -> None:
    from lgpgan.serving.errors import KINDS

    section = PAGE.read_text(encoding="utf-8").partition("### Errors")[2]
    told = {
        kind: int(status)
        for status, kinds in re.findall(r"^\| (\d+) \| (`.*?) \|", section, re.MULTILINE)
        for kind in re.findall(r"`(\w+)`", kinds)
    }
    assert told == KINDS
