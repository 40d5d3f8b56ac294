"""Wrinkles of brow, glabella, nose and eyes, drawn at the photo's resolution.

Networks that draw at 128×128 do not draw them: they are one pixel wide there. The expression that
is asked for says how deep they are, the landmarks of the face where they lie, and the flow how they
move with the skin. Where hair lies over the brow there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import read_at
from lgpgan.faces.fold_colour import FoldColour, luma_of
from lgpgan.faces.wrinkle_map import BOTTOM, CELL, FINER, WRINKLES, wrinkle_map

__all__ = ["Wrinkles", "fold_depth", "wrinkles_on"]

CHEEKS = (slice(48, 66), (slice(36, 52), slice(76, 92)))
"""Rows of skin below the eyes, and columns of it on both sides of the nose."""
TEXTURE = (0.5, 1.0)
"""Blurs between which the texture of skin lies, in template pixels."""
USUAL_TEXTURE = 0.0046
"""Median of it, as a part of the light, over people of the London and Canada sets."""
BY_TEXTURE = 0.5
"""Power of the texture by which skin folds deeper."""
DEPTHS = (0.7, 1.2)
"""Least and greatest depth of folds by texture."""
DARK = 8.0
"""Values of 255 added to the light, so that noise in shadows is not taken for texture."""
PATCH, STRETCH = (1.4, 1.4), (3.0, 0.6)
"""Over how many centimetres, across and up, wrinkles change their way, and their depth: of the
lines of one forehead some are deep, and some end early."""
BENT, DEEPER = 0.1, 0.7
"""Standard deviations of how far a wrinkle lies from its usual place, in centimetres, and of the
logarithm of its depth over the usual one."""
DEPTH_BOUNDS, MORE = (-1.6, 0.45), 0.08
"""Standard deviations within which the depth is held, and what is added to its logarithm: a line
may be missing, but one of twice the usual depth looks drawn on, or like a cut."""
SPREAD = (0.8, 1.3)
"""How far apart the lines of a forehead are, over the usual: the least and the most."""
LARGER = 3
"""So many times the map's sides is the noise that these are read from."""
RIDGE = 0.85
"""How much of the light between furrows is drawn: with all of it, foreheads look embossed."""
CLEAR = 1.0
"""Blur of the area of skin, in template pixels: wrinkles end softly at hair and brows."""
MARGIN = int(np.ceil(4.3 * BENT / CELL))
"""Rows of the map by which the noise moves a wrinkle at most."""


@dataclass(frozen=True)
class Wrinkles:
    """What wrinkles do to the light of a face.

    A channel of the photo is multiplied by 1 and its slope times the change.

    Attributes:
        change: (128 · FINER, 128 · FINER) float32, of the luma.
        slopes: (3,) float32, of red, green and blue.
    """

    change: NDArray[np.float32]
    slopes: NDArray[np.float32]


def wrinkles_on(
    cells: NDArray[np.float32],
    landmarks: NDArray[np.floating],
    weights: Mapping[str, float],
    creases: NDArray[np.float32] | None,
    skin_share: NDArray[np.float32],
    skin: NDArray[np.floating],
    blur: float,
) -> Wrinkles | None:
    """The wrinkles of an expression on a face, with its creases.

    Args:
        cells: (256, 256, 2) of :func:`lgpgan.faces.wrinkle_map.cells_of_map`.
        landmarks: (68, 2) of the face at rest, in template pixels.
        weights: of the expression of the upper half: blendshape name to weight.
        creases: (256, 256) of :func:`lgpgan.faces.creases.creases`.
        skin_share: (128, 128), 0 to 1, how far a place is skin.
        skin: (3,) mean colour of the skin, 0 to 255.
        blur: standard deviation, in template pixels, by which the photo is out of focus.

    Returns:
        The wrinkles; None where the expression folds nothing.
    """
    drawn = wrinkle_map().drawn(weights, WRINKLES)
    if drawn is None and creases is None:
        return None
    change = np.zeros(cells.shape[:2], np.float32) if creases is None else creases.copy()
    reached = np.flatnonzero((cells[..., 1] > _lowest_row() - MARGIN).any(axis=1))
    if drawn is not None and len(reached):
        rows = slice(0, reached[-1] + 1)
        bent, depth = _own_way(cells[rows], landmarks)
        light = depth * read_at(drawn, bent, border=cv2.BORDER_CONSTANT)
        change[rows] += np.where(light > 0, np.float32(RIDGE) * light, light)
    change *= cv2.resize(cv2.GaussianBlur(skin_share, (0, 0), CLEAR), change.shape[::-1])
    if blur > 0:
        change = np.asarray(cv2.GaussianBlur(change, (0, 0), blur * FINER), np.float32)
    colour = FoldColour(skin)
    slopes = (colour.darkening + colour.brightening) / 2
    return Wrinkles(np.asarray(change, np.float32), slopes.astype(np.float32))


