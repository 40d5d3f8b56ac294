"""``lgpgan serve``: started, asked, stopped; and what it refuses to start with."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from lgpgan.cli.application import run


def started(*options: str) -> tuple[subprocess.Popen[str], str]:
    """A server, and the address that it prints."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "lgpgan", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(portrait_file: Path, sign: int) -> None:
    options = ("--root-path", "/faces", "--token", "secret") if sign == signal.SIGTERM else ()
    process, address = started(*options)
    try:
        parts = httpx.URL(address)
        assert parts.host == "127.0.0.1"
        assert (parts.path, parts.fragment) == (
            ("/faces/", "token=secret") if options else ("/", "")
        )
        headers = {"Authorization": "Bearer secret", "Content-Type": "image/png"}
        with httpx.Client(
            base_url=address.partition("#")[0], headers=headers, timeout=60
        ) as client:
            # A proxy takes the root path away before it asks.
            base = f"http://127.0.0.1:{parts.port}"
            assert client.get(f"{base}/api/health").json() == {"status": "ok"}
            answer = client.post(f"{base}/api/photos", content=portrait_file.read_bytes())
            assert answer.headers["location"].startswith(parts.path + "api/photos/")
    finally:
        process.send_signal(sign)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert said.splitlines()[-1] == "stopped."
    assert "Traceback" not in said


def test_it_ends_when_its_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(["serve", "--port", str(taken.getsockname()[1])]) == 2
    assert re.search(r"port \d+ .*choose another one with --port", capsys.readouterr().err)


@pytest.mark.parametrize(
    "options",
    [
        ["--port", "99999"],
        ["--host", "no.such.host.invalid"],
        ["--root-path", "faces"],
        ["--workers", "0"],
        ["--photos", "0"],
        ["--megapixels", "1000"],
        ["--weights", "absent.safetensors"],
        ["--engine", "clouds"],
    ],
)
def test_what_it_refuses(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", *options]) == 2
    assert capsys.readouterr().err


def test_every_bound_is_an_option_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--help"]) == 0
    text = capsys.readouterr().out.partition("\n options\n")[2]
    for option, default in {
        "photo-megabytes": 64, "megapixels": 50, "photos": 32, "kept-megabytes": 512,
        "opened-megabytes": 512, "minutes": 30, "waiting": 64, "transfer-megabytes": 512,
        "connections": 256, "patience": 20, "port": 7861, "host": "127.0.0.1",
    }.items():  # fmt: skip
        shown = re.search(rf"--{option} .*?\(default:\s+([^)]*)\)", text, re.DOTALL)
        assert shown is not None
        assert shown[1] == str(default), option
