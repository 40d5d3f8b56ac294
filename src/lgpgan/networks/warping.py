"""Warping images along a flow."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["pixel_centres", "warp_by_flow"]


def pixel_centres(image: Tensor) -> Tensor:
    """Coordinates (2, H, W), x and y in pixels, of the pixel centres of images (B, C, H, W)."""
    height, width = image.shape[-2:]
    rows = torch.arange(height, device=image.device, dtype=image.dtype) + 0.5
    columns = torch.arange(width, device=image.device, dtype=image.dtype) + 0.5
    return torch.stack([columns.expand(height, -1), rows[:, None].expand(-1, width)])


def warp_by_flow(image: Tensor, flow: Tensor) -> Tensor:
    """Read an image at each pixel's own place plus its flow, with bilinear interpolation.

    Args:
        image: (B, C, H, W).
        flow: (B, 2, H, W) pixels, (x, y). Beyond the border the edge is repeated.

    Returns:
        (B, C, H, W).
    """
    height, width = image.shape[-2:]
    x, y = (pixel_centres(flow) + flow).unbind(dim=1)  # (B, H, W) each
    grid = torch.stack([x * (2.0 / width) - 1.0, y * (2.0 / height) - 1.0], dim=-1)
    return F.grid_sample(image, grid, padding_mode="border", align_corners=False)
