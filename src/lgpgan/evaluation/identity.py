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

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.aligned_faces import ENLARGEMENT, check_faces, enlarge
from lgpgan.faces.detectors.dlib_detector import model_path
from lgpgan.packages import needed

__all__ = [
    "SAME_PERSON",
    "IdentityEmbedder",
    "identity_distance",
    "identity_distances",
]

SAME_PERSON = 0.6
"""Distance below which dlib calls two faces the same person."""
_MODEL_FILE = "dlib_face_recognition_resnet_model_v1.dat"


class IdentityEmbedder:
    """Computes descriptors with dlib's face recognition network.

    Raises:
        MissingPartError: when dlib or the network's file is not installed.
    """

    def __init__(self) -> None:
        path = model_path(_MODEL_FILE)
        with needed("Identity needs"):
            import dlib
        self._dlib: Any = dlib
        self._network: Any = dlib.face_recognition_model_v1(str(path))

    def embed(
        self, image: NDArray[np.uint8], landmarks: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Descriptor of one face.

        dlib turns the face upright, scales it to a chip of 150×150 pixels with a margin of a
        quarter, and runs the network on that. It places the chip by the eyes, the nose, and the
        mouth without its lower lips; brows and jaw line do not count. It takes whole pixels, so on
        a small face (eyes 38 px apart) rounding moves a landmark by up to 1.3 % of that distance.

        Args:
            image: (H, W, 3) uint8 RGB.
            landmarks: (68, 2) x, y in pixels of ``image``, continuous: a pixel's centre is at +0.5.

        Returns:
            (128,) float64. Compare with :func:`identity_distance`.

        Raises:
            InputError: when an argument is of another shape or type, or a landmark is not finite.
        """
        if image.ndim != 3 or image.shape[-1] != 3 or image.dtype != np.uint8:
            raise InputError(
                f"Identity needs a picture of shape (H, W, 3), uint8, not {image.shape},"
                f" {image.dtype}."
            )
        if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
            raise InputError(
                f"Identity needs 68 finite landmarks, of shape (68, 2), not {landmarks.shape}."
            )
        indices = np.rint(landmarks - 0.5).astype(int)
        left, top = indices.min(axis=0).tolist()
        right, bottom = indices.max(axis=0).tolist()
        face = self._dlib.full_object_detection(
            self._dlib.rectangle(left, top, right, bottom),
            [self._dlib.point(x, y) for x, y in indices.tolist()],
        )
        descriptor = self._network.compute_face_descriptor(np.ascontiguousarray(image), face)
        return np.array(descriptor, np.float64)

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
