"""``lgpgan benefit`` from end to end, on tiny sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.cli.application import run
from small_set import everybody, write_small_set

QUICK = [
    "--jobs=1",
    "--people=1,2",
    "--seeds=1",
    "--steps=2",
    "--batch=4",
    "--width=4",
    "--size=32",
]
CLASSES = ("happy", "neutral")


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    people = everybody("ann", "ben", split="train", classes=CLASSES)
    others = everybody("dan", "eve", split="test", classes=CLASSES)
    made = everybody("ann", "ben", split="train", classes=(*CLASSES, "sad"))
    real = write_small_set(tmp_path / "real", people + others, CLASSES).folder
    synthetic = write_small_set(tmp_path / "made", made, (*CLASSES, "sad")).folder
    out = tmp_path / "out"
    return ["benefit", str(real), str(synthetic), "--test", str(real), "--out", str(out), *QUICK]


def test_a_dry_run_says_what_would_be_trained(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "classes: happy, neutral" in printed
    assert "0 of 9 cells are finished" in printed
    assert not (tmp_path / "out").exists()


def test_the_table_is_printed_and_the_command_repeats_it(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command) == 0
    printed = capsys.readouterr()
    assert "| real + made |" in printed.out
    assert str(tmp_path / "out" / "report.html") in printed.out
    text = (tmp_path / "out" / "results.md").read_text()
    repeated = next(line for line in text.splitlines() if line.startswith("lgpgan benefit "))
    assert run([*repeated.split()[1:], "--dry-run"]) == 0
    assert "9 of 9 cells are finished" in capsys.readouterr().out


def test_people_on_both_sides_are_an_error_of_the_user(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command[command.index("--test") + 1] = command[2]  # the synthetic set, of ann and ben
    assert run(command) == 2
    assert "real and made share ann, ben" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_set_is_an_error_of_the_user(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command[1] = str(tmp_path)
    assert run(command) == 2
    assert "is not a prepared set" in capsys.readouterr().err


def test_the_use_is_found_and_the_command_repeats_it(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command += ["--use", "auto", "--use", "mixed-20", "--try-use", "falling"]
    assert run(command) == 0
    assert "| real + classical augmentation + made, auto |" in capsys.readouterr().out
    text = (tmp_path / "out" / "results.md").read_text()
    repeated = next(line for line in text.splitlines() if line.startswith("lgpgan benefit "))
    assert "--use auto --use mixed-20 --try-use falling --recogniser resnet18" in repeated
    assert "auto-2" not in text
    assert "2 people, seed 0: falling" in text
    assert run([*repeated.split()[1:], "--dry-run"]) == 0
    assert "11 of 11 cells are finished" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--use", "half"], "there is no use 'half'"),
        (["--recogniser", "resnet50"], "there is no recogniser 'resnet50'"),
        (["--try-use", "auto"], "there is no use 'auto'"),
    ],
)
def test_names_that_there_are_not(
    command: list[str], words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--use", "auto", *words]) == 2
    assert sentence in capsys.readouterr().err
