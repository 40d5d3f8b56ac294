"""BlazeFace's output read by hand-made values; no network is needed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lgpgan.faces.detectors import blaze_face
from lgpgan.faces.detectors.blaze_face import Candidate, anchors, decode, distinct


def test_anchors_lie_in_the_middle_of_their_cells() -> None:
    places = anchors()
    assert places.shape == (16 * 16 * 2 + 8 * 8 * 6, 2)
    np.testing.assert_array_equal(places[:3], [[4, 4], [4, 4], [12, 4]])
    np.testing.assert_array_equal(places[511], [124, 124])
    np.testing.assert_array_equal(places[[512, 517, 518]], [[8, 8], [8, 8], [24, 8]])


def test_decoding() -> None:
    """Anchor 518 is at (24, 8); the tile begins at (100, 50) of a photo at half its size."""
    values, logits = np.zeros((896, 16)), np.full(896, -9.0)
    logits[518] = np.log(3)  # a score of 3/4
    values[518, :8] = [6, 12, 20, 40, -4, 2, 16, 22]
    (found,) = decode(values, logits, 100, 50, 0.5)
    assert found.score == pytest.approx(0.75)
    assert found.box == (240, 100, 280, 180)  # middle (130, 70), 20 by 40, all doubled
    assert found.eyes == (240, 120, 280, 160)
    assert found.tilt == pytest.approx(45)


def test_of_the_same_face_the_best_is_kept() -> None:
    eyes = (0.0, 0.0, 1.0, 0.0)
    weak = Candidate(0.6, (0, 0, 10, 10), eyes)
    best = Candidate(0.9, (1, 1, 11, 11), eyes)
    inside = Candidate(0.7, (2, 2, 4, 4), eyes)
    beside = Candidate(0.5, (9, 0, 19, 10), eyes)
    assert distinct([weak, inside, beside, best]) == [best, beside]


@pytest.mark.parametrize("length", [1, 128, 129, 500, 1024])
def test_tiles_cover_a_side(length: int) -> None:
    starts = blaze_face._starts(length)
    covered = {pixel for start in starts for pixel in range(start, start + 128)}
    assert set(range(length)) <= covered
    assert all(after - before <= 80 for before, after in itertools.pairwise(starts))
    assert starts[-1] + 128 == max(length, 128)


def test_what_a_tile_lacks_is_black() -> None:
    values = blaze_face._network_input(np.full((2, 3, 3), 255, np.uint8))
    assert values.shape == (1, 128, 128, 3)
    assert (values[0, :2, :3] == 1).all()
    assert (values == 1).sum() == 2 * 3 * 3
    assert values.min() == -1
