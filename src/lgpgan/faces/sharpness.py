"""How sharp a face is in its photo: what is drawn into it is to be as sharp.

Two things tell. The line between the lips shows how wide an edge is in a sharp photo, where skin
itself is soft. How much more a blur takes from the edges of the whole face shows whether the photo
is out of focus, was enlarged or compressed: a soft line between lips is too wide to be measured.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import LOWER_LIP, UPPER_LIP, Similarity, read_at, touched_part
from lgpgan.faces.fold_colour import LUMA

__all__ = [
    "DEVIATIONS",
    "SHARP_EDGE",
    "blur_between",
    "edge_width",
    "focus_blur",
    "in_pixels_of",
    "rise_width",
]

FINER = 8
"""Samples per template pixel along a profile."""
REACH = 4.0
"""Length of a profile on either side of the line between the lips, in template pixels."""
NEAR = 2.0
"""Within this distance of its landmarks the line is looked for."""
COLUMNS = 12
LEAST_RISE = 12.0
"""Values of 255 by which a lip is brighter than the line between the lips, or it shows no edge."""
RANGE = (0.4, 2.0)
"""Least and greatest width of that line that is believed, in template pixels."""
SHARP_EDGE = 1.3
"""Width of edges in sharp photos, in template pixels."""
SHARP_BLUR = 0.65
"""Standard deviation of the blur of edges in sharp photos, in template pixels, as it is measured on
the aligned face: 85 of 100 of the London set have less."""
MOST_BLUR = 6.0
"""Most that a face is out of focus, in template pixels: no face is found in a photo of more."""
DEVIATIONS = 2.563
"""Standard deviations of a blur in the 10 to 90 % width of a blurred edge."""
WEAK, STRONG = 0.7, 2.0
"""Standard deviations of both blurs whose gradients are compared, in template pixels."""
STRONGEST = 92.0
"""Percentile of the gradient from which on there are edges."""
LEAST_GRADIENT = 1.0
"""Values of 255 in a template pixel below which there are none."""
FEWEST_EDGES = 6
"""Fewer places on edges say nothing about focus."""
MARGIN = 16
"""Rows and columns at the border of the aligned face that are hair and background."""
LEAST_PIXELS = 1.4
"""An edge is at least so many pixels of the photo wide: finer ones would be jagged."""


def edge_width(
    pixels: NDArray[np.uint8],
    aligned: NDArray[np.uint8],
    transform: Similarity,
    landmarks: NDArray[np.floating],
) -> float:
    """Width of the edges of the lips in a photo, from 10 to 90 %, in template pixels.

    Args:
        pixels: (H, W, 3) uint8.
        aligned: (128, 128, 3) uint8, the face.
        transform: photo to aligned coordinates.
        landmarks: (68, 2) in the photo.
    """
    blurred = float(np.hypot(SHARP_EDGE, DEVIATIONS * focus_blur(aligned)))
    line = _line_width(pixels, transform, landmarks)
    return max(line, blurred) if blurred > SHARP_EDGE else line


def focus_blur(aligned: NDArray[np.uint8]) -> float:
    """Standard deviation, in template pixels, by which a face is out of focus; 0 for a sharp one.

    The gradient of an edge of blur s falls, under a further blur of b, by a factor of
    s / sqrt(s² + b²). So the quotient of the gradients after two further blurs tells s
    (Zhuo and Sim, "Defocus map estimation from a single image", Pattern Recognition 2011, eq. 6).
    The median over the strongest edges of the face is taken.

    Args:
        aligned: (128, 128, 3) uint8.
    """
    luma = aligned.astype(np.float32) @ LUMA.astype(np.float32)
    weak, strong = (_gradient(luma, blur) for blur in (WEAK, STRONG))
    edge = (weak >= max(float(np.percentile(weak, STRONGEST)), LEAST_GRADIENT)) & (
        weak >= cv2.dilate(weak, np.ones((3, 3)))
    )
    if edge.sum() < FEWEST_EDGES:
        return 0.0
    quotient = float(np.median(weak[edge] / np.maximum(strong[edge], LEAST_GRADIENT / 100))) ** 2
    if quotient <= 1:
        return 0.0  # no edge of any blur: a pattern
    variance = (STRONG**2 - quotient * WEAK**2) / (quotient - 1)
    return float(np.sqrt(np.clip(variance - SHARP_BLUR**2, 0, MOST_BLUR**2)))


def blur_between(sharper: float, wider: float) -> float:
    """Standard deviation of the blur that widens edges of one width to another; 0 if none does."""
    return float(np.sqrt(max(wider**2 - sharper**2, 0))) / DEVIATIONS


def _gradient(luma: NDArray[np.float32], blur: float) -> NDArray[np.float32]:
    """Length of the gradient (h, w) of a blurred luma (S, S), without its margin."""
    down, across = np.gradient(cv2.GaussianBlur(luma, (0, 0), blur))
    return np.asarray(np.hypot(down, across)[MARGIN:-MARGIN, MARGIN:-MARGIN], np.float32)


def _line_width(
    pixels: NDArray[np.uint8], transform: Similarity, landmarks: NDArray[np.floating]
) -> float:
    """Width of the edges along the line between the lips, in template pixels.

    It is the distance in which the luma rises from 10 to 90 % between the dark line between the
    lips and the lip above it or below it: the median of some places along the line.
    """
    placed = transform(landmarks)
    left, right = placed[60, 0], placed[64, 0]
    columns = left + (right - left) * (0.2 + 0.6 * (np.arange(COLUMNS) + 0.5) / COLUMNS)
    upper, lower = (np.interp(columns, *placed[inner].T) for _, inner in (UPPER_LIP, LOWER_LIP))
    rows = np.arange(-REACH, REACH, 1 / FINER)[:, None] + (upper + lower) / 2
    places = np.stack([np.broadcast_to(columns, rows.shape), rows], axis=-1)
    there = (transform.inverse()(places) - 0.5).astype(np.float32)
    part, places = touched_part(pixels, there)  # OpenCV reads from no photo that is very wide
    seen = read_at(part, places)
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
