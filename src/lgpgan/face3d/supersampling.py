"""Drawing larger than what is wanted, and averaging: so that edges come out smooth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["SUPERSAMPLING", "averaged", "enlarged"]

SUPERSAMPLING = 2
"""Renders are drawn this much larger than faces, then averaged."""


def averaged(drawn: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The face (size, size, 3) of what was drawn larger: the mean of the pixels for each of its."""
    return np.asarray(cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def enlarged(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of the size at which is drawn, of which :func:`averaged` makes a face (S, S, 3).

    What interpolation alone would lose is added to each block of pixels, so that skin that does not
    move stays as sharp as it was.
    """
    side = len(face) * SUPERSAMPLING
    original = face.astype(np.float32)
    smooth = cv2.resize(original, (side, side), interpolation=cv2.INTER_LANCZOS4)
    lost = original - cv2.resize(smooth, original.shape[:2], interpolation=cv2.INTER_AREA)
    sharp = smooth + np.repeat(np.repeat(lost, SUPERSAMPLING, axis=0), SUPERSAMPLING, axis=1)
    return np.asarray(np.clip(np.rint(sharp), 0, 255), np.uint8)
