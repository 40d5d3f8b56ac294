"""Wrinkles that expressions draw into the skin and that are finer than the mesh.

Each is a furrow along a curve on the generic face, as deep as the blendshapes that fold the skin
there are strong. Light from above makes its upper slope darker and its lower one brighter, and less
light reaches its bottom. Where the muscles fold the skin: Ekman, Friesen & Hager, *Facial Action
Coding System* (2002), the appearance changes of units 1, 2, 4, 6, 9, 12, 14 and 15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["FOLDS", "WrinkleMap"]

CELL = 0.03
"""Side of a cell of the map in centimetres."""
LEFT, RIGHT, BOTTOM, TOP = -7.5, 7.5, -9.0, 12.0
"""What the map covers, in centimetres of the generic face: x towards the person's left, y up."""
SLOPE_SHADE = 0.5
"""How much of the light a slope of 1 towards the light gains, from above the camera."""
DEPTH_SHADE = 1.5
"""How much of the light a furrow of 1 cm loses at its bottom."""
DEEPEST = 1.3
"""How much deeper than at full strength a furrow gets at most."""
MIDDLE_WIDTH = 0.6
"""Over how many centimetres one half of the face takes over from the other."""
CURVE_STEP = 0.05
"""Distance of the points that a curve is drawn with, in centimetres."""


@dataclass(frozen=True)
class Fold:
    """Furrows of one half of the face, and what makes them.

    Attributes:
        drivers: blendshape to how deep the furrows are at its weight 1.
        curves: each the (x, y) of three points on the person's left, in centimetres.
        depth: at the deepest point, in centimetres.
        width: standard deviation of the furrow's profile, in centimetres.
    """

    drivers: Mapping[str, float]
    curves: Sequence[Sequence[tuple[float, float]]]
    depth: float
    width: float

    @property
    def place(self) -> str:
        """Where on the face they are, by the first blendshape that folds the skin there."""
        return next(iter(self.drivers))


FOLDS = (
    Fold(  # across the middle of the forehead
        {"browInnerUp": 1.0},
        [
            [(0.0, 7.15), (1.2, 7.25), (2.6, 7.1)],
            [(0.0, 7.95), (1.4, 8.1), (2.9, 8.0)],
            [(0.0, 8.75), (1.2, 8.85), (2.4, 8.8)],
        ],
        depth=0.05,
        width=0.15,
    ),
    Fold(  # across its sides
        {"browOuterUp": 1.0},
        [
            [(1.4, 7.3), (3.3, 7.75), (5.0, 7.1)],
            [(1.6, 8.1), (3.4, 8.5), (5.0, 7.9)],
            [(1.4, 8.85), (3.2, 9.2), (4.6, 8.7)],
        ],
        depth=0.045,
        width=0.15,
    ),
    Fold(  # between the brows
        {"browDown": 1.0},
        [[(0.55, 4.9), (0.6, 5.7), (0.85, 6.5)]],
        depth=0.075,
        width=0.13,
    ),
    Fold(  # across the root of the nose
        {"noseSneer": 1.0},
        [[(0.0, 3.9), (0.5, 3.8), (1.0, 3.4)], [(0.1, 3.3), (0.7, 3.1), (1.2, 2.6)]],
        depth=0.035,
        width=0.13,
    ),
    Fold(  # crow's feet
        {"cheekSquint": 0.7, "eyeSquint": 0.3},
        [
            [(5.0, 3.65), (5.6, 3.95), (6.2, 4.35)],
            [(5.1, 3.3), (5.8, 3.3), (6.4, 3.35)],
            [(5.0, 2.95), (5.6, 2.7), (6.1, 2.3)],
        ],
        depth=0.04,
        width=0.11,
    ),
    Fold(  # below the lower lid
        {"cheekSquint": 0.6, "eyeSquint": 0.4},
        [[(2.0, 2.35), (3.2, 1.95), (4.5, 2.35)]],
        depth=0.05,
        width=0.13,
    ),
    Fold(  # from the wing of the nose past the corner of the mouth
        {"mouthSmile": 0.8, "noseSneer": 0.4, "mouthUpperUp": 0.2},
        [[(1.65, -0.5), (2.75, -1.7), (3.5, -3.5)]],
        depth=0.1,
        width=0.17,
    ),
    Fold(  # beside the corner of the mouth
        {"mouthDimple": 1.0, "mouthSmile": 0.2},
        [[(3.0, -2.9), (3.2, -3.5), (3.05, -4.1)]],
        depth=0.05,
        width=0.15,
    ),
    Fold(  # from the corner of the mouth down
        {"mouthFrown": 1.0},
        [[(2.7, -3.7), (2.95, -4.2), (2.95, -4.9)]],
        depth=0.08,
        width=0.14,
    ),
)


