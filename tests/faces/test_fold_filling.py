"""Folds that networks flatten are filled from the skin on their sides."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from generic_face import generic_face
from lgpgan.faces.alignment import Similarity
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.light import FaceLight
from lgpgan.faces.lighting import in_light
from lgpgan.faces.paste import paste
from lgpgan.faces.regions import folding_area

SKIN = np.array([184.0, 140.0, 120.0])
WHITE = FaceLight(np.ones(3), 1.0, SKIN)
EVERYWHERE, NOWHERE = np.ones((128, 128), np.float32), np.zeros((128, 128), np.float32)
LINE = np.array([0.75, 0.6, 0.55])
"""What a fold leaves of the skin: it is dark, and redder than the skin."""
SCALE = 4


def photo(line: NDArray[np.float64] = LINE) -> NDArray[np.uint8]:
    """Skin of 512×512 with a line that is narrower than a pixel of the networks."""
    pixels = np.tile(SKIN, (128 * SCALE, 128 * SCALE, 1))
    pixels[:, 256:259] *= line
    return np.rint(pixels).astype(np.uint8)


def edited(
    pixels: NDArray[np.uint8],
    shade: NDArray[np.float32],
    folding: NDArray[np.float32] = EVERYWHERE,
) -> NDArray[np.uint8]:
    """The photo with a shade, and nothing else."""
    seen = pixels.reshape(128, SCALE, 128, SCALE, 3).mean(axis=(1, 3)).astype(np.float32)
    change = FaceChange(
        flow=np.zeros((128, 128, 2), np.float32),
        keep=np.ones((128, 128), np.float32),
        colour=np.zeros((128, 128, 3), np.float32),
        shade=np.repeat(shade[..., None], 3, axis=2),
    )
    lit = in_light(change, seen, WHITE, EVERYWHERE, folding)
    return paste(pixels, lit, Similarity(np.array([[1 / SCALE, 0, 0], [0, 1 / SCALE, 0]])))


def depth(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The line's colour over that of the skin beside it."""
    colour: NDArray[np.float64] = pixels[256, 257] / pixels[256, 230].astype(float)
    return colour


def test_a_fold_that_networks_flatten_goes_with_its_line() -> None:
    """Edits of a smile to neutral kept thin lines, like scratches, from the nose to the mouth."""
    np.testing.assert_allclose(depth(edited(photo(), EVERYWHERE)), LINE, atol=0.02)
    np.testing.assert_allclose(depth(edited(photo(), 1.1 * EVERYWHERE)), 1, atol=0.08)


def test_nostrils_and_lips_are_no_folds() -> None:
    np.testing.assert_allclose(depth(edited(photo(), 1.1 * EVERYWHERE, NOWHERE)), LINE, atol=0.03)


def test_a_fold_may_lie_beside_where_networks_add_light() -> None:
    """They see folds too coarsely to place them."""
    shade = EVERYWHERE.copy()
    shade[:, 67:71] = 1.1
    np.testing.assert_allclose(depth(edited(photo(), shade)), 1, atol=0.12)
    np.testing.assert_allclose(depth(edited(photo(), np.roll(shade, 12, axis=1))), LINE, atol=0.02)


def test_beside_a_mouth_that_opens_nothing_is_filled_twice() -> None:
    """A white spot stood at the corner: what is painted over the photo made it look dark."""
    keep = EVERYWHERE.copy()
    keep[:, 70:] = np.linspace(1, 0, 58)
    change = FaceChange(
        flow=np.zeros((128, 128, 2), np.float32),
        keep=keep,
        colour=((1 - keep)[..., None] * SKIN).astype(np.float32),
        shade=np.full((128, 128, 3), 1.1, np.float32),
    )
    seen = np.tile(SKIN.astype(np.float32), (128, 128, 1))
    lit = in_light(change, seen, WHITE, EVERYWHERE, EVERYWHERE)
    frame = Similarity(np.array([[1 / SCALE, 0, 0], [0, 1 / SCALE, 0]]))
    filled, plain = (
        paste(photo(np.ones(3)), made, frame).astype(int)
        for made in (lit, dataclasses.replace(lit, filling=None))
    )
    np.testing.assert_allclose(filled, plain, atol=2)


def test_pores_stay() -> None:
    rng = np.random.default_rng(0)
    pores = np.rint(SKIN * (1 + 0.015 * rng.standard_normal((512, 512, 1)))).astype(np.uint8)
    after = edited(pores, 1.1 * EVERYWHERE)[100:400, 100:400].astype(float)
    before = pores[100:400, 100:400].astype(float)
    assert after.std() > 0.9 * before.std()


def test_a_beard_stays() -> None:
    bearded = photo(np.ones(3))
    bearded[240:440, 160:360] = (50, 40, 35)
    bearded[240:440, 160:360:8] = (30, 24, 21)
    after = edited(bearded, 1.1 * EVERYWHERE)
    assert after[280:400, 200:320].mean() < 1.3 * bearded[280:400, 200:320].mean()


def test_a_slow_shadow_gets_no_edge() -> None:
    """Where filling begins, dim photos had lines like those of a map."""
    shadow = photo(np.ones(3)).astype(float)
    away = np.abs(np.arange(512) - 256)
    shadow *= (1 - 0.2 * np.exp(-((away / 12) ** 2)))[:, None]
    after = edited(np.rint(shadow).astype(np.uint8), 1.1 * EVERYWHERE)[256, :, 1].astype(float)
    rising = np.diff(after[256:330])
    assert rising.min() >= -1, "the light grows from the shadow's middle to its side"


@pytest.mark.parametrize("grey", [90, 170])
def test_a_grey_photo_stays_grey(grey: int) -> None:
    pixels = np.full((512, 512, 3), grey, np.uint8)
    pixels[:, 256:259] = grey // 2
    after = edited(pixels, 1.1 * EVERYWHERE)
    np.testing.assert_array_equal(after, after[..., :1].repeat(3, axis=2))


def test_what_folds_is_beside_nose_and_mouth() -> None:
    face = generic_face()
    area = folding_area(face)
    for landmark in (31, 33, 35, 48, 54, 62, 66, 36, 45):
        column, row = np.rint(face[landmark] - 0.5).astype(int)
        assert not area[row, column]
    for corner, wing in ((48, 31), (54, 35)):
        between = (face[corner] + face[wing]) / 2 + [2 * np.sign(face[corner, 0] - 64), 0]
        column, row = np.rint(between - 0.5).astype(int)
        assert area[row, column]
