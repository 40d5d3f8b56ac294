"""A face as a change shows it: read along its flow, before anything is painted."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import along, read_at
from lgpgan.faces.fold_colour import DARKEST, chroma, luma_of, share_of_skin
from lgpgan.faces.regions import head_area

__all__ = ["SeenFace"]

BORDER = 1.0
"""Blur of the border of the face, in template pixels."""


@dataclass(frozen=True)
class SeenFace:
    """What is read of an aligned face of 128×128 pixels.

    Attributes:
        colours: (128, 128, 3) float32, 0 to 255.
        luma: (128, 128) of these.
        chroma: (128, 128, 3) of these.
        skin: (128, 128), 0 to 1, how far a place is skin.
        in_face: (128, 128), 0 to 1, where it is the face and not what is beside it.
    """

    colours: NDArray[np.float32]
    luma: NDArray[np.float32]
    chroma: NDArray[np.float32]
    skin: NDArray[np.float32]
    in_face: NDArray[np.float32]

    @classmethod
    def read(
        cls,
        aligned: NDArray[np.uint8],
        landmarks: NDArray[np.floating],
        flow: NDArray[np.float32],
        skin: NDArray[np.floating],
    ) -> SeenFace:
        """Read a face.

        Args:
            aligned: (128, 128, 3) uint8, the face at rest.
            landmarks: (68, 2) of it, in template pixels.
            flow: (128, 128, 2).
            skin: (3,) mean colour of the skin, 0 to 255.
        """
        places = along(flow)
        head = np.asarray(
            cv2.GaussianBlur(head_area(landmarks).astype(np.float32), (0, 0), BORDER), np.float32
        )
        colours = read_at(aligned.astype(np.float32), places)
        return cls.of(colours, read_at(head, places), skin)

    def gain(self, shown: NDArray[np.float32]) -> NDArray[np.float32]:
        """The light (128, 128) of colours (128, 128, 3) over that of the face."""
        return np.asarray(luma_of(shown) / np.maximum(self.luma, DARKEST), np.float32)

    @classmethod
    def of(
        cls,
        colours: NDArray[np.float32],
        in_face: NDArray[np.float32],
        skin: NDArray[np.floating],
    ) -> SeenFace:
        """The same for colours (128, 128, 3) that were read, 0 to 255."""
        luma, colour = luma_of(colours), chroma(colours)
        return cls(colours, luma, colour, share_of_skin(luma, colour, skin), in_face)
