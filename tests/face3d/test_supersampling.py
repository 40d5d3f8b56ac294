from __future__ import annotations

import numpy as np

from lgpgan.face3d.supersampling import averaged, enlarged


def test_the_mean_of_what_is_drawn_is_the_face() -> None:
    """Interpolation alone blurs: skin that does not move would come back softer."""
    coarse = np.random.default_rng(0).integers(90, 166, (32, 32, 3))
    face = np.kron(coarse, np.ones((4, 4, 1))).astype(np.uint8)
    larger = enlarged(face)
    assert larger.shape == (256, 256, 3)
    assert np.abs(averaged(larger, 128).astype(int) - face).max() <= 1


def test_a_picture_is_averaged_block_by_block() -> None:
    drawn = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    wanted = drawn.reshape(2, 2, 2, 2, 3).astype(float).mean(axis=(1, 3))
    assert np.abs(averaged(drawn, 2) - wanted).max() <= 0.5
