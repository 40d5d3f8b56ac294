"""An opened photo, or a part of it, with fewer pixels: for animations and previews."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.faces.alignment import Similarity
from lgpgan.photos.photo import Photo

__all__ = ["reduced_photo"]


def reduced_photo(
    opened: OpenedPhoto,
    longest: int,
    *,
    crop: tuple[int, int, int, int] | None = None,
    even: bool = False,
) -> OpenedPhoto:
    """A photo with at most so many pixels a side, to be edited like any other.

    Its faces keep what the networks were shown of them, so an edit looks as that of the photo
    itself. It has 8 bits a colour, no transparency, and of metadata the colour profile alone.

    Args:
        opened: the photo.
        longest: of its sides, in pixels, at most.
        crop: left, top, right and bottom of the part to show, in pixels of the photo; all if None.
        even: whether both sides are to have an even number of pixels, as videos want them.
    """
    height, width = opened.photo.pixels.shape[:2]
    left, top, right, bottom = crop or (0, 0, width, height)
    part = opened.photo.pixels[top:bottom, left:right]
    height, width = part.shape[:2]
    scale = min(1.0, longest / max(height, width))
    step = 2 if even else 1
    size = tuple(max(step, round(side * scale) // step * step) for side in (width, height))
    pixels = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    back = np.diag([width / size[0], height / size[1]])
    corner = np.array([left, top], np.float64)

    def moved(transform: Similarity) -> Similarity:
        linear, shift = transform.matrix[:, :2], transform.matrix[:, 2]
        return Similarity(np.column_stack([linear @ back, linear @ corner + shift]))

    faces = tuple(replace(face, transform=moved(face.transform)) for face in opened.faces)
    profile = opened.photo.icc_profile
    return OpenedPhoto(Photo(pixels=np.asarray(pixels, np.uint8), icc_profile=profile), faces)
