"""The most memory that a command and the processes that it starts take, as Linux tells it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

__all__ = ["family", "peak_of", "watch_memory"]

EVERY = 0.1
"""Seconds between two looks."""


def watch_memory(process: subprocess.Popen[bytes]) -> dict[int, float]:
    """Wait until a process has ended; returns process numbers with the most that each took, in MB.

    Its output must go nowhere that fills up, or it waits as well.
    """
    peaks: dict[int, float] = {}
    while process.poll() is None:
        for pid in family(process.pid):
            peaks[pid] = max(peaks.get(pid, 0.0), peak_of(pid))
        time.sleep(EVERY)
    return peaks


def family(pid: int) -> list[int]:
    """A process and those that it started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in family(int(child)))]


def peak_of(pid: int) -> float:
    """The most memory that a process had so far, in MB; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = (line.split() for line in status.splitlines())
    return next((int(words[1]) / 1024 for words in lines if words[0] == "VmHWM:"), 0.0)
