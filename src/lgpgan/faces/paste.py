"""The way back: a change worked out on the aligned face, applied to the photo's own pixels.

Flow, mask and colour are smooth, so they are enlarged; the photo itself is read once, at its own
resolution. A face that fills a 12-megapixel portrait stays as sharp as it was, and so do the teeth
of a mouth that opens: they are read from a picture of their own. What is drawn
gets the photo's grain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE, Pixel, Similarity
from lgpgan.faces.deep_colour import LEVELS, AnyDepth
from lgpgan.faces.grain import Grain
from lgpgan.faces.open_mouth import DETAIL, open_mouth
from lgpgan.faces.regions import MOUTH_LEFT, window

__all__ = ["FaceChange", "InsideChange", "paste"]

FEATHER = 12.0
"""Over how many template pixels from its frame a face's change rises to its full strength."""
STRIP = 256
"""Rows of the photo that are worked on at a time: memory does not grow with the photo."""
LEAST_LIT = 0.25
"""Below this, of 255, nothing can be seen of the picture of an open mouth."""


@dataclass(frozen=True)
class InsideChange:
    """What a mouth's inside is drawn with; see :class:`lgpgan.methods.change.Inside`.

    Attributes:
        flow: (S, S, 2) float32, x and y in pixels of the aligned face.
        lit: (S, S, 3) float32, 0 to 255: the share of the colour that the picture is laid over.
        mouth_top: first row of the mouth region, where the picture lies.
    """

    flow: NDArray[np.float32]
    lit: NDArray[np.float32]
    mouth_top: int


@dataclass(frozen=True)
class FaceChange:
    """What is done to an aligned face: ``colour + keep · (the face read along the flow)``.

    Attributes:
        flow: (S, S, 2) float32, x and y in pixels of the aligned face.
        keep: (S, S) float32, 0 to 1, the share of the photo.
        colour: (S, S, 3) float32, 0 to 255 times ``1 − keep``.
        inside: what of the colour is drawn with the picture of an open mouth, if anything.
    """

    flow: NDArray[np.float32]
    keep: NDArray[np.float32]
    colour: NDArray[np.float32]
    inside: InsideChange | None = None

    def feathered(self) -> FaceChange:
        """The change falling to nothing at the frame."""
        size = len(self.keep)
        weight = window(size, size, FEATHER * size / TEMPLATE_SIZE)
        faded, inside = weight[..., None], self.inside
        return FaceChange(
            flow=self.flow * faded,
            keep=1 - weight * (1 - self.keep),
            colour=self.colour * faded,
            inside=inside and replace(inside, lit=inside.lit * faded),
        )

    def in_levels(self, levels: int) -> FaceChange:
        """The change for pictures with so many values for each of 8 bits."""
        if levels == 1:
            return self
        inside = self.inside
        return replace(
            self,
            colour=self.colour * np.float32(levels),
            inside=inside and replace(inside, lit=inside.lit * np.float32(levels)),
        )


def paste(pixels: AnyDepth, change: FaceChange, transform: Similarity) -> AnyDepth:
    """Apply a change to a photo.

    Args:
        pixels: (H, W, 3) uint8, or uint16.
        change: on the aligned face.
        transform: photo to aligned coordinates.

    Returns:
        A new (H, W, 3) of the same type; outside the face's frame it equals ``pixels`` bit for bit.
    """
    change = change.feathered().in_levels(1 if pixels.dtype == np.uint8 else LEVELS)
    size = len(change.keep)
    back = transform.inverse()
    corners = back(np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64))
    height, width = pixels.shape[:2]
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)).astype(int), (width, height))
    edited, grain = pixels.copy(), Grain(pixels, transform)
    for first in range(top, bottom, STRIP):
        last = min(first + STRIP, bottom)
        if first < last and left < right:
            box = (slice(first, last), slice(left, right))
            _paste_strip(pixels, edited[box], change, transform, grain, corner=(left, first))
    return edited


