"""What methods with one whole-face generator and one critic with two heads have in common.

StarGAN, AttGAN and GANimation train a Wasserstein critic whose second head learns from real images
what their labels are; what that head is taught, and asked of the outputs, is each method's own.
"""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.methods import losses
from lgpgan.methods.change import Edited, Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.objective import Terms
from lgpgan.networks.discriminator import Judgement

__all__ = ["WholeFaceGenerator", "accuracy", "critic_penalty", "critic_terms", "diagnose"]


class WholeFaceGenerator(FaceGenerator[Edited]):
    """A generator that sees the whole face at once: no regions, one label."""

    def forward(
        self,
        image: Tensor,
        label: Tensor,
        mouth_top: Tensor | None = None,
        eye_label: Tensor | None = None,
    ) -> Edited:
        """Give faces another expression.

        Args:
            image: (B, 3, 128, 128) aligned faces, −1 to 1.
            label: (B, N) target.
            mouth_top: not looked at: there are no regions.
            eye_label: (B, N) target of the eyes, where it differs: the mean of both is asked for.
        """
        return self.edit(image, label if eye_label is None else (label + eye_label) / 2)

    @abstractmethod
    def edit(self, image: Tensor, label: Tensor) -> Edited:
        """Give faces (B, 3, 128, 128), −1 to 1, the expressions ``label`` (B, N)."""


def critic_terms(
    critic: nn.Module, batch: LabelledBatch, fake: Fake
) -> tuple[dict[str, Tensor], Tensor]:
    """The critic's terms but for its second head's, and what this one says of the real faces.

    Nothing flows back into the generators.
    """
    judged: Judgement = critic(torch.cat([batch.image, fake.output.detach()]))
    real, made = judged.realness.chunk(2)
    terms = {"D/real": losses.critic_real(real), "D/fake": losses.critic_fake(made)}
    return terms, judged.classes.chunk(2)[0]


def critic_penalty(critic: nn.Module, batch: LabelledBatch, fake: Fake, weight: float) -> Terms:
    """The weighted gradient penalty between the real faces and the outputs."""

    def realness(image: Tensor) -> Tensor:
        judged: Judgement = critic(image)
        return judged.realness

    penalty = losses.gradient_penalty(realness, batch.image, fake.output.detach(), batch.mix)
    return {"D/penalty": weight * penalty}


@torch.no_grad()
def diagnose(
    critic: nn.Module, source: Tensor, real: Tensor, fake: Fake
) -> tuple[dict[str, Tensor], Tensor]:
    """``change`` and ``margin``, and what the critic's second head says of the outputs.

    See :meth:`lgpgan.methods.objective.Objective.diagnostics`.

    Args:
        critic: of whole faces.
        source: (B, 3, H, W) what the generators were given.
        real: the same shape, real images.
        fake: what the generators made.
    """
    of_fake, of_real = critic(fake.output), critic(real)
    figures = {
        "change": (fake.output - source).abs().mean(),
        "margin": of_real.realness.mean() - of_fake.realness.mean(),
    }
    return figures, of_fake.classes


def accuracy(logits: Tensor, target: Tensor) -> Tensor:
    """Share of images whose highest logit (B, N) is their target's (B, N) highest share."""
    return (logits.argmax(dim=1) == target.argmax(dim=1)).float().mean()
