"""What a set holds: other sets are told apart, the same one rendered elsewhere is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_run import write_tiny_set

from lgpgan.datasets.fingerprint import SetFingerprint
from lgpgan.datasets.prepared import CHECKSUMS, PreparedSet


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedSet:
    """A set whose pixels may be changed."""
    made = write_tiny_set(tmp_path / "set")
    (made.folder / CHECKSUMS).unlink()
    return PreparedSet.load(made.folder)


def change(prepared: PreparedSet, number: int, by: np.ndarray | int) -> None:  # type: ignore[type-arg]
    path = str(prepared.folder / prepared.records[number].file_name)
    image = cv2.imread(path).astype(int)  # type: ignore[union-attr]
    cv2.imwrite(path, np.clip(image + by, 0, 255).astype(np.uint8))


def test_the_last_bit_of_pixels_makes_no_other_set(prepared: PreparedSet) -> None:
    """Renders of the same photos differ so between two processors."""
    before = SetFingerprint.of(prepared)
    rng = np.random.default_rng(0)
    for number in range(len(prepared.records)):
        change(prepared, number, rng.integers(-1, 2, (128, 128, 3)))
    after = SetFingerprint.of(prepared)
    assert after != before
    assert after.matches(before)


def test_one_other_picture_makes_another_set(prepared: PreparedSet) -> None:
    """Regression: a set was known by the names of its faces."""
    before = SetFingerprint.of(prepared)
    change(prepared, len(prepared.records) - 1, 20)
    assert not SetFingerprint.of(prepared).matches(before)


def test_what_is_known_of_a_face_counts(prepared: PreparedSet) -> None:
    before = SetFingerprint.of(prepared)
    for changed in ({"person": "dan"}, {"split": "validation"}, {"intensity": 0.5}):
        records = [replace(prepared.records[0], **changed), *prepared.records[1:]]  # type: ignore[arg-type]
        assert not SetFingerprint.of(replace(prepared, records=records)).matches(before)


def test_it_is_read_as_it_was_written(prepared: PreparedSet) -> None:
    made = SetFingerprint.of(prepared)
    assert SetFingerprint.from_json(made.to_json()) == made
