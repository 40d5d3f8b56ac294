"""Faces that a collection says by a box where they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError

__all__ = ["cut_out"]

MARGIN = 0.25
"""How much of its sides is kept around a box: boxes often end at brows and chin."""


def cut_out(pixels: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """The part (h, w, 3) uint8 of a photo (H, W, 3) that a box and a margin around it hold.

    Args:
        pixels: the photo.
        box: left, top, right and bottom in pixels.

    Raises:
        InputError: when the box lies outside of the photo.
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = box
    if not (left < width and top < height and right > 0 and bottom > 0):
        raise InputError(
            f"the box of the face ({left:g}, {top:g}, {right:g}, {bottom:g}) lies outside of the "
            f"photo of {width}×{height} pixels."
        )
    across, down = MARGIN * (right - left), MARGIN * (bottom - top)
    rows = slice(max(0, round(top - down)), min(height, round(bottom + down)))
    columns = slice(max(0, round(left - across)), min(width, round(right + across)))
    return np.ascontiguousarray(pixels[rows, columns])
