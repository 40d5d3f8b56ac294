"""Features of images, on which distances between distributions are computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.errors import InputError
from lgpgan.networks.memory_format import to_planes

__all__ = ["FeatureExtractor", "MetricName", "as_planes", "extract_features"]


@dataclass(frozen=True)
class MetricName:
    """The name of a metric.

    Attributes:
        key: key in files, as ``fid``.
        title: title in reports.
    """

    key: str
    title: str


class FeatureExtractor(Protocol):
    """A network that computes a feature vector for every image.

    Attributes:
        name: name of the network, as ``inception``.
        dimensions: length of a row.
        frechet: name of the Fréchet distance of these features.
        kernel: name of the kernel distance of these features.
    """

    name: str
    dimensions: int
    frechet: MetricName
    kernel: MetricName

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Compute features. A row does not depend on the other images of the batch.

        Args:
            images: (N, H, W, 3) uint8 RGB, of any size.

        Returns:
            (N, dimensions).

        Raises:
            InputError: when ``images`` is of another shape or type.
        """
        ...


def extract_features(
    extractor: FeatureExtractor,
    images: Sequence[NDArray[np.uint8]] | NDArray[np.uint8],
    *,
    batch: int = 4,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[np.float64]:
    """Compute the features of any number of images, in batches.

    Args:
        extractor: the network.
        images: (N, H, W, 3) uint8 RGB, or a sequence of (H, W, 3), which may read each image when
            it is asked for, and of which images of several sizes may be part.
        batch: how many go through the network at once. On a CPU more are no faster.
        progress: called with the images done and their total.

    Returns:
        (N, dimensions) float64.

    Raises:
        InputError: when an image is of another shape or type.
    """
    total = len(images)
    result = np.empty((total, extractor.dimensions))
    progress(0, total)
    for start in range(0, total, batch):
        end = min(start + batch, total)
        chosen = [images[row] for row in range(start, end)]
        if len({image.shape for image in chosen}) == 1:
            result[start:end] = extractor.features(np.stack(chosen))
        else:
            for row, image in enumerate(chosen, start):
                result[row] = extractor.features(image[np.newaxis])
        progress(end, total)
    return result


def as_planes(images: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Images (N, H, W, 3) uint8 as planes (N, 3, H, W) float32, still 0 to 255.

    Raises:
        InputError: when ``images`` is of another shape or type.
    """
    if images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8:
        raise InputError(
            "A feature extractor needs images of shape (N, H, W, 3), uint8, not"
            f" {images.shape}, {images.dtype}."
        )
    return to_planes(torch.from_numpy(np.ascontiguousarray(images)).to(device))
