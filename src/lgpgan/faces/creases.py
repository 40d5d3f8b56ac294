"""Creases beside nose and mouth: those that an expression makes, and where others may be.

Networks that draw at 128×128 see a crease, but too coarsely to place it: they draw a dark cloud
around it. So it is drawn where they darken the skin, along the face's own folds, and takes from the
cloud what it adds itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import read_at
from lgpgan.faces.regions import disc
from lgpgan.faces.wrinkle_map import CREASES, FINER, wrinkle_map

__all__ = ["crease_area", "creases"]

DEPTH = 1.4
"""How much darker a crease is than the furrow in it: the studio's light falls on folds of the mesh
besides. Of 1, 1.4 and 1.8 the ten people to choose on were named right most often with this."""
CLOUD = 2.5
"""Blur, in template pixels, of the cloud that networks draw around a crease."""
DARKENED, REACH = 0.1, 4
"""Where networks take so much of the light, all of a crease is drawn that lies within so many
template pixels."""
FEW, MUCH = 0.08, 0.2
"""Dark lines that the photo has there: below the first, in shares of the light, they are none, and
beside those of the second no other crease is drawn."""
CLEARLY, MARGIN = 0.05, 3
"""A place of the map that gets darker than this, and so many template pixels around it, may be
creased."""


def creases(
    cells: NDArray[np.float32],
    weights: Mapping[str, float],
    gain: NDArray[np.float32],
    own: NDArray[np.float32],
) -> NDArray[np.float32] | None:
    """What creases change in the light of a face.

    Args:
        cells: (256, 256, 2) of :func:`lgpgan.faces.wrinkle_map.cells_of_map`.
        weights: of the expression of the lower half: blendshape name to weight.
        gain: (128, 128) light of the change over that of the photo.
        own: (128, 128) luma of the photo along the flow where the skin folds, 0 elsewhere: beside
            folds of its own, a face gets no others.

    Returns:
        (256, 256), 0 where nothing changes; None where that is everywhere.
    """
    dark = np.clip((1 - gain) / np.float32(DARKENED), 0, 1)
    if not dark.any() or (drawn := wrinkle_map().drawn(weights, CREASES)) is None:
        return None
    near = cv2.GaussianBlur(cv2.dilate(dark, disc(REACH)), (0, 0), REACH / 2)
    crease = np.float32(DEPTH) * read_at(drawn, cells, border=cv2.BORDER_CONSTANT)
    crease -= cv2.GaussianBlur(crease, (0, 0), CLOUD * FINER)
    crease *= cv2.resize(near * (1 - _own_lines(own)), crease.shape[::-1])
    return np.asarray(crease, np.float32)


def crease_area(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where (128, 128) a face may have creases, 0 to 1.

    Args:
        cells: as of :func:`creases`.
    """
    creased = read_at(_creased(), cells[::FINER, ::FINER], border=cv2.BORDER_CONSTANT)
    area = cv2.dilate(creased, disc(MARGIN))
    return np.asarray(cv2.GaussianBlur(area, (0, 0), 1), np.float32)


def _own_lines(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far (128, 128) a photo has dark lines around each place, by its luma; 0 is unknown."""
    filled = cv2.morphologyEx(luma, cv2.MORPH_CLOSE, disc(REACH))
    depth = np.where(luma > 0, 1 - luma / np.maximum(filled, 1), 0).astype(np.float32)
    lines = np.clip((depth - FEW) / (MUCH - FEW), 0, 1)
    return np.asarray(cv2.GaussianBlur(cv2.dilate(lines, disc(REACH)), (0, 0), REACH / 2))


@cache
def _creased() -> NDArray[np.float32]:
    """Where (rows, columns) the map has creases, 0 to 1."""
    drawn = np.asarray(wrinkle_map().drawn(dict.fromkeys(CREASES, 1.0), CREASES), np.float32)
    return np.asarray(np.clip(-drawn / np.float32(CLEARLY), 0, 1), np.float32)
