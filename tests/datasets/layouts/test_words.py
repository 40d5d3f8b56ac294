"""Photos whose file names say what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from collections_on_disk import touch
from lgpgan.datasets.layouts import detect_layout
from lgpgan.datasets.layouts.listing import Choices, Listing, Source


def found_in(folder: Path) -> Listing:
    layout, _ = detect_layout(Source.open(folder), Choices())
    assert layout.name == "names"
    return layout.entries(Source.open(folder), Choices())


def test_folders_of_people_are_no_classes(tmp_path: Path) -> None:
    """Regression: every person became a class, and nothing was said."""
    touch(tmp_path, "ann/happy.jpg", "ann/ann_sad_2.jpg", "ben/Angry-001.png")
    found = found_in(tmp_path)
    assert [(entry.label, entry.person) for entry in found.entries] == [
        ("sad", "ann"),
        ("happy", "ann"),
        ("angry", "ben"),
    ]


def test_of_photos_in_no_folder_nobody_is_known(tmp_path: Path) -> None:
    touch(tmp_path, "happy_1.jpg", "traurig_2.jpg", "3高兴.jpg")
    found = found_in(tmp_path)
    assert sorted((entry.label, entry.person) for entry in found.entries) == [
        ("happy", ""),
        ("traurig", ""),
        ("高兴", ""),
    ]


def test_folders_of_splits_are_no_people(tmp_path: Path) -> None:
    touch(tmp_path, "train/happy_1.jpg", "test/sad_2.jpg")
    found = found_in(tmp_path)
    assert [(entry.split, entry.person) for entry in found.entries] == [("test", ""), ("train", "")]


def test_a_name_with_two_expressions_says_nothing(tmp_path: Path) -> None:
    touch(tmp_path, *(f"p/sad_{n}.jpg" for n in range(10)), "p/happy_or_sad.jpg")
    assert list(found_in(tmp_path).left_out) == ["p/happy_or_sad.jpg"]


@pytest.mark.parametrize(
    "files",
    [
        ["happy/sad_1.jpg", "sad/sad_2.jpg"],  # the folders say it
        ["a/happy_1.jpg", "b/2.jpg"],  # too few names say it
        ["a/an_1.jpg", "b/ha_2.jpg"],  # two letters stand in many names
    ],
)
def test_other_photos_are_in_folders_of_classes(tmp_path: Path, files: list[str]) -> None:
    touch(tmp_path, *files)
    assert detect_layout(Source.open(tmp_path), Choices())[0].name == "folders"
