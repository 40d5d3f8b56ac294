"""A face in a photo, and the protocol of what finds faces and their 68 landmarks."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.faces.alignment import TEMPLATE_SIZE, align, eye_distance

__all__ = ["Box", "Face", "FaceDetector", "Look", "TiltedBox"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in continuous photo coordinates."""

CUT_TOLERANCE = 0.1
"""How far, in eye distances, a landmark may lie beyond the photo's border."""
MINIMUM_EYE_DISTANCE = 12.0
"""Faces whose eyes are closer, in photo pixels, hold too little to edit."""
MAXIMUM_TURN = 0.85
"""How far the tip of the nose may lie off the middle between the outer corners of the eyes, as a
share of half their distance, before a face counts as seen from the side. On the mean head of
ICT-FaceKit it is 0.58 at 30 degrees, 0.84 at 40 and 1.0 at 45."""
NOSE_TIP = 30
FEATURES = slice(36, 68)
"""Both eyes and the mouth among the 68 landmarks."""
CUT_GRID = 64
"""Places along a side of the aligned face at which it is looked whether the photo has them."""
OUTER_CORNERS = (36, 45)


class Look(StrEnum):
    """How a face was found: at the first look at a photo, or at a further one."""

    FIRST = "first"
    NETWORKS = "networks"
    BORDER = "border"
    BRIGHTER = "brighter"
    TURNED = "turned"
    FRAME = "frame"
    """None found it: the whole picture was taken for it."""


class TiltedBox(NamedTuple):
    """Where a face is.

    Attributes:
        box: about it, upright.
        tilt: degrees by which the head leans to the right of the picture.
        look: how it was found.
        landmarks: (68, 2) in continuous photo coordinates, where they were read to see whether it
            is a face; else None.
    """

    box: Box
    tilt: float = 0.0
    look: Look = Look.FIRST
    landmarks: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Face:
    """A face in a photo.

    Attributes:
        box: left, top, right, bottom in continuous photo coordinates.
        landmarks: (68, 2) float64, continuous photo coordinates, in the order of Multi-PIE.
        look: how it was found.
    """

    box: Box
    landmarks: NDArray[np.float64]
    look: Look = Look.FIRST

    @property
    def eye_distance(self) -> float:
        """Distance between the eye centres in photo pixels."""
        return eye_distance(self.landmarks)

    @property
    def too_small(self) -> bool:
        """Whether it holds too few pixels to be worked on."""
        return self.eye_distance < MINIMUM_EYE_DISTANCE

    def is_cut(self, height: int, width: int) -> bool:
        """Whether the border of a photo of ``height`` × ``width`` pixels cuts it."""
        return self._goes_beyond(slice(None), height, width)

    def hides_features(self, height: int, width: int) -> bool:
        """Whether an eye or the mouth lies beyond the border of a photo of so many pixels."""
        return self._goes_beyond(FEATURES, height, width)

    def _goes_beyond(self, which: slice, height: int, width: int) -> bool:
        slack = CUT_TOLERANCE * self.eye_distance
        x, y = self.landmarks[which].T
        inside = min(x.min(), y.min()) >= -slack
        return not (inside and x.max() <= width + slack and y.max() <= height + slack)

    def cut(self, height: int, width: int) -> float:
        """Share of the aligned face, 0 to 1, that lies beyond the border of a photo."""
        steps = (np.arange(CUT_GRID) + 0.5) * (TEMPLATE_SIZE / CUT_GRID)
        places = np.stack(np.meshgrid(steps, steps), axis=-1)
        x, y = np.moveaxis(align(self.landmarks).inverse()(places), -1, 0)
        return float(1 - ((x >= 0) & (y >= 0) & (x <= width) & (y <= height)).mean())

    @property
    def turn(self) -> float:
        """How far the nose is off the middle of the eyes, in half their width; 0 seen in front."""
        right, left = (self.landmarks[corner] for corner in OUTER_CORNERS)
        across = (left - right) / 2
        off = self.landmarks[NOSE_TIP] - (right + left) / 2
        return float(abs(off @ across) / (across @ across))

    def check_editable(self, height: int, width: int) -> None:
        """Refuse a face that a photo of ``height`` × ``width`` pixels does not show well enough.

        A face whose chin, ears or forehead the border cuts is taken.

        Raises:
            InputError: when the border hides an eye or the mouth, when the face is too small, or
                seen from the side.
        """
        if self.too_small:
            raise InputError(
                f"the face is too small ({self.eye_distance:.0f} pixels between the eyes); "
                f"use a photo with at least {MINIMUM_EYE_DISTANCE:.0f}."
            )
        if self.hides_features(height, width):
            raise InputError(
                "the photo's border hides an eye or the mouth; use a photo that shows both eyes "
                "and the mouth."
            )
        if not self.turn <= MAXIMUM_TURN:
            raise InputError(
                "the face is turned too far to the side; use a photo that shows it from the front, "
                "or turned by 30 degrees at most."
            )


class FaceDetector(Protocol):
    """Finds the faces of a photo and their 68 landmarks."""

    @abstractmethod
    def search(self, pixels: NDArray[np.uint8]) -> list[TiltedBox]:
        """Where the faces of a photo are, from left to right, heads that lean included.

        Args:
            pixels: (H, W, 3) uint8 RGB.
        """

    @abstractmethod
    def boxes(self, pixels: NDArray[np.uint8]) -> list[Box]:
        """Boxes of the faces of a photo that are about upright, in continuous coordinates.

        Args:
            pixels: (H, W, 3) uint8 RGB.
        """

    @abstractmethod
    def landmarks(
        self, pixels: NDArray[np.uint8], box: Box, tilt: float = 0.0
    ) -> NDArray[np.float64]:
        """The 68 landmarks (68, 2) of the face in ``box``, in continuous photo coordinates.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            box: left, top, right, bottom in continuous photo coordinates.
            tilt: degrees by which the head leans to the right of the picture.
        """

    def detect(self, pixels: NDArray[np.uint8]) -> list[Face]:
        """The faces of a photo, from left to right.

        Args:
            pixels: (H, W, 3) uint8 RGB.
        """
        return [self.read(pixels, found) for found in self.search(pixels)]

    def read(self, pixels: NDArray[np.uint8], found: TiltedBox) -> Face:
        """A face that was found, with its landmarks.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            found: where it is.
        """
        return Face(found.box, self.landmarks(pixels, found.box, found.tilt), found.look)
