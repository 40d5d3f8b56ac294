"""Faces that are nearly the same picture are found, and told apart from those that are not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.datasets.close_pairs import Groups, close_pairs
from lgpgan.datasets.near_duplicates import (
    NearDuplicate,
    copies_across,
    near_duplicates,
    write_near_duplicates,
)
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import Record
from lgpgan.datasets.tables import read_table
from lgpgan.errors import InputError


def picture(number: int) -> NDArray[np.uint8]:
    """One of many smooth pictures (128, 128, 3)."""
    grey = np.random.default_rng(number).uniform(40, 200, (16, 16, 1)).astype(np.float32)
    return np.repeat(cv2.resize(grey, (128, 128))[..., None], 3, axis=2).astype(np.uint8)


def saved_again(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face as a JPEG of low quality."""
    _, content = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def brighter(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(face.astype(int) + 20, 0, 255), np.uint8)


def smaller(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    small = cv2.resize(face, (40, 40), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (128, 128)), np.uint8)


def write(
    folder: Path, faces: Mapping[str, NDArray[np.uint8]], photos: Mapping[str, str] | None = None
) -> PreparedSet:
    """A set of these faces, by names such as ``train/a``."""
    folder.mkdir(exist_ok=True)
    records = []
    for name, face in faces.items():
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), face)
        records.append(
            Record(
                file_name=f"{name}.png",
                person="",
                photo=(photos or {}).get(name, name),
                expression="happy",
                intensity=1.0,
                action_units=None,
                landmarks=np.full((68, 2), 64.0),
                split=name.split("/")[0],
            )
        )
    return write_prepared_set(folder, records, size=128, details={}, classes=["happy"])


def names(pairs: list[NearDuplicate]) -> list[tuple[str, str]]:
    return [(pair.first.file_name, pair.second.file_name) for pair in pairs]


def test_copies_in_another_set_are_found() -> None:
    ones = np.stack([picture(number) for number in range(20)])
    others = np.stack([saved_again(picture(7)), picture(30), picture(31), brighter(picture(3))])
    found = copies_across(ones, others)
    assert [(one, other) for one, other, _ in found] == [(3, 3), (7, 0)]
    assert min(value for _, _, value in found) > 0.95
    assert copies_across(ones[:0], others) == []


@pytest.mark.parametrize("changed", [saved_again, brighter, smaller])
def test_a_copy_in_the_other_split_is_found(changed: object, tmp_path: Path) -> None:
    assert callable(changed)
    faces = {f"train/{number}": picture(number) for number in range(20)}
    (pair,) = near_duplicates(write(tmp_path, {**faces, "test/copy": changed(picture(7))}))
    assert (pair.first.file_name, pair.second.file_name) == ("train/7.png", "test/copy.png")
    assert pair.across
    assert 0.95 < pair.correlation <= 1.0001


def test_those_across_splits_come_first_and_only_the_nearest_is_told(tmp_path: Path) -> None:
    one, other = picture(1), picture(2)
    noise = np.random.default_rng(0).integers(-6, 7, one.shape)
    noisy = np.asarray(one.astype(int) + noise, np.uint8)
    set_of_four = {"train/a": one, "train/b": one, "train/c": other, "test/d": noisy}
    found = near_duplicates(write(tmp_path, set_of_four))
    assert [pair.across for pair in found] == [True, True, False]
    assert names(found)[2] == ("train/a.png", "train/b.png")


def test_renders_of_one_photo_are_not_compared(tmp_path: Path) -> None:
    faces = {"train/a": picture(1), "test/b": picture(1)}
    prepared = write(tmp_path, faces, {"train/a": "photo", "test/b": "photo"})
    assert near_duplicates(prepared) == []


def test_flat_faces_are_no_copies_of_each_other(tmp_path: Path) -> None:
    """They have no pattern to be alike; a division by their spread of zero must not pass for it."""
    faces = {f"train/{level}": np.full((128, 128, 3), level, np.uint8) for level in (0, 100)}
    assert near_duplicates(write(tmp_path, faces)) == []


def test_an_empty_set_has_none_and_a_lost_face_is_named(tmp_path: Path) -> None:
    assert near_duplicates(write(tmp_path / "empty", {})) == []
    prepared = write(tmp_path / "set", {"train/a": picture(0)})
    (tmp_path / "set/train/a.png").unlink()
    with pytest.raises(InputError, match=r"a\.png is missing or damaged"):
        near_duplicates(prepared)


def test_the_list_has_both_names(tmp_path: Path) -> None:
    faces = {"train/a": picture(1), "test/b": picture(1)}
    write_near_duplicates(tmp_path / "list.csv", near_duplicates(write(tmp_path / "set", faces)))
    (row,) = read_table(tmp_path / "list.csv")
    assert (row["file"], row["other_file"], row["other_split"]) == (
        "train/a.png",
        "test/b.png",
        "test",
    )
    assert row["correlation"] == "1.000"


def test_all_close_pairs_are_found_across_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lgpgan.datasets.close_pairs.ROWS", 7)
    monkeypatch.setattr("lgpgan.datasets.close_pairs.COLUMNS", 10)
    vectors = np.random.default_rng(0).normal(size=(60, 3))
    found = {
        (int(one), int(other))
        for first, second in close_pairs(vectors, 1.0)
        for one, other in zip(first, second, strict=True)
    }
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    assert found == {(i, j) for i in range(60) for j in range(i + 1, 60) if apart[i, j] < 1}
    assert found


def test_what_is_joined_in_any_order_is_one_group() -> None:
    groups = Groups(7)
    groups.join(np.array([5, 5, 1]), np.array([2, 3, 6]))
    assert groups.numbers().tolist() == [0, 1, 2, 2, 4, 2, 1]
    groups.join(np.array([3]), np.array([6]))
    assert groups.numbers().tolist() == [0, 1, 1, 1, 4, 1, 1]
