"""Eyes and open mouths of a photo, and the photo's skin without them.

A mesh that is fitted to landmarks meets lids and lips within a pixel. So the skin beside an eye or
an open mouth would take the colour of an eye white or of a tooth along, as a light seam, when lids
or lips close over it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["LIPS_INSIDE", "eye_opening", "mouth_opening", "skin_over"]

LIPS_INSIDE = slice(60, 68)
"""Landmarks of the lips' inner edge."""
LIPS_ABOVE_EACH_OTHER = ((61, 67), (62, 66), (63, 65))
"""Upper and lower landmark of the lips' inner edge."""
LEAST_OPEN = 1.2
"""Mean distance of the lips, in template pixels, from which on a mouth counts as open."""
LID_MARGIN = 0.4
LIP_MARGIN = 1.0
"""How far beyond the landmarks, in template pixels, an eye or a tooth may show."""
FRACTION = 4
"""Number of fractional bits of the coordinates that OpenCV draws at."""
REACH = 1.5
"""From how far around, in template pixels, the skin's colour is taken."""


def eye_opening(lids: NDArray[np.floating], size: int, scale: float) -> NDArray[np.bool_]:
    """Where (size, size) a picture shows an eye.

    Args:
        lids: (6, 2) its landmarks, x, y in pixels of the picture.
        size: the picture's side.
        scale: its pixels per template pixel.
    """
    return _grown(lids, size, LID_MARGIN * scale)


def mouth_opening(landmarks: NDArray[np.floating], size: int, scale: float) -> NDArray[np.bool_]:
    """Where (size, size) a picture shows the inside of a mouth; nowhere where it is closed.

    Args:
        landmarks: (68, 2) x, y in pixels of the picture.
        size: its side.
        scale: its pixels per template pixel.
    """
    heights = [landmarks[low, 1] - landmarks[high, 1] for high, low in LIPS_ABOVE_EACH_OTHER]
    if np.mean(heights) < LEAST_OPEN * scale:
        return np.zeros((size, size), np.bool_)
    return _grown(landmarks[LIPS_INSIDE], size, LIP_MARGIN * scale)


def skin_over(
    photo: NDArray[np.uint8], openings: NDArray[np.bool_], scale: float
) -> NDArray[np.uint8]:
    """A photo (S, S, 3) with the skin around its openings (S, S) drawn over them."""
    if not openings.any():
        return photo
    rows, columns = np.nonzero(openings)
    margin = 2 + round(2 * REACH * scale)
    box = tuple(
        slice(max(int(places.min()) - margin, 0), int(places.max()) + 1 + margin)
        for places in (rows, columns)
    )
    covered = photo.copy()
    covered[box] = cv2.inpaint(
        photo[box], openings[box].astype(np.uint8), REACH * scale, cv2.INPAINT_TELEA
    )
    return covered


def _grown(outline: NDArray[np.floating], size: int, margin: float) -> NDArray[np.bool_]:
    """Where (size, size) an outline (N, 2) in pixels lies, and so many pixels around it."""
    points = np.rint((outline - 0.5) * 2**FRACTION).astype(np.int32)
    drawn = np.zeros((size, size), np.uint8)
    cv2.fillPoly(drawn, [points], 1, shift=FRACTION)
    cv2.polylines(drawn, [points], True, 1, max(1, round(2 * margin)), shift=FRACTION)
    return drawn > 0
