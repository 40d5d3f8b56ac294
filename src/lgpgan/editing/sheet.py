"""The sheet that shows a photo beside its edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lgpgan.contact_sheet import contact_sheet, reduced
from lgpgan.editing.editor import Edit
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.photos.colours import to_srgb
from lgpgan.photos.deep_colour import eight_bits

__all__ = ["SheetCell", "describe_sheet", "expression_sheet"]

FACE_MARGIN = 0.35
"""How much of the faces' frame is shown around it."""


class SheetCell(NamedTuple):
    """What a sheet shows of one edit; far smaller than the edit itself.

    Attributes:
        caption: the expression.
        picture: (h, w, 3) uint8.
    """

    caption: str
    picture: NDArray[np.uint8]

    @classmethod
    def of(cls, edit: Edit) -> SheetCell:
        """The cell of an edit: cut out around the faces, and reduced."""
        return cls(edit.target.caption, _cut_out(eight_bits(edit.pixels), edit.opened))


def expression_sheet(opened: OpenedPhoto, cells: Sequence[SheetCell]) -> NDArray[np.uint8]:
    """The photo and its edits side by side, captioned.

    Args:
        opened: the photo.
        cells: of its edits.

    Returns:
        (h, w, 3) uint8.
    """
    every = [SheetCell("photo", _cut_out(opened.photo.pixels, opened)), *cells]
    return to_srgb(contact_sheet(every, columns=min(3, len(every))), opened.photo.icc_profile)


def describe_sheet(expressions: int) -> str:
    """A sentence for the metadata of a sheet with so many expressions."""
    return f"The photo and {expressions} synthetic expressions, made by lgpgan."


def _cut_out(pixels: NDArray[np.uint8], opened: OpenedPhoto) -> NDArray[np.uint8]:
    rows, columns = _around_faces(opened)
    return reduced(np.ascontiguousarray(pixels[rows, columns]))


def _around_faces(opened: OpenedPhoto) -> tuple[slice, slice]:
    """Rows and columns of the photo that hold all faces' frames and a margin."""
    frames = []
    for face in opened.faces:
        size = len(face.aligned)
        low, high = -FACE_MARGIN * size, (1 + FACE_MARGIN) * size
        corners = np.array([[low, low], [high, low], [low, high], [high, high]])
        frames.append(face.transform.inverse()(corners))
    points = np.concatenate(frames)
    height, width = opened.photo.pixels.shape[:2]
    left, top = np.maximum(np.floor(points.min(axis=0)), 0).astype(int)
    right, bottom = np.minimum(np.ceil(points.max(axis=0)), (width, height)).astype(int)
    return slice(int(top), int(bottom)), slice(int(left), int(right))
