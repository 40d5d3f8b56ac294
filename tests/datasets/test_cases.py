"""Collections as people really keep them: every row of ``cases/EXPECTED.md`` about layouts.

The writer lies beside the real photos; where it is absent these tests are skipped, and
``layouts/test_passed_around.py`` tests the same rules by the names of files alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from lgpgan.cli.application import run
from lgpgan.datasets.collecting import KEEP, Collection, CollectionOptions, collect
from lgpgan.datasets.layouts.pixel_rows import read_face
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.studio.photos import list_photos


def collected(folder: Path, **options: object) -> Collection:
    return collect(folder, CollectionOptions(**options))  # type: ignore[arg-type]


def test_nobody_is_asked_more_than_once_who_is_on_tight_crops(cases: Path) -> None:
    with pytest.raises(
        InputError, match=r"nor on 23 more of 24 photos.*--people by-face.*--split image"
    ):
        collected(cases / "tight")
    assert len(collected(cases / "tight", split="image").entries) == 24


def test_one_class_is_enough_for_augment_and_as_people_for_studio(cases: Path) -> None:
    found = collected(cases / "only_neutral", split=KEEP)
    assert Counter(str(entry.label) for entry in found.entries) == {"neutral": 5}
    people = list_photos(cases / "only_neutral")
    assert [photo.person for photo in people] == [f"neutral/p{n}" for n in range(5)]
    assert {str(photo.expression) for photo in people} == {"neutral"}


@pytest.mark.parametrize("split", ["auto", "image"])
def test_ck48_is_known_by_its_names(cases: Path, split: str) -> None:
    found = collected(cases / "ck48", split=split)
    assert found.layout.title == "CK+"
    assert {entry.person for entry in found.entries} == {f"ck-S{n:03}" for n in range(10, 16)}
    sides: dict[str, set[str]] = {}
    for entry in found.entries:
        sides.setdefault(entry.sequence, set()).add(entry.split)
    assert len(sides) == 6
    assert all(len(splits) == 1 for splits in sides.values())


def test_raf_db_of_kaggle_counts_in_its_own_order(cases: Path) -> None:
    found = collected(cases / "raf_kaggle")
    assert found.layout.title == "RAF-DB"
    assert found.layout.terms
    labels = ["surprised", "fearful", "disgusted", "happy", "sad", "angry", "neutral"]
    assert {entry.photo.split("/")[2]: str(entry.label) for entry in found.entries} == {
        str(number): label for number, label in enumerate(labels, start=1)
    }
    assert Counter(entry.split for entry in found.entries) == {"train": 42, "test": 21}
    (note,) = found.notes
    assert "1 surprised, 2 fearful" in note
    assert "RAF-DB's own numbers; decide otherwise with --numbers" in note


def test_fer_plus_goes_by_the_votes(cases: Path) -> None:
    found = collected(cases / "ferplus")
    assert Counter(str(entry.label) for entry in found.entries) == {"neutral": 4, "happy": 4}
    assert Counter(entry.split for entry in found.entries) == {"train": 6, "test": 2}
    assert [left.detail for left in found.left_out.values()] == ["most votes say 'no face'."]
    assert all(entry.shares is None for entry in found.entries)


def test_fer2013_with_a_surplus_value_and_a_black_picture(cases: Path) -> None:
    found = collected(cases / "fer2013")
    assert len(found.entries) == 14
    assert any("row 15 (2305 values)" in note for note in found.notes)
    bad = []
    for entry in found.entries:
        try:
            read_face(entry.path, entry.offset or 0)
        except InputError as error:
            bad.append(str(error))
    assert len(bad) == 1
    assert "all pixels of the row are 0; there is no face" in bad[0]


def test_the_folders_count_where_a_list_says_otherwise(cases: Path) -> None:
    found = collected(cases / "affect_folders", split="image")
    assert found.layout.title == "AffectNet"
    assert set(Counter(entry.label for entry in found.entries).values()) == {3}
    (note,) = found.notes
    assert note == (
        "labels.csv names another class than the folder of anger/00001003.jpg (surprise); the "
        "folder counts"
    )


def test_kdef_in_any_case_of_letters(cases: Path) -> None:
    found = collected(cases / "kdef", split="image")
    assert len(found.entries) == 8
    assert list(found.left_out) == ["AF31/AF31V.JPG"]
    assert {entry.person for entry in found.entries} == {"kdef-F01", "kdef-F05", "kdef-M02"}


def test_an_index_is_nobodys_name_and_no_split(cases: Path) -> None:
    with pytest.raises(InputError, match="it is not known who is on"):
        collected(cases / "pandas")
    found = collected(cases / "pandas", split="image")
    assert len(found.entries) == 16
    assert {entry.person for entry in found.entries} == {""}
    table = cases / "pandas/list.csv"
    rows = list(csv.reader(table.read_text().splitlines()))
    split = cases / "pandas/split.csv"
    rows = [[*rows[0], "split"], *([*row, "train"] for row in rows[1:])]
    split.write_text("\n".join(map(",".join, rows)))
    found = collected(split, split=KEEP)
    assert {(entry.person, entry.split) for entry in found.entries} == {("", "train")}


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("case", "faces"),
    [
        ("tight", 24),
        ("ck48", 54),
        ("raf_kaggle", 63),
        ("ferplus", 8),
        ("fer2013", 13),
        ("affect_folders", 24),
        ("kdef", 8),
        ("pandas", 16),
        ("twins", 14),
    ],
)
def test_every_face_of_a_case_is_used(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str, faces: int
) -> None:
    made = tmp_path / "set"
    split = [] if case in ("raf_kaggle", "ferplus", "fer2013", "twins") else ["--split", "image"]
    assert run(["prepare", str(cases / case), str(made), *split]) == 0
    assert len(PreparedSet.load(made).records) == faces
    if case == "twins":
        assert "2 faces of test are nearly the same picture" in capsys.readouterr().err


def test_a_small_case_from_end_to_end(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "set"
    arguments = [str(cases / "only_neutral"), str(made), "--split", "image", "--jobs", "1"]
    assert run(["prepare", *arguments, "--test-share", "0.2"]) == 0
    assert "is laid out as folders, one a class" in capsys.readouterr().err
    assert len(PreparedSet.load(made).records) == 5
