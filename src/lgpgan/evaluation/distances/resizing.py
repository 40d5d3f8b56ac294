"""The two ways to resize images for feature extractors.

Real images and outputs must go the same way: features see the difference between two resizing
methods as they see a difference between pictures (Parmar, Zhang, Zhu: *On aliased resizing and
surprising subtleties in GAN evaluation*, CVPR 2022).
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["resize_antialiased", "resize_like_tensorflow"]


def resize_like_tensorflow(images: Tensor, size: int) -> Tensor:
    """Bilinear interpolation as TensorFlow 1's ``resize_bilinear`` did it, corners not aligned.

    Output pixel i samples the input at ``i · input / output``, counted from pixel to pixel without
    the half that would line up the centres, and nothing is smoothed before shrinking. FID was
    defined with it, so the flaws stay.

    Args:
        images: (B, C, H, W) float.
        size: side of the result.

    Returns:
        (B, C, size, size).
    """
    height, width = images.shape[-2:]
    rows = _interpolation(height, size).to(images)
    columns = _interpolation(width, size).to(images)
    return rows @ images @ columns.T


def resize_antialiased(images: Tensor, size: int) -> Tensor:
    """Bilinear interpolation with centres lined up, and smoothing where the image shrinks.

    Args:
        images: (B, C, H, W) float.
        size: side of the result.

    Returns:
        (B, C, size, size).
    """
    return torch.nn.functional.interpolate(
        images, (size, size), mode="bilinear", align_corners=False, antialias=True
    )


def _interpolation(length: int, size: int) -> Tensor:
    """Weights (size, length) of the input pixels in every output pixel, along one axis."""
    # In single precision, as TensorFlow counts.
    place = torch.arange(size, dtype=torch.float32) * (length / size)
    before = place.long()
    after = (before + 1).clamp_max(length - 1)
    share = place - before
    weights = torch.zeros(size, length)
    output = torch.arange(size)
    weights[output, before] += 1 - share
    weights[output, after] += share
    return weights
