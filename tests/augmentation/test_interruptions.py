"""Sets of new faces that were stopped half way: nothing half written, then the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from interruptions import contents, fill_disk, kill_at, unfinished
from lgpgan.cli.application import run
from lgpgan.datasets.prepared import PreparedSet

GATES = ("no face", "other person", "not read")


@pytest.fixture
def command(people: PreparedSet, small_weights: Path, tmp_path: Path) -> list[str]:
    """Makes a sad face and a happy one, in ``made``."""
    words = ["augment", str(people.folder), str(tmp_path / "made"), "--method", str(small_weights)]
    words += ["--to", "happy", "--to", "sad", "--per-class", "1", "--jobs", "1", "--change", "0"]
    return [*words, *(word for gate in GATES for word in ("--without-gate", gate))]


@pytest.fixture
def whole(command: list[str], tmp_path: Path) -> dict[str, str]:
    """What comes of it when nothing stops it."""
    command = [*command]
    command[2] = str(tmp_path / "whole")
    assert run(command) == 0
    return contents(tmp_path / "whole")


def test_a_disk_that_is_full_at_any_file(
    command: list[str],
    whole: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = tmp_path / "made"
    capsys.readouterr()
    failed = fill_disk(monkeypatch)
    while (status := run(command)) != 0:
        said = capsys.readouterr().err
        assert status in (1, 2)
        assert said.count("\n") == 1
        assert "cannot be written" in said
        assert "No space left on device" in said
        assert not [path for path in unfinished(made) if path.name != "augment.part"]
        assert len(failed) <= len(whole)
    assert len(failed) == len(whole)
    assert contents(made) == whole


@pytest.mark.parametrize("file", [3, 8], ids=["a face", "the metadata"])
def test_a_kill_half_way(
    command: list[str], whole: dict[str, str], tmp_path: Path, file: int
) -> None:
    made = tmp_path / "made"
    kill_at(file, command)
    assert len(unfinished(made)) >= 1
    assert not (made / "README.md").exists()
    assert run(command) == 0
    assert contents(made) == whole
