"""Both rows of teeth as rigid things, and where they lie in a face.

The upper row is fixed to the head. The lower one moves with the jaw, whose front goes further down
than its sides, since it turns about the ears. So landmarks of the photo and the way of the chin say
where the rows are. Where a photo's mouth is open, its lips do not tell where teeth are at rest:
there the networks' own idea of the upper row counts as well.

The pictures of the rows, each with its gums, the lower one with the tongue, were drawn from
ICT-FaceKit (MIT) by ``recipes/teeth/draw_mouth_rows.py``. The constants below are those of fits of
the 3-D face to 88 photos with closed lips of the London and Canada sets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.faces.alignment import read_at
from lgpgan.faces.fold_colour import luma_of
from lgpgan.faces.inside_change import InsideChange
from lgpgan.faces.regions import MOUTH_LEFT, MOUTH_SIZE

__all__ = [
    "EDGE_ROWS",
    "JAW_DRAWN",
    "MOUTH_ROWS",
    "PER_CENTIMETRE",
    "ROW_SIZE",
    "Row",
    "mouth_rows",
    "rows_in",
]

MOUTH_ROWS = "mouth_rows.png"
"""Name of the pictures in this package, the upper row above the lower one."""
PER_CENTIMETRE = 44.0
"""Pixels of the pictures per centimetre."""
ROW_SIZE = (152, 296)
"""Height and width of the picture of one row."""
COARSER = (8, 4, 2, 1)
"""Pixels, across and down, that may be averaged where a row is blurred by as many."""
EDGE_ROWS = (110.0, 60.0)
"""Where the edges of the middle incisors lie in the pictures of the upper row and of the lower."""
JAW_DRAWN = 0.3
"""How far the jaw is open in the picture of the lower row; 1 is as far as it goes."""

UPPER_BELOW_LINE, LOWER_BELOW_LINE = 1.6, 2.0
"""How far below the line of closed lips the edges of the upper incisors are, and of the lower ones,
in template pixels. In the fits both are a pixel higher, but networks open mouths a pixel further
down than renders do, and smiles that show the lower row are read as disgust or anger."""
UPPER_BELOW_NOSE = 16.0
"""How far the upper ones reach below the base of the nose; 1.8 less or more in two of three faces.
"""
CLOSED, OPEN = 1.5, 4.0
"""Distance of the lips up to which their line tells where teeth are, and from which on it does not.
"""
WIDTH, WIDTH_BY_NOSE = 2.55, 0.193
"""Template pixels per centimetre across: the first, and the second times the width of the nose."""
WIDTHS = (4.8, 6.3)
"""Least and greatest of these."""
TALLER = 1.2
"""Template pixels per centimetre down, over those across: photos are fitted by taller faces."""
ARCH, ARCH_BY_NOSE = -1.9, 0.23
"""How far a row bends down at its sides, in template pixels per square centimetre: the first, and
the second times the way from the nose's tip down to its base, which tells how a head nods."""
ARCHES = (-1.0, 0.6)
TURN_BY_NOSE = -0.074
"""How much wider the nearer half of a row is, in template pixels per square centimetre, for each
one by which the nose's tip is beside the middle of the ears."""
TURNS = (-1.1, 1.1)
"""Least and greatest of these: those of the 3-D face turned by 30 degrees. The fits are of faces
that look ahead."""
CHIN_DROP = 14.6
"""Template pixels by which a jaw that opens fully takes the chin down."""
JAW_DROP, JAW_ARCH = 3.12, -0.21
"""Centimetres by which it takes the lower incisors down, and how much less that is further back,
per square centimetre beside the middle."""

INNER_UPPER_LIP, INNER_LOWER_LIP = slice(61, 64), slice(65, 68)
MIDLINE_OF_LIPS, CORNERS = [51, 57, 62, 66], [48, 54]
NOSE_TIP, NOSE_BASE = 30, slice(31, 36)
EARS = [0, 1, 2, 14, 15, 16]
BESIDE_CHIN = (7, 9)
"""Landmarks that are moved as the chin; the chin itself may leave the frame."""

