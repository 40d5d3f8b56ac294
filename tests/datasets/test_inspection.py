"""Looking at prepared sets: counted, checked, shown."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lgpgan.datasets.inspection import inspect_set, region_sheet
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import BlendedFace, Record
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.faces.regions import EYE_BOX, mouth_box

RED, GREEN = (200, 0, 0), (0, 200, 0)


def face(person: str, label: str, split: str, number: int = 0, scale: int = 1) -> Record:
    points = np.array([(64.0, 42.0)] * 48 + [(64.0, 84.0)] * 20)
    return Record(
        file_name=f"{split}/{label}/{person}{number}.png",
        person=person,
        photo=f"{person}{number}",
        expression=label,
        intensity=1.0,
        action_units=None,
        landmarks=points * scale,
        split=split,
    )


def write(folder: Path, records: Sequence[Record], scale: int = 1) -> PreparedSet:
    """A set whose faces are red where the eyes and green where the mouth is looked for."""
    for shade, record in enumerate(records):
        pixels = np.full((128 * scale, 128 * scale, 3), shade, np.uint8)
        eyes = EYE_BOX.scaled(scale)
        mouth = mouth_box(record.landmarks / scale).scaled(scale)
        pixels[eyes.rows, eyes.columns] = RED
        pixels[mouth.rows, mouth.columns] = GREEN
        path = folder / record.file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return write_prepared_set(
        folder, records, size=128 * scale, details={}, classes=("happy", "sad")
    )


def test_a_set_is_counted(tmp_path: Path) -> None:
    records = [
        face("ann", "happy", "train"),
        face("ann", "happy", "train", 1),
        face("ann", "sad", "test"),
        face("bo", "sad", "test"),
        face("", "sad", "test"),
    ]
    found = inspect_set(write(tmp_path, records))
    assert found.splits == ["train", "test"]
    assert found.counts == {"happy": {"train": 2, "test": 0}, "sad": {"train": 0, "test": 3}}
    assert found.people == {"train": 1, "test": 2}
    assert found.in_both == ["ann"]
    assert found.duplicates == []


def test_faces_of_no_single_class_are_counted_apart(tmp_path: Path) -> None:
    one = face("ann", "happy", "train")
    values = {name: getattr(one, name) for name in ("person", "photo", "landmarks", "split")}
    blended = BlendedFace(
        file_name="train/blended/ann0_0.png",
        action_units=None,
        eyes={Expression.SAD: 0.5},
        mouth={},
        **values,
    )
    write(tmp_path, [one])
    (tmp_path / "train/blended").mkdir()
    (tmp_path / blended.file_name).write_bytes((tmp_path / one.file_name).read_bytes())
    both = write_prepared_set(
        tmp_path, [one, blended], size=128, details={}, classes=("happy", "sad")
    )
    found = inspect_set(both)
    assert found.counts == {"happy": {"train": 1}, "sad": {"train": 0}}
    assert found.blended == {"train": 1}
    assert found.duplicates == [[blended.file_name, one.file_name]]


def test_equal_faces_are_found(tmp_path: Path) -> None:
    records = [face("ann", "happy", "train"), face("bo", "happy", "test")]
    write(tmp_path, records)
    first, second = (tmp_path / record.file_name for record in records)
    second.write_bytes(first.read_bytes())
    again = write_prepared_set(tmp_path, records, size=128, details={}, classes=("happy", "sad"))
    (names,) = inspect_set(again).duplicates
    assert set(names) == {record.file_name for record in records}


def test_a_changed_file_is_named(tmp_path: Path) -> None:
    prepared = write(tmp_path, [face("ann", "happy", "train"), face("bo", "sad", "test")])
    Image.new("RGB", (128, 128)).save(tmp_path / "test/sad/bo0.png")
    with pytest.raises(InputError, match=r"bo0\.png was changed since the set was made"):
        inspect_set(prepared)


@pytest.mark.parametrize("scale", [1, 2])
def test_the_sheet_shows_the_regions_of_every_class(tmp_path: Path, scale: int) -> None:
    records = [
        face("ann", "happy", "train", scale=scale),
        face("bo", "sad", "test", scale=scale),
    ]
    content = region_sheet(write(tmp_path, records, scale))
    sheet = np.asarray(Image.open(io.BytesIO(content)))
    shown = {tuple(colour) for colour in sheet.reshape(-1, 3).tolist()}
    assert {RED, GREEN} <= shown
    red = (sheet == RED).all(axis=2)
    assert red.sum() == pytest.approx(2 * 2 * 192 * 96, rel=0.1)  # people × classes × the region
    assert (sheet == GREEN).all(axis=2).sum() == pytest.approx(2 * 2 * 128 * 96, rel=0.1)
    assert red.any(axis=0).sum() == pytest.approx(2 * 192, rel=0.02)


def test_an_empty_set_and_a_lost_face_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no face"):
        region_sheet(write(tmp_path, []))
    prepared = write(tmp_path, [face("ann", "happy", "train")])
    (tmp_path / "train/happy/ann0.png").unlink()
    with pytest.raises(InputError, match=r"ann0\.png is missing or damaged"):
        region_sheet(prepared)
