"""The edge of a mouth that opens: as sharp as its photo, where the drawn share is a half."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.faces.alignment import Similarity
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.paste import paste
from lgpgan.faces.rim import inner_colour, rim_of
from lgpgan.faces.sharpness import rise_width

TOP, MIDDLE = 66, 90
"""First row of the mouth region, and the row of the mouth's middle."""


def opened(height: float, softness: float = 2.5) -> FaceChange:
    """A black opening in a face, whose edge is a ramp as networks make it."""
    drawn = np.zeros((128 * 4, 128 * 4), np.float32)
    axes = (18 * 4, round(height * 4))
    cv2.ellipse(drawn, (64 * 4, MIDDLE * 4), axes, 0, 0, 360, 1, -1)
    drawn = cv2.resize(drawn, (128, 128), interpolation=cv2.INTER_AREA)
    drawn = cv2.GaussianBlur(drawn, (0, 0), softness)
    return FaceChange(
        flow=np.zeros((128, 128, 2), np.float32),
        keep=1 - drawn,
        colour=np.zeros((128, 128, 3), np.float32),
    )


def pasted(change: FaceChange, width: float | None, scale: int) -> NDArray[np.float64]:
    """The luma down the middle of an opened mouth in a photo of even skin."""
    photo = np.tile(np.array([180, 140, 120], np.uint8), (128 * scale, 128 * scale, 1))
    rim = None if width is None else rim_of(change.keep, TOP, width)
    frame = Similarity(np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]]))
    edited = paste(photo, dataclasses.replace(change, rim=rim), frame)
    return edited[MIDDLE * scale :, 64 * scale].astype(float).mean(axis=1)


@pytest.mark.parametrize("scale", [3, 8])
@pytest.mark.parametrize("width", [0.8, 1.4])
def test_the_edge_is_as_wide_as_is_asked_for(scale: int, width: float) -> None:
    """It was a band of six template pixels, however sharp the photo was."""
    change = opened(9)
    soft, sharp = (rise_width(pasted(change, of, scale)) for of in (None, width))
    assert soft is not None
    assert sharp is not None
    assert soft / scale > 4
    assert sharp / scale == pytest.approx(width, abs=0.35)


def test_the_edge_stays_where_it_is() -> None:
    soft, sharp = (pasted(opened(9), width, 8) for width in (None, 0.8))
    middle = 146.7 / 2
    assert np.argmax(soft > middle) == pytest.approx(np.argmax(sharp > middle), abs=3)


def test_a_smooth_edge_has_no_steps() -> None:
    """Enlarged linearly, a steep edge follows the grid of 128 pixels as a staircase."""
    scale, change = 8, opened(9)
    photo = np.tile(np.array([180, 140, 120], np.uint8), (128 * scale, 128 * scale, 1))
    frame = Similarity(np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]]))
    edited = paste(photo, dataclasses.replace(change, rim=rim_of(change.keep, TOP, 0.4)), frame)
    columns = np.arange(52 * scale, 76 * scale)
    lower = edited[MIDDLE * scale :, columns, 0] > 90
    edge = np.argmax(lower, axis=0)
    smooth = np.polyval(np.polyfit(columns - 512, edge, 4), columns - 512)
    assert np.abs(edge - smooth).max() < 1.5


def test_a_line_between_lips_has_no_edge() -> None:
    assert rim_of(opened(1.0).keep, TOP, 1.0) is None
    assert rim_of(np.ones((128, 128), np.float32), TOP, 1.0) is None


def test_an_edge_comes_little_by_little_as_a_mouth_opens() -> None:
    """Regression: the edge of a mouth in an animation was sharp from one frame to the next."""
    weights = []
    for height in np.arange(1.0, 6.0, 0.25):
        rim = rim_of(opened(height).keep, TOP, 1.0)
        weights.append(0.0 if rim is None else float(rim.weight.max()))
    assert weights[0] == 0
    assert weights[-1] > 0.9
    assert np.diff(weights).max() < 0.6  # it was 1


def test_a_photo_as_soft_as_the_networks_has_no_sharper_edge() -> None:
    assert rim_of(opened(9).keep, TOP, 3.5) is None


def test_where_hardly_anything_is_drawn_no_dark_dots_are_left() -> None:
    """Regression: a colour was divided by a share below the least that counts, and came out dark.

    Light teeth in light skin: nothing in the result may be darker than both.
    """
    change = opened(9, softness=0.6)
    light = np.full((128, 128, 3), 230, np.float32) * (1 - change.keep)[..., None]
    wide = cv2.dilate(1 - change.keep, np.ones((9, 9)))
    rim = rim_of(1 - wide, TOP, 0.8)
    assert rim is not None
    photo = np.full((128 * 4, 128 * 4, 3), 200, np.uint8)
    frame = Similarity(np.array([[1 / 4, 0, 0], [0, 1 / 4, 0]]))
    edited = paste(photo, dataclasses.replace(change, colour=light, rim=rim), frame)
    assert edited.min() >= 199


def test_what_is_drawn_elsewhere_stays_soft() -> None:
    eyes = opened(9)
    keep = np.roll(eyes.keep, -50, axis=0)
    assert rim_of(keep, TOP, 1.0) is None


def test_the_inside_reaches_the_edge() -> None:
    """Networks mix the inside with the lips where they draw a half of it."""
    change = opened(9)
    drawn = 1 - change.keep
    inside, lips = np.array([60, 20, 20], np.float32), np.array([180, 120, 110], np.float32)
    share = drawn[..., None]
    mixed = share * (share * inside + (1 - share) * lips)
    rim = rim_of(change.keep, TOP, 1.0)
    assert rim is not None
    found = inner_colour(mixed, change.keep, rim)
    edge = (drawn > 0.45) & (drawn < 0.55)
    assert edge.sum() > 20
    before, after = (
        np.abs(planes[edge] / share[edge] - inside).mean(axis=0) for planes in (mixed, found)
    )
    assert (after < 0.65 * before).all()
    np.testing.assert_array_equal(found[:40], mixed[:40])