class WrinkleMap:
    """How much brighter or darker an expression makes each point of the generic face.

    Args:
        folds: those that are drawn.
    """

    def __init__(self, folds: Sequence[Fold] = FOLDS) -> None:
        self._shades = [
            (fold, side, *_cropped(_shade(fold, mirrored=side == "R")))
            for fold in folds
            for side in "LR"
        ]

    def ratio(
        self, weights: Mapping[str, float], places: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Factor (H, W) of the light that the skin sends back; 1 where there is no wrinkle.

        Args:
            weights: blendshape name to weight; a name without side holds for both.
            places: (H, W, 2) x and y of the generic face, in centimetres, that each pixel shows.
        """
        total = np.zeros(_shape(), np.float32)
        for fold, side, box, shade in self._shades:
            strength = sum(
                depth * max(weights.get(name, 0.0), weights.get(f"{name}_{side}", 0.0))
                for name, depth in fold.drivers.items()
            )
            if strength > 0:
                total[box] += np.float32(min(strength, DEEPEST)) * shade
        corner = np.array([LEFT, BOTTOM], np.float32)
        where = (places - corner) / np.float32(CELL) - np.float32(0.5)
        drawn = cv2.remap(
            total, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
        )
        return np.asarray(1 + drawn, np.float32)


def _cropped(shade: NDArray[np.float32]) -> tuple[tuple[slice, slice], NDArray[np.float32]]:
    """The part of a map that is not 0, and where it lies."""
    rows, columns = (np.unique(places) for places in np.nonzero(shade))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return box, shade[box].copy()


def _shape() -> tuple[int, int]:
    """Rows (upwards) and columns of the map."""
    return round((TOP - BOTTOM) / CELL), round((RIGHT - LEFT) / CELL)


def _shade(fold: Fold, *, mirrored: bool) -> NDArray[np.float32]:
    """Change of the light (rows, columns) that a fold makes at full strength."""
    rows, columns = _shape()
    depth = np.zeros((rows, columns), np.float32)
    reach = round(3 * fold.width / CELL)
    offsets = np.arange(-reach, reach + 1) * CELL
    stamp = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * fold.width**2))
    for curve in fold.curves:
        for (x, y), share in _along(curve):
            column = round(((-x if mirrored else x) - LEFT) / CELL - 0.5)
            row = round((y - BOTTOM) / CELL - 0.5)
            part = depth[row - reach : row + reach + 1, column - reach : column + reach + 1]
            np.maximum(part, fold.depth * share * stamp, out=part)
    smooth = cv2.GaussianBlur(depth, (0, 0), CURVE_STEP / CELL)
    slope = np.gradient(-smooth, CELL, axis=0)  # of the height, upwards
    across = (LEFT + (np.arange(columns) + 0.5) * CELL) / MIDDLE_WIDTH
    half = np.clip(0.5 - across if mirrored else 0.5 + across, 0, 1)  # the halves sum to 1
    shade = -half * (SLOPE_SHADE * slope + DEPTH_SHADE * smooth)
    return np.asarray(shade, np.float32)


def _along(curve: Sequence[tuple[float, float]]) -> list[tuple[tuple[float, float], float]]:
    """Points along a parabola through three points, each with the depth's share there.

    A furrow fades towards its ends, but for one that begins on the face's middle line, where it
    goes on in the other half.
    """
    start, middle, end = (np.array(point) for point in curve)
    length = float(np.linalg.norm(middle - start) + np.linalg.norm(end - middle))
    found: list[tuple[tuple[float, float], float]] = []
    for t in np.linspace(0, 1, max(3, round(length / CURVE_STEP))).tolist():
        x, y = (1 - t) * (1 - 2 * t) * start + 4 * t * (1 - t) * middle + t * (2 * t - 1) * end
        from_middle_line = start[0] == 0 and t < 0.5
        share = 1.0 if from_middle_line else float(np.sin(np.pi * t) ** 0.5)
        found.append(((float(x), float(y)), share))
    return found
