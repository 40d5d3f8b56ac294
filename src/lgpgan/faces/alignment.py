"""Similarity alignment of a face to the template, and the warp that goes with it.

Coordinates are continuous: the pixel in column *i* and row *j* covers ``[i, i + 1) × [j, j + 1)``
and its centre is at ``(i + 0.5, j + 0.5)``. Transforms map such coordinates, so half a pixel of the
aligned face is not lost in a large photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BROWS",
    "EYE_DISTANCE",
    "EYE_MIDPOINT",
    "JAW",
    "LEFT_EYE",
    "LOWER_LIP",
    "MOUTH",
    "NO_SECOND_MAP",
    "RIGHT_EYE",
    "TEMPLATE_SIZE",
    "UPPER_LIP",
    "Similarity",
    "align",
    "along",
    "eye_centres",
    "eye_distance",
    "lean",
    "read_at",
    "resample",
    "shrink",
    "touched_part",
    "turning",
    "upright",
    "warp",
]

Pixel = TypeVar("Pixel", np.uint8, np.float32)
Scalar = TypeVar("Scalar", np.uint8, np.uint16, np.float32)
NO_SECOND_MAP: Any = None
"""In place of OpenCV's second map, which its types demand: the first has both coordinates."""

TEMPLATE_SIZE: Final = 128
"""Side of the aligned face in pixels, as in the paper; other sizes scale the template."""
EYE_DISTANCE = 38.0
"""Distance between the eye centres in the 128×128 template, in pixels."""
EYE_MIDPOINT = (64.0, 42.0)
"""Where the middle between the eye centres comes to lie in the 128×128 template, (x, y)."""

JAW = slice(0, 17)
"""The outline from ear to chin to ear among the 68 landmarks."""
BROWS = slice(17, 27)
"""Both brows among the 68 landmarks."""
RIGHT_EYE = slice(36, 42)
"""The person's right eye among the 68 landmarks; it is on the left of the picture."""
LEFT_EYE = slice(42, 48)
"""The person's left eye among the 68 landmarks."""
EYES = slice(36, 48)
"""Both eyes among the 68 landmarks."""
MOUTH = slice(48, 68)
"""The twenty mouth points among the 68 landmarks."""
UPPER_LIP = ([48, 49, 50, 51, 52, 53, 54], [60, 61, 62, 63, 64])
LOWER_LIP = ([48, 59, 58, 57, 56, 55, 54], [60, 67, 66, 65, 64])
"""Outer and inner edges of the lips among the 68 landmarks, each from left to right."""
TEMPLES = [0, 16]
"""The ends of the jaw line among the 68 landmarks, beside the eyes; the person's right first."""


