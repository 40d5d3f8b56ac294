"""What a training step on exact pairs is given."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["PairBatch", "memory_format"]


class PairBatch(NamedTuple):
    """Renders of the same people with two expressions, and the exact flow between them.

    Attributes:
        source: (B, 3, 128, 128), −1 to 1.
        target: (B, 3, 128, 128), −1 to 1.
        label: (B, N) of the target.
        flow: (B, 2, 128, 128) pixels, where each target pixel comes from in the source.
        visible: (B, 1, 128, 128), 1 where the source shows it.
        mouth_top: (B,) int64, first row of the mouth region, from the source's landmarks.
    """

    source: Tensor
    target: Tensor
    label: Tensor
    flow: Tensor
    visible: Tensor
    mouth_top: Tensor

    def to(self, device: torch.device) -> PairBatch:
        """The batch on another device, in the order of dimensions that is fastest there."""
        layout = memory_format(device)
        moved = [
            value.to(device, memory_format=layout) if value.ndim == 4 else value.to(device)
            for value in self
        ]
        return PairBatch(*moved)


def memory_format(device: torch.device) -> torch.memory_format:
    """Channels last on GPUs; on CPUs it is contiguous, where normalisation is many times faster."""
    return torch.channels_last if device.type == "cuda" else torch.contiguous_format
