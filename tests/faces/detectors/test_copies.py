"""Copies of a picture, and that boxes found in them lead back to where they are."""

from __future__ import annotations

import numpy as np
import pytest

from lgpgan.faces.detection import TiltedBox
from lgpgan.faces.detectors.copies import brighter, turned, with_border


@pytest.mark.parametrize("tilt", [90.0, -90.0, 180.0, 30.0])
def test_a_box_of_a_turned_copy_leads_back(tilt: float) -> None:
    pixels = np.zeros((60, 100, 3), np.uint8)
    pixels[10:20, 70:80] = 255
    copy = turned(pixels, tilt)
    rows, columns = np.nonzero(copy.pixels[..., 0] > 127)
    low, high = (columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)
    back = copy.in_picture(TiltedBox((*map(float, low), *map(float, high))))
    left, top, right, bottom = back.box
    assert abs((left + right) / 2 - 75) < 0.6
    assert abs((top + bottom) / 2 - 15) < 0.6
    assert back.tilt == pytest.approx((tilt + 180) % 360 - 180)


@pytest.mark.parametrize("shape", [(48, 48), (100, 60), (500, 2000)])
def test_a_box_of_a_copy_with_a_border_leads_back(shape: tuple[int, int]) -> None:
    pixels = np.zeros((*shape, 3), np.uint8)
    copy = with_border(pixels)
    assert min(copy.pixels.shape[:2]) >= 300
    corners = copy.back(np.array([[0.0, 0.0], copy.pixels.shape[1::-1]]))
    assert (corners[0] < 0).all()
    assert (corners[1] > (shape[1], shape[0])).all()
    middle = copy.back(np.array(copy.pixels.shape[1::-1]) / 2)
    np.testing.assert_allclose(middle, (shape[1] / 2, shape[0] / 2), atol=1.0)


def test_a_dark_copy_is_as_bright_as_asked() -> None:
    dark = np.random.default_rng(0).integers(2, 40, (50, 50, 3), np.uint8)
    assert abs(brighter(dark, 110).mean() - 110) < 12
