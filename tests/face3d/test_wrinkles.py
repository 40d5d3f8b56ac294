"""Wrinkles: where they are, which half of the face has them, and how the light falls on them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.face3d.wrinkles import WrinkleMap

LINE = 7.95
"""Height of the middle furrow of the forehead, on the face's middle line, in centimetres."""


@pytest.fixture(scope="module")
def wrinkles() -> WrinkleMap:
    return WrinkleMap()


def column(x: float, heights: NDArray[np.floating]) -> NDArray[np.float32]:
    """Places (H, 1, 2) above each other."""
    return np.stack([np.full_like(heights, x), heights], axis=-1)[:, None].astype(np.float32)


def test_a_face_at_rest_has_none(wrinkles: WrinkleMap) -> None:
    places = column(0.5, np.linspace(-9, 12, 300))
    np.testing.assert_array_equal(wrinkles.ratio({}, places), 1)
    np.testing.assert_array_equal(wrinkles.ratio({"jawOpen": 1.0}, places), 1)
    np.testing.assert_array_equal(wrinkles.ratio({"browInnerUp": -0.5}, places), 1)


def test_light_from_above_falls_on_the_lower_slope_of_a_furrow(wrinkles: WrinkleMap) -> None:
    heights = np.linspace(LINE - 0.4, LINE + 0.4, 161)
    light = wrinkles.ratio({"browInnerUp": 1.0}, column(0.0, heights))[:, 0]
    assert heights[light.argmin()] > LINE + 0.03
    assert heights[light.argmax()] < LINE - 0.03
    assert 0.75 < light.min() < 0.95
    assert 1.02 < light.max() < 1.2


def test_one_side_folds_its_own_half(wrinkles: WrinkleMap) -> None:
    """x counts towards the person's left."""
    places = np.stack(np.meshgrid(np.linspace(-7, 7, 141), np.linspace(-8, 11, 191)), axis=-1)
    places = places.astype(np.float32)
    left = np.abs(wrinkles.ratio({"cheekSquint_L": 1.0}, places) - 1)
    assert left[:, places[0, :, 0] > 1].max() > 0.05
    assert left[:, places[0, :, 0] < -1].max() == 0
    right = np.abs(wrinkles.ratio({"cheekSquint_R": 1.0}, places) - 1)
    np.testing.assert_allclose(right, left[:, ::-1], atol=0.03)
    both = wrinkles.ratio({"cheekSquint": 1.0}, places)
    np.testing.assert_allclose(np.abs(both - 1), left + right, atol=1e-5)


def test_they_deepen_with_the_expression_up_to_a_limit(wrinkles: WrinkleMap) -> None:
    places = column(0.6, np.linspace(5, 6.4, 60))
    darkest = [wrinkles.ratio({"browDown": weight}, places).min() for weight in (0.3, 0.6, 1.0)]
    assert darkest[0] > darkest[1] > darkest[2]
    np.testing.assert_array_equal(
        wrinkles.ratio({"browDown": 1.3}, places), wrinkles.ratio({"browDown": 9.0}, places)
    )


def test_outside_the_map_there_are_none(wrinkles: WrinkleMap) -> None:
    places = np.float32([[[0, 40], [-30, 0], [9, 2]]])
    np.testing.assert_array_equal(wrinkles.ratio({"browInnerUp": 1.0}, places), 1)
