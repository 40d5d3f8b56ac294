"""The picture of an open mouth as it is shipped."""

from __future__ import annotations

import numpy as np
import pytest

from lgpgan.faces.open_mouth import DETAIL, open_mouth


@pytest.mark.parametrize("scale", range(1, DETAIL + 1))
def test_it_covers_the_mouth_region(scale: int) -> None:
    picture = open_mouth(scale)
    assert picture.shape == (48 * scale, 64 * scale, 3)
    assert picture.dtype == np.float32
    assert 0 <= picture.min() < picture.max() <= 1


def test_a_smaller_one_is_the_mean_of_its_pixels() -> None:
    means = open_mouth(DETAIL).reshape(48, DETAIL, 64, DETAIL, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(open_mouth(1), means, atol=0.5 / 255 + 1e-6)


def test_it_is_as_good_as_symmetric() -> None:
    """So that faces may be mirrored in training."""
    picture = open_mouth(1)
    assert np.abs(picture - picture[:, ::-1]).mean() < 0.02


def test_nobody_can_spoil_it() -> None:
    with pytest.raises(ValueError, match="read-only"):
        open_mouth(1)[0, 0] = 1
