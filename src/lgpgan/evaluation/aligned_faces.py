"""Stacks of aligned faces, as every measure takes them, and their landmarks as dlib sees them.

What a method drew is measured where dlib finds it, not where it was asked to be. An aligned face is
small: at 128×128 its landmarks are read after enlarging it four times. On 72
London faces (neutral and smiling) the landmarks then lie 0.37 px from those found in the original
photo, mean over the 68; 0.56 px if the face is not enlarged.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.detectors.dlib_detector import DlibDetector

__all__ = ["ENLARGEMENT", "check_faces", "check_mouth_tops", "enlarge", "find_landmarks"]

ENLARGEMENT = 4
"""How much larger a face is made before dlib looks at it."""
DETECTOR_BOX = (22.8, 14.7, 111.4, 103.6)
"""Where dlib's detector sees an aligned face: left, top, right, bottom in template pixels, the
median over 72 London photos. The landmark model was trained on such boxes."""


def check_faces(faces: NDArray[np.uint8]) -> None:
    """Refuse what is not a stack of aligned faces.

    Raises:
        InputError: unless ``faces`` is (N, 128, 128, 3) uint8.
    """
    if faces.shape[1:] != (TEMPLATE_SIZE, TEMPLATE_SIZE, 3) or faces.dtype != np.uint8:
        raise InputError(
            f"Faces must be of shape (N, {TEMPLATE_SIZE}, {TEMPLATE_SIZE}, 3), uint8, not"
            f" {faces.shape}, {faces.dtype}; align them to lgpgan's template first."
        )


def check_mouth_tops(faces: NDArray[np.uint8], mouth_top: NDArray[np.integer]) -> None:
    """Refuse mouth regions that do not belong to ``faces``.

    Raises:
        InputError: unless ``mouth_top`` holds one whole row a face, (N,).
    """
    if mouth_top.shape != (len(faces),) or not np.issubdtype(mouth_top.dtype, np.integer):
        raise InputError(
            f"{len(faces)} faces need the first rows of as many mouth regions, whole numbers, not"
            f" {mouth_top.shape}, {mouth_top.dtype}."
        )


def enlarge(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face (H, W, 3) uint8 made :data:`ENLARGEMENT` times as large, bicubically."""
    height, width = face.shape[:2]
    size = (width * ENLARGEMENT, height * ENLARGEMENT)
    return np.asarray(cv2.resize(face, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def find_landmarks(faces: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The landmarks that dlib's 68-point model finds in aligned faces.

    No detector is run: the alignment says where the face is, so that a face too odd for the
    detector is measured like any other.

    Args:
        faces: (N, 128, 128, 3) uint8 RGB.

    Returns:
        (N, 68, 2) x, y in template pixels, continuous: a pixel's centre is at +0.5.

    Raises:
        InputError: when ``faces`` is of another shape or type.
        MissingPartError: when dlib's models are not installed.
    """
    check_faces(faces)
    left, top, right, bottom = (side * ENLARGEMENT for side in DETECTOR_BOX)
    detector = DlibDetector()
    found = [detector.landmarks(enlarge(face), (left, top, right, bottom)) for face in faces]
    return np.array(found).reshape(-1, 68, 2) / ENLARGEMENT
