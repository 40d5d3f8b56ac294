"""The images that each of LGP-GAN's discriminators is given, for every objective."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from lgpgan.methods import diagnostics
from lgpgan.methods.lgpgan.cascade import LgpGanDiscriminators, Synthesis
from lgpgan.methods.lgpgan.regions import crop_eyes, crop_mouth
from lgpgan.methods.objective import Terms
from lgpgan.networks.discriminator import Judgement

__all__ = ["View", "diagnose", "discriminated"]


class View(NamedTuple):
    """A discriminator, with its real images and its fakes.

    Attributes:
        name: ``eyes``, ``mouth`` or ``whole``.
        discriminator: the network.
        real: (B, 3, h, w) the real images, or their region.
        made: (B, 3, h, w) the fakes: a region after stage I, or the final face.
    """

    name: str
    discriminator: nn.Module
    real: Tensor
    made: Tensor

    def realness(self, image: Tensor) -> Tensor:
        """The discriminator's realness of images (B, 3, h, w) of this view."""
        judged: Judgement = self.discriminator(image)
        return judged.realness


def discriminated(
    discriminators: LgpGanDiscriminators, real: Tensor, fake: Synthesis[Any], mouth_top: Tensor
) -> Iterator[View]:
    """The three views of real faces (B, 3, 128, 128) and of fakes; only one without stage I."""
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
    fake: Synthesis[Any],
) -> Terms:
    """The figures of :meth:`lgpgan.methods.objective.Objective.diagnostics`.

    Args:
        discriminators: that of whole faces is used.
        source: (B, 3, 128, 128) the input of the generators.
        real: (B, 3, 128, 128) real images.
        target: (B, N) the labels that were asked for.
        fake: what the generators made.
    """
    figures, logits = diagnostics.diagnose(discriminators.whole, source, real, fake)
    keep, accuracy = fake.change.keep.mean(), diagnostics.class_accuracy(logits, target)
    return {"keep": keep, **figures, "fake_accuracy": accuracy}
