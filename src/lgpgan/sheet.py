"""The sheet that shows a photo beside its edits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lgpgan.contact_sheet import contact_sheet
from lgpgan.editing import Edit, OpenedPhoto
from lgpgan.faces.photo_reading import to_srgb

__all__ = ["expression_sheet"]

FACE_MARGIN = 0.35
"""How much of the faces' frame is shown around it."""


def expression_sheet(opened: OpenedPhoto, edits: Sequence[Edit]) -> NDArray[np.uint8]:
    """The photo and its edits side by side, cut out around the faces, captioned.

    Returns:
        (h, w, 3) uint8.
    """
    rows, columns = _around_faces(opened)
    cells = [("photo", opened.photo.pixels[rows, columns])]
    cells += [(edit.target.caption, edit.pixels[rows, columns]) for edit in edits]
    sheet = contact_sheet(cells, columns=min(3, len(cells)))
    return to_srgb(sheet, opened.photo.icc_profile)


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
