"""Where an expression folds the skin of the generic face, and where a photo shows these places.

The map was written from that of the studio (:mod:`lgpgan.face3d.wrinkles`) by
``recipes/wrinkles/write_wrinkle_map.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE, along, read_at

__all__ = [
    "BOTTOM",
    "CELL",
    "CREASES",
    "FINER",
    "LEFT",
    "RIGHT",
    "TOP",
    "UNIT",
    "WRINKLES",
    "WrinkleMap",
    "cells_of_map",
    "wrinkle_map",
]

CELL = 0.06
"""Side of a cell of the map in centimetres."""
LEFT, RIGHT, BOTTOM, TOP = -7.5, 7.5, -6.0, 10.5
"""What the map covers, in centimetres of the generic face: x towards the person's left, y up."""
UNIT = 1 / 512
"""Change of the light that one step of the map's values stands for."""
WRINKLES: Mapping[str, Mapping[str, float]] = {
    "browInnerUp": {"browInnerUp": 1.0},
    "browOuterUp": {"browOuterUp": 1.0},
    "browDown": {"browDown": 1.0},
    "noseSneer": {"noseSneer": 1.0},
    "cheekSquint": {"cheekSquint": 0.7, "eyeSquint": 0.3},
}
"""Wrinkles of brow, glabella, nose and eyes: which blendshapes fold the skin at each place of the
map, and how deep at a weight of 1."""
CREASES: Mapping[str, Mapping[str, float]] = {
    "mouthSmile": {"mouthSmile": 0.8, "noseSneer": 0.4, "mouthUpperUp": 0.2},
    "mouthDimple": {"mouthDimple": 1.0, "mouthSmile": 0.2},
    "mouthFrown": {"mouthFrown": 1.0},
}
"""The same of creases beside nose and mouth."""
DEEPEST = 1.3
"""How much deeper than at full strength a furrow gets at most."""
FINER = 2
"""Pixels of what is drawn per template pixel: a furrow is two template pixels wide."""
ANCHORS = slice(17, 60)
"""Brows, nose, eyes and the outline of the lips among the 68 landmarks: what wrinkles lie by."""
NEAR = 9.0
"""Distance, in template pixels, over which a landmark moves the map."""
FAR_SHARE = 0.05
"""Weight against landmarks' of the map as a whole: far from them it is not bent."""
GRID = 8
"""Distance of the places where the map is laid out, in template pixels."""


@dataclass(frozen=True)
class WrinkleMap:
    """The wrinkles and creases of a generic face.

    Attributes:
        shades: name in :data:`WRINKLES` or :data:`CREASES` to the change of the light
            (rows, columns), y up, that the person's left half shows at full strength.
        landmarks: (68, 2) of the generic face, in centimetres.
    """

    shades: Mapping[str, NDArray[np.float32]]
    landmarks: NDArray[np.float32]

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the map."""
        rows, columns = next(iter(self.shades.values())).shape
        return rows, columns

    def drawn(
        self, weights: Mapping[str, float], folds: Mapping[str, Mapping[str, float]]
    ) -> NDArray[np.float32] | None:
        """Change of the light (rows, columns) by an expression; None where nothing is folded.

        Args:
            weights: blendshape name to weight; a name without side holds for both.
            folds: :data:`WRINKLES` or :data:`CREASES`.
        """
        total = np.zeros(self.size, np.float32)
        folded = False
        for name, drivers in folds.items():
            shade = self.shades[name]
            for side, half in (("L", shade), ("R", shade[:, ::-1])):
                strength = sum(
                    share * max(weights.get(driver, 0.0), weights.get(f"{driver}_{side}", 0.0))
                    for driver, share in drivers.items()
                )
                if strength > 0:
                    total += np.float32(min(strength, DEEPEST)) * half
                    folded = True
        return total if folded else None

    def lowest_row(self, folds: Collection[str]) -> int:
        """The row below which some wrinkles or creases do not reach."""
        folded = [self.shades[name].any(axis=1) for name in folds]
        return int(np.flatnonzero(np.any(folded, axis=0))[0])


@cache
def wrinkle_map() -> WrinkleMap:
    """The map as it is shipped."""
    with (
        as_file(files("lgpgan.faces").joinpath("wrinkles.npz")) as path,
        np.load(path, allow_pickle=False) as arrays,
    ):
        shades = arrays["shades"].astype(np.float32) * np.float32(UNIT)
        return WrinkleMap(
            dict(zip(arrays["names"].tolist(), shades, strict=True)), arrays["landmarks"]
        )


def cells_of_map(landmarks: NDArray[np.floating], flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """Which cells of the map each pixel of a moved face shows, x and y from a cell's centre.

    Args:
        landmarks: (68, 2) of the face at rest, in template pixels.
        flow: (128, 128, 2).

    Returns:
        (128 · FINER, 128 · FINER, 2).
    """
    places = _laid_out(wrinkle_map().landmarks, landmarks)
    there = (along(flow) + np.float32(0.5)) / np.float32(GRID) - np.float32(0.5)
    cells = read_at(places, there) - np.array([LEFT, BOTTOM], np.float32)
    cells = cells / np.float32(CELL) - np.float32(0.5)
    size = (TEMPLATE_SIZE * FINER, TEMPLATE_SIZE * FINER)
    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _laid_out(
    generic: NDArray[np.floating], landmarks: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Which places of the generic face, in centimetres, a grid on the face shows.

    One of :data:`GRID` pixels, (rows, columns, 2).

    Args:
        generic: (68, 2) landmarks of the generic face.
        landmarks: (68, 2) of the face, in template pixels.
    """
    here, wanted = landmarks[ANCHORS].astype(np.float64), generic[ANCHORS].astype(np.float64)
    ones = np.ones((len(here), 1))
    affine, *_ = np.linalg.lstsq(np.hstack([here, ones]), wanted, rcond=None)
    left_over = wanted - np.hstack([here, ones]) @ affine
    across = np.arange(0, TEMPLATE_SIZE, GRID) + GRID / 2
    grid = np.stack(np.meshgrid(across, across), axis=-1)
    apart = ((grid[:, :, None] - here) ** 2).sum(axis=-1)
    near = np.exp(-apart / (2 * NEAR**2))
    bent = (near @ left_over) / (near.sum(axis=-1, keepdims=True) + FAR_SHARE)
    return np.asarray(grid @ affine[:2] + affine[2] + bent, np.float32)
