"""People whom nobody named are told apart by their faces, and kept apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from collections_on_disk import portrait, save
from lgpgan.datasets import preparer
from lgpgan.datasets.collecting import CollectionOptions, collect
from lgpgan.datasets.people_by_face import ByFace, group_by_face, people_by_face
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.preparing import prepare_set
from lgpgan.errors import InputError

PEOPLE, EACH = 4, 5


@pytest.fixture
def descriptors() -> NDArray[np.float64]:
    """Of several people, some photos each, one person after the other in turn."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(PEOPLE, 128))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return np.tile(centres, (EACH, 1)) + rng.normal(size=(PEOPLE * EACH, 128)) * 0.01


def test_faces_of_one_person_are_one_group(descriptors: NDArray[np.float64]) -> None:
    groups = group_by_face(descriptors, [""] * len(descriptors))
    assert groups.tolist() == list(range(PEOPLE)) * EACH


def test_a_chain_of_faces_does_not_join_two_people(descriptors: NDArray[np.float64]) -> None:
    """Single linkage made one group of two people between whom a single face lies."""
    between = (descriptors[0::PEOPLE].mean(axis=0) + descriptors[1::PEOPLE].mean(axis=0)) / 2
    apart = np.linalg.norm(between - descriptors[0])
    with_one = np.vstack([descriptors, between])
    groups = group_by_face(with_one, [""] * len(with_one), distance=apart + 0.1)
    assert groups[0] != groups[1]


def test_frames_of_one_sequence_are_one_person(descriptors: NDArray[np.float64]) -> None:
    sequences = ["film", "film"] + [""] * (len(descriptors) - 2)
    groups = group_by_face(descriptors, sequences)
    assert groups[0] == groups[1] == groups[PEOPLE + 1]
    assert groups[2] == 2


def test_names_that_are_known_stay_and_spread(descriptors: NDArray[np.float64]) -> None:
    known = ["ann", "", "bo", *[""] * (len(descriptors) - 3)]
    people = people_by_face(known, descriptors, [""] * len(known))
    assert people == ["ann", "by-face-0001", "bo", "by-face-0002"] * EACH


class FakeDescriber:
    """Tells two people by the level of the picture."""

    def embed(self, image: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray:  # type: ignore[type-arg]
        descriptor = np.zeros(128)
        descriptor[0] = round(float(image.mean()) > 90)
        return descriptor


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Dark and bright photos of two classes, of whom nobody says who is on them."""
    monkeypatch.setattr(preparer, "FaceDescriber", FakeDescriber)
    for number in range(6):
        level = portrait(1).astype(float) * (0.5 if number % 2 else 1.2)
        pixels = np.asarray(np.clip(level + number, 0, 255), np.uint8)
        save(tmp_path / "own" / ("happy", "sad")[number // 3] / f"{number}.png", pixels)
    return tmp_path / "own"


def prepare(collection: Path, folder: Path) -> PreparedSet:
    options = CollectionOptions(people="by-face", test_share=0.5)
    entries = collect(collection, options).entries
    return prepare_set(entries, folder, processes=1, by_face=ByFace(0.5, 0)).prepared


def test_a_set_without_names_is_split_by_the_people_on_it(collection: Path, tmp_path: Path) -> None:
    prepared = prepare(collection, tmp_path / "set")
    assert {record.person for record in prepared.records} == {"by-face-0001", "by-face-0002"}
    sides = {(record.person, record.split) for record in prepared.records}
    assert len(sides) == 2
    assert {split for _, split in sides} == {"train", "test"}
    prepared.verify()
    assert not (tmp_path / "set/unsplit").exists()
    again = prepare(collection, tmp_path / "set")  # goes on where it was: nothing is left to do
    assert again.content_hash == prepared.content_hash


def test_people_whom_a_list_has_on_both_sides_do_not_stop_it(
    collection: Path, tmp_path: Path
) -> None:
    """Regression: after all photos were prepared, one was to list a 'by-face-0001' otherwise."""
    options = CollectionOptions(people="by-face")
    listed = {"happy/0.png": "test", "happy/2.png": "train"}  # the bright one
    entries = [
        replace(entry, split=listed.get(entry.photo, "test" if "1" in entry.photo else ""))
        for entry in collect(collection, options).entries
    ]
    prepared = prepare_set(entries, tmp_path / "set", processes=1, by_face=ByFace(0.5, 0)).prepared
    splits = {record.photo: record.split for record in prepared.records}
    assert splits["sad_4"] == "train"
    assert {splits[name] for name in ("happy_1", "sad_3", "sad_5")} == {"test"}
    prepared.verify()


def test_a_photo_replaced_by_one_of_somebody_else_leaves_no_face_behind(
    collection: Path, tmp_path: Path
) -> None:
    """The face of the earlier photo stayed in its split, and a later one could become it again."""
    prepared = prepare(collection, tmp_path / "set")
    dark = next(record for record in prepared.records if record.photo == "happy_1")
    pixels = np.clip(portrait(1).astype(float) * 1.2 + 9, 0, 255).astype(np.uint8)
    save(collection / "happy/1.png", pixels)
    again = prepare(collection, tmp_path / "set")
    bright = next(record for record in again.records if record.photo == "happy_1")
    assert bright.split != dark.split
    on_disk = {str(path.relative_to(again.folder)) for path in again.folder.glob("t*/**/*.png")}
    assert on_disk == {record.file_name for record in again.records}
    again.verify()


def test_a_photo_replaced_by_one_of_nobody_leaves_no_face_behind(
    collection: Path, tmp_path: Path
) -> None:
    prepared = prepare(collection, tmp_path / "set")
    old = next(record.file_name for record in prepared.records if record.photo == "happy_1")
    save(collection / "happy/1.png", np.full((200, 200, 3), 99, np.uint8))
    again = prepare(collection, tmp_path / "set")
    assert len(again.records) == len(prepared.records) - 1
    assert not (again.folder / old).exists()


def test_a_set_begun_without_descriptors_is_not_gone_on_with(
    collection: Path, tmp_path: Path
) -> None:
    entries = collect(collection, CollectionOptions(split="keep")).entries
    prepare_set(entries, tmp_path / "set", processes=1)
    with pytest.raises(InputError, match="begun with other options"):
        prepare(collection, tmp_path / "set")
    assert json.loads((tmp_path / "set/prepare.json").read_text()) == {
        "size": 128,
        "all_angles": False,
        "max_cut": 1.0,
    }


def test_who_is_known_need_not_be_guessed(collection: Path, tmp_path: Path) -> None:
    for photo in sorted(collection.glob("*/*.png")):
        photo.parent.joinpath("ann").mkdir(exist_ok=True)
        photo.rename(photo.parent / "ann" / photo.name)
    with pytest.raises(InputError, match="leave out --people by-face"):
        collect(collection, CollectionOptions(people="by-face"))


def test_without_names_the_way_on_is_named(collection: Path) -> None:
    with pytest.raises(InputError, match=r"--people by-face.*--split image"):
        collect(collection, CollectionOptions())
