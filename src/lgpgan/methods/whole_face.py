"""What methods with one whole-face generator and one critic with two heads have in common.

StarGAN, AttGAN and GANimation train a Wasserstein critic with a gradient penalty. Its second head
learns from real images what their labels are: classes in StarGAN and AttGAN, whose losses differ
only in what keeps the face's identity, and action units in GANimation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.methods import losses
from lgpgan.methods.change import Fake, WholeFaceSynthesis
from lgpgan.methods.diagnostics import class_accuracy, diagnose
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.objective import BaseObjective, Terms
from lgpgan.networks.discriminator import Judgement

__all__ = [
    "ClassObjective",
    "WholeFaceDiscriminators",
    "WholeFaceGenerator",
    "WholeFaceObjective",
]


class WholeFaceGenerator(FaceGenerator[WholeFaceSynthesis]):
    """A generator that sees the whole face at once: no regions, one label."""

    def forward(
        self,
        image: Tensor,
        label: Tensor,
        mouth_top: Tensor | None = None,
        eye_label: Tensor | None = None,
    ) -> WholeFaceSynthesis:
        """Give faces another expression.

        Args:
            image: (B, 3, 128, 128) aligned faces, −1 to 1.
            label: (B, N) target.
            mouth_top: not used: there are no regions.
            eye_label: (B, N) target of the eyes, where it differs: the mean of both is asked for.
        """
        return self.edit(image, label if eye_label is None else (label + eye_label) / 2)

    @abstractmethod
    def edit(self, image: Tensor, label: Tensor) -> WholeFaceSynthesis:
        """Give faces (B, 3, 128, 128), −1 to 1, the expressions ``label`` (B, N)."""


class WholeFaceDiscriminators(nn.Module):
    """The one discriminator of a method without regions.

    Args:
        whole: the discriminator of whole faces; its output is a :class:`Judgement`.
    """

    def __init__(self, whole: nn.Module) -> None:
        super().__init__()
        self.whole = whole


class PenaltyWeights(Protocol):
    """Weights of the losses of a Wasserstein critic."""

    @property
    def gradient_penalty(self) -> float:
        """Weight of the gradient penalty."""
        ...


class ClassWeights(PenaltyWeights, Protocol):
    """Weights of the losses of a Wasserstein critic that also names the class."""

    @property
    def classification(self) -> float:
        """Weight of the generator's class term."""
        ...


Generators = TypeVar("Generators", bound=FaceGenerator[Any])
Weights = TypeVar("Weights", bound=PenaltyWeights)
OfClasses = TypeVar("OfClasses", bound=ClassWeights)


class WholeFaceObjective(BaseObjective[Generators, WholeFaceDiscriminators, Weights]):
    """The losses of a Wasserstein critic of whole faces, but for its second head's."""

    def critic_terms(self, batch: LabelledBatch, fake: Fake) -> tuple[dict[str, Tensor], Tensor]:
        """The critic's adversarial terms, and its second head's output (B, n) for real faces.

        No gradient reaches the generators.
        """
        judged: Judgement = self.discriminators.whole(
            torch.cat([batch.image, fake.output.detach()])
        )
        real, made = judged.realness.chunk(2)
        terms = {"D/real": losses.critic_real(real), "D/fake": losses.critic_fake(made)}
        return terms, judged.attributes.chunk(2)[0]

    def gradient_penalty(self, batch: LabelledBatch, fake: Fake, every: int) -> Terms:
        """The gradient penalty between real faces and fakes (WGAN-GP)."""

        def realness(image: Tensor) -> Tensor:
            judged: Judgement = self.discriminators.whole(image)
            return judged.realness

        penalty = losses.gradient_penalty(realness, batch.image, fake.output.detach(), batch.mix)
        return {"D/penalty": self.weights.gradient_penalty * every * penalty}


class ClassObjective(WholeFaceObjective[Generators, OfClasses], ABC):
    """Adversarial and class terms: what the objectives of StarGAN and AttGAN have in common."""

    @property
    def real_class_weight(self) -> float:
        """Weight of the discriminator's class term, of real faces."""
        return self.weights.classification

    def discriminator_terms(self, batch: LabelledBatch, fake: Fake) -> Terms:
        """The adversarial terms but for the penalty, and the class of real faces."""
        terms, logits = self.critic_terms(batch, fake)
        of_class = losses.classification(logits, batch.label)
        return {**terms, "D/class": self.real_class_weight * of_class}

    def generator_terms(self, batch: LabelledBatch, fake: Any) -> Terms:
        """The adversarial term, the class of the fakes, and what keeps the identity."""
        judged: Judgement = self.discriminators.whole(fake.output)
        of_class = losses.classification(judged.attributes, batch.target)
        return {
            "G/adversarial": losses.generator_adversarial(judged.realness),
            "G/class": self.weights.classification * of_class,
            **self.identity_terms(batch, fake),
        }

    @abstractmethod
    def identity_terms(self, batch: LabelledBatch, fake: Any) -> Terms:
        """The generator's terms that keep the identity of a face."""

    def diagnostics(self, batch: LabelledBatch, fake: Fake) -> Terms:
        """Figures that tell whether training goes well."""
        whole = self.discriminators.whole
        figures, logits = diagnose(whole, batch.image, batch.image, fake)
        return {**figures, "fake_accuracy": class_accuracy(logits, batch.target)}
