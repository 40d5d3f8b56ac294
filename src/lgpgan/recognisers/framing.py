"""How faces are framed and scaled for the expression recognisers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.faces.alignment import EYE_DISTANCE, EYE_MIDPOINT, TEMPLATE_SIZE

__all__ = ["check_faces", "resize", "tight_crop"]

# The tight framing, in pixels of a 128×128 face: distance of the eye centres, and their midpoint.
_TIGHT_EYE_DISTANCE, _TIGHT_EYE_MIDPOINT = 46.0, (64.0, 50.0)


def tight_crop(aligned: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Frame aligned faces as tightly as the recognisers need them.

    From lgpgan's template (at 128: eye centres 38 px apart, their midpoint at (64, 42)) to eye
    centres 46 px apart with their midpoint at (64, 50): one magnification and shift, the same for
    all faces, wholly inside the aligned face. On the looser template the same renders of disgust
    and fear were read far less often.

    Args:
        aligned: (..., S, S, 3) uint8 RGB, faces on the template scaled to S pixels.

    Returns:
        Array of the same shape and type.

    Raises:
        InputError: when ``aligned`` is of another shape or type.
    """
    if (
        aligned.ndim < 3
        or aligned.shape[-1] != 3
        or aligned.shape[-2] != aligned.shape[-3]
        or aligned.dtype != np.uint8
    ):
        raise InputError(
            f"Aligned faces must be of shape (..., S, S, 3), uint8, not {aligned.shape},"
            f" {aligned.dtype}."
        )
    size = aligned.shape[-2]
    magnification = _TIGHT_EYE_DISTANCE / EYE_DISTANCE
    source = np.array(EYE_MIDPOINT) * size / TEMPLATE_SIZE
    target = np.array(_TIGHT_EYE_MIDPOINT) * size / TEMPLATE_SIZE
    # The template is in continuous coordinates, OpenCV counts from the centre of the first pixel.
    shift = target - 0.5 - magnification * (source - 0.5)
    matrix = np.array([[magnification, 0.0, shift[0]], [0.0, magnification, shift[1]]])
    result = np.empty_like(aligned)
    for index in np.ndindex(aligned.shape[:-3]):
        result[index] = cv2.warpAffine(
            aligned[index],
            matrix,
            (size, size),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return result


def check_faces(faces: NDArray[np.uint8]) -> None:
    """Check that a recogniser can read ``faces``: (N, H, W, 3) uint8.

    Raises:
        InputError: when they are of another shape or type.
    """
    if faces.ndim != 4 or faces.shape[-1] != 3 or faces.dtype != np.uint8:
        raise InputError(
            "An expression recogniser needs faces of shape (N, H, W, 3), uint8, not"
            f" {faces.shape}, {faces.dtype}."
        )


def resize(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Scale an image (H, W) or (H, W, 3) to ``size`` × ``size``, averaging where it shrinks."""
    shrinks = min(image.shape[:2]) >= size
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size, size), interpolation=interpolation), np.uint8)