@dataclass(frozen=True)
class Similarity:
    """A rotation, uniform scale and translation of the plane.

    Attributes:
        matrix: (2, 3) float64; ``matrix @ (x, y, 1)`` is the image of the point (x, y).
    """

    matrix: NDArray[np.float64]

    @property
    def scale(self) -> float:
        """Length of the image of a unit vector."""
        return float(np.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    def __call__(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map points (..., 2)."""
        mapped: NDArray[np.float64] = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return mapped

    def inverse(self) -> Similarity:
        """The transform that undoes this one."""
        linear = np.linalg.inv(self.matrix[:, :2])
        return Similarity(np.column_stack([linear, -linear @ self.matrix[:, 2]]))

    def scaled(self, factor: float) -> Similarity:
        """This transform followed by a scaling about the origin."""
        return Similarity(self.matrix * factor)

    def moved(self, x: float, y: float) -> Similarity:
        """This transform followed by a translation."""
        return Similarity(self.matrix + np.array([[0, 0, x], [0, 0, y]], np.float64))


def eye_centres(landmarks: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means of the six landmarks of each eye, the one on the left of the picture first.

    Args:
        landmarks: (68, 2).
    """
    return landmarks[RIGHT_EYE].mean(axis=0), landmarks[LEFT_EYE].mean(axis=0)


def eye_distance(landmarks: NDArray[np.floating]) -> float:
    """Distance between the eye centres of landmarks (68, 2), in their unit."""
    right, left = eye_centres(landmarks)
    return float(np.linalg.norm(left - right))


def align(landmarks: NDArray[np.floating], size: int = TEMPLATE_SIZE) -> Similarity:
    """The similarity that brings a photo's 68 landmarks onto the template.

    Args:
        landmarks: (68, 2) continuous photo coordinates.
        size: side of the aligned face in pixels.

    Returns:
        The transform from photo to aligned coordinates.
    """
    right, left = eye_centres(landmarks)
    across = left - right
    unit = across / np.linalg.norm(across)
    scale = EYE_DISTANCE / np.linalg.norm(across)
    linear = scale * np.array([[unit[0], unit[1]], [-unit[1], unit[0]]])
    offset = np.array(EYE_MIDPOINT) - linear @ ((right + left) / 2)
    return Similarity(np.column_stack([linear, offset])).scaled(size / TEMPLATE_SIZE)


def lean(landmarks: NDArray[np.floating]) -> float:
    """Degrees by which a head (68, 2) leans to the right of the picture."""
    right, left = eye_centres(landmarks)
    return float(np.rad2deg(np.arctan2(*(left - right)[::-1])))


def turning(tilt: float) -> Similarity:
    """The rotation about the origin that sets a head upright which leans by ``tilt`` degrees."""
    angle = np.deg2rad(-tilt)
    cosine, sine = np.cos(angle), np.sin(angle)
    return Similarity(np.array([[cosine, -sine, 0], [sine, cosine, 0]], np.float64))


def upright(middle: NDArray[np.floating], side: float, tilt: float, size: int) -> Similarity:
    """From a photo to a square copy of a part of it in which a head is upright.

    Args:
        middle: (2,) of the part, in continuous photo coordinates.
        side: of the part, in photo pixels.
        tilt: degrees by which the head leans to the right of the picture.
        size: side of the copy, in pixels.
    """
    transform = turning(tilt).scaled(size / side)
    return transform.moved(*(size / 2 - transform(middle)))


def warp(pixels: NDArray[np.uint8], transform: Similarity, size: int) -> NDArray[np.uint8]:
    """Cut the aligned face out of a photo.

    A photo larger than the aligned face is averaged over the pixels that fall together, so that
    fine hair does not turn into noise. Beyond the photo's border its edge pixels are repeated.

    Args:
        pixels: (H, W, C) photo.
        transform: photo to aligned coordinates.
        size: side of the result in pixels.

    Returns:
        (size, size, C) uint8.
    """
    finer = min(max(1, round(1 / transform.scale)), 16)
    matrix = transform.scaled(finer).matrix.copy()
    matrix[:, 2] += matrix[:, :2].sum(axis=1) * 0.5 - 0.5  # from pixel centres to pixel indices
    warped = cv2.warpAffine(
        pixels,
        matrix,
        (size * finer, size * finer),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if finer > 1:
        warped = cv2.resize(warped, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(warped, np.uint8)


def shrink(pixels: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """A photo (H, W, C) made smaller by a factor; it is never made larger."""
    if scale >= 1.0:
        return np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def resample(
    pixels: NDArray[Pixel],
    where: NDArray[np.floating],
    *,
    interpolation: int = cv2.INTER_CUBIC,
) -> NDArray[Pixel]:
    """Read a picture at continuous coordinates; beyond its border the edge is repeated.

    Args:
        pixels: (H, W) or (H, W, C), uint8 or float32.
        where: (h, w, 2) coordinates (x, y).
        interpolation: one of OpenCV's.

    Returns:
        (h, w) or (h, w, C), of the picture's type.
    """
    return read_at(pixels, (where - 0.5).astype(np.float32), interpolation)


def read_at(
    picture: NDArray[Scalar],
    places: NDArray[np.float32],
    interpolation: int = cv2.INTER_LINEAR,
    border: int = cv2.BORDER_REPLICATE,
) -> NDArray[Scalar]:
    """Read a picture at places counted from a pixel's centre: at (0, 0) it has its first pixel.

    Args:
        picture: (H, W) or (H, W, C), uint8, uint16 or float32.
        places: (h, w, 2), x and y.
        interpolation: one of OpenCV's.
        border: one of OpenCV's; its edge is repeated beyond if none is given.

    Returns:
        (h, w) or (h, w, C), of the picture's type.
    """
    read = cv2.remap(picture, places, NO_SECOND_MAP, interpolation, borderMode=border)
    return np.asarray(read, picture.dtype)


def along(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where (h, w, 2) a flow (h, w, 2) reads each pixel, x and y, from a pixel's centre."""
    rows, columns = (np.arange(side, dtype=np.float32) for side in flow.shape[:2])
    return flow + np.dstack(np.meshgrid(columns, rows))


def touched_part(
    pixels: NDArray[Any], places: NDArray[np.float32]
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """As much of a photo as is read at some places: one pixel at least.

    Args:
        pixels: (H, W, ...).
        places: (h, w, 2), counted from a pixel's centre.

    Returns:
        The part, and the places in it.
    """
    size, margin = pixels.shape[1::-1], 3
    x, y = places[..., 0], places[..., 1]
    low = np.array([int(x.min()) - margin, int(y.min()) - margin])
    high = np.array([int(x.max()) + 1 + margin, int(y.max()) + 1 + margin])
    left, top = np.clip(low, 0, np.subtract(size, 1))
    right, bottom = np.clip(high, (left + 1, top + 1), size)
    part: NDArray[Any] = np.ascontiguousarray(pixels[top:bottom, left:right])
    return part, places - np.array([left, top], np.float32)
