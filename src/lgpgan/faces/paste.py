"""The way back: a change worked out on the aligned face, applied to the photo's own pixels.

Flow, mask and colour are smooth, so they are enlarged; the photo itself is read once, at its own
resolution. A face that fills a 12-megapixel portrait stays as sharp as it was, and so do the teeth
of a mouth that opens: they are read from a picture of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE, Similarity, resample
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

    def feathered_maps(self) -> NDArray[np.float32]:
        """The change falling to nothing at the frame.

        Returns:
            (S, S, 6) flow, keep and colour; with an inside (S, S, 11), its flow and lit share, too.
        """
        size = len(self.keep)
        weight = window(size, size, FEATHER * size / TEMPLATE_SIZE)
        faded = weight[..., None]
        maps = [self.flow * faded, 1 - weight * (1 - self.keep), self.colour * faded]
        if self.inside is not None:
            maps += [self.inside.flow, self.inside.lit * faded]
        return np.dstack(maps).astype(np.float32)


def paste(
    pixels: NDArray[np.uint8], change: FaceChange, transform: Similarity
) -> NDArray[np.uint8]:
    """Apply a change to a photo.

    Args:
        pixels: (H, W, 3) uint8.
        change: on the aligned face.
        transform: photo to aligned coordinates.

    Returns:
        A new (H, W, 3) uint8; outside the face's frame it equals ``pixels`` bit for bit.
    """
    maps = change.feathered_maps()
    size = len(maps)
    back = transform.inverse()
    corners = back(np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64))
    height, width = pixels.shape[:2]
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)).astype(int), (width, height))
    edited = pixels.copy()
    for first in range(top, bottom, STRIP):
        last = min(first + STRIP, bottom)
        x, y = np.meshgrid(np.arange(left, right) + 0.5, np.arange(first, last) + 0.5)
        places = np.stack([x, y], axis=-1)
        aligned = transform(places)
        inside = ((aligned >= 0) & (aligned <= size)).all(axis=-1)
        here = resample(maps, aligned, interpolation=cv2.INTER_LINEAR)
        displacement = here[..., :2] @ back.matrix[:, :2].T
        read = _read(pixels, places + displacement)
        made = here[..., 3:6] + here[..., 2:3] * read
        if change.inside is not None:
            _draw_inside(made, here[..., 6:], aligned, change.inside.mouth_top, back.scale)
        strip = edited[first:last, left:right]
        strip[inside] = np.clip(np.rint(made), 0, 255).astype(np.uint8)[inside]
    return edited


def _draw_inside(
    made: NDArray[np.float32],
    maps: NDArray[np.float32],
    aligned: NDArray[np.floating],
    mouth_top: int,
    scale: float,
) -> None:
    """Darken the lit share of a colour (H, W, 3), in place, by the picture of an open mouth.

    Args:
        made: 0 to 255.
        maps: (H, W, 5), flow into the picture and lit share.
        aligned: (H, W, 2) where each pixel lies in the aligned face.
        mouth_top: first row of the mouth region.
        scale: the photo's pixels per pixel of the aligned face.
    """
    lit = maps[..., 2:].max(axis=-1) > LEAST_LIT
    if not lit.any():
        return
    rows, columns = (np.unique(places) for places in np.nonzero(lit))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    detail = int(np.clip(round(scale), 1, DETAIL))
    places = (aligned[box] + maps[box][..., :2] - [MOUTH_LEFT, mouth_top]) * detail
    picture = resample(open_mouth(detail), places, interpolation=cv2.INTER_LINEAR)
    made[box] += maps[box][..., 2:] * (picture - 1)


def _read(pixels: NDArray[np.uint8], where: NDArray[np.floating]) -> NDArray[np.float32]:
    """The photo at continuous coordinates, from as much of it as they touch: one pixel at least."""
    height, width = pixels.shape[:2]
    margin = 3
    left, top = (np.floor(where.min(axis=(0, 1))) - margin).astype(int)
    right, bottom = (np.ceil(where.max(axis=(0, 1))) + margin).astype(int)
    left, top = np.clip((left, top), 0, (width - 1, height - 1))
    right, bottom = np.clip((right, bottom), (left + 1, top + 1), (width, height))
    part = pixels[top:bottom, left:right].astype(np.float32)
    return np.asarray(resample(part, where - (left, top)), np.float32)