def _paste_strip(
    pixels: AnyDepth,
    strip: AnyDepth,
    change: FaceChange,
    transform: Similarity,
    grain: Grain,
    *,
    corner: tuple[int, int],
) -> None:
    """Apply a change to a part of a photo, in place.

    Places are kept as planes, which is quick: a strip of a large photo is a million pixels.

    Args:
        pixels: the photo as it was.
        strip: (h, w, 3) view of what is to be changed.
        change: feathered, in levels of the photo's depth.
        transform: photo to aligned coordinates.
        grain: of the photo.
        corner: column and row of the strip's first pixel in the photo.
    """
    size, back = len(change.keep), transform.inverse()
    (left, top), (height, width) = corner, strip.shape[:2]
    aligned_x, aligned_y = _places(transform, corner, (height, width))
    inside = (aligned_x >= 0) & (aligned_x <= size) & (aligned_y >= 0) & (aligned_y <= size)
    index = ((aligned_x - 0.5).astype(np.float32), (aligned_y - 0.5).astype(np.float32))

    def enlarged(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(_remap(plane, *index, cv2.INTER_LINEAR), np.float32)

    flow, linear = enlarged(change.flow), back.matrix[:, :2].astype(np.float32)
    x = np.arange(left, left + width, dtype=np.float32) + flow @ linear[0]
    y = np.arange(top, top + height, dtype=np.float32)[:, None] + flow @ linear[1]
    keep = enlarged(change.keep)
    kept = cv2.multiply(_read(pixels, x, y), cv2.merge([keep] * 3), dtype=cv2.CV_32F)
    made = enlarged(change.colour) + np.asarray(kept, np.float32)
    if change.inside is not None:
        _draw_inside(made, change.inside, index, back.scale)
    grain.add(made, 1 - keep, corner)
    strip[inside] = _rounded(made, strip.dtype)[inside]


def _rounded(values: NDArray[np.float32], depth: np.dtype[Any]) -> AnyDepth:
    """Values (h, w, 3) as whole numbers of a depth, the nearest that it has."""
    if depth == np.uint8:  # several times as quick
        return np.asarray(cv2.convertScaleAbs(np.maximum(values, 0)), np.uint8)
    return np.clip(np.rint(values), 0, np.iinfo(depth).max).astype(np.uint16)


def _places(
    transform: Similarity, corner: tuple[int, int], shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the pixel centres of a box of the photo lie in the aligned face, x and y (h, w)."""
    x = np.arange(shape[1]) + (corner[0] + 0.5)
    y = np.arange(shape[0])[:, None] + (corner[1] + 0.5)
    across, down = (row[0] * x + (row[1] * y + row[2]) for row in transform.matrix)
    return across, down


def _draw_inside(
    made: NDArray[np.float32],
    inside: InsideChange,
    index: tuple[NDArray[np.float32], NDArray[np.float32]],
    scale: float,
) -> None:
    """Darken the lit share of a colour (h, w, 3), in place, by the picture of an open mouth.

    Args:
        made: 0 to 255.
        inside: the change.
        index: x and y (h, w) of each pixel in the aligned face, counted from a pixel's centre.
        scale: the photo's pixels per pixel of the aligned face.
    """
    rows, columns = np.nonzero(inside.lit.max(axis=-1) > LEAST_LIT)
    if not len(rows):
        return
    x, y = index
    near = (x > columns.min() - 1) & (x < columns.max() + 1)
    near &= (y > rows.min() - 1) & (y < rows.max() + 1)
    if not near.any():
        return
    down, across = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    box = (slice(down[0], down[-1] + 1), slice(across[0], across[-1] + 1))
    x, y = x[box], y[box]
    lit = _remap(inside.lit, x, y, cv2.INTER_LINEAR)
    flow = _remap(inside.flow, x, y, cv2.INTER_LINEAR)
    detail = int(np.clip(round(scale), 1, DETAIL))
    place_x = (x + np.float32(0.5 - MOUTH_LEFT) + flow[..., 0]) * detail - np.float32(0.5)
    place_y = (y + np.float32(0.5 - inside.mouth_top) + flow[..., 1]) * detail - np.float32(0.5)
    picture = _remap(open_mouth(detail), place_x, place_y, cv2.INTER_LINEAR)
    made[box] += lit * (picture - 1)


def _read(pixels: AnyDepth, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[Any]:
    """The photo at places (h, w), from as much of it as they touch: one pixel at least.

    Places are counted from a pixel's centre.
    """
    height, width = pixels.shape[:2]
    margin = 3
    left, right = int(x.min()) - margin, int(x.max()) + 1 + margin
    top, bottom = int(y.min()) - margin, int(y.max()) + 1 + margin
    left, top = np.clip((left, top), 0, (width - 1, height - 1))
    right, bottom = np.clip((right, bottom), (left + 1, top + 1), (width, height))
    part: NDArray[Any] = np.ascontiguousarray(pixels[top:bottom, left:right])
    return _remap(part, x - np.float32(left), y - np.float32(top), cv2.INTER_CUBIC)


def _remap(
    picture: NDArray[Pixel], x: NDArray[np.float32], y: NDArray[np.float32], interpolation: int
) -> NDArray[Pixel]:
    """A picture at places (h, w) counted from a pixel's centre; beyond it the edge is repeated."""
    read = cv2.remap(picture, x, y, interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, picture.dtype)
