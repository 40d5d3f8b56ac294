"""The convolution of an image and its label planes, without making the planes.

A label is spread over the image as planes. A plane is constant, or changes its value at one row.
So the convolution of the planes is constant as well, except near the image's borders and that row.
It is computed on planes that are just large enough to hold every different place once, and then
repeated. The result is exact, and costs little however many labels there are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lgpgan.networks.blocks import label_planes

__all__ = ["LabelledEncoder", "SplitLabel", "convolve_image_and_label", "convolve_label"]


class SplitLabel(NamedTuple):
    """One label for the upper rows of an image, another one for the lower rows.

    Attributes:
        above: (B, N) label of the rows above the border.
        below: (B, N) label of the border's row and of all rows below it.
        border: the row.
    """

    above: Tensor
    below: Tensor
    border: int


class LabelledEncoder(nn.ModuleList):
    """Layers, the first of which is given an image and a label's planes behind its channels.

    Args:
        layers: the first one is a convolution, a norm and an activation.
        fold: by how much the images are smaller than those in whose rows split labels count.
    """

    def __init__(self, *layers: nn.Module, fold: int = 1) -> None:
        super().__init__(layers)
        self.fold = fold

    def forward(self, image: Tensor, label: Tensor | SplitLabel) -> Tensor:
        """The last layer's output for images (B, C, H, W) and labels (B, N)."""
        if isinstance(label, SplitLabel):
            label = label._replace(border=label.border // self.fold)
        first, *further = self
        labelled: Any = first
        convolution, norm, activation = labelled
        features: Tensor = activation(norm(convolve_image_and_label(image, label, convolution)))
        for layer in further:
            features = layer(features)
        return features


def convolve_image_and_label(
    image: Tensor, label: Tensor | SplitLabel, convolution: nn.Conv2d
) -> Tensor:
    """The convolution of an image with the planes of a label behind its channels.

    Args:
        image: (B, C, H, W).
        label: (B, N), or one that is split at a row of the image.
        convolution: of C + N inputs, an odd kernel, stride 1, and zero padding that keeps the size.

    Returns:
        (B, outputs of the convolution, H, W).
    """
    channels, inputs = image.shape[1], convolution.in_channels
    of_image, of_label = torch.split(convolution.weight, [channels, inputs - channels], dim=1)
    features = F.conv2d(image, of_image, padding=convolution.padding)
    return features + convolve_label(label, of_label, *image.shape[-2:])


def convolve_label(label: Tensor | SplitLabel, weight: Tensor, height: int, width: int) -> Tensor:
    """The convolution of label planes, with zero padding that keeps the size.

    Args:
        label: (B, N), or one that is split at a row of the planes.
        weight: (C, N, K, K), with K odd.
        height: rows of the planes.
        width: columns of the planes.

    Returns:
        (B, C, height, width).
    """
    reach = weight.shape[-1] // 2
    columns, wide = _places(width, reach)
    if isinstance(label, SplitLabel):
        above, high = _places(label.border, reach)
        below, low = _places(height - label.border, reach)
        rows = above + [high + place for place in below]
        bands = [label_planes(label.above, high, wide), label_planes(label.below, low, wide)]
        planes = torch.cat(bands, dim=2)
    else:
        rows, high = _places(height, reach)
        planes = label_planes(label, high, wide)
    made = F.conv2d(planes.to(weight.dtype), weight, padding=reach)
    for dimension, places in ((3, columns), (2, rows)):  # few rows first
        made = made.index_select(dimension, _index(places, made.device))
    return made


def _index(places: list[int], device: torch.device) -> Tensor:
    """The places as a tensor; on a GPU it is kept, as a copy to there waits for all work before."""
    if device.type != "cuda":
        return torch.tensor(places, device=device)
    return _kept_index(tuple(places), device)


@lru_cache(maxsize=64)
def _kept_index(places: tuple[int, ...], device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # so that it may be kept for a backward pass later
        return torch.tensor(places, device=device)


def _places(length: int, reach: int) -> tuple[list[int], int]:
    """The number of the different row that each of ``length`` rows equals, and how many there are.

    Rows that are at least ``reach`` away from both ends are all equal: they count as one.
    """
    different = min(length, 2 * reach + 1)
    alike = length - different
    return [*range(reach), *[reach] * alike, *range(reach, different)][:length], different
