"""Finding faces and their 68 landmarks, with two networks of MediaPipe.

Both are published under the Apache licence, version 2.0, which allows commercial use. BlazeFace
proposes faces; the face mesh reads 468 points off each, and says whether it is one at all, which
sorts out nearly all that BlazeFace takes for a face by mistake.
:mod:`lgpgan.faces.detectors.mesh_mapping` makes the 68 landmarks of them.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lgpgan.assets.cache import find
from lgpgan.assets.registry import MEDIAPIPE
from lgpgan.faces.alignment import lean, turning, upright, warp
from lgpgan.faces.detection import Box, FaceDetector, TiltedBox
from lgpgan.faces.detectors import blaze_face
from lgpgan.faces.detectors.lite_network import LiteNetwork
from lgpgan.faces.detectors.mesh_mapping import landmarks_of_mesh

__all__ = ["MediapipeDetector", "Mesh"]

SEARCH_SIDES = ((64, 128, 256, 512), (1024,))
"""Longest sides, in pixels, at which a photo is looked at: the second if the first find none."""
MESH_SIDE = 192
"""Side of what the mesh's network looks at, in pixels."""
SURROUNDINGS = 1.5
"""Side of what it looks at, in sides of the face's box."""
LOOKS_UPSIDE_DOWN = 3
"""How often the mesh looks for the place of a head that BlazeFace took for the other way up."""
MINIMUM_PRESENCE = 0.5
"""What the mesh's network takes for a face less likely than this is none."""
MIRRORED_PRESENCE = 0.5
"""Presence that the face mesh must report in the mirrored picture."""


class Mesh(NamedTuple):
    """What the mesh's network says.

    Attributes:
        points: (468, 2) float64, continuous photo coordinates.
        presence: how likely there is a face, 0 to 1.
    """

    points: NDArray[np.float64]
    presence: float


@cache
def _networks() -> tuple[LiteNetwork, LiteNetwork]:
    """BlazeFace and the face mesh, loaded at first use."""
    detector, mesh = find(MEDIAPIPE)
    return LiteNetwork(detector), LiteNetwork(mesh)


class MediapipeDetector(FaceDetector):
    """MediaPipe's two networks; they find heads whichever way they lean.

    Args:
        check_mirror: whether a find must be a face in the mirrored photo, too.

    Raises:
        MissingPartError: when the networks' files are not in the cache or ``ai-edge-litert`` is not
            installed; the message says how to get them.
    """

    def __init__(self, *, check_mirror: bool = True) -> None:
        self._blaze_face, self._mesh = _networks()
        self._check_mirror = check_mirror

    def search(self, pixels: NDArray[np.uint8]) -> list[TiltedBox]:
        """As :meth:`lgpgan.faces.detection.FaceDetector.search` has it."""
        longest = max(pixels.shape[:2])
        for number, sides in enumerate(SEARCH_SIDES):
            if number and longest <= max(SEARCH_SIDES[number - 1]):
                break  # it was looked at in its own size already
            found = []
            for candidate in blaze_face.candidates(self._blaze_face, pixels, sides):
                box, tilt = candidate.box, candidate.tilt
                presence = self._look(pixels, box, tilt).presence
                if presence >= MINIMUM_PRESENCE:
                    found.append(self._way_up(pixels, TiltedBox(box, tilt), presence))
            if self._check_mirror:
                found = [face for face in found if self.is_face_in_mirror(pixels, face)]
            if found:
                return sorted(found, key=lambda face: face.box[0] + face.box[2])
        return []

    def is_face_in_mirror(self, pixels: NDArray[np.uint8], found: TiltedBox) -> bool:
        """Whether a find is a face in the mirrored photo, too.

        A true face is. What the networks take for a face by mistake seldom is.

        Args:
            pixels: (H, W, 3) uint8 RGB, as the find has them.
            found: where it is in them.
        """
        left, top, right, bottom = found.box
        width = pixels.shape[1]
        box = (width - right, top, width - left, bottom)
        mirror = np.ascontiguousarray(pixels[:, ::-1])
        return self.mesh(mirror, box, -found.tilt).presence >= MIRRORED_PRESENCE

    def _way_up(self, pixels: NDArray[np.uint8], found: TiltedBox, presence: float) -> TiltedBox:
        """Where a head is that may be the other way up.

        BlazeFace and the mesh find faces in heads that are upside down, too, but the mesh is less
        sure of them: of 26 portraits and 70 crops none was taken for the other way up. The box of
        such a head lies too low, and the mesh reaches it in a few looks.
        """
        other = found._replace(tilt=(found.tilt + 360) % 360 - 180)
        if self._look(pixels, other.box, other.tilt).presence <= presence:
            return found
        for _ in range(LOOKS_UPSIDE_DOWN):
            other = _around(self._look(pixels, other.box, other.tilt).points)
        return other

    def boxes(self, pixels: NDArray[np.uint8]) -> list[Box]:
        """As :meth:`lgpgan.faces.detection.FaceDetector.boxes` has it; leaning heads included."""
        return [face.box for face in self.search(pixels)]

    def mesh(self, pixels: NDArray[np.uint8], box: Box, tilt: float = 0.0) -> Mesh:
        """The face mesh, looked at twice: the second time where the first one says the face is.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            box: left, top, right, bottom in continuous photo coordinates.
            tilt: degrees by which the head leans to the right of the picture.
        """
        around = _around(self._look(pixels, box, tilt).points)
        return self._look(pixels, around.box, around.tilt)

    def landmarks(
        self, pixels: NDArray[np.uint8], box: Box, tilt: float = 0.0
    ) -> NDArray[np.float64]:
        """As :meth:`lgpgan.faces.detection.FaceDetector.landmarks` has it."""
        return landmarks_of_mesh(self.mesh(pixels, box, tilt).points)

    def _look(self, pixels: NDArray[np.uint8], box: Box, tilt: float) -> Mesh:
        left, top, right, bottom = box
        middle = np.array([(left + right) / 2, (top + bottom) / 2])
        side = SURROUNDINGS * max(right - left, bottom - top, 1.0)
        transform = upright(middle, side, tilt, MESH_SIDE)
        head = warp(pixels, transform, MESH_SIDE)
        points, logit = self._mesh(head.astype(np.float32)[None] / np.float32(255))
        flat = points.reshape(468, 3)[:, :2].astype(np.float64)
        presence = 1 / (1 + np.exp(-np.clip(float(logit.ravel()[0]), -50, 50)))
        return Mesh(transform.inverse()(flat), float(presence))


def _around(points: NDArray[np.float64]) -> TiltedBox:
    """The square about the points of a mesh (468, 2), and how its head leans."""
    tilt = lean(landmarks_of_mesh(points))
    upright_points = turning(tilt)(points)
    low, high = upright_points.min(axis=0), upright_points.max(axis=0)
    half = float((high - low).max()) / 2
    x, y = turning(tilt).inverse()((low + high) / 2).tolist()
    return TiltedBox((x - half, y - half, x + half, y + half), tilt)
