from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from lgpgan.datasets import faces as faces_module
from lgpgan.datasets.faces import load_faces, mouth_tops
from lgpgan.datasets.labelled import LabelledFaces
from lgpgan.datasets.prepared import PreparedSet, Record, write_prepared_set
from lgpgan.errors import InputError

CLASSES = ("frown", "plain", "smile")


def write_set(folder: Path, count: int = 12) -> PreparedSet:
    """Faces of one grey each, 10 times their number; the mouth's row is 60 + number."""
    records = []
    for number in range(count):
        name = f"{number:02d}.png"
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / name), np.full((128, 128, 3), 10 * number, np.uint8))
        records.append(
            Record(
                file_name=name,
                person=f"p{number}",
                photo=f"{number}",
                expression=CLASSES[number % 3],
                intensity=1.0,
                action_units={},
                landmarks=np.array([(64.0, 60.0 + number)] * 68),
                split="train",
            )
        )
    return write_prepared_set(folder, records, size=128, details={}, classes=CLASSES)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    return write_set(tmp_path_factory.mktemp("labelled") / "set")


@pytest.fixture
def faces(prepared: PreparedSet) -> LabelledFaces:
    return LabelledFaces(prepared, "train", seed=3)


def numbers(images: torch.Tensor) -> list[int]:
    return [round((value + 1) * 12.75) for value in images[:, 0, 0, 0].tolist()]


def test_a_batch_says_what_its_faces_are(faces: LabelledFaces) -> None:
    batch = faces.batch(0, 6)
    assert batch.image.shape == (6, 3, 128, 128)
    shown = numbers(batch.image)
    assert batch.label.argmax(1).tolist() == [number % 3 for number in shown]
    rows = torch.tensor([60.0 + number for number in shown])
    assert torch.equal(batch.mouth_top, mouth_tops(rows))
    assert torch.equal(batch.label.sum(1), torch.ones(6))
    assert torch.equal(batch.target.sum(1), torch.ones(6))
    assert bool(((batch.mix >= 0) & (batch.mix < 1)).all())


def test_every_face_is_seen_once_before_any_is_seen_again(faces: LabelledFaces) -> None:
    seen = [number for step in range(6) for number in numbers(faces.batch(step, 4).image)]
    first, second = seen[:12], seen[12:]
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second


def test_targets_are_uniform(faces: LabelledFaces) -> None:
    counts = sum(faces.batch(step, 12).target.sum(0) for step in range(100))
    assert torch.allclose(torch.as_tensor(counts), torch.tensor(400.0), atol=60)


def test_batches_come_again_by_their_number(prepared: PreparedSet, faces: LabelledFaces) -> None:
    again = LabelledFaces(prepared, "train", seed=3)
    later = again.batch(7, 4)
    for a, b in zip(faces.batch(7, 4), later, strict=True):
        assert torch.equal(a, b)
    other = LabelledFaces(prepared, "train", seed=4).batch(7, 4)
    assert not torch.equal(other.mix, later.mix)


def test_the_parts_of_a_batch_are_the_batch(faces: LabelledFaces) -> None:
    whole = faces.batch(2, 6)
    parts = [faces.batch(2, 6, slice(start, start + 2)) for start in (0, 2, 4)]
    for values, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        assert torch.equal(values, torch.cat(pieces))


def test_a_class_without_a_face_is_refused(tmp_path: Path) -> None:
    prepared = write_set(tmp_path / "set", count=2)
    with pytest.raises(InputError, match="no face of smile in its split 'train'"):
        LabelledFaces(prepared, "train")


def test_a_missing_face_is_named(tmp_path: Path) -> None:
    prepared = write_set(tmp_path / "set", count=3)
    (prepared.folder / "01.png").unlink()
    with pytest.raises(InputError, match=r"01\.png is missing or damaged"):
        LabelledFaces(prepared, "train")


def test_what_memory_cannot_hold_is_mapped(
    prepared: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = load_faces(prepared, prepared.records)
    monkeypatch.setattr(faces_module, "_free_memory", lambda: 1000.0)
    mapped = load_faces(prepared, prepared.records)
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, inside)
    assert not isinstance(inside, np.memmap)
