"""Reading images at displaced pixels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["warp_by_flow"]


def warp_by_flow(image: Tensor, flow: Tensor) -> Tensor:
    """Read ``image`` at every pixel's own place plus its flow, bilinearly.

    Args:
        image: (B, C, H, W).
        flow: (B, 2, H, W) pixels, (x, y). Beyond the border the edge is repeated.
    """
    height, width = image.shape[-2:]
    rows = torch.arange(height, device=flow.device, dtype=flow.dtype) + 0.5
    columns = torch.arange(width, device=flow.device, dtype=flow.dtype) + 0.5
    x = (columns + flow[:, 0]) * (2.0 / width) - 1.0  # (B, H, W)
    y = (rows[:, None] + flow[:, 1]) * (2.0 / height) - 1.0
    return F.grid_sample(
        image, torch.stack([x, y], dim=-1), padding_mode="border", align_corners=False
    )
