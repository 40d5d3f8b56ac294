"""Finding the faces that one look does not find: on tight, small, dark and turned pictures.

dlib's detector wants margin around a face, some eighty pixels of it, and light. Pictures of
expression sets often have none of these. Where its look finds nobody, a picture is looked at again:
by MediaPipe's networks where these are installed, enlarged with a border around it, brighter where
it is dark, and turned by quarter turns. The first look that finds a face counts. So further looks
cost nothing where the first one succeeds.

A face that only a further look finds is checked. The face mesh must say that it is one, and that
its mirror image is one. Without MediaPipe's networks, and on turned copies, dlib's landmarks must
be the same whichever box they are read from.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import MissingPartError
from lgpgan.faces.alignment import eye_distance, lean, turning
from lgpgan.faces.detection import Box, Face, FaceDetector, Look, TiltedBox
from lgpgan.faces.detectors.copies import ENLARGED_SIDE, Copy, brighter, turned, with_border
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.faces.detectors.mediapipe_detector import MINIMUM_PRESENCE, MediapipeDetector
from lgpgan.faces.detectors.mesh_mapping import landmarks_of_mesh
from lgpgan.parallel.giving_up import go_on

__all__ = ["PatientDetector", "has_networks"]

DARK = 70.0
"""Mean luminance, 0 to 255, below which a picture is looked at brighter."""
BRIGHT = 110.0
"""Mean luminance of the brighter copy."""
FLAT = 4.0
"""Standard deviation of luminance, 0 to 255, below which a picture shows nothing."""
BLACK = 12.0
"""A picture of which three quarters are darker than this, 0 to 255, is not one face."""
QUARTERS = (90.0, -90.0, 180.0)
"""Degrees by which heads lean in a photo that lies on a side, or upside down."""
LATE_PRESENCE = 0.9
"""Presence that the face mesh must report at the looks after the networks' own, which are made at
pictures that both detectors have passed over."""
TURNED_PRESENCE = 0.99
"""The same at turned copies, which every other look has passed over; dlib's landmarks must be
steady, too. On 120 turned crops and 822 in the wild five faces were found there, and the two that
were wrong were not steady."""
SHIFTS = ((0.0, 0.0), (0.06, 0.0), (-0.06, 0.0), (0.0, 0.06), (0.0, -0.06))
"""How far boxes are moved to see whether landmarks stay, as shares of the box."""
STEADY = 0.10
"""Mean distance, in eye distances, by which landmarks may move when the box is moved."""
AGREEMENT = 0.12
"""Mean distance, in eye distances, between dlib's landmarks and those of the face mesh, up to which
dlib's are taken. The generators were trained with dlib's; beyond it the mesh is nearly always
right."""
SMALL = 125.0
"""Side of a face's box, in pixels, below which its landmarks are read from an enlarged copy: on
crops of 48 pixels their error fell from 0.030 to 0.022 eye distances by that."""
INNER = slice(17, 68)
"""The landmarks within a face: all but the jaw."""
BOX_SIDE = 1.25
"""Side of dlib's box, in sides of the square around the inner landmarks: on 71 photos of the London
and Canada sets 1.25, with a standard deviation of 0.06."""


class PatientDetector(FaceDetector):
    """dlib's detector, and further looks where it finds no face.

    Args:
        networks: whether MediaPipe's networks look, too; where they are installed, if None.

    Raises:
        MissingPartError: when dlib's models are missing, or the networks are wanted and missing.
    """

    def __init__(self, *, networks: bool | None = None) -> None:
        self._dlib = DlibDetector()
        self._wanted = networks
        if networks:
            _networks(networks)  # says what is missing

    @cached_property
    def _networks(self) -> MediapipeDetector | None:
        """MediaPipe's networks, loaded when a first look has found nobody."""
        return _networks(self._wanted)

    def search(self, pixels: NDArray[np.uint8]) -> list[TiltedBox]:
        """As :meth:`lgpgan.faces.detection.FaceDetector.search` has it; a flat picture has none."""
        mean, deviation = _spread(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
        if deviation < FLAT:
            return []
        found = self._dlib.search(pixels)
        if found:
            return found
        for look, copy in _copies(pixels, mean):
            for detector in self._detectors(look):
                go_on()
                boxes = [
                    copy.in_picture(box)._replace(look=look) for box in detector.search(copy.pixels)
                ]
                checked = [self._checked(pixels, box) for box in boxes]
                faces = [face for face in checked if face is not None]
                if faces:
                    return sorted(faces, key=lambda face: face.box[0] + face.box[2])
        return []

    def frame(self, pixels: NDArray[np.uint8]) -> Face | None:
        """The face that fills a picture which is known to show one, though no look found it.

        Args:
            pixels: (H, W, 3) uint8 RGB.

        Returns:
            Its landmarks are read off the whole picture; None where that is flat or black.
        """
        luminance = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        if _spread(luminance)[1] < FLAT or np.percentile(luminance, 75) < BLACK:
            return None
        height, width = pixels.shape[:2]
        return self._read_enlarged(pixels, TiltedBox((0, 0, width, height), look=Look.FRAME))

    def boxes(self, pixels: NDArray[np.uint8]) -> list[Box]:
        """As :meth:`lgpgan.faces.detection.FaceDetector.boxes` has it."""
        return [found.box for found in self.search(pixels)]

    def landmarks(
        self, pixels: NDArray[np.uint8], box: Box, tilt: float = 0.0
    ) -> NDArray[np.float64]:
        """As :meth:`lgpgan.faces.detection.FaceDetector.landmarks` has it: dlib's."""
        return self._dlib.landmarks(pixels, box, tilt)

    def read(self, pixels: NDArray[np.uint8], found: TiltedBox) -> Face:
        """A face that was found, with its landmarks.

        The landmarks are dlib's; those of a small face are read from an enlarged copy. Of a face
        that a further look found they are the mesh's where the two disagree.
        """
        if found.landmarks is None:
            return self._read_enlarged(pixels, found)
        of_mesh = found.landmarks
        tilt = lean(of_mesh)
        of_dlib = self._dlib.landmarks(pixels, _dlib_box(of_mesh, tilt), tilt)
        agree = _distance(of_dlib[INNER], of_mesh[INNER]) < AGREEMENT * eye_distance(of_mesh)
        return Face(found.box, of_dlib if agree else of_mesh, found.look)

    def _read_enlarged(self, pixels: NDArray[np.uint8], found: TiltedBox) -> Face:
        """A face with dlib's landmarks, read from a copy that shows it large enough."""
        left, _, right, _ = found.box
        if right - left >= SMALL or min(pixels.shape[:2]) >= ENLARGED_SIDE:
            return super().read(pixels, found)
        copy = with_border(pixels)
        there = copy.back.inverse()
        x0, y0, x1, y1 = there(np.array(found.box).reshape(2, 2)).ravel().tolist()
        landmarks = self._dlib.landmarks(copy.pixels, (x0, y0, x1, y1), found.tilt)
        return Face(found.box, copy.back(landmarks), found.look)

    def _detectors(self, look: Look) -> Iterator[FaceDetector]:
        """What looks at the copies of a look; dlib looked at the picture itself already."""
        if look is not Look.NETWORKS:
            yield self._dlib
        if self._networks is not None:
            yield self._networks

    def _checked(self, pixels: NDArray[np.uint8], found: TiltedBox) -> TiltedBox | None:
        """What a further look found, where it is a face; with landmarks if networks read them."""
        if self._networks is None:
            return found if self._is_steady(pixels, found) else None
        mesh = self._networks.mesh(pixels, found.box, found.tilt)
        needed = {Look.NETWORKS: MINIMUM_PRESENCE, Look.TURNED: TURNED_PRESENCE}
        if mesh.presence < needed.get(found.look, LATE_PRESENCE):
            return None
        if found.look is Look.TURNED and not self._is_steady(pixels, found):
            return None
        if not self._networks.is_face_in_mirror(pixels, found):
            return None
        return found._replace(landmarks=landmarks_of_mesh(mesh.points))

    def _is_steady(self, pixels: NDArray[np.uint8], found: TiltedBox) -> bool:
        """Whether dlib's landmarks stay where they are when the box is moved."""
        left, top, right, bottom = found.box
        read = []
        for across, down in SHIFTS:
            x, y = across * (right - left), down * (bottom - top)
            box = (left + x, top + y, right + x, bottom + y)
            read.append(self._dlib.landmarks(pixels, box, found.tilt))
        mean = np.mean(read, axis=0)
        return max(_distance(points, mean) for points in read) < STEADY * eye_distance(mean)


def has_networks() -> bool:
    """Whether MediaPipe's networks are installed."""
    return _networks(None) is not None


def _spread(luminance: cv2.typing.MatLike) -> tuple[float, float]:
    """Mean and standard deviation of a luminance (H, W); twenty times as quick as NumPy's."""
    mean, deviation = cv2.meanStdDev(luminance)
    return float(mean[0, 0]), float(deviation[0, 0])


def _networks(wanted: bool | None) -> MediapipeDetector | None:
    """MediaPipe's networks: none where they are not wanted, or not installed and not demanded."""
    if wanted is False:
        return None
    try:
        return MediapipeDetector(check_mirror=False)  # _checked looks there itself
    except MissingPartError:
        if wanted:
            raise
        return None


def _copies(pixels: NDArray[np.uint8], luminance: float) -> Iterator[tuple[Look, Copy]]:
    """The further looks at a picture, each at a copy of it."""
    yield Look.NETWORKS, Copy(pixels, turning(0.0))  # the picture itself
    framed = with_border(pixels)
    yield Look.BORDER, framed
    if luminance < DARK:
        yield Look.BRIGHTER, framed._replace(pixels=brighter(framed.pixels, BRIGHT))
    for tilt in QUARTERS:
        yield Look.TURNED, turned(pixels, tilt)


def _dlib_box(landmarks: NDArray[np.float64], tilt: float) -> Box:
    """The box in which dlib would find a face with these landmarks, upright about its middle."""
    points = turning(tilt)(landmarks[INNER])
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = turning(tilt).inverse()((low + high) / 2).tolist()
    half = BOX_SIDE * float((high - low).max()) / 2
    return (x - half, y - half, x + half, y + half)


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean distance between landmarks."""
    return float(np.linalg.norm(one - other, axis=1).mean())