LIT = 40.0
"""A pixel that networks light by this, of 255, counts by half as one of teeth; with half of it, it
does not count."""
PICTURE_EDGE, PICTURE_SCALE = 21.7, 5.8
"""Row of the upper incisors' edges in the picture that networks read, and its template pixels per
centimetre."""
UPPER_HALF, FRONT = 24.0, 12.0
"""The upper row lies above this row there, and its front so near to the middle."""
FEW = 20.0
"""Where networks show so many pixels of the front, half of what they say is believed."""


@dataclass(frozen=True)
class Row:
    """Where a row of teeth lies.

    What is X centimetres beside the middle of the incisors' edges and Y below them is at
    ``x + width · X + turn · X²`` and ``y + TALLER · width · Y + arch · X²``.

    Attributes:
        x: column of that middle, in template pixels.
        y: row of it.
        width: template pixels per centimetre across.
        turn: how much nearer one half is, in template pixels per square centimetre.
        arch: how far the sides bend down, in template pixels per square centimetre.
    """

    x: float
    y: float
    width: float
    turn: float
    arch: float

    def places(self, across: NDArray[np.floating], down: NDArray[np.floating]) -> NDArray[Any]:
        """Where (..., 2), in template pixels, points in centimetres are."""
        x = self.x + self.width * across + self.turn * across**2
        y = self.y + TALLER * self.width * down + self.arch * across**2
        return np.stack([x, y], axis=-1)

    def _across(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Centimetres beside the middle at columns (w,): the way back from :meth:`places`.

        In the further half of a turned head it is a parabola: teeth reach the corner of the mouth.
        """
        beside = (x - self.x) / self.width
        nearer = self.turn / self.width * beside
        root = np.sqrt(1 + 4 * np.maximum(nearer, 0))
        return np.asarray(beside * np.where(nearer > 0, 2 / (1 + root), 1 - nearer), np.float32)

    def read(
        self, x: NDArray[np.float32], y: NDArray[np.float32], *, lower: bool, blur: float
    ) -> NDArray[np.float32]:
        """The picture of the row as a face shows it.

        Args:
            x: (w,) columns of the aligned face, in template pixels.
            y: (h,) rows of it.
            lower: which row it is.
            blur: standard deviation, in template pixels.

        Returns:
            (h, w, 4) float32: red, green and blue, 0 to 1 of white light, times alpha, and alpha.
        """
        sigma = blur * PER_CENTIMETRE / self.width
        coarser = next(step for step in COARSER if step <= max(sigma, 1.0))
        soft = cv2.GaussianBlur(mouth_rows(coarser)[int(lower)], (0, 0), sigma / coarser)
        across = self._across(x)
        down = (y[:, None] - self.y - self.arch * across**2) / (TALLER * self.width)
        scale = PER_CENTIMETRE / coarser
        there = np.empty((len(y), len(x), 2), np.float32)
        there[..., 0] = across * scale + soft.shape[1] / 2 - 0.5
        there[..., 1] = down * scale + EDGE_ROWS[lower] / coarser - 0.5
        return read_at(np.asarray(soft, np.float32), there, border=cv2.BORDER_CONSTANT)


def rows_in(
    landmarks: NDArray[np.floating], flow: NDArray[np.float32], inside: InsideChange
) -> tuple[Row, Row]:
    """Where the upper row and the lower one lie in a face that is changed.

    Args:
        landmarks: (68, 2) of the photo, in template pixels.
        flow: (128, 128, 2), what moves the face, in template pixels.
        inside: of the mouth as networks make it.
    """
    points = np.asarray(landmarks, np.float64)
    high, low = (float(points[lip, 1].mean()) for lip in (INNER_UPPER_LIP, INNER_LOWER_LIP))
    opened = float(np.clip((low - high - CLOSED) / (OPEN - CLOSED), 0, 1))
    upper = _upper_row(points, opened, (high, max(high, low)))
    step = opened * _step_of_networks(upper, inside)
    upper = replace(upper, x=upper.x + float(step[0]), y=upper.y + float(step[1]))
    before = max(0.0, low - high - OPEN)  # that the photo's jaw hangs down
    jaw = float(np.clip((before + _chin_step(points, flow)) / CHIN_DROP, 0, 1))
    lower = replace(
        upper,
        y=upper.y + LOWER_BELOW_LINE - UPPER_BELOW_LINE + upper.width * JAW_DROP * jaw,
        arch=upper.arch + upper.width * JAW_ARCH * (jaw - JAW_DRAWN),
    )
    return upper, lower


def _upper_row(points: NDArray[np.float64], opened: float, lips: tuple[float, float]) -> Row:
    """The upper row by landmarks (68, 2) alone.

    Args:
        points: the landmarks.
        opened: how far the mouth is open, 0 to 1.
        lips: rows of the inner edges of the upper lip and the lower one.
    """
    base, tip = points[NOSE_BASE].mean(axis=0), points[NOSE_TIP]
    by_line = sum(lips) / 2 + UPPER_BELOW_LINE
    by_nose = float(np.clip(base[1] + UPPER_BELOW_NOSE, *lips))
    middle = (points[MIDLINE_OF_LIPS, 0].mean() + points[CORNERS, 0].mean()) / 2
    width = WIDTH + WIDTH_BY_NOSE * np.ptp(points[NOSE_BASE, 0])
    return Row(
        x=float(middle + opened * (base[0] - middle) / 2),  # smiles are rarely symmetric
        y=by_line + opened * (by_nose - by_line),
        width=float(np.clip(width, *WIDTHS)),
        turn=float(np.clip(TURN_BY_NOSE * (tip[0] - points[EARS, 0].mean()), *TURNS)),
        arch=float(np.clip(ARCH + ARCH_BY_NOSE * (base[1] - tip[1]), *ARCHES)),
    )


def _step_of_networks(upper: Row, inside: InsideChange) -> NDArray[np.float64]:
    """The way (2,) from a row to where networks have it, less where they show little of it."""
    shown = np.clip(luma_of(inside.lit) / LIT - 0.5, 0, 1)
    rows, columns = np.nonzero(shown)
    here = np.stack([columns, rows], axis=1) + 0.5
    there = here - [MOUTH_LEFT, inside.mouth_top] + inside.flow[rows, columns]
    beside, below = (there - [MOUTH_SIZE[1] / 2, PICTURE_EDGE]).T
    front = (there[:, 1] < UPPER_HALF) & (np.abs(beside) < FRONT)
    if not front.any():
        return np.zeros(2)
    placed = upper.places(beside[front] / PICTURE_SCALE, below[front] / PICTURE_SCALE)
    weights = shown[rows, columns][front].astype(np.float64)
    believed = weights.sum() / (weights.sum() + FEW)
    steps = (here[front] - placed).T
    step: NDArray[np.float64] = believed * np.array([_median(of, weights) for of in steps])
    return step


def _median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The value (N,) with as much weight (N,), each above 0, below it as above it."""
    order = np.argsort(values)
    middles = np.cumsum(weights[order]) - weights[order] / 2
    return float(np.interp(weights.sum() / 2, middles, values[order]))


def _chin_step(points: NDArray[np.float64], flow: NDArray[np.float32]) -> float:
    """How far down, in template pixels, a flow takes the chin of landmarks (68, 2).

    A chin beyond the frame goes as far as the lowest row of the frame.
    """
    rows, steps = np.arange(len(flow)) + 0.5, []
    for x, y in points[list(BESIDE_CHIN)]:
        column = int(np.clip(x, 0, flow.shape[1] - 1))
        came_from = np.maximum.accumulate(rows + flow[:, column, 1])
        seen = min(y, came_from[-1])
        steps.append(float(np.interp(seen, came_from, rows) - seen))
    return float(np.mean(steps))


@cache
def mouth_rows(coarser: int = 1) -> NDArray[np.float32]:
    """The pictures of the upper row and of the lower one.

    Args:
        coarser: pixels, across and down, that are averaged.

    Returns:
        (2, h, w, 4) float32, not to be written to: red, green and blue, 0 to 1 of white light,
        times alpha, and alpha.
    """
    with as_file(files("lgpgan.faces").joinpath(MOUTH_ROWS)) as path, Image.open(path) as image:
        pixels = np.asarray(image, np.float32) / np.float32(255)
    pixels[..., :3] *= pixels[..., 3:]
    rows = pixels.reshape(2, *ROW_SIZE, 4)
    size = (ROW_SIZE[1] // coarser, ROW_SIZE[0] // coarser)
    pictures = np.array([cv2.resize(row, size, interpolation=cv2.INTER_AREA) for row in rows])
    pictures.setflags(write=False)
    return pictures
