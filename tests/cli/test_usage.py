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
    for row in re.findall(r"^[│ ] (\[.*?) {2}", printed, re.MULTILINE):
        assert "required" not in printed.partition(row)[2].split("│ ")[0], row


@pytest.mark.parametrize("name", COMMANDS)
def test_processes_have_one_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Regression: ``--workers`` in two commands, ``--jobs`` in two others."""
    assert run([name, "--help"]) == 0
    options = set(re.findall(r"^[│ ]+(--[\w-]+)", capsys.readouterr().out, re.MULTILINE))
    assert "--workers" not in options
    assert ("--processes" in options) == (name == "train")  # GPU processes
    assert ("--engine" in options) <= ("--jobs" in options)


@pytest.mark.parametrize("name", COMMANDS)
def test_texts_are_wrapped_once_to_the_width(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Regression: line breaks of docstrings were kept, and the lines were wrapped once more."""
    assert run([name, "--help"]) == 0
    description, _, options = capsys.readouterr().out.partition("\n options")
    paragraphs = [lines.splitlines() for lines in description.split("\n\n")]
    texts = [lines for lines in paragraphs if not lines[0].startswith(("Examples:", " "))]
    assert all(len(lines) == 1 for lines in texts)
    lines = [line.rstrip() for line in options.splitlines()]
    column = next(len(line) - len(line.split(maxsplit=2)[2]) for line in lines if "--help" in line)
    gaps = [
        (above, below)
        for above, below in pairwise(lines)
        if above.startswith(" " * column) and below.startswith(" " * column)
        if len(above) + 1 + len(below.split()[0]) < WIDTH - 1
    ]
    assert gaps == []


@pytest.mark.parametrize("name", COMMANDS)
def test_an_empty_default_is_not_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Regression: ``(default: None)`` and ``(default: '')``, which only Python's authors read."""
    assert run([name, "--help"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "(default: None)" not in words
    assert "(default: '')" not in words
