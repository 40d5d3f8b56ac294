"""Folders, one a class, and CSV files."""

from __future__ import annotations

from pathlib import Path

import pytest

from collections_on_disk import touch
from lgpgan.datasets.layouts.folders import FOLDERS
from lgpgan.datasets.layouts.listing import Choices, Listing, Reason, Source
from lgpgan.datasets.layouts.table import TABLE
from lgpgan.errors import InputError


def of_folder(path: Path) -> Listing:
    return FOLDERS.entries(Source.open(path), Choices())


def of_table(path: Path, text: str, **choices: str) -> Listing:
    (path / "list.csv").write_text(text)
    return TABLE.entries(Source.open(path), Choices(**choices))


def test_folders_are_classes_and_those_in_them_people(tmp_path: Path) -> None:
    touch(tmp_path, "joy/1.jpg", "joy/ann/2.jpg", "Wut/ann/1.png", "loose.jpg")
    found = of_folder(tmp_path)
    assert [(entry.photo, entry.label, entry.person) for entry in found.entries] == [
        ("Wut/ann/1.png", "Wut", "ann"),
        ("joy/1.jpg", "joy", ""),
        ("joy/ann/2.jpg", "joy", "ann"),
    ]
    assert found.left_out["loose.jpg"].reason == Reason.NO_LABEL


def test_splits_may_lie_above_the_classes(tmp_path: Path) -> None:
    touch(tmp_path, "train/joy/1.jpg", "train/sad/1.jpg", "validation/sad/2.jpg", "train/0.jpg")
    found = of_folder(tmp_path)
    assert [(entry.label, entry.split) for entry in found.entries] == [
        ("joy", "train"),
        ("sad", "train"),
        ("sad", "validation"),
    ]
    assert list(found.left_out) == ["train/0.jpg"]


def test_a_class_without_images_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "joy/1.jpg", "sad/notes.txt")
    with pytest.raises(InputError, match=r"class 'sad' has no images in .*delete the folder"):
        of_folder(tmp_path)


def test_a_list_goes_by_the_usual_columns(tmp_path: Path) -> None:
    text = (
        "file_name,emotion,subject,split,age,gender,licence\n"
        "a/1.jpg, happy ,ann,Training,31,female,CC0-1.0\n"
        "a/2.jpg,bored,,val,,,\n"
    )
    first, second = of_table(tmp_path, text).entries
    assert (first.path, first.label, first.person) == (tmp_path / "a/1.jpg", "happy", "ann")
    assert (first.split, first.age, first.gender) == ("train", 31, "female")
    assert (first.licence, first.source) == ("CC0-1.0", "")
    assert (second.label, second.person, second.age) == ("bored", "", None)
    assert second.split == "validation"


def test_columns_may_be_named(tmp_path: Path) -> None:
    text = "path,where,mood,who,part\nx,1.jpg,sad,ann,test\n"
    named = {
        "path_column": "where",
        "label_column": "mood",
        "person_column": "who",
        "split_column": "part",
    }
    (entry,) = of_table(tmp_path, text, **named).entries
    assert (entry.photo, entry.label, entry.person, entry.split) == ("1.jpg", "sad", "ann", "test")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,mood\na.jpg,sad\n", r"needs rows and a column 'label'; it has mood, path"),
        ("path,label\n", r"needs rows and a column 'path'"),
        ("path,label\na.jpg,sad\n,sad\n", r"row 3: its column 'path' is empty"),
        ("path,label,split\na.jpg,sad,fold1\n", r"row 2: 'fold1' is not a split"),
        ("path,label,age\na.jpg,sad,old\n", r"row 2: 'old' is not an age"),
    ],
)
def test_lists_that_say_too_little_or_nonsense_are_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InputError, match=rf"list\.csv.*{message}"):
        of_table(tmp_path, text)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"needs rows and a column 'who'; .*--person-column"):
        of_table(tmp_path, "path,label\na.jpg,sad\n", person_column="who")


def test_one_of_several_lists_must_be_named(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("path,label\nb.jpg,sad\n")
    with pytest.raises(InputError, match=r"holds 2 lists; name the one"):
        of_table(tmp_path, "path,label\na.jpg,sad\n")
    (tmp_path / "other.csv").write_text("name,age\n")
    assert len(of_table(tmp_path, "path,label\na.jpg,sad\n").entries) == 1
