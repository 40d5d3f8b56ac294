"""The grain of a photo: its noise, and the finest of the skin, for what is drawn beside it.

Networks draw at 128×128, so what they draw is smooth. On a noisy photo, teeth and lips without its
noise look stuck on. The grain is taken from the skin beside the nose and laid out, mirrored, over
the photo, which keeps its strength, colour and texture, whatever camera or JPEG it comes from.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import Similarity
from lgpgan.faces.regions import SKIN_BOX
from lgpgan.photos.deep_colour import AnyDepth

__all__ = ["Grain"]

COARSEST = 0.35
"""Blur, in template pixels, that takes away the grain; what is coarser is drawn by the networks."""
LEAST_BLUR = 1.0
"""The same in pixels of the photo, where faces are small."""
OUTLIER = 3.0
"""Grain is cut off at so many standard deviations: moles and the rims of glasses are none."""
LEAST_SHARE = 0.02
"""Where less than this is drawn, grain cannot be seen."""
LEAST_SIDE = 4
"""Fewer pixels of skin than this a side have no grain."""


class Grain:
    """The grain of a face in a photo.

    Args:
        pixels: (H, W, 3) uint8 or uint16.
        transform: photo to aligned coordinates of the face.
    """

    def __init__(self, pixels: AnyDepth, transform: Similarity) -> None:
        back = transform.inverse()
        low = (SKIN_BOX.left, SKIN_BOX.top)
        high = (SKIN_BOX.left + SKIN_BOX.width, SKIN_BOX.top + SKIN_BOX.height)
        corners = back(np.array([low, (high[0], low[1]), (low[0], high[1]), high], np.float64))
        middle, half = corners.mean(axis=0), back.scale * min(SKIN_BOX.width, SKIN_BOX.height) / 2
        reach = np.array([half * SKIN_BOX.width / SKIN_BOX.height, half])
        self._left, self._top = np.round(middle - reach).astype(int)
        right, bottom = np.round(middle + reach).astype(int)
        rows, columns = np.arange(self._top, bottom), np.arange(self._left, right)
        self._patch: NDArray[np.float32] | None = None
        if min(len(rows), len(columns)) < LEAST_SIDE:
            return
        height, width = pixels.shape[:2]
        there = np.ix_(rows.clip(0, height - 1), columns.clip(0, width - 1))
        skin = pixels[there].astype(np.float32)
        smooth = cv2.GaussianBlur(skin, (0, 0), max(LEAST_BLUR, COARSEST * back.scale))
        grain = skin - np.asarray(smooth, np.float32)
        deviation = 1.4826 * np.median(np.abs(grain), axis=(0, 1))  # of a normal distribution
        self._patch = np.clip(grain, -OUTLIER * deviation, OUTLIER * deviation).astype(np.float32)

    def add(
        self, made: NDArray[np.float32], drawn: NDArray[np.float32], corner: tuple[int, int]
    ) -> None:
        """Add the grain to a part of the photo, in place, where it was drawn.

        Args:
            made: (h, w, 3).
            drawn: (h, w), 0 to 1, the share that is not the photo's.
            corner: column and row of the part's first pixel in the photo.
        """
        seen = drawn > LEAST_SHARE
        if self._patch is None or not seen.any():
            return
        down, across = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        rows, columns = (slice(int(at[0]), int(at[-1]) + 1) for at in (down, across))
        height, width = self._patch.shape[:2]
        row = _mirrored(np.arange(rows.start, rows.stop) + corner[1] - self._top, height)
        column = _mirrored(np.arange(columns.start, columns.stop) + corner[0] - self._left, width)
        made[rows, columns] += self._patch[row[:, None], column] * drawn[rows, columns, None]


def _mirrored(places: NDArray[np.integer], length: int) -> NDArray[np.integer]:
    """Places on a line of a certain length that is laid out again and again, back and forth."""
    around = places % (2 * length)
    mirrored: NDArray[np.integer] = np.minimum(around, 2 * length - 1 - around)
    return mirrored
