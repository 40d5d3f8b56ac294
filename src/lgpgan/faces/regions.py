"""The eye and mouth regions of an aligned face, and the windows that join them to the rest.

Sizes are the paper's: 48×96 for both eyes, 48×64 for the mouth, in a 128×128 face (height × width).
The mouth's box follows the landmarks, the eyes' is fixed by the alignment.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import JAW, MOUTH, TEMPLATE_SIZE

__all__ = [
    "EYE_BOX",
    "EYE_SIZE",
    "MOUTH_SIZE",
    "SKIN_BOX",
    "Box",
    "area_within",
    "disc",
    "folding_area",
    "head_area",
    "mouth_box",
    "mouth_box_at",
    "region_description",
    "regions_above_each_other",
    "window",
]

EYE_SIZE = (48, 96)
"""Height and width of the eye region (paper, section on data)."""
MOUTH_SIZE = (48, 64)
"""Height and width of the mouth region (paper, section on data)."""
GAP_BETWEEN = 0.05
"""What is left free between eyes and mouth where they are shown, as a part of the eyes' width."""
MOUTH_LEFT = (TEMPLATE_SIZE - MOUTH_SIZE[1]) // 2
MOUTH_DROP = 4.0
"""How far below the mean of the mouth landmarks the mouth region is centred, in pixels."""


@dataclass(frozen=True)
class Box:
    """A half-open rectangle of whole pixels: rows ``top:bottom``, columns ``left:right``."""

    top: int
    left: int
    height: int
    width: int

    @property
    def rows(self) -> slice:
        """The rows as a slice."""
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        """The columns as a slice."""
        return slice(self.left, self.left + self.width)

    def scaled(self, factor: float) -> Box:
        """The same rectangle of a picture that is ``factor`` times as large, in whole pixels."""
        sides = (self.top, self.left, self.height, self.width)
        return Box(*(round(side * factor) for side in sides))


EYE_BOX = Box(top=14, left=16, height=EYE_SIZE[0], width=EYE_SIZE[1])
"""Rows 14–62, columns 16–112 of the 128×128 template."""
SKIN_BOX = Box(top=48, left=44, height=18, width=40)
"""The bridge of the nose and the cheeks beside it: skin, whatever a face wears or expresses."""


def mouth_box_at(top: int) -> Box:
    """The mouth region whose first row is ``top``, moved into the frame where it sticks out."""
    top = min(max(top, 0), TEMPLATE_SIZE - MOUTH_SIZE[0])
    return Box(top=top, left=MOUTH_LEFT, height=MOUTH_SIZE[0], width=MOUTH_SIZE[1])


def mouth_box(landmarks: NDArray[np.floating]) -> Box:
    """The mouth region of a face, from its 68 landmarks (68, 2) in aligned 128×128 coordinates."""
    centre = float(landmarks[MOUTH, 1].mean()) + MOUTH_DROP
    return mouth_box_at(round(centre - MOUTH_SIZE[0] / 2))


def region_description() -> dict[str, Any]:
    """Where the regions lie in the 128×128 template, as ``dataset.json`` says it to other tools."""
    return {
        "eyes": asdict(EYE_BOX),
        "mouth": {
            "left": MOUTH_LEFT,
            "height": MOUTH_SIZE[0],
            "width": MOUTH_SIZE[1],
            "centre": f"{MOUTH_DROP:g} rows below the mean of the landmarks "
            f"{MOUTH.start} to {MOUTH.stop - 1}",
        },
    }


def regions_above_each_other(
    face: NDArray[np.uint8], mouth: Box, *, scale: float = 1.0
) -> NDArray[np.uint8]:
    """The eye region of a face above its mouth region, on white, to be looked at.

    Args:
        face: (H, W, 3) uint8, aligned; H = W, any size.
        mouth: its mouth region, in pixels of the 128×128 template.
        scale: how many times as large, bicubically.

    Returns:
        (h, w, 3) uint8; w is the width of the eye region times ``scale``.
    """
    boxes = (box.scaled(len(face) / TEMPLATE_SIZE) for box in (EYE_BOX, mouth))
    eyes, lips = (
        cv2.resize(
            face[box.rows, box.columns], None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC
        )
        for box in boxes
    )
    top = len(eyes) + round(GAP_BETWEEN * eyes.shape[1])
    left = (eyes.shape[1] - lips.shape[1]) // 2
    both = np.full((top + len(lips), eyes.shape[1], 3), 255, np.uint8)
    both[: len(eyes)] = eyes
    both[top:, left : left + lips.shape[1]] = lips
    return both


def window(height: int, width: int, fade: float) -> NDArray[np.float32]:
    """A weight (height, width) that is 1 inside and falls smoothly to 0 over the outer pixels.

    Args:
        height: rows.
        width: columns.
        fade: how many pixels from the border the weight reaches 1; 0 gives 1 everywhere.
    """

    def ramp(length: int) -> NDArray[np.float64]:
        centres = np.arange(length) + 0.5
        if fade <= 0:
            return np.ones(length)
        part = np.clip(np.minimum(centres, length - centres) / fade, 0.0, 1.0)
        smooth: NDArray[np.float64] = part * part * (3.0 - 2.0 * part)
        return smooth

    return np.outer(ramp(height), ramp(width)).astype(np.float32)


def head_area(landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Where (128, 128) an aligned face is, neck and ears aside: 1 there, 0 elsewhere.

    Args:
        landmarks: (68, 2), in template pixels.
    """
    above = 2 * landmarks[27] - landmarks[8]  # as far over the eyes as the chin is below them
    return area_within(np.vstack([landmarks[JAW], above]))


def folding_area(landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Where (128, 128) the skin beside nose and mouth folds: 1 there, 0 elsewhere.

    It ends at the tip of the nose, so that the rims of glasses do not count.

    Args:
        landmarks: (68, 2), in template pixels.
    """
    cheeks = landmarks[JAW][2:15]
    above = np.column_stack([cheeks[[0, -1], 0], np.full(2, landmarks[30, 1])])
    nose = area_within(landmarks[[27, 31, 32, 33, 34, 35]])
    area = cv2.erode(area_within(np.vstack([cheeks, above])), np.ones((5, 5)))
    area[cv2.dilate(nose, np.ones((5, 5))) > 0] = 0
    area[cv2.dilate(area_within(landmarks[MOUTH]), np.ones((3, 3))) > 0] = 0
    return np.asarray(area, np.uint8)


def area_within(points: NDArray[np.floating]) -> NDArray[np.uint8]:
    """What (128, 128) lies within the convex hull of points: 1 there, 0 elsewhere.

    Args:
        points: (N, 2), in template pixels.
    """
    outline = cv2.convexHull(points.astype(np.float32))
    area = np.zeros((TEMPLATE_SIZE, TEMPLATE_SIZE), np.uint8)
    cv2.fillConvexPoly(area, np.rint(outline).astype(np.int32), 1)
    return area


def disc(reach: int) -> NDArray[np.uint8]:
    """A disc (2 · reach + 1, the same) to widen areas by."""
    side = 2 * reach + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