def fold_depth(aligned: NDArray[np.uint8]) -> float:
    """How deep skin folds, against that of most people: smooth skin, as of the young, folds less.

    Texture tells little of age: over 100 people of the London set, 18 to 54 years old, it goes
    with the logarithm of age by a correlation of 0.30. So the depth changes within bounds.

    Args:
        aligned: (128, 128, 3) uint8, the face at rest.
    """
    rows, sides = CHEEKS
    light = np.log(luma_of(aligned[rows].astype(np.float32)) + np.float32(DARK))
    fine, coarse = (cv2.GaussianBlur(light, (0, 0), blur) for blur in TEXTURE)
    found = float(np.median(np.abs(np.concatenate([(fine - coarse)[:, side] for side in sides]))))
    return float(np.clip((found / USUAL_TEXTURE) ** BY_TEXTURE, *DEPTHS))


def _own_way(
    where: NDArray[np.float32], landmarks: NDArray[np.floating]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where a face folds instead of the generic one, and how much deeper.

    Nobody's wrinkles are those of the generic face, nor alike on both sides. Each face has its own,
    which stay the same in every edit of it.

    Args:
        where: (h, w, 2) cells of the map.
        landmarks: (68, 2) of the face at rest, which its own way is drawn by.

    Returns:
        (h, w, 2) cells of the map, and (h, w) the depth over the usual one.
    """
    uneven = _uneven()
    rows, columns = wrinkle_map().size
    room = np.subtract(uneven.shape[:2], (rows, columns))
    shape = np.rint(landmarks - landmarks.mean(axis=0)).astype(np.int16)
    rng = np.random.default_rng(crc32(shape.tobytes()))
    corner, spread = rng.integers(room), rng.uniform(*SPREAD)
    own = read_at(uneven, where + corner[::-1].astype(np.float32))
    bent = where + own[..., :2] * np.float32(BENT / CELL)
    above = np.maximum(bent[..., 1] - _brow_row(), 0)
    bent[..., 1] += above * np.float32(1 / spread - 1)
    return bent, np.exp(np.clip(own[..., 2], *DEPTH_BOUNDS) * np.float32(DEEPER) + np.float32(MORE))


@cache
def _lowest_row() -> int:
    """Row of the map below which there are no wrinkles."""
    return wrinkle_map().lowest_row(WRINKLES)


@cache
def _brow_row() -> np.float32:
    """Row of the map at which the brows of the generic face end."""
    return np.float32((wrinkle_map().landmarks[17:27, 1].max() - BOTTOM) / CELL)


@cache
def _uneven() -> NDArray[np.float32]:
    """Smooth noise (H, W, 3) of a standard deviation of about 1, larger than the map.

    Two planes change over :data:`PATCH`, the third over :data:`STRETCH`.
    """
    rows, columns = wrinkle_map().size
    size, rng = (LARGER * columns, LARGER * rows), np.random.default_rng(0)
    planes = []
    for patch in (PATCH, PATCH, STRETCH):
        across, up = (max(2, round(side * CELL / of)) for side, of in zip(size, patch, strict=True))
        noise = rng.standard_normal((up, across), np.float32)
        smooth = np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC), np.float32)
        planes.append(smooth / smooth.std())
    return np.dstack(planes)
