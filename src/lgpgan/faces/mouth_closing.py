"""Lips that close over teeth.

Networks move lips by a smooth flow. Where a photo shows teeth and the lips are to meet, such a flow
squeezes the teeth to a light seam and cannot make them go. Here the lips themselves are drawn over
that seam: its upper half shows the upper lip and its lower half the lower one, both a little
stretched. A lip ends at the darkest row beside it, and where both meet there is a dark line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import LOWER_LIP, UPPER_LIP, read_at

__all__ = ["MouthClosing", "lips_apart", "mouth_closing"]

APART: Mapping[str, float] = {
    "jawOpen": 2.89,
    "mouthFunnel": 1.08,
    "mouthUpperUp": 0.70,
    "noseSneer": 0.63,
    "mouthLowerDown": 0.58,
    "mouthShrugUpper": 0.46,
    "mouthRollUpper": 0.16,
    "jawForward": 0.11,
    "mouthPress": -0.22,
    "mouthRollLower": -0.25,
    "mouthShrugLower": -0.64,
    "mouthClose": -3.72,
}
"""Centimetres by which blendshapes of the 3-D face part the lips, both sides together."""
PARTED = 0.3
"""Lips that are so many centimetres apart show what the photo shows."""

CORNERS = (60, 64)
"""Landmarks where the inner edges of the lips meet, from the left of the photo to the right."""
LANDMARKS_GAP, GAP = (0.5, 1.0), (1.0, 2.0)
"""Distances between the lips, in template pixels, up to which they are closed, and from which on
all is done: by the landmarks, and between the darkest rows. Of 142 people with closed lips,
landmarks put those of one in twenty more than a pixel apart."""
LOOK, STEP = (2.5, 1.5), 0.25
"""How far into a lip, and how far into the mouth, its darkest row is looked for, and in which
steps, in template pixels."""
NEAR = 6.0
"""A row that is darker by so many values of 255 may lie one template pixel further from the
landmarks' own."""
SMOOTH = 1.5
"""Over how many columns the rows found are smoothed."""
LIP, LEAST_LIP = 0.8, 1.5
"""Share of a lip that is stretched, and the least of it, in template pixels."""
LINE = 0.6
"""Half the width of the line between closed lips, in template pixels."""
BESIDE_LINE = 2.0
"""So far from it, in template pixels, is the light on the lips read."""
LINE_LIGHT, LINE_SHADE = 0.5, 0.5
"""Light on the line over that on the lips beside it, and the greatest share of the light that is
taken for that."""
REACH = 2.0
"""Template pixels around what is between the lips in which less and less paint is taken away."""
TINY = 1e-3
"""In place of 0 in a divisor."""
ROOM = 4.0
"""Template pixels between lips and frame with which all is done; at the frame nothing is."""


