"""The inside of a mouth that opens is drawn from rigid rows of teeth, in the photo's light."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from generic_face import generic_face
from lgpgan.faces.alignment import Similarity
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_colour import luma_of
from lgpgan.faces.inside_change import DrawnInside, InsideChange
from lgpgan.faces.light import FaceLight
from lgpgan.faces.mouth_drawing import with_rows
from lgpgan.faces.paste import paste

SKIN = np.array([170.0, 125.0, 110.0])
LIGHT = FaceLight(np.ones(3), 1.0, SKIN)
GREY = FaceLight(np.ones(3), 0.0, np.full(3, 130.0))
SCALE = 6


@pytest.fixture(scope="module")
def landmarks() -> NDArray[np.float64]:
    return generic_face()


def opening(
    landmarks: NDArray[np.float64], height: int = 8, paint: float = 0.0, lit: float = 150.0
) -> FaceChange:
    """A mouth that opens as networks draw it: teeth whose places in the picture are noise."""
    line = round(float(landmarks[60:68, 1].mean()))
    rows, columns = slice(line - height // 2, line + height // 2), slice(52, 77)
    keep = np.ones((128, 128), np.float32)
    keep[rows, columns] = 0
    light = np.zeros((128, 128, 3), np.float32)
    light[rows, columns] = lit
    colour = light.copy()
    colour[rows, columns] += paint
    flow = np.random.default_rng(1).normal(0, 3, (128, 128, 2)).astype(np.float32)
    still = np.zeros((128, 128, 2), np.float32)
    return FaceChange(still, keep, colour, InsideChange(flow, light, line - 24))


def pasted(change: FaceChange, skin: NDArray[np.float64] = SKIN) -> NDArray[np.uint8]:
    photo = np.tile(skin.astype(np.uint8), (128 * SCALE, 128 * SCALE, 1))
    return paste(photo, change, Similarity(np.array([[1 / SCALE, 0, 0], [0, 1 / SCALE, 0]])))


def with_teeth(
    change: FaceChange,
    landmarks: NDArray[np.float64],
    light: FaceLight = LIGHT,
    edge_width: float = 1.0,
) -> FaceChange:
    return with_rows(change, landmarks, light, edge_width, SCALE)


def test_networks_do_not_say_where_each_pixel_of_a_tooth_goes(
    landmarks: NDArray[np.float64],
) -> None:
    """What they read from a picture of teeth was a comb where they were unsure."""
    change = opening(landmarks)
    assert isinstance(change.inside, InsideChange)
    calm = dataclasses.replace(change.inside, flow=np.zeros_like(change.inside.flow))
    smooth = dataclasses.replace(change, inside=calm)
    before = np.abs(pasted(change).astype(int) - pasted(smooth)).max()
    made = [pasted(with_teeth(of, landmarks)) for of in (change, smooth)]
    assert before > 50
    np.testing.assert_array_equal(made[0], made[1])


def test_teeth_are_as_bright_as_networks_light_them(landmarks: NDArray[np.float64]) -> None:
    line = round(float(landmarks[60:68, 1].mean()))
    inside = slice((line - 2) * SCALE, (line + 1) * SCALE), slice(58 * SCALE, 70 * SCALE)
    dim, bright = (
        pasted(with_teeth(opening(landmarks, lit=lit), landmarks))[inside].max(axis=(0, 1))
        for lit in (120.0, 180.0)
    )
    assert (bright > dim + 20).all()
    assert np.ptp(bright.astype(int)) < 25  # white in white light, beside skin that is not


def test_they_are_as_sharp_as_the_photo(landmarks: NDArray[np.float64]) -> None:
    """They were sharper than a photo that is out of focus."""
    change = opening(landmarks)
    steps = []
    for width in (0.6, 1.0, 2.0):
        made = with_teeth(change, landmarks, edge_width=width).inside
        assert isinstance(made, DrawnInside)
        luma = luma_of(made.picture)[:, made.detail * 6 : -made.detail * 6]
        steps.append(float(np.percentile(np.abs(np.diff(luma, axis=1)) * made.detail, 99)))
    assert steps[0] > 1.3 * steps[1] > 1.3 * 1.3 * steps[2]


def test_lips_that_close_over_teeth_stay(landmarks: NDArray[np.float64]) -> None:
    """Networks paint them; teeth belong behind them."""
    lips = opening(landmarks, paint=110.0, lit=0.0)
    assert with_teeth(lips, landmarks) is lips


def test_a_line_between_lips_stays(landmarks: NDArray[np.float64]) -> None:
    thin = opening(landmarks)
    keep = np.ones_like(thin.keep)
    keep[84, 60:68] = 0
    line = dataclasses.replace(thin, keep=keep)
    assert with_teeth(line, landmarks) is line


def test_methods_without_an_inside_are_left_alone(landmarks: NDArray[np.float64]) -> None:
    plain = dataclasses.replace(opening(landmarks), inside=None)
    assert with_teeth(plain, landmarks) is plain


def test_a_grey_photo_has_grey_gums(landmarks: NDArray[np.float64]) -> None:
    made = with_teeth(opening(landmarks, height=20), landmarks, GREY)
    assert isinstance(made.inside, DrawnInside)
    teeth_and_gums = made.inside.picture * made.inside.lit.max(axis=(0, 1))
    assert np.ptp(teeth_and_gums, axis=-1).max() < 3  # regression: the dark behind them was red
    edited = pasted(made, np.full(3, 130.0))
    assert (edited == edited[..., :1]).all()


def test_what_is_not_the_mouth_stays_as_it_is_drawn(landmarks: NDArray[np.float64]) -> None:
    change = opening(landmarks)
    change.colour[20:30, 40:50] = 90
    made = with_teeth(change, landmarks)
    far = np.ones((128, 128), bool)
    far[60:110, 40:90] = False
    np.testing.assert_array_equal(made.colour[far], change.colour[far])
    assert made.inside is not None
    assert not made.inside.lit[far].any()
    assert made.keep is change.keep


def test_paint_beside_the_jaw_is_no_mouth(landmarks: NDArray[np.float64]) -> None:
    """A few pixels beside the jaw that networks paint were filled with the dark of a mouth."""
    change = opening(landmarks)
    change.keep[96:99, 92:95] = 0.1
    change.colour[96:99, 92:95] = 0.9 * np.float32(0.3 * SKIN)  # hair, say
    made = with_teeth(change, landmarks)
    np.testing.assert_array_equal(made.colour[94:101, 90:97], change.colour[94:101, 90:97])


@pytest.mark.parametrize("side", [12, 13, 14, 15, 16])
def test_paint_beside_the_jaw_is_no_mouth_however_large(
    landmarks: NDArray[np.float64], side: int
) -> None:
    """The largest part counted: an edit jumped at the strength at which the mouth became it."""
    change = opening(landmarks)
    alone = with_teeth(change, landmarks)
    change.keep[90 : 90 + side, 85 : 85 + side] = 0.1
    made = with_teeth(change, landmarks)
    mouth = slice(60, 100), slice(44, 82)
    np.testing.assert_array_equal(made.colour[mouth], alone.colour[mouth])
    np.testing.assert_array_equal(made.colour[90:, 85:], change.colour[90:, 85:])


def test_lines_between_lips_do_not_add_up_to_a_mouth(landmarks: NDArray[np.float64]) -> None:
    """Counted together, the first dark pixel beside them was drawn in full at once."""
    change = opening(landmarks)
    keep = np.ones_like(change.keep)
    keep[84:89:2, 60:71] = 0
    lines = dataclasses.replace(change, keep=keep)
    assert with_teeth(lines, landmarks) is lines
