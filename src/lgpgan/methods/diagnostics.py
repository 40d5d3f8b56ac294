"""Figures of training that all objectives share; see :meth:`.objective.Objective.diagnostics`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lgpgan.methods.change import Fake
from lgpgan.networks.discriminator import Judgement

__all__ = ["class_accuracy", "diagnose"]


@torch.no_grad()
def diagnose(
    discriminator: nn.Module, source: Tensor, real: Tensor, fake: Fake
) -> tuple[dict[str, Tensor], Tensor]:
    """``change`` and ``margin``, and the second head's output (B, N) for the fakes.

    Args:
        discriminator: that of whole faces.
        source: (B, 3, H, W) the input of the generators.
        real: (B, 3, H, W) real images.
        fake: what the generators made.
    """
    of_fake: Judgement = discriminator(fake.output)
    of_real: Judgement = discriminator(real)
    figures = {
        "change": (fake.output - source).abs().mean(),
        "margin": of_real.realness.mean() - of_fake.realness.mean(),
    }
    return figures, of_fake.attributes


def class_accuracy(logits: Tensor, target: Tensor) -> Tensor:
    """Share of images whose highest logit (B, N) is their target's (B, N) highest share."""
    return (logits.argmax(dim=1) == target.argmax(dim=1)).float().mean()
