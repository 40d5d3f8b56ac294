"""The help of every command calls its arguments as people do."""

from __future__ import annotations

import re

import pytest

from lgpgan.cli.application import COMMANDS, run

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
    assert "default: None" not in " ".join(printed.split())
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
