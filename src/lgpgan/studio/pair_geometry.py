"""Turning, scaling, moving and mirroring pairs, with the flow between their pictures."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import MOUTH_SIZE
from lgpgan.studio.augmentation import Augmentation

__all__ = ["draw_similarities", "sampling_grid", "to_output", "warp_flow", "warp_inside"]


def draw_similarities(
    options: Augmentation, mirror: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Similarities (B, 2, 3) float32 about the picture's middle, from output to input pixels."""
    size = len(mirror)
    scale = np.exp(rng.normal(0, options.scale, size))
    angle = rng.normal(0, options.rotation, size)
    flip = np.where(mirror, -1.0, 1.0)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.stack([np.stack([cos * flip, -sin], -1), np.stack([sin * flip, cos], -1)], 1)
    middle = np.full(2, TEMPLATE_SIZE / 2)
    offset = middle - linear @ middle + rng.normal(0, options.shift, (size, 2))
    return np.concatenate([linear, offset[:, :, None]], 2).astype(np.float32)


def to_output(points: NDArray[np.floating], to_input: NDArray[np.float32]) -> NDArray[np.float64]:
    """Where points (B, N, 2) of the input come to lie."""
    linear, offset = to_input[:, None, :, :2], to_input[:, None, :, 2]
    moved: NDArray[np.float64] = np.linalg.solve(linear, (points - offset)[..., None])[..., 0]
    return moved


def sampling_grid(to_input: Tensor) -> Tensor:
    """Grid (B, 128, 128, 2) for ``grid_sample`` from transforms in pixels."""
    half = TEMPLATE_SIZE / 2
    linear, offset = to_input[:, :, :2], to_input[:, :, 2:]
    shifted = (linear.sum(2, keepdim=True) * half + offset) / half - 1
    return F.affine_grid(
        torch.cat([linear, shifted], dim=2),
        [len(to_input), 1, TEMPLATE_SIZE, TEMPLATE_SIZE],
        align_corners=False,
    )


def warp_flow(
    flow: Tensor, visible: Tensor, to_input: Tensor, grid: Tensor
) -> tuple[Tensor, Tensor]:
    """Flow and visibility as they are after both pictures went through the same transform."""
    moved = F.grid_sample(flow, grid, padding_mode="border", align_corners=False)
    inverse = torch.linalg.inv(to_input[:, :, :2])
    turned = torch.einsum("bij,bjhw->bihw", inverse, moved)
    seen = F.grid_sample(visible, grid, padding_mode="border", align_corners=False)
    return turned.contiguous(), seen


def warp_inside(
    inside: Tensor, shown: Tensor, grid: Tensor, mirrored: Tensor
) -> tuple[Tensor, Tensor]:
    """Places in the picture of an open mouth after the target went through a transform.

    The picture itself is neither turned nor enlarged; it is symmetric, so where the target is
    mirrored its teeth lie at the mirrored places.
    """
    masked = torch.cat([inside * shown, shown], dim=1)
    read = F.grid_sample(masked, grid, align_corners=False)
    share = read[:, 2:]
    places = read[:, :2] / share.clamp_min(1e-3)
    flipped = torch.stack([MOUTH_SIZE[1] - places[:, 0], places[:, 1]], dim=1)
    moved = torch.where(mirrored[:, None, None, None], flipped, places)
    return moved, (share > 0.5).to(share.dtype)
