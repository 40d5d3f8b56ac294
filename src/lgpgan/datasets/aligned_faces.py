"""The aligned faces of a set as pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.files import regular_file

__all__ = ["decode_face", "read_aligned_face"]


def decode_face(content: bytes, side: int) -> NDArray[np.uint8] | None:
    """The face (side, side, 3) uint8 RGB in a PNG; None where it is damaged or of another size.

    Decoded only when its header says that size: a small file may hold a picture of gigabytes.
    """
    width = height = side.to_bytes(4, "big")
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[16:24] != width + height:
        return None
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if pixels is None else np.asarray(pixels[..., ::-1], np.uint8)


def read_aligned_face(path: Path, side: int) -> NDArray[np.uint8]:
    """The face (side, side, 3) uint8 RGB in a file of a set.

    Raises:
        InputError: when it is missing, damaged, or of another size.
    """
    try:
        face = decode_face(regular_file(path).read_bytes(), side)
    except OSError:
        face = None
    if face is None:
        raise InputError(f"{path} is missing or damaged; prepare the set again.")
    return face
