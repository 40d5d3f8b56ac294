"""``lgpgan prepare`` from end to end, on a synthetic RaFD."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from collections_on_disk import portrait, save, write_rafd
from lgpgan.cli.application import run
from lgpgan.cli.prepare import _table
from lgpgan.datasets.prepared import PreparedSet


@pytest.fixture(scope="module")
def rafd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rafd(tmp_path_factory.mktemp("collection") / "RaFD")


def prepare(source: Path, *arguments: str | Path) -> int:
    return run(["prepare", str(source), *map(str, arguments), "--jobs", "1"])


def test_a_collection_becomes_a_set_that_passes_the_check(
    rafd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "set"
    assert prepare(rafd, made, "--test-share", "0.34") == 0
    printed = capsys.readouterr()
    assert printed.out == f"{made}\n"
    found, terms, *summary = printed.err.splitlines()
    assert found.startswith(f"{rafd} is laid out as RaFD: ")
    assert "weights made from RaFD fall under its terms" in terms
    assert summary[0] == "24 faces of 3 people from 25 photos"
    assert summary[1].split() == ["train", "test"]
    assert {row.split(maxsplit=1)[1].strip() for row in summary[2:10]} == {"2       1"}
    assert summary[10].split() == ["all", "16", "8"]
    assert summary[11:] == [
        "a face was found in 24 of 24 photos; of those used: 24 at the first look",
        "left out 1: 1 not frontal",
        f"the photos of every reason and of every look: {made / 'report' / 'index.html'}",
        "8 faces of test are nearly the same picture as one of train, so figures on test look "
        f"better than they are; see {made / 'report' / 'near_duplicates.csv'}",
    ]
    assert run(["prepare", "--check", str(made)]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0] == "24 faces of 128×128 pixels, no file changed since they were made"
    rows = {row.split()[0]: row.split()[1:] for row in table[2:11]}
    assert rows.pop("people") == ["2", "1"]
    assert len(rows) == 8
    assert set(map(tuple, rows.values())) == {("2", "1")}
    assert table[11] == "people in more than one split: none"
    assert table[12] == "faces that are the same: none"
    assert table[13].startswith("faces that are nearly the same, in different splits: ")
    with Image.open(table[-1]) as sheet:
        assert sheet.width > 8 * 192


def test_the_papers_split_shares_people(
    rafd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "set"
    assert prepare(rafd, made, "--split", "image", "--size", "256") == 0
    assert {len(PreparedSet.load(made).split(name)) for name in ("train", "test")} == {22, 2}
    assert run(["prepare", "--check", str(made)]) == 0
    assert re.search(r"people in more than one split: [12] \(rafd-0", capsys.readouterr().out)


def test_the_check_finds_a_changed_file(
    rafd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "set"
    assert prepare(rafd, made, "--test-share", "0.34") == 0
    face = made / PreparedSet.load(made).records[3].file_name
    face.write_bytes(face.read_bytes() + b"x")
    assert run(["prepare", "--check", str(made)]) == 2
    assert f"{face} was changed since the set was made" in capsys.readouterr().err


def test_labels_are_mapped_kept_and_left_out(tmp_path: Path) -> None:
    for row, name in enumerate(("joyful", "Anger", "bored")):
        for person in range(2):
            save(tmp_path / "own" / name / f"p{person}" / "1.jpg", portrait(2 * row + person))
    common = ("--test-share", "0.5", "--map", "joyful=happy", "--leave-out", "bored")
    assert prepare(tmp_path / "own", tmp_path / "a", *common) == 0
    assert PreparedSet.load(tmp_path / "a").classes == ("angry", "happy")
    assert prepare(tmp_path / "own", tmp_path / "b", "--keep-names", "--test-share", "0.5") == 0
    assert PreparedSet.load(tmp_path / "b").classes == ("Anger", "bored", "joyful")


def test_columns_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["file,mood,subject"]
    for number in range(4):
        save(tmp_path / f"{number}.png", portrait(number))
        rows.append(f"{number}.png,{('sad', 'happy')[number % 2]},s{number // 2}")
    (tmp_path / "list.csv").write_text("\n".join(rows))
    common = ("--label-column", "mood", "--person-column", "subject", "--test-share", "0.5")
    assert prepare(tmp_path / "list.csv", tmp_path / "set", *common) == 0
    assert "'file' and 'mood'" in capsys.readouterr().err
    assert {record.person for record in PreparedSet.load(tmp_path / "set").records} == {"s0", "s1"}


def test_what_was_left_out_is_summed_up(
    rafd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_rafd(tmp_path / "RaFD", people=2)
    save(source / "Rafd090_02_Moroccan_male_sad_left.jpg", np.full((99, 99, 3), 128, np.uint8))
    assert prepare(source, tmp_path / "set", "--test-share", "0.5") == 0
    printed = capsys.readouterr().err
    assert "left out 2: 1 not frontal, 1 no face\n" in printed
    assert "most are left out as 'not frontal' (1): add --all-angles" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name the folder of the set, too"),
        (("RaFD/set",), "lies inside"),
        (("set", "--check"), "name no other folder"),
        (("set", "--map", "joyful"), "write OLD=NEW"),
        (("set", "--leave-out", "bored"), "no class 'bored'"),
        (("set", "--layout", "kdef"), "no photo that is labelled as KDEF"),
        (("set", "--layout", "rafdd"), "no layout 'rafdd'; choose one of rafd"),
        (("set", "--split", "age"), "no split 'age'; choose one of auto"),
        (("set", "--size", "100"), "--size"),
        (("set", "--max-cut", "1.5"), "--max-cut is a share from 0 to 1, not 1.5"),
    ],
)
def test_wrong_usage_is_a_sentence(
    rafd: Path,
    arguments: tuple[str, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(rafd.parent)
    assert prepare(Path("RaFD"), *arguments) == 2
    assert message in capsys.readouterr().err
    assert not (rafd.parent / "set").exists()


def test_the_check_refuses_what_is_no_set(rafd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prepare", "--check", str(rafd)]) == 2
    assert "is not a prepared set" in capsys.readouterr().err


def test_columns_of_the_table_stand_apart() -> None:
    """Regression: 'train' and 'validation' were written as one word."""
    header, row = _table(["train", "validation", "test"], {"happy": [589, 83, 77]})
    assert header.split() == ["train", "validation", "test"]
    assert row.split() == ["happy", "589", "83", "77"]
    assert len(header) == len(row)
