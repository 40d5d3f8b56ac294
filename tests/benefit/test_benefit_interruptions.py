"""Proofs that were stopped half way, or whose sets are not what they were said to be."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_sides import QUICK

from interruptions import contents, fill_disk, kill_at, unfinished
from lgpgan.benefit.prove import Options, Sets, plan_proof
from lgpgan.cli.application import run
from lgpgan.errors import InputError
from small_set import everybody, write_small_set

CLASSES = ("happy", "neutral")


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    """Ann is trained on and Eve tested on; Cat is synthetic."""
    known = everybody("ann", split="train", classes=CLASSES)
    tested = everybody("eve", split="test", classes=CLASSES)
    real = write_small_set(tmp_path / "real", known + tested, CLASSES)
    made = everybody("cat", split="train", classes=CLASSES)
    return Sets(real, [write_small_set(tmp_path / "made", made, CLASSES)], real)


def command(sets: Sets, out: Path) -> list[str]:
    real, made = sets.real.folder, sets.synthetic[0].folder
    words = ["benefit", str(real), str(made), "--test", str(sets.test.folder), "--out", str(out)]
    words += ["--jobs", "1"]
    words += ["--people", "1", "--seeds", "1", "--steps", "2"]
    return [*words, "--batch", "4", "--width", "4", "--size", "32"]


@pytest.fixture
def whole(sets: Sets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What comes of it when nothing stops it, in a folder that is called ``out`` as well."""
    (tmp_path / "apart").mkdir()
    monkeypatch.chdir(tmp_path / "apart")
    assert run(command(sets, Path("out"))) == 0
    monkeypatch.chdir(tmp_path)
    return contents(tmp_path / "apart" / "out")


def test_a_disk_that_is_full_at_any_file(
    sets: Sets,
    whole: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    failed = fill_disk(monkeypatch)
    while run(command(sets, Path("out"))) != 0:
        last = capsys.readouterr().err.splitlines()[-1]
        assert "cannot be written (No space left on device)" in last
        assert not unfinished(tmp_path / "out")
        assert len(failed) <= len(whole)
    assert len(failed) == len(whole)
    assert contents(tmp_path / "out") == whole


def test_a_kill_half_way(sets: Sets, whole: dict[str, str], tmp_path: Path) -> None:
    """When the third cell is written; the first two are not trained again."""
    kill_at(3, command(sets, Path("out")), tmp_path)
    cells = sorted((tmp_path / "out/cells").glob("*.json"))
    before = {path: path.stat().st_mtime_ns for path in cells}
    assert len(cells) == 2
    assert run(command(sets, Path("out"))) == 0
    assert {path: path.stat().st_mtime_ns for path in cells} == before
    assert contents(tmp_path / "out") == whole


def test_a_set_that_changes_while_it_is_read(sets: Sets, tmp_path: Path) -> None:
    (made,) = sets.synthetic
    made.face(made.records[0])
    changed = made.folder / made.records[-1].file_name
    changed.write_bytes((sets.real.folder / sets.real.records[0].file_name).read_bytes())
    with pytest.raises(InputError, match="was changed since the set was made"):
        plan_proof(sets, tmp_path / "out/cells", Options(QUICK, people="1", seeds=1))
    assert not (tmp_path / "out").exists()


def test_classes_that_sets_do_not_share(
    sets: Sets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classes = ("angry", "sad")
    other = write_small_set(
        tmp_path / "other", everybody("cat", split="train", classes=classes), classes
    )
    words = command(sets, tmp_path / "out")
    words[2] = str(other.folder)
    assert run(words) == 2
    said = capsys.readouterr().err
    assert "the sets share no classes" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()
