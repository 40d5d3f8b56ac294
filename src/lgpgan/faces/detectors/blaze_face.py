"""Candidates for faces, by the short-range BlazeFace network of MediaPipe.

The network looks at 128×128 pixels. It has anchors on two grids: two in each of 16×16 cells and six
in each of 8×8, all in the middle of their cells, and says of each how likely a face is there, and
where its box and six key points are relative to it (Bazarevsky et al., *BlazeFace: Sub-millisecond
Neural Face Detection on Mobile GPUs*, 2019). It finds faces of 8 to 45 pixels between the eyes; so
that it finds others, a photo is looked at in several sizes, the larger ones tile by tile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import shrink

__all__ = ["Candidate", "Network", "anchors", "candidates", "decode", "distinct"]

Network = Callable[[NDArray[np.float32]], list[NDArray[np.float32]]]

INPUT_SIDE = 128
"""Side of what the network looks at, in pixels."""
GRIDS = ((16, 2), (8, 6))
"""Cells along a side, and anchors in each cell."""
TILE_STRIDE = 80
"""Pixels from tile to tile at most; faces that this cuts are whole at the next smaller size."""
MINIMUM_SCORE = 0.5
"""Candidates that score lower are dropped: faces score 0.8 and more, a few of many tiles without
one above 0.6."""
SAME = 0.3
"""Share of the smaller of two boxes that lies in the other, from which they are the same face."""


class Candidate(NamedTuple):
    """A place where a face may be.

    Attributes:
        score: 0 to 1.
        box: left, top, right, bottom.
        eyes: x and y of the eye on the left of the picture, then of the other one.
    """

    score: float
    box: tuple[float, float, float, float]
    eyes: tuple[float, float, float, float]

    @property
    def tilt(self) -> float:
        """Degrees by which the head leans to the right of the picture."""
        x0, y0, x1, y1 = self.eyes
        return float(np.rad2deg(np.arctan2(y1 - y0, x1 - x0)))


def anchors() -> NDArray[np.float64]:
    """Where the anchors are (896, 2), x and y in pixels of the input."""
    places = [
        ((column + 0.5) * INPUT_SIDE / cells, (row + 0.5) * INPUT_SIDE / cells)
        for cells, each in GRIDS
        for row in range(cells)
        for column in range(cells)
        for _ in range(each)
    ]
    return np.array(places, np.float64)


def decode(
    values: NDArray[np.floating], logits: NDArray[np.floating], x: float, y: float, scale: float
) -> list[Candidate]:
    """Read the network's output.

    Args:
        values: (896, 16) in pixels of the input: the box's middle relative to the anchor, its width
            and height, and six key points relative to the anchor, the eyes first.
        logits: (896,) of the scores.
        x: left edge of the tile, in pixels of the photo that was made smaller.
        y: its upper edge.
        scale: by which the photo was made smaller.

    Returns:
        The candidates that score enough, in continuous coordinates of the photo.
    """
    scores = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -50, 50)))
    found = []
    for index in np.flatnonzero(scores >= MINIMUM_SCORE):
        pairs = values[index].astype(np.float64).reshape(8, 2)
        half = pairs[1] / 2
        places = pairs + anchors()[index] + (x, y)
        corners = np.concatenate([places[0] - half, places[0] + half]) / scale
        left, top, right, bottom = corners.tolist()
        x0, y0, x1, y1 = (places[2:4] / scale).ravel().tolist()
        found.append(Candidate(float(scores[index]), (left, top, right, bottom), (x0, y0, x1, y1)))
    return found


def candidates(
    network: Network, pixels: NDArray[np.uint8], sides: Iterable[int]
) -> list[Candidate]:
    """Places in a photo where a face may be, each once, the best first.

    Args:
        network: BlazeFace.
        pixels: (H, W, 3) uint8 RGB.
        sides: longest sides at which the photo is looked at, in pixels; it is never enlarged.
    """
    longest = max(pixels.shape[:2])
    found: list[Candidate] = []
    small, before = pixels, 1.0
    for scale in sorted({min(1.0, side / longest) for side in sides}, reverse=True):
        small, before = shrink(small, scale / before), scale  # from the last: it is read quicker
        for x, y in _tiles(*small.shape[:2]):
            tile = small[y : y + INPUT_SIDE, x : x + INPUT_SIDE]
            values, logits = network(_network_input(tile))
            found += decode(values[0], logits[0, :, 0], x, y, scale)
    return distinct(found)


def distinct(found: Iterable[Candidate]) -> list[Candidate]:
    """Keep one candidate for each face, its best; the best face comes first."""
    kept: list[Candidate] = []
    for candidate in sorted(found, key=lambda candidate: -candidate.score):
        if all(_overlap(candidate.box, other.box) < SAME for other in kept):
            kept.append(candidate)
    return kept


def _overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """Share of the smaller box that lies in the other one."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(0.0, width) * max(0.0, height) / max(smaller, 1e-9)


def _tiles(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Left and upper edges of tiles that cover a picture."""
    return ((x, y) for y in _starts(height) for x in _starts(width))


def _starts(length: int) -> list[int]:
    """Where tiles begin along a side, evenly."""
    rest = max(0, length - INPUT_SIDE)
    steps = -(-rest // TILE_STRIDE)
    return [round(step * rest / max(1, steps)) for step in range(steps + 1)]


def _network_input(tile: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A tile as the network takes it, (1, 128, 128, 3) from −1 to 1, black where it is smaller."""
    values = np.full((1, INPUT_SIDE, INPUT_SIDE, 3), -1, np.float32)
    values[0, : tile.shape[0], : tile.shape[1]] = tile.astype(np.float32) / 127.5 - 1
    return values
