"""The batches that a training step takes."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from lgpgan.networks.memory_format import place

__all__ = ["LabelledBatch", "PairBatch"]


class PairBatch(NamedTuple):
    """Renders of the same people with two expressions, and the exact flow between them.

    Attributes:
        source: (B, 3, 128, 128), −1 to 1.
        target: (B, 3, 128, 128), −1 to 1.
        label: (B, N + A) of the target, N classes and A action units; of its lower half, where eyes
            and mouth differ.
        flow: (B, 2, 128, 128) pixels, where each target pixel comes from in the source.
        visible: (B, 1, 128, 128), 1 where the source shows it.
        mouth_top: (B,) int64, first row of the mouth region, from the source's landmarks.
        eye_label: (B, N + A) of the target's upper half.
        inside: (B, 2, 128, 128) pixels, where in the picture of an open mouth, from its corner, the
            target's teeth and gums lie.
        shows_inside: (B, 1, 128, 128), 1 where the target shows teeth or gums.
        lids_and_lips: (B, 1, 128, 128), 1 where lids open or close, eyes look elsewhere, or lips
            close, and just around.
    """

    source: Tensor
    target: Tensor
    label: Tensor
    flow: Tensor
    visible: Tensor
    mouth_top: Tensor
    eye_label: Tensor
    inside: Tensor
    shows_inside: Tensor
    lids_and_lips: Tensor

    @property
    def whole_label(self) -> Tensor:
        """(B, N + A) label of the whole face: the mean of those of its halves."""
        return (self.label + self.eye_label) / 2

    def to(self, device: torch.device, dtype: torch.dtype = torch.float32) -> PairBatch:
        """The batch on another device, in the order of dimensions that is fastest there."""
        return PairBatch(*(place(value, device, dtype) for value in self))


class LabelledBatch(NamedTuple):
    """Faces with their labels, and the expressions they are to be given.

    Attributes:
        image: (B, 3, 128, 128), −1 to 1.
        label: (B, N) of the faces as they are.
        target: (B, N) of what is asked for.
        mouth_top: (B,) int64, first row of the mouth region.
        mix: (B,) uniform in [0, 1): the share of the fake image in the gradient penalty.
    """

    image: Tensor
    label: Tensor
    target: Tensor
    mouth_top: Tensor
    mix: Tensor

    def to(self, device: torch.device, dtype: torch.dtype = torch.float32) -> LabelledBatch:
        """The batch on another device, in the order of dimensions that is fastest there."""
        return LabelledBatch(*(place(value, device, dtype) for value in self))
