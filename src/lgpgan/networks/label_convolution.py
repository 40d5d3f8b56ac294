"""What a convolution makes of label planes, without making the planes.

A label is spread over an image as planes that are the same everywhere, or that change at one row,
so what a convolution with zero padding makes of them is the same everywhere, too, but near borders.
It is therefore worked out on planes so small that every such place is there once, and spread. That
is exact, and costs next to nothing however many labels there are, where in full the planes would be
most of what the stem reads.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from lgpgan.networks.blocks import label_planes

__all__ = ["Halves", "convolve_label"]


class Halves(NamedTuple):
    """A label that changes at a row of the image.

    Attributes:
        above: (B, N), of the rows above the border.
        below: (B, N), of those from it on.
        border: the row.
    """

    above: Tensor
    below: Tensor
    border: int


def convolve_label(label: Tensor | Halves, weight: Tensor, height: int, width: int) -> Tensor:
    """A convolution of label planes, of an odd kernel, with zero padding that keeps the size.

    Args:
        label: (B, N); or, where it changes, with the border in rows of the planes.
        weight: (C, N, K, K).
        height: rows of the planes.
        width: columns of the planes.

    Returns:
        (B, C, height, width).
    """
    reach = weight.shape[-1] // 2
    columns, wide = _places(width, reach)
    if isinstance(label, Halves):
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
        made = made.index_select(dimension, torch.tensor(places, device=made.device))
    return made


def _places(length: int, reach: int) -> tuple[list[int], int]:
    """Where each of so many rows lies among those that differ, and how many these are.

    Rows as far from both ends as a kernel reaches are all the same; the first of them stands for
    all.
    """
    different = min(length, 2 * reach + 1)
    alike = length - different
    return [*range(reach), *[reach] * alike, *range(reach, different)][:length], different
