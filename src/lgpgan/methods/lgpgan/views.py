"""What each of LGP-GAN's discriminators is shown, whatever the objective."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lgpgan.methods import whole_face
from lgpgan.methods.lgpgan.cascade import (
    LgpGanDiscriminators,
    Synthesis,
    crop_eyes,
    crop_mouth,
)
from lgpgan.methods.objective import Terms
from lgpgan.networks.discriminator import Judgement

__all__ = ["View", "diagnose", "discriminated"]


class View(NamedTuple):
    """A discriminator, and what it is to tell apart.

    Attributes:
        name: ``eyes``, ``mouth`` or ``whole``.
        discriminator: the network.
        real: (B, 3, h, w).
        made: the same of the synthesis: stage I's regions for the local ones, then the final face.
    """

    name: str
    discriminator: nn.Module
    real: Tensor
    made: Tensor

    def realness(self, image: Tensor) -> Tensor:
        """How real the discriminator holds an image of this view for."""
        judged: Judgement = self.discriminator(image)
        return judged.realness


def discriminated(
    discriminators: LgpGanDiscriminators, real: Tensor, fake: Synthesis, mouth_top: Tensor
) -> Iterator[View]:
    """The views of real faces (B, 3, 128, 128) and of a synthesis: three; without stage I, one."""
    if fake.local is not None:
        made = fake.local.output
        eyes, mouth = crop_eyes(made), crop_mouth(made, mouth_top)
        yield View("eyes", discriminators.eyes, crop_eyes(real), eyes)
        yield View("mouth", discriminators.mouth, crop_mouth(real, mouth_top), mouth)
    yield View("whole", discriminators.whole, real, fake.output)


@torch.no_grad()
def diagnose(
    discriminators: LgpGanDiscriminators,
    source: Tensor,
    real: Tensor,
    target: Tensor,
    fake: Synthesis,
) -> Terms:
    """The figures of :meth:`lgpgan.methods.objective.Objective.diagnostics`.

    Args:
        discriminators: the whole-face one is asked.
        source: (B, 3, 128, 128) what the generators were given.
        real: the same shape, real images.
        target: (B, N) the labels that were asked for.
        fake: what the generators made.
    """
    figures, classes = whole_face.diagnose(discriminators.whole, source, real, fake)
    keep, accuracy = fake.change.keep.mean(), whole_face.accuracy(classes, target)
    return {"keep": keep, **figures, "fake_accuracy": accuracy}
