"""Identity of faces: dlib's 128-dimensional face descriptor.

A ResNet trained so that pictures of one person lie close together; dlib calls two faces the same
person below a distance of 0.6. Real pictures of one person, neutral and smiling, lie about 0.23
apart (median of the London set), so an edit at that distance has kept the person as well as a
real smile does.

Aligned faces are enlarged four times first (:mod:`lgpgan.evaluation.aligned_faces`). On 72 London
faces that brings their descriptors to within 0.04 of the original photos' (median; 0.06 without),
and changes nothing in the distances between pictures: 0.25 between a person's neutral and smiling
faces, 0.84 between people, 0.4 % of the latter below 0.6, all as in the original photos.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.aligned_faces import ENLARGEMENT, check_faces, enlarge
from lgpgan.faces.descriptors import FaceDescriber

__all__ = [
    "SAME_PERSON",
    "IdentityEmbedder",
    "identity_distance",
    "identity_distances",
]

SAME_PERSON = 0.6
"""Distance below which dlib calls two faces the same person."""


class IdentityEmbedder(FaceDescriber):
    """Computes descriptors of aligned faces, too.

    Raises:
        MissingPartError: when dlib or the network's file is not installed.
    """

    def embed_faces(
        self, faces: NDArray[np.uint8], landmarks: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Descriptors of aligned faces.

        Args:
            faces: (N, 128, 128, 3) uint8 RGB.
            landmarks: (N, 68, 2) in template pixels, as
                :func:`lgpgan.evaluation.aligned_faces.find_landmarks` finds them.

        Returns:
            (N, 128) float64.

        Raises:
            InputError: when an argument is of another shape or type, the numbers differ, or a
                landmark is not finite.
        """
        check_faces(faces)
        if len(landmarks) != len(faces):
            raise InputError(f"{len(faces)} faces came with landmarks of {len(landmarks)}.")
        found = [
            self.embed(enlarge(face), points * ENLARGEMENT)
            for face, points in zip(faces, landmarks, strict=True)
        ]
        return np.array(found).reshape(-1, 128)


def identity_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Euclidean distance of two descriptors (128,): 0 for the same picture, below 0.6 for a person.

    Raises:
        InputError: when either is of another shape.
    """
    if a.shape != (128,) or b.shape != (128,):
        raise InputError(f"Identity descriptors have shape (128,), not {a.shape} and {b.shape}.")
    return float(np.linalg.norm(a - b))


def identity_distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances (N,) of the descriptors in the same rows of ``a`` and ``b``, (N, 128) each.

    Raises:
        InputError: when either is of another shape, or they differ.
    """
    if a.shape[1:] != (128,) or a.shape != b.shape:
        raise InputError(f"Identity descriptors have shape (N, 128), not {a.shape} and {b.shape}.")
    return np.asarray(np.linalg.norm(a - b, axis=1), np.float64)
