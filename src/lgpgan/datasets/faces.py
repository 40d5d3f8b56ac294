"""The faces of a prepared set in memory, and what the networks need to know of them."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.datasets.aligned_faces import decode_face
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Face
from lgpgan.errors import InputError
from lgpgan.faces.alignment import MOUTH, TEMPLATE_SIZE
from lgpgan.faces.regions import MOUTH_DROP, MOUTH_SIZE
from lgpgan.networks.memory_format import to_pictures, to_planes

__all__ = ["load_faces", "mouth_centres", "mouth_tops", "to_pixels", "to_signed"]


def load_faces(prepared: PreparedSet, records: Sequence[Face]) -> NDArray[np.uint8]:
    """The faces (N, 128, 128, 3) uint8 RGB of some records.

    They are kept in memory; in a memory-mapped temporary file where they need more than half of the
    memory that is free.

    Raises:
        InputError: when the set's faces are of another size, or one is missing, damaged, or was
            changed since the set was made.
    """
    if prepared.size != TEMPLATE_SIZE:
        raise InputError(
            f"{prepared.folder} holds faces of {prepared.size} pixels; the networks take "
            f"{TEMPLATE_SIZE}."
        )
    faces = _room((len(records), TEMPLATE_SIZE, TEMPLATE_SIZE, 3))
    for face, record in zip(faces, records, strict=True):
        pixels = decode_face(prepared.face(record), TEMPLATE_SIZE)
        if pixels is None:
            raise InputError(
                f"{prepared.folder / record.file_name} is damaged; restore it, or prepare the set "
                "again."
            )
        face[...] = pixels
    return faces


def _room(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """An array of bytes, in memory or in a temporary file that is deleted with it."""
    if math.prod(shape) <= _free_memory() / 2:
        return np.empty(shape, np.uint8)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.uint8, "w+", shape=shape)


def _free_memory() -> float:
    """Bytes of main memory that are free, as far as the system tells."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # other systems than Linux
        return math.inf


def to_signed(faces: NDArray[np.uint8] | Tensor) -> Tensor:
    """(B, H, W, 3) uint8 → (B, 3, H, W) float32, −1 to 1."""
    return to_planes(faces).div_(127.5).sub_(1)


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """(B, 3, H, W), −1 to 1 → (B, H, W, 3) uint8: the inverse of :func:`to_signed`, rounded."""
    return np.asarray(to_pictures(((images.clamp(-1, 1) + 1) * 127.5).round().byte()), np.uint8)


def mouth_centres(records: Sequence[Face]) -> NDArray[np.float64]:
    """Mean (N, 2) of the mouth landmarks, x and y in pixels of the template."""
    return np.array([record.landmarks[MOUTH].mean(axis=0) for record in records])


def mouth_tops(mouth_row: Tensor) -> Tensor:
    """First row (B,) int64 of the mouth region, from the row of the mouth landmarks' mean."""
    top = torch.round(mouth_row + MOUTH_DROP - MOUTH_SIZE[0] / 2).long()
    return top.clamp(0, TEMPLATE_SIZE - MOUTH_SIZE[0])
