"""Where eyes and open mouths are, and skin without them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.face3d.openings import LIPS_INSIDE, eye_opening, mouth_opening, skin_over

SCALE = 2.0


def mouth(height: float) -> NDArray[np.float64]:
    """Landmarks of a mouth that is open by so many template pixels."""
    landmarks = np.zeros((68, 2))
    x = np.array([-10, -5, 0, 5, 10, 5, 0, -5])
    y = np.array([0, -1, -1, -1, 0, 1, 1, 1]) * height / 2
    landmarks[LIPS_INSIDE] = np.stack([x + 64, y + 90], axis=1) * SCALE
    return landmarks


def test_a_closed_mouth_is_no_opening() -> None:
    assert not mouth_opening(mouth(0.5), 256, SCALE).any()


@pytest.mark.parametrize("height", [3.0, 12.0])
def test_an_open_mouth_reaches_a_little_beyond_its_landmarks(height: float) -> None:
    opening = mouth_opening(mouth(height), 256, SCALE)
    rows, columns = np.nonzero(opening)
    assert rows.min() == pytest.approx((90 - height / 2 - 1) * SCALE, abs=1.5)
    assert rows.max() == pytest.approx((90 + height / 2 + 1) * SCALE, abs=1.5)
    assert columns.min() == pytest.approx((54 - 1) * SCALE, abs=2)
    assert opening[180, 128]


def test_an_eye_is_where_its_lids_are() -> None:
    lids = np.array([[40, 42], [44, 39], [50, 39], [54, 42], [50, 45], [44, 45]]) * SCALE
    opening = eye_opening(lids, 256, SCALE)
    assert opening[84, 94]
    assert not opening[84, 76]
    assert opening.sum() == pytest.approx(70 * SCALE**2, rel=0.35)


def test_skin_is_drawn_over_teeth_and_nothing_else_changes() -> None:
    """Lips that closed over a toothy smile had a light seam of teeth."""
    photo = np.full((256, 256, 3), (150, 100, 90), np.uint8)
    opening = mouth_opening(mouth(6.0), 256, SCALE)
    photo[opening] = 240
    before = photo.copy()
    covered = skin_over(photo, opening, SCALE)
    np.testing.assert_array_equal(photo, before)
    np.testing.assert_array_equal(covered[~opening], photo[~opening])
    assert np.abs(covered[opening].astype(int) - (150, 100, 90)).max() <= 3


def test_a_photo_without_openings_is_itself() -> None:
    photo = np.full((64, 64, 3), 90, np.uint8)
    assert skin_over(photo, np.zeros((64, 64), np.bool_), 1.0) is photo
