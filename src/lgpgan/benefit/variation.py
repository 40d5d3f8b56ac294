"""Classical augmentation: what is usual without synthetic faces."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["vary"]

ROTATION = 15.0
"""Degrees, either way."""
SCALE = 0.1
SHIFT = 0.06
"""Of the picture's side, either way."""
GAIN = 0.25
"""Brightness and contrast, either way."""
COLOUR = 0.1
ERASED = 0.3
"""Largest side of what is covered, as a share of the picture's."""


def vary(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Classical augmentation, drawn anew for each picture.

    Mirrored half of the time; turned, scaled and moved; brightness, contrast and colour; a
    rectangle covered with mid-grey half of the time (Zhong and others, *Random erasing*, AAAI
    2020).

    Args:
        pictures: (B, 3, S, S), −1 to 1.
        generator: the source of random numbers.

    Returns:
        The same form and range.
    """
    count = len(pictures)

    def draw(*shape: int) -> Tensor:
        """Uniform from −1 to 1."""
        return torch.rand((count, *shape), generator=generator) * 2 - 1

    angle = draw() * math.radians(ROTATION)
    scale = 1 + draw() * SCALE
    mirror = draw().sign()
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    linear = torch.stack([cos * mirror, -sin, sin * mirror, cos], 1).view(count, 2, 2)
    affine = torch.cat([linear, 2 * SHIFT * draw(2, 1)], 2)  # the side is 2 in grid coordinates
    grid = functional.affine_grid(affine, list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(
        pictures, grid, padding_mode="border", mode="bilinear", align_corners=False
    )
    mean = moved.mean(dim=(1, 2, 3), keepdim=True)
    contrast, light = 1 + GAIN * draw(1, 1, 1), GAIN * draw(1, 1, 1)
    coloured = (moved - mean) * contrast + mean + light + COLOUR * draw(3, 1, 1)
    return _erased(coloured.clamp(-1, 1), draw(4), draw() > 0)


def _erased(pictures: Tensor, where: Tensor, which: Tensor) -> Tensor:
    """A rectangle of some pictures at mid-grey.

    Args:
        pictures: (B, 3, S, S).
        where: (B, 4), centre's y and x, height and width, −1 to 1 each.
        which: (B,) bool.
    """
    size = pictures.shape[-1]
    pixel = torch.arange(size) + 0.5
    centre = (where[:, :2] + 1) / 2 * size
    reach = (where[:, 2:] + 1) / 2 * ERASED * size / 2
    rows = (pixel - centre[:, :1]).abs() < reach[:, :1]
    columns = (pixel - centre[:, 1:]).abs() < reach[:, 1:]
    covered = rows[:, None, :, None] & columns[:, None, None, :] & which[:, None, None, None]
    return torch.where(covered, 0.0, pictures)
