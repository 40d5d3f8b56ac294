"""What stops a run half way: a disk that is full at every file in turn, and a kill."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

KILLED_IN_THE_MIDDLE = """
import pathlib, sys, time
from lgpgan.cli.application import run

replace, replaced = pathlib.Path.replace, []

def hang(self, target):
    replaced.append(target)
    if len(replaced) == int(sys.argv[1]):
        print("ready", flush=True)
        time.sleep(600)
    return replace(self, target)

pathlib.Path.replace = hang
run(sys.argv[2:])
"""


def kill_at(file: int, command: Sequence[str], folder: Path | None = None) -> None:
    """Run lgpgan in a process that is killed when this file, from 1, is about to be in place.

    Args:
        file: which of those that it writes.
        command: without ``lgpgan``.
        folder: where it runs.
    """
    words = [sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(file), *command]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None
        assert "ready" in (line.strip() for line in process.stdout)
        process.kill()
        assert process.wait() == -signal.SIGKILL


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Let no file be put in place at the first try; returns those that were not, as they come."""
    replace = os.replace
    failed: list[Path] = []

    def full(source: str | Path, target: str | Path) -> Path:
        if Path(target) not in failed:
            failed.append(Path(target))
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)
        return Path(target)

    monkeypatch.setattr(Path, "replace", full)
    return failed


def contents(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def unfinished(folder: Path) -> list[Path]:
    """Files that were not put in place."""
    return [path for path in folder.rglob("*") if path.suffix == ".part"]
