"""How often the photos of a set are drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.studio.photo_groups import how_often


def test_small_groups_are_drawn_more_often_than_their_photos_are(studio_set: PreparedSet) -> None:
    """Nine of ten people of the studio's photos are white, and most are in their twenties."""
    face = studio_set.records[0]
    many = [replace(face, gender="female", ethnicity="white", age=24.0)] * 8
    few = [
        replace(face, gender="male", ethnicity="white", age=29.0),
        replace(face, gender="male", ethnicity="white", age=51.0),
    ]
    faces = [*many, *few]
    assert how_often(faces, 0.0) == pytest.approx([0.1] * 10)
    assert how_often(faces, 1.0) == pytest.approx([1 / 24] * 8 + [1 / 3] * 2)
    half = how_often(faces, 0.5)
    assert half.sum() == pytest.approx(1)
    assert half[8] / half[0] == pytest.approx(8**0.5)
    assert how_often([replace(face, age=None)] * 3, 0.5) == pytest.approx([1 / 3] * 3)
