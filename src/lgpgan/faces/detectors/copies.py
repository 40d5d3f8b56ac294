"""Copies of a picture in which faces are easier to find, and the way back from them."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import Similarity, shrink, turning
from lgpgan.faces.detection import TiltedBox

__all__ = ["ENLARGED_SIDE", "Copy", "brighter", "turned", "with_border"]

ENLARGED_SIDE = 300
"""Shorter side, in pixels, to which a small picture is enlarged."""
LONGEST_SIDE = 1400
"""Longest side, in pixels, of a copy; larger pictures are made smaller."""
BORDER = 0.3
"""Border around a copy, as a share of its shorter side."""


class Copy(NamedTuple):
    """A changed copy of a picture.

    Attributes:
        pixels: (h, w, 3) uint8 RGB.
        back: from the copy's coordinates to those of the picture.
        tilt: degrees by which heads that are upright in the copy lean in the picture.
    """

    pixels: NDArray[np.uint8]
    back: Similarity
    tilt: float = 0.0

    def in_picture(self, found: TiltedBox) -> TiltedBox:
        """A box of the copy as one about the same middle in the picture."""
        left, top, right, bottom = found.box
        x, y = self.back(np.array([(left + right) / 2, (top + bottom) / 2])).tolist()
        across, down = (right - left) / 2 * self.back.scale, (bottom - top) / 2 * self.back.scale
        lean = (found.tilt + self.tilt + 180) % 360 - 180
        return TiltedBox((x - across, y - down, x + across, y + down), lean)


def turned(pixels: NDArray[np.uint8], tilt: float) -> Copy:
    """A copy that sets heads upright which lean by ``tilt`` degrees to the right.

    The corners that the picture does not fill repeat its edge.
    """
    height, width = pixels.shape[:2]
    transform = turning(tilt)
    corners = transform(np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64))
    left, top = corners.min(axis=0)
    size = np.ceil((corners.max(axis=0) - (left, top)).round(6)).astype(int)
    transform = transform.moved(-left, -top)
    matrix = transform.matrix.copy()
    matrix[:, 2] += matrix[:, :2].sum(axis=1) * 0.5 - 0.5  # from pixel centres to pixel indices
    copy = cv2.warpAffine(pixels, matrix, size.tolist(), borderMode=cv2.BORDER_REPLICATE)
    return Copy(np.asarray(copy, np.uint8), transform.inverse(), tilt)


def with_border(pixels: NDArray[np.uint8]) -> Copy:
    """A copy with a border that repeats the picture's edge; a small picture is enlarged.

    A detector wants margin around a face, which tight crops do not have. A mirrored border would
    give a second, mirrored face to find.
    """
    height, width = pixels.shape[:2]
    enlarging = max(1.0, ENLARGED_SIDE / min(height, width))
    scale = min(enlarging, LONGEST_SIDE / max(height, width))
    if scale > 1:
        copy = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    else:
        copy = shrink(pixels, scale)
    border = round(BORDER * min(copy.shape[:2]))
    framed = cv2.copyMakeBorder(copy, border, border, border, border, cv2.BORDER_REPLICATE)
    back = np.array([[1 / scale, 0, -border / scale], [0, 1 / scale, -border / scale]])
    return Copy(np.asarray(framed, np.uint8), Similarity(back))


def brighter(pixels: NDArray[np.uint8], mean: float) -> NDArray[np.uint8]:
    """A copy whose mean luminance is about ``mean``, 0 to 255, by one gamma for all colours."""
    dark = float(np.clip(pixels.mean() / 255, 1e-3, 0.999))
    gamma = np.log(mean / 255) / np.log(dark)
    table = (np.linspace(0, 1, 256) ** gamma * 255).round().astype(np.uint8)
    return np.asarray(table[pixels])
