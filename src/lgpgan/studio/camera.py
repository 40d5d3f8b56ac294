"""Augmentation as by a poor camera and a small file: few pixels, noise, JPEG.

Both pictures of a pair are changed alike, so that the network learns to keep a photo as it is and
not to repair it. Noise needs care. With noise on the source alone the network would learn to remove
it. Other noise on the target would be noise that no input tells. The same noise on both would stand
still while the skin below it moves. So the target gets the source's noise, moved along the exact
flow. Where the source does not show the target there is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.faces.alignment import TEMPLATE_SIZE, resample
from lgpgan.studio.augmentation import Augmentation

__all__ = ["photograph"]

Picture = NDArray[np.float32]
"""(128, 128, 3), 0 to 1."""


def photograph(
    batch: PairBatch, options: Augmentation, generators: Sequence[np.random.Generator]
) -> PairBatch:
    """Change some of the pairs as a poor camera would.

    Args:
        batch: B pairs, with what they show complete.
        options: shares.
        generators: one a pair, which everything random is drawn from.

    Returns:
        The pairs; all but the pictures unchanged.
    """
    source, target = batch.source.clone(), batch.target.clone()
    for number, rng in enumerate(generators):
        coarse, noisy, compressed = rng.random(3) < [
            options.low_resolution,
            options.noise,
            options.jpeg,
        ]
        if not (coarse or noisy or compressed):
            continue
        images = source[number], target[number]
        pictures = [_to_picture(image) for image in images]
        if coarse:
            side = round(TEMPLATE_SIZE / rng.uniform(1.5, 4))
            pictures = [_coarsen(picture, side) for picture in pictures]
        if noisy:
            flow, visible = batch.flow[number].numpy(), batch.visible[number, 0].numpy()
            fields = _noise(flow, visible, rng)
            pictures = [picture + field for picture, field in zip(pictures, fields, strict=True)]
        if compressed:
            quality = int(rng.integers(30, 91))
            pictures = [_compress(picture, quality) for picture in pictures]
        for image, picture in zip(images, pictures, strict=True):
            image.numpy()[...] = np.clip(picture * 2 - 1, -1, 1).transpose(2, 0, 1)
    return batch._replace(source=source, target=target)


def _to_picture(image: Tensor) -> Picture:
    return np.ascontiguousarray((image.numpy().transpose(1, 2, 0) + 1) / 2)


def _coarsen(picture: Picture, side: int) -> Picture:
    """Leave no more detail than ``side`` × ``side`` pixels hold."""
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.float32)


def _noise(
    flow: NDArray[np.float32], visible: NDArray[np.float32], rng: np.random.Generator
) -> tuple[Picture, Picture]:
    """Noise of the source, and the same moved along the flow; mostly of brightness."""
    strength = rng.uniform(0.01, 0.04)
    grain = rng.standard_normal((*visible.shape, 4), np.float32)
    field = strength * (grain[..., 3:] + 0.5 * grain[..., :3]).astype(np.float32)
    if rng.random() < 0.5:  # grain larger than a pixel
        field = np.asarray(1.6 * cv2.GaussianBlur(field, (0, 0), 0.7), np.float32)
    rows, columns = np.indices(visible.shape) + 0.5
    there = np.stack([columns + flow[0], rows + flow[1]], -1)
    moved = resample(field, there, interpolation=cv2.INTER_LINEAR)
    return field, moved * visible[..., None]


def _compress(picture: Picture, quality: int) -> Picture:
    """Through JPEG and back."""
    pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    _, content = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.float32)
    return np.asarray(back[..., ::-1] / 255, np.float32)
