"""How sharp the edges of a face are in its photo: what is drawn into it is to be as sharp."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import Similarity, touched_part
from lgpgan.faces.fold_colour import LUMA

__all__ = ["edge_width", "in_pixels_of", "rise_width"]

FINER = 8
"""Samples per template pixel along a profile."""
REACH = 4.0
"""Length of a profile on either side of the line between the lips, in template pixels."""
NEAR = 2.0
"""Within this distance of its landmarks the line is looked for."""
COLUMNS = 12
INNER_UPPER, INNER_LOWER = [60, 61, 62, 63, 64], [60, 67, 66, 65, 64]
"""The inner edges of the lips among the 68 landmarks, from left to right."""
LEAST_RISE = 12.0
"""Values of 255 by which a lip is brighter than the line between the lips, or it shows no edge."""
RANGE = (0.4, 2.0)
"""Least and greatest width that is believed, in template pixels."""
LEAST_PIXELS = 1.4
"""An edge is at least so many pixels of the photo wide: finer ones would be jagged."""


def edge_width(
    pixels: NDArray[np.uint8], transform: Similarity, landmarks: NDArray[np.floating]
) -> float:
    """Width of the edges of the lips in a photo, in template pixels.

    It is the distance in which the luma rises from 10 to 90 % between the dark line between the
    lips and the lip above it or below it: the median of some places along the line.

    Args:
        pixels: (H, W, 3) uint8.
        transform: photo to aligned coordinates.
        landmarks: (68, 2) in the photo.
    """
    placed = transform(landmarks)
    left, right = placed[60, 0], placed[64, 0]
    columns = left + (right - left) * (0.2 + 0.6 * (np.arange(COLUMNS) + 0.5) / COLUMNS)
    upper = np.interp(columns, *placed[INNER_UPPER].T)
    lower = np.interp(columns, *placed[INNER_LOWER].T)
    rows = np.arange(-REACH, REACH, 1 / FINER)[:, None] + (upper + lower) / 2
    places = np.stack([np.broadcast_to(columns, rows.shape), rows], axis=-1)
    there = (transform.inverse()(places) - 0.5).astype(np.float32)
    part, places = touched_part(pixels, there)  # OpenCV reads from no photo that is very wide
    seen = cv2.remap(part, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    widths = [width for profile in (seen @ LUMA).T for width in _widths_beside_line(profile)]
    width = float(np.median(widths)) / FINER if widths else RANGE[1]
    return in_pixels_of(float(np.clip(width, *RANGE)), transform)


def in_pixels_of(width: float, transform: Similarity) -> float:
    """The width of an edge, in template pixels, that a photo can show.

    Args:
        width: of the edge, in template pixels.
        transform: photo to aligned coordinates; that of a reduced photo has a larger scale.
    """
    return max(width, LEAST_PIXELS * transform.scale)


def _widths_beside_line(profile: NDArray[np.floating]) -> list[float]:
    """Widths of the rises on both sides of the darkest place near the middle of a profile (N,)."""
    middle, near = len(profile) // 2, round(NEAR * FINER)
    line = middle - near + int(np.argmin(profile[middle - near : middle + near]))
    sides = (profile[line::-1], profile[line:])
    return [
        width
        for side in sides
        if (width := rise_width(side[: round(REACH / 2 * FINER)])) is not None
    ]


def rise_width(profile: NDArray[np.floating]) -> float | None:
    """Samples in which a profile (N,) goes from 10 to 90 % of the way to its greatest value.

    Args:
        profile: that begins at its least value.

    Returns:
        The width; None where the rise is too small to be an edge.
    """
    if len(profile) < 3:
        return None
    top = int(np.argmax(profile))
    rise = profile[: top + 1] - profile[0]
    if rise[-1] < LEAST_RISE:
        return None
    share = np.maximum.accumulate(rise / rise[-1])
    low, high = (_reaches(share, part) for part in (0.1, 0.9))
    return high - low


def _reaches(share: NDArray[np.floating], part: float) -> float:
    """Where a rising curve (N,) from 0 to 1 first reaches a part, between its samples."""
    after = int(np.argmax(share >= part))
    if after == 0:
        return 0.0
    before = share[after - 1]
    return float(after - 1 + (part - before) / (share[after] - before))
