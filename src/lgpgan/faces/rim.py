"""The rim of a mouth that opens: a line between the photo's lips and what is drawn inside.

Networks draw at 128×128, where the edge of an opening is a ramp of three or four pixels; enlarged
with the photo it is a soft band. Here the ramp says only where the edge is. Its middle, half of
whose pixels are drawn, is a level set, enlarged smoothly, and the edge along it is as wide as those
of the lips in the photo (:mod:`lgpgan.faces.sharpness`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import mouth_box_at

__all__ = ["RAMP", "Rim", "inner_colour", "rim_of"]

HALF = 0.5
"""Share that is drawn on the edge itself."""
LEAST_OPEN, OPEN = 1.0, 10.0
"""Template pixels of an opening, each counted by how far more than half of it is drawn. With fewer
than the first it is a line between lips and has no edge; with the second it has the whole of it."""
RAMP = 3.0
"""Width of edges as networks draw them, from 10 to 90 %, in template pixels."""
REACH = 3.0
"""Template pixels around an opening in which the ramp belongs to its edge."""
FADE = 1.0
"""Blur of that area, in template pixels."""
SMOOTHNESS = 1.0
"""Blur of the drawn share, and of the distance to its edge, in template pixels: enlarged ten times,
the line would follow the grid of 128 pixels in waves."""
LEAST_SLOPE = 0.12
"""Of the drawn share, in one template pixel: where it changes less there is no edge."""
FURTHEST = 3.0
"""Distances to the edge are cut off here, in template pixels."""
INNER = 6
"""Power of the drawn share by which a colour counts for that at the edge."""
INNER_BLUR = 1.2
"""Over how many template pixels colour is carried to the edge."""
LEAST_KNOWN = 1e-3
"""Where less than this of the inside is near, there is nothing to carry."""
SMOOTH_RANGE = 0.608
"""Part of a smooth step that lies between 10 and 90 % of its height."""


@dataclass(frozen=True)
class Rim:
    """The edge of an opening in an aligned face.

    Attributes:
        distance: (S, S) float32, to the edge, in widths of the step; above 0 inside the opening.
        weight: (S, S) float32, 0 to 1: where the drawn share is that of the edge.
    """

    distance: NDArray[np.float32]
    weight: NDArray[np.float32]


def rim_of(keep: NDArray[np.float32], mouth_top: int, width: float) -> Rim | None:
    """The edge of a mouth that opens.

    Args:
        keep: (S, S), 0 to 1, the share of the photo.
        mouth_top: first row of the mouth region, in template pixels.
        width: of edges in the photo, from 10 to 90 %, in template pixels.

    Returns:
        The rim; None where the mouth stays closed, and where edges in the photo are as soft as
        those that networks draw.
    """
    if width >= RAMP:
        return None
    size = len(keep)
    scale = size / TEMPLATE_SIZE
    drawn = 1 - keep
    region = mouth_box_at(mouth_top).scaled(scale)
    opening = np.zeros((size, size), np.uint8)
    above = drawn[region.rows, region.columns] - HALF
    opening[region.rows, region.columns] = above > 0
    area = float(np.maximum(above, 0).sum()) / HALF / scale**2
    if area <= LEAST_OPEN:
        return None
    side = 2 * round(REACH * scale) + 1
    near = cv2.dilate(opening, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    weight = cv2.GaussianBlur(near.astype(np.float32), (0, 0), FADE * scale)
    weight = weight * np.float32(min((area - LEAST_OPEN) / (OPEN - LEAST_OPEN), 1))
    weight[weight < 1e-3] = 0
    smooth = cv2.GaussianBlur(drawn, (0, 0), SMOOTHNESS * scale)
    down, across = np.gradient(smooth * scale)
    slope = np.maximum(np.hypot(down, across), LEAST_SLOPE)
    distance = cv2.GaussianBlur((smooth - HALF) / slope, (0, 0), SMOOTHNESS * scale)
    distance = np.clip(distance, -FURTHEST, FURTHEST)
    step = width / SMOOTH_RANGE
    return Rim((distance / step).astype(np.float32), np.asarray(weight, np.float32))


def inner_colour(
    planes: NDArray[np.float32], keep: NDArray[np.float32], rim: Rim
) -> NDArray[np.float32]:
    """What is drawn at a rim as it is further inside: at the rim networks mix it with the lips.

    Args:
        planes: (S, S, 3) of what is drawn, times the drawn share.
        keep: (S, S), 0 to 1, the rest.
        rim: of the opening.

    Returns:
        (S, S, 3) float32, times the same share.
    """
    drawn = 1 - keep
    blur = INNER_BLUR * len(keep) / TEMPLATE_SIZE
    share = drawn ** (INNER - 1)  # planes have one power of it already
    total = cv2.GaussianBlur(planes * share[..., None], (0, 0), blur)
    counted = cv2.GaussianBlur(share * drawn, (0, 0), blur)
    known = np.clip(counted / LEAST_KNOWN, 0, 1) * rim.weight
    inner = total * (drawn / np.maximum(counted, LEAST_KNOWN))[..., None]
    return np.asarray(planes + known[..., None] * (inner - planes), np.float32)
