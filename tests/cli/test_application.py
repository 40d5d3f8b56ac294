from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lgpgan
from lgpgan.cli import application
from lgpgan.cli.application import COMMANDS, run
from lgpgan.packages import package_of


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    printed = capsys.readouterr().out
    assert all(f"  {name} " in printed for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_shows_examples(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "--help"]) == 0
    assert f"lgpgan {name}" in capsys.readouterr().out.partition("Examples:")[2]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"lgpgan {lgpgan.__version__}\n"


@pytest.mark.parametrize("arguments", [["dance"], ["edit", "--to"], ["edit", "x.jpg", "--nope"]])
def test_wrong_usage_leaves_with_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err


def test_an_error_is_one_sentence_and_debug_shows_where_it_came_from(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["edit", str(tmp_path), "--weights", str(weights)]
    assert run(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert run([*arguments, "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "package", "extra"),
    [
        ("studio", "numba", "studio"),
        ("train", "lightning_fabric", "train"),
        ("evaluate", "numba", "evaluation,report"),  # not studio: more would be missing after it
        ("compare", "plotly", "train,evaluation,report"),
        ("benefit", "transformers", "benefit"),
    ],
)
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    package: str,
    extra: str,
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("no", name=package)

    monkeypatch.setattr(application, "import_module", missing)
    assert run([command, "a", "b"]) == 1
    error = capsys.readouterr().err
    assert f"'lgpgan {command}' needs {package_of(package)}, which is not installed" in error
    assert f"pip install 'lgpgan[{extra}]'\n" in error


def test_what_nobody_foresaw_is_one_sentence_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(application, "import_module", broken)
    assert run(["doctor"]) == 1
    error = capsys.readouterr().err
    assert "ZeroDivisionError: oh" in error
    assert "--debug" in error


def test_a_full_disk_is_called_so_wherever_it_is_met(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(name: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(application, "import_module", full)
    assert run(["doctor"]) == 1
    assert capsys.readouterr().err == (
        "lgpgan: the disk is full; make room and run the same command again.\n"
    )


def test_a_closed_pipe_is_no_error() -> None:
    """Regression: ``lgpgan doctor | head`` printed that something should not have happened."""
    reader, writer = os.pipe()
    os.close(reader)
    code = "from lgpgan.cli import main; main(['doctor'])"
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert b"should not" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_light_commands_load_no_torch() -> None:
    code = (
        "import sys; from lgpgan.cli.application import run; run(['--help']); run(['edit', '-h']);"
        "sys.exit('torch' in sys.modules or 'numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0
