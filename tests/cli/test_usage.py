"""The help of every command calls its arguments as people do."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from lgpgan.cli.application import COMMANDS, run

WIDTH = 80
"""of a terminal that tells tyro no width"""

NEEDED = {
    "edit": "PHOTO… [OPTIONS]",
    "prepare": "SOURCE [DEST] [OPTIONS]",
    "studio": "PHOTOS DEST [OPTIONS]",
    "train": "SET --out RUN [OPTIONS]",
    "evaluate": "SUBJECT SET [OPTIONS]",
    "compare": "SET --out FOLDER [OPTIONS]",
    "serve": "[OPTIONS]",
    "export": "RUN|WEIGHTS|default [OPTIONS]",
    "augment": "DATA DEST [OPTIONS]",
    "benefit": "REAL SYNTHETIC… --test SET --out FOLDER [OPTIONS]",
    "assets": "[OPTIONS]",
    "doctor": "[OPTIONS]",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_usage_is_written_as_people_write_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Regression: ``PATH [[PATH [PATH ...]]]``, ``STR PATH`` and ``{None}|PATH``."""
    assert run([name, "--help"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == f"usage: lgpgan {name} {NEEDED[name]}"
    assert "None}" not in printed
    assert "[[" not in printed
    assert "(default: )" not in printed
    assert "default: None" not in " ".join(printed.split())
    for row in re.findall(r"^[│ ] (\[.*?) {2}", printed, re.MULTILINE):
        assert "required" not in printed.partition(row)[2].split("│ ")[0], row


@pytest.mark.parametrize("name", COMMANDS)
def test_processes_have_one_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Regression: ``--workers`` in two commands, ``--jobs`` in two others."""
    assert run([name, "--help"]) == 0
    options = set(re.findall(r"^[│ ]+(--[\w-]+)", capsys.readouterr().out, re.MULTILINE))
    assert "--workers" not in options
    assert ("--processes" in options) == (name in ("train", "compare"))  # of a run, one a GPU
    assert ("--engine" in options) <= ("--jobs" in options)


@pytest.mark.parametrize("name", COMMANDS)
def test_texts_are_wrapped_once_to_the_width(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Regression: descriptions were not wrapped, and the lines of options were wrapped twice.

    Nor is ``(default: None)`` or ``(default: '')`` shown, which only Python's authors read.
    """
    assert run([name, "--help"]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert "(default: None)" not in " ".join(printed.split())
    assert "(default: '')" not in " ".join(printed.split())
    examples = [line for line in lines if line.startswith("  lgpgan")]
    assert max(len(line) for line in lines if line not in examples) <= WIDTH

    start = lines.index(" options")
    column = next(line.index("show this") for line in lines if "--help " in line)
    assert gaps(lines[:start], 0) == []
    assert gaps(lines[start:], column) == []


def gaps(lines: list[str], column: int) -> list[tuple[str, str]]:
    """Lines of text from a column on that end although the next one's first word had room."""
    return [
        (above, below)
        for above, below in pairwise(lines)
        if all(line[:column].isspace() or not column for line in (above, below))
        if all(line[column : column + 1].strip() for line in (above, below))
        if len(above) + 1 + len(below.split()[0]) < WIDTH - 1
    ]