@dataclass(frozen=True)
class MouthClosing:
    """How lips are drawn over what is between them. All in pixels of the aligned face.

    Attributes:
        left: column of the first value of what follows, from a pixel's centre.
        upper: (W,) rows at which the upper lip ends in the photo.
        lower: (W,) rows at which the lower lip begins.
        lips: (2, W) how much of the upper and of the lower lip is stretched.
        line: (W,) the share of the light that the line between closed lips takes.
        squeezed: what the flow leaves of the height between the lips, 0 to 1.
        share: 1 where the lips are to meet.
    """

    left: float
    upper: NDArray[np.float32]
    lower: NDArray[np.float32]
    lips: NDArray[np.float32]
    line: NDArray[np.float32]
    squeezed: float
    share: float

    def read(self, places: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How much further down (h, w) a place is read, and the light (h, w) that is left there.

        Args:
            places: (h, w, 2) of the photo's aligned face, from a pixel's centre, where the flow
                alone would read it.
        """
        upper, lower, above, below, line = self._at(
            places, self.upper, self.lower, *self.lips, self.line
        )
        half = np.maximum((lower - upper) / 2, TINY)
        beside = places[..., 1] - (upper + lower) / 2  # above 0 in the lower half
        lip = np.where(beside > 0, below, above)
        into_lip = np.abs(beside) - half  # below 0 between the lips
        height = half * self.squeezed  # of half the seam, in the edited face
        hidden = height * self.share
        shown = np.where(into_lip < 0, into_lip * self.squeezed, into_lip) + hidden
        of_lip = shown * lip / (lip + hidden)
        of_seam = shown * half / np.maximum(height - hidden, TINY)
        wanted = np.where(shown < 0, of_seam, np.where(into_lip < lip, of_lip, into_lip))
        down = np.sign(beside) * (wanted - into_lip)
        on_line = np.exp(-0.5 * (shown / LINE) ** 2) * np.clip(hidden / LINE, 0, 1)
        light = 1 - self.share * on_line * line
        return np.asarray(down, np.float32), np.asarray(light, np.float32)

    def reaches(self, places: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Where (h, w) :meth:`read` may change anything, for places as there."""
        column, row = places[..., 0] - np.float32(self.left), places[..., 1]
        above, below = self.lips
        reached = (row > (self.upper - above).min()) & (row < (self.lower + below).max())
        return np.asarray(reached & (column > 0) & (column < len(self.upper) - 1), np.bool_)

    def between(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """How far (h, w), 0 to 1, lips are drawn over what is painted at places as in :meth:`read`.

        It is all of :attr:`share` between the lips, and less and less around that.
        """
        column = places[..., 0] - np.float32(self.left)
        upper, lower = self._at(places, self.upper, self.lower)
        above, below = places[..., 1] - upper, lower - places[..., 1]
        near = np.minimum(np.minimum(above, below) / REACH + 1, 1)
        beside = np.minimum(column, len(self.upper) - 1 - column) / REACH + 1
        share = self.share * np.clip(np.minimum(near, beside), 0, 1)
        return np.asarray(share, np.float32)

    def _at(
        self, places: NDArray[np.float32], *curves: NDArray[np.float32]
    ) -> list[NDArray[np.float64]]:
        """Values (h, w) of curves (W,) at the columns of places; beyond its ends a curve is level.

        As :func:`numpy.interp`, but the columns are looked up once for all curves.
        """
        last = len(self.upper) - 1
        column = np.clip((places[..., 0] - np.float32(self.left)).astype(np.float64), 0, last)
        first = np.minimum(column.astype(np.intp), last - 1)
        further = column - first
        values = (curve.astype(np.float64) for curve in curves)
        return [curve[first] + further * np.diff(curve)[first] for curve in values]


def lips_apart(weights: Mapping[str, float]) -> float:
    """How far an expression parts the lips, in centimetres.

    Args:
        weights: blendshape name to weight; a name without side holds for both.
    """
    total = 0.0
    for name, weight in weights.items():
        whole = name.removesuffix("_L").removesuffix("_R")
        total += APART.get(whole, 0.0) * weight * (1.0 if whole == name else 0.5)
    return max(total, 0.0)


def mouth_closing(
    aligned: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    flow: NDArray[np.float32],
    apart: float,
) -> MouthClosing | None:
    """How the lips of a photo are drawn over its teeth.

    Args:
        aligned: (128, 128, 3) uint8, the face at rest.
        landmarks: (68, 2) of it, in template pixels.
        flow: (128, 128, 2), what moves the face.
        apart: how far the lips are to be apart, in centimetres.

    Returns:
        The closing; None where the lips of the photo are closed, or are not to close, or reach
        beyond the frame of the face.
    """
    points = np.asarray(landmarks, np.float64) - 0.5
    left, right = (round(points[corner, 0]) for corner in CORNERS)
    share = 1 - apart / PARTED
    if share <= 0 or right - left < 2:
        return None
    columns = np.arange(left, right + 1)
    top, bottom = (np.interp(columns, *points[outer].T) for outer, _ in (UPPER_LIP, LOWER_LIP))
    upper, lower = _inner_edges(points, columns)
    share *= _open(lower - upper, LANDMARKS_GAP)
    dark = aligned[..., 1:].min(axis=-1).astype(np.float32)  # lips are red, teeth are not
    upper, lower = _darkest(dark, columns, upper, -1), _darkest(dark, columns, lower, 1)
    share *= _open(lower - upper, GAP)
    lips = np.maximum(LIP * np.array([upper - top, bottom - lower]), LEAST_LIP)
    lower = np.maximum(lower, upper)
    height, width = dark.shape
    reached = (upper - lips[0]).min(), (lower + lips[1]).max()
    room = min(left, width - 1 - right, reached[0], height - 1 - reached[1])
    share *= float(np.interp(room, (0, ROOM), (0, 1)))
    if share <= 0:
        return None
    upper[[0, -1]] = lower[[0, -1]] = (upper + lower)[[0, -1]] / 2  # beyond it, lips are one
    return MouthClosing(
        left=float(left),
        upper=np.asarray(upper, np.float32),
        lower=np.asarray(lower, np.float32),
        lips=np.asarray(lips, np.float32),
        line=_line(dark, columns, upper, lower),
        squeezed=_squeezed(flow, columns, upper, lower),
        share=share,
    )


def _open(gaps: NDArray[np.float64], bounds: tuple[float, float]) -> float:
    """How far lips are apart, 0 to 1, by their distances (W,)."""
    return float(np.interp(gaps.max(), bounds, (0, 1)))


def _inner_edges(
    points: NDArray[np.float64], columns: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows (W,) of the inner edges of both lips, which part steeply beside the corners."""
    upper, lower = (points[inner] for _, inner in (UPPER_LIP, LOWER_LIP))
    middles, halves = (upper + lower) / 2, (lower - upper)[:, 1] / 2
    middle = np.interp(columns, middles[:, 0], middles[:, 1])
    half = np.sqrt(np.interp(columns, middles[:, 0], np.maximum(halves, 0) ** 2))
    return middle - half, middle + half


def _darkest(
    light: NDArray[np.float32], columns: NDArray[np.intp], rows: NDArray[np.float64], into_lip: int
) -> NDArray[np.float64]:
    """Rows (W,) where lips meet: the darkest beside the edges that landmarks give.

    Args:
        light: (128, 128).
        columns: (W,).
        rows: (W,) of landmarks.
        into_lip: −1 where the lip is above, 1 where it is below.
    """
    lip, mouth = LOOK
    ways = np.arange(-mouth, lip + STEP / 2, STEP)
    where = rows[:, None] + into_lip * ways
    seen = _at(light, columns[:, None], where)
    best = ways[np.argmin(seen + NEAR * np.abs(ways), axis=1)]
    return rows + into_lip * _smooth(best)


def _line(
    light: NDArray[np.float32],
    columns: NDArray[np.intp],
    upper: NDArray[np.float64],
    lower: NDArray[np.float64],
) -> NDArray[np.float32]:
    """The share (W,) of the light that has to go for a line between lips as dark as usual."""
    rows = np.array([upper, lower, upper - BESIDE_LINE, lower + BESIDE_LINE])
    there, lips = _at(light, columns, rows).reshape(2, 2, -1).mean(axis=1)
    taken = 1 - LINE_LIGHT * lips / np.maximum(there, 1)
    return np.asarray(_smooth(np.clip(taken, 0, LINE_SHADE)), np.float32)


def _at(
    light: NDArray[np.float32], columns: NDArray[np.intp], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The light (128, 128) at rows (h, w) and at columns (w,), or (h, 1), of these."""
    places = np.dstack(np.broadcast_arrays(columns, rows)).astype(np.float32)
    return np.asarray(read_at(light, places), np.float64)


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values (W,) smoothed over some columns."""
    smooth = cv2.GaussianBlur(values[None], (0, 0), SMOOTH, borderType=cv2.BORDER_REPLICATE)[0]
    return np.asarray(smooth, np.float64)


def _squeezed(
    flow: NDArray[np.float32],
    columns: NDArray[np.intp],
    upper: NDArray[np.float64],
    lower: NDArray[np.float64],
) -> float:
    """What a flow leaves of the height between the lips, 0 to 1, in the middle of a mouth."""
    index, quarter = np.arange(len(flow), dtype=np.float32), len(columns) // 4
    left = []
    for place in range(quarter, len(columns) - quarter):
        column = int(np.clip(columns[place], 0, len(flow) - 1))
        came_from = np.maximum.accumulate(index + flow[:, column, 1])
        height = lower[place] - upper[place]
        high, low = np.interp([upper[place], lower[place]], came_from, index)
        left.append((low - high) / max(height, TINY))
    return float(np.clip(np.median(left), 0, 1))
