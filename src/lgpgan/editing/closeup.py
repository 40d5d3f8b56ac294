"""One face of a photo, cut out upright at the size of a picture to look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lgpgan.editing.opened_photo import FoundFace, OpenedPhoto
from lgpgan.faces.alignment import TEMPLATE_SIZE, Similarity, warp
from lgpgan.photos.photo import Photo

__all__ = ["closeup"]

MARGIN = 8
"""What is shown around the aligned face on every side, in template pixels."""


def closeup(opened: OpenedPhoto, face: FoundFace, *, side: int) -> OpenedPhoto:
    """A face of an opened photo as a photo of its own, to be edited like any other.

    Args:
        opened: the photo.
        face: one of its faces.
        side: of the square picture, in pixels.
    """
    scale = side / (TEMPLATE_SIZE + 2 * MARGIN)
    pixels = warp(opened.photo.pixels, face.transform.moved(MARGIN, MARGIN).scaled(scale), side)
    back = Similarity(np.array([[1 / scale, 0, -MARGIN], [0, 1 / scale, -MARGIN]]))
    return OpenedPhoto(Photo(pixels=pixels), (replace(face, transform=back),))
