"""What the inside of a mouth that opens is drawn with: ``lit · (a picture − 1)`` is added.

Networks say where in the picture of an open mouth each pixel is read. What is pasted in the end is
a picture of its own for each face (:mod:`lgpgan.faces.mouth_drawing`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import read_at
from lgpgan.faces.open_mouth import DETAIL, open_mouth
from lgpgan.faces.regions import MOUTH_LEFT

__all__ = ["DrawnInside", "InsideChange"]


@dataclass(frozen=True)
class InsideChange:
    """An inside as networks make it; see :class:`lgpgan.methods.change.Inside`.

    Attributes:
        flow: (S, S, 2) float32, x and y in pixels of the aligned face.
        lit: (S, S, 3) float32, 0 to 255: the share of the colour that the picture is laid over.
        mouth_top: first row of the mouth region, where the picture lies.
    """

    flow: NDArray[np.float32]
    lit: NDArray[np.float32]
    mouth_top: int

    def picture_at(self, places: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
        """The picture (h, w, 3), 0 to 1, as places of the aligned face show it.

        Args:
            places: (h, w, 2), counted from a pixel's centre.
            scale: the photo's pixels per pixel of the aligned face.
        """
        detail = int(np.clip(round(scale), 1, DETAIL))
        corner = np.array([MOUTH_LEFT, self.mouth_top], np.float32) - np.float32(0.5)
        moved = places - corner + read_at(self.flow, places)
        return read_at(open_mouth(detail), moved * np.float32(detail) - np.float32(0.5))


@dataclass(frozen=True)
class DrawnInside:
    """An inside that was drawn for one face.

    Attributes:
        lit: (S, S, 3) float32, 0 to 255: the share of the colour that the picture is laid over.
        picture: (h, w, 3) float32, 0 to 1: what is left of that light.
        corner: x and y of the picture's upper left corner, in pixels of the aligned face.
        detail: its pixels per pixel of the aligned face.
    """

    lit: NDArray[np.float32]
    picture: NDArray[np.float32]
    corner: tuple[int, int]
    detail: int

    def picture_at(self, places: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
        """The picture, as in :meth:`InsideChange.picture_at`; it is as fine as it was drawn."""
        corner = np.array(self.corner, np.float32) - np.float32(0.5)
        return read_at(self.picture, (places - corner) * np.float32(self.detail) - np.float32(0.5))
