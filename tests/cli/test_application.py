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
from lgpgan.datasets.prepared import PreparedSet
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


@pytest.mark.parametrize(
    "arguments",
    [
        ["edit", ""],
        ["edit", "a.jpg", "-o", ""],
        ["edit", "a.jpg", "--weights", ""],
        ["prepare", ""],
        ["prepare", "a", ""],
        ["studio", "", "a"],
        ["train", "", "--out", "a"],
        ["train", "a", "--out="],
        ["evaluate", "", "a"],
        ["evaluate", "default", ""],
        ["compare", "", "--out", "a"],
        ["export", ""],
        ["augment", "", "a", "--per-class", "1"],
        ["augment", "a", "b", "--per-class", "1", "--method", ""],
        ["benefit", "", "a", "--test", "b", "--out", "c"],
        ["doctor", "--weights", ""],
    ],
)
def test_an_empty_path_is_refused_by_every_command(
    arguments: list[str],
    studio_set: PreparedSet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Regression: ``lgpgan edit "$PHOTO"`` with an empty variable edited the whole folder."""
    monkeypatch.chdir(tmp_path)
    if arguments[:2] == ["evaluate", ""]:
        arguments = ["evaluate", "", str(studio_set.folder)]
    assert run(arguments) == 2
    assert "a path is empty" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["edit", "{photo}", "--jobs", "0"],
        ["edit", "{photo}", "--jobs", "99999999999"],
        ["prepare", "{photos}", "{out}", "--jobs=-1"],
        ["studio", "{photos}", "{out}", "--jobs", "0"],
        ["augment", "{photos}", "{out}", "--per-class", "1", "--jobs", "99999999999"],
        ["train", "{set}", "--out", "{out}", "--processes", "0"],
        ["train", "{set}", "--out", "{out}", "--nodes", "99999999999"],
    ],
)
def test_a_number_of_processes_is_checked_by_every_command(
    arguments: list[str],
    studio_set: PreparedSet,
    portrait_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Regression: --jobs 99999999999 ended in an error of a library, 0 was taken for all cores."""
    (tmp_path / "photos" / "happy").mkdir(parents=True)
    for number in range(2):
        (tmp_path / "photos" / "happy" / f"{number}.png").write_bytes(portrait_file.read_bytes())
    places = {
        "photo": portrait_file,
        "photos": tmp_path / "photos",
        "set": studio_set.folder,
        "out": tmp_path / "out",
    }
    assert run([argument.format(**places) for argument in arguments]) == 2
    assert "is out of range; choose --" in capsys.readouterr().err


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


def test_a_current_folder_that_was_deleted_is_said(tmp_path: Path) -> None:
    """Regression: what was raised then should not have happened."""
    code = (
        "import os, pathlib; from lgpgan.cli import main;"
        "gone = pathlib.Path('gone'); gone.mkdir(); os.chdir(gone); os.rmdir('../gone');"
        "main(['edit', 'a.jpg'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "lgpgan: the current folder was deleted; change to another one.\n"
