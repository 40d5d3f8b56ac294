"""The way back: a change worked out on the aligned face, applied to the photo's own pixels.

Flow, mask and colour are smooth, so they are enlarged; the photo itself is read once, at its own
resolution. A face that fills a 12-megapixel portrait stays as sharp as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE, Similarity, resample
from lgpgan.faces.regions import window

__all__ = ["FaceChange", "paste"]

FEATHER = 12.0
"""Over how many template pixels from its frame a face's change rises to its full strength."""
STRIP = 256
"""Rows of the photo that are worked on at a time: memory does not grow with the photo."""


@dataclass(frozen=True)
class FaceChange:
    """What is done to an aligned face: ``colour + keep · (the face read along the flow)``.

    Attributes:
        flow: (S, S, 2) float32, x and y in pixels of the aligned face.
        keep: (S, S) float32, 0 to 1, the share of the photo.
        colour: (S, S, 3) float32, 0 to 255 times ``1 − keep``.
    """

    flow: NDArray[np.float32]
    keep: NDArray[np.float32]
    colour: NDArray[np.float32]

    def feathered(self) -> FaceChange:
        """The change falling to nothing at the frame."""
        size = len(self.keep)
        weight = window(size, size, FEATHER * size / TEMPLATE_SIZE)
        return FaceChange(
            flow=self.flow * weight[..., None],
            keep=1 - weight * (1 - self.keep),
            colour=self.colour * weight[..., None],
        )


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
    change = change.feathered()
    size = len(change.keep)
    maps = np.dstack([change.flow, change.keep, change.colour]).astype(np.float32)
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
        keep = here[..., 2:3]
        made = np.clip(np.rint(here[..., 3:] + keep * read), 0, 255).astype(np.uint8)
        strip = edited[first:last, left:right]
        strip[inside] = made[inside]
    return edited


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
