"""A photo whose faces were found, and how long each part of editing it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import Similarity
from lgpgan.faces.detection import Face
from lgpgan.faces.eye_opening import SeenEye
from lgpgan.faces.light import FaceLight
from lgpgan.photos.photo import Photo

__all__ = ["FoundFace", "OpenedPhoto", "Timings"]


@dataclass(frozen=True)
class FoundFace:
    """A face that can be edited.

    Attributes:
        number: from 1, left to right.
        face: box and landmarks in the photo.
        transform: photo to aligned coordinates.
        aligned: (128, 128, 3) uint8 RGB.
        landmarks: (68, 2) in aligned coordinates; they stay where the face is shown in a part of
            the photo, or with fewer pixels, and ``transform`` is of that picture.
        mouth_top: first row of the mouth region.
        light: what the photo's colours say of the light on it.
        edge_width: of the lips' edges in the photo, in template pixels.
        fold_depth: how deep its skin folds, over the usual.
    """

    number: int
    face: Face
    transform: Similarity
    aligned: NDArray[np.uint8]
    landmarks: NDArray[np.float64]
    mouth_top: int
    light: FaceLight
    edge_width: float
    fold_depth: float

    @cached_property
    def eyes(self) -> tuple[SeenEye, SeenEye]:
        """What the photo shows of the right eye and of the left one; looked at once, when asked."""
        return SeenEye.both(self.aligned, self.landmarks)


@dataclass(frozen=True)
class OpenedPhoto:
    """A photo whose faces were found.

    Attributes:
        photo: the photo.
        faces: those to be edited.
        notes: on faces that were left out, and on a photo that is not upright.
        left_out: number of each face that was found but cannot be edited, with the reason.
    """

    photo: Photo
    faces: tuple[FoundFace, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[int, str], ...] = ()

    @property
    def largest_face(self) -> FoundFace:
        """The face that takes up most of the photo."""
        return min(self.faces, key=lambda face: face.transform.scale)


@dataclass
class Timings:
    """Seconds spent in each part of editing, added up over all threads."""

    seconds: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time that the body takes to a part."""
        started = time.perf_counter()
        yield
        taken = time.perf_counter() - started
        with self._lock:
            self.seconds[name] = self.seconds.get(name, 0.0) + taken
