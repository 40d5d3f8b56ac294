"""What is drawn on a noisy photo has its noise; on a smooth one it stays smooth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.faces.alignment import Similarity
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.grain import OUTLIER, Grain
from lgpgan.faces.paste import paste
from lgpgan.faces.regions import SKIN_BOX

SCALE = 3
SIDE = 128 * SCALE
TO_ALIGNED = Similarity(np.array([[1 / SCALE, 0, 0], [0, 1 / SCALE, 0]]))


def noisy(deviation: float) -> NDArray[np.uint8]:
    """A grey photo, three pixels a template pixel, that is noisier in blue."""
    noise = np.random.default_rng(0).normal(0, deviation, (SIDE, SIDE, 3)) * (1, 1, 2)
    return np.clip(128 + noise, 0, 255).astype(np.uint8)


def painted(keep: float) -> FaceChange:
    """A mouth of one colour; all else is kept."""
    share = np.ones((128, 128), np.float32)
    share[70:110, 40:90] = keep
    return FaceChange(
        flow=np.zeros((128, 128, 2), np.float32),
        keep=share,
        colour=np.float32(100) * (1 - share)[..., None].repeat(3, axis=2),
    )


INSIDE = (slice(75 * SCALE, 105 * SCALE), slice(45 * SCALE, 85 * SCALE))


def test_what_is_drawn_is_as_noisy_as_the_photo() -> None:
    """It was smooth: teeth and lips looked stuck on."""
    photo = noisy(6.0)
    edited = paste(photo, painted(keep=0.0), TO_ALIGNED)
    np.testing.assert_allclose(edited[INSIDE].mean(axis=(0, 1)), 100, atol=0.6)
    around = photo[:60].std(axis=(0, 1))
    np.testing.assert_allclose(edited[INSIDE].std(axis=(0, 1)), around, rtol=0.15)


def test_on_a_smooth_photo_it_stays_smooth() -> None:
    ramp = np.linspace(60, 200, SIDE).astype(np.uint8)
    photo = np.repeat(np.repeat(ramp[None, :, None], SIDE, axis=0), 3, axis=2)
    edited = paste(photo, painted(keep=0.0), TO_ALIGNED)
    assert np.abs(edited[INSIDE].astype(int) - 100).max() <= 1


def test_what_is_kept_gets_no_more_of_it() -> None:
    photo = noisy(6.0)
    edited = paste(photo, painted(keep=1.0), TO_ALIGNED)
    np.testing.assert_array_equal(edited, photo)


@pytest.mark.parametrize("corner", [(0, 0), (7, 400)])
def test_parts_fit_together(corner: tuple[int, int]) -> None:
    grain = Grain(noisy(6.0), TO_ALIGNED)
    whole, part = np.zeros((90, 200, 3), np.float32), np.zeros((50, 120, 3), np.float32)
    grain.add(whole, np.ones((90, 200), np.float32), corner)
    grain.add(part, np.ones((50, 120), np.float32), (corner[0] + 30, corner[1] + 40))
    np.testing.assert_array_equal(whole[40:90, 30:150], part)
    assert whole.std() > 3


def test_a_mole_is_no_grain() -> None:
    photo = noisy(2.0)
    photo[SKIN_BOX.top * SCALE :, SKIN_BOX.left * SCALE :][20:26, 30:36] = 0
    laid_out = np.zeros((300, 300, 3), np.float32)
    Grain(photo, TO_ALIGNED).add(laid_out, np.ones((300, 300), np.float32), (0, 0))
    assert np.abs(laid_out).max() <= OUTLIER * 2 * 2.0 * 1.1


def test_skin_beyond_the_border_has_no_grain() -> None:
    outside = Similarity(np.array([[1.0, 0, 300], [0, 1.0, 300]]))
    laid_out = np.zeros((20, 20, 3), np.float32)
    Grain(noisy(6.0), outside).add(laid_out, np.ones((20, 20), np.float32), (0, 0))
    assert np.abs(laid_out).max() < 1e-3
