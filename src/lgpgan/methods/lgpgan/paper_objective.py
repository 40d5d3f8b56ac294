"""The objective of the ``paper`` preset: equations 2 to 9 of LGP-GAN.

Xia, Zheng, Wang, Yu, Dong, Wang: *Local and Global Perception Generative Adversarial Network for
Facial Expression Synthesis*, IEEE TCSVT 2022, doi:10.1109/TCSVT.2021.3074032. How each gap of the
paper was read: ``docs/paper.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.methods import losses
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.lgpgan.cascade import LgpGanDiscriminators, Synthesis
from lgpgan.methods.lgpgan.views import diagnose, discriminated
from lgpgan.methods.objective import BaseObjective, Terms

__all__ = ["PaperObjective", "PaperWeights"]


@dataclass(frozen=True)
class PaperWeights:
    """Weights of the terms; the adversarial ones have 1.

    Attributes:
        gradient_penalty: λ_gp of equation 2.
        classification: λ₁.
        cycle: λ₂.
        reconstruction: λ₃.
        attention: λ₄.
    """

    gradient_penalty: float = 10.0
    classification: float = 1.0
    cycle: float = 10.0
    reconstruction: float = 10.0
    attention: float = 0.1


class PaperObjective(
    BaseObjective[FaceGenerator[Synthesis[Any]], LgpGanDiscriminators, PaperWeights]
):
    """Losses of generators and discriminators on labelled faces."""

    def synthesise(self, batch: LabelledBatch) -> Synthesis[Any]:
        """Give the faces their target expressions."""
        return self.generators(batch.image, batch.target, batch.mouth_top)

    def discriminator_terms(self, batch: LabelledBatch, fake: Synthesis[Any]) -> Terms:
        """Equation 8 but for the penalty: equations 2 and 3, for each of the discriminators."""
        terms: dict[str, Tensor] = {}
        for view in discriminated(self.discriminators, batch.image, fake, batch.mouth_top):
            judged = view.discriminator(torch.cat([view.real, view.made.detach()]))
            real, made = judged.realness.chunk(2)
            terms[f"D/{view.name}_real"] = losses.critic_real(real)
            terms[f"D/{view.name}_fake"] = losses.critic_fake(made)
            terms[f"D/{view.name}_class"] = self.weights.classification * losses.classification(
                judged.attributes.chunk(2)[0], batch.label
            )
        return terms

    def gradient_penalty(self, batch: LabelledBatch, fake: Synthesis[Any], every: int) -> Terms:
        """The last term of equation 2, for each discriminator."""
        weight = self.weights.gradient_penalty * every
        return {
            f"D/{view.name}_penalty": weight
            * losses.gradient_penalty(view.realness, view.real, view.made.detach(), batch.mix)
            for view in discriminated(self.discriminators, batch.image, fake, batch.mouth_top)
        }

    def generator_terms(self, batch: LabelledBatch, fake: Synthesis[Any]) -> Terms:
        """Equation 9: adversarial and class terms, cycle, self-reconstruction, attention."""
        weights, top = self.weights, batch.mouth_top
        terms: dict[str, Tensor] = {}
        for view in discriminated(self.discriminators, batch.image, fake, top):
            judged = view.discriminator(view.made)
            terms[f"G/{view.name}_adversarial"] = losses.generator_adversarial(judged.realness)
            terms[f"G/{view.name}_class"] = weights.classification * losses.classification(
                judged.attributes, batch.target
            )
        back = self.generators(fake.output, batch.label, top).output
        same = self.generators(batch.image, batch.label, top).output
        terms["G/cycle"] = weights.cycle * losses.cycle(back, batch.image)
        terms["G/reconstruction"] = weights.reconstruction * losses.reconstruction(
            same, batch.image
        )
        local = () if fake.local is None else (fake.local.eyes.mask, fake.local.mouth.mask)
        terms["G/attention"] = weights.attention * losses.attention((*local, fake.whole.mask))
        return terms

    def diagnostics(self, batch: LabelledBatch, fake: Synthesis[Any]) -> Terms:
        """Figures that tell whether training goes well."""
        return diagnose(self.discriminators, batch.image, batch.image, batch.target, fake)
