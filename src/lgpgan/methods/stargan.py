"""StarGAN: one generator for all expressions, held together by a cycle.

Choi, Choi, Kim, Ha, Kim, Choo: *StarGAN: Unified Generative Adversarial Networks for Multi-Domain
Image-to-Image Translation*, CVPR 2018, doi:10.1109/CVPR.2018.00916. Equations are numbered as
there, settings are those of the authors' code at 128×128 for RaFD.

The generator is that of LGP-GAN's stage II (which took it from here) with the colour head alone,
and the discriminator is LGP-GAN's global one. Where the authors' code is not followed:

- its instance normalisation tracks running statistics over all expressions, and its output in
  evaluation mode is ruined by them: none are tracked here;
- its linear decay takes off 1e-9 at every 1,000 iterations, so that the learning rate hardly falls:
  the schedule of a run falls to 0 as the paper says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.methods import losses, whole_face
from lgpgan.methods.change import Edited
from lgpgan.methods.objective import Terms
from lgpgan.networks.discriminator import Discriminator, DiscriminatorConfig
from lgpgan.networks.generator import Generator, GeneratorConfig

__all__ = [
    "StarGan",
    "StarGanConfig",
    "StarGanDiscriminators",
    "StarGanObjective",
    "StarGanWeights",
]


@dataclass(frozen=True)
class StarGanConfig:
    """Shape of StarGAN; the defaults are the paper's.

    Attributes:
        generator: with a colour head alone.
        discriminator: of whole faces.
    """

    generator: GeneratorConfig = field(default_factory=lambda: GeneratorConfig(masked=False))
    discriminator: DiscriminatorConfig = field(
        default_factory=lambda: DiscriminatorConfig(TEMPLATE_SIZE, TEMPLATE_SIZE, layers=6)
    )

    @property
    def labels(self) -> int:
        """Number of classes."""
        return self.generator.labels

    @classmethod
    def paper(cls, labels: int = 8) -> StarGanConfig:
        """The networks of the paper's appendix, at full width."""
        return cls(
            GeneratorConfig(labels=labels, masked=False),
            DiscriminatorConfig(TEMPLATE_SIZE, TEMPLATE_SIZE, layers=6, labels=labels),
        )

    @classmethod
    def narrow(cls, labels: int = 8) -> StarGanConfig:
        """Half as wide, stem and head at half the resolution: a tenth of the arithmetic."""
        return cls(
            GeneratorConfig(labels=labels, width=32, kernel=5, fold=2, masked=False),
            DiscriminatorConfig(TEMPLATE_SIZE, TEMPLATE_SIZE, layers=5, channels=32, labels=labels),
        )

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> StarGanConfig:
        """What ``dataclasses.asdict`` made of a configuration, back.

        Raises:
            TypeError: when there are unknown values.
            KeyError: when a network's are missing.
        """
        networks = {
            "generator": GeneratorConfig(**values["generator"]),
            "discriminator": DiscriminatorConfig(**values["discriminator"]),
        }
        return cls(**{**values, **networks})


class StarGan(whole_face.WholeFaceGenerator):
    """The generator G(x, c)."""

    def __init__(self, config: StarGanConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = Generator(config.generator)

    def edit(self, image: Tensor, label: Tensor) -> Edited:
        """Give faces (B, 3, 128, 128), −1 to 1, the expressions ``label`` (B, N)."""
        heads = self.generator(image, label)
        return Edited.repainted(heads.colour)

    def take_over(self, trained: StarGan, planes: Mapping[int, int]) -> None:
        """Begin with trained weights; see :meth:`lgpgan.networks.generator.Generator.take_over`."""
        self.generator.take_over(trained.generator, planes)


class StarGanDiscriminators(nn.Module):
    """The discriminator D(x): real or not, patch by patch, and which class."""

    def __init__(self, config: StarGanConfig) -> None:
        super().__init__()
        self.whole = Discriminator(config.discriminator)


@dataclass(frozen=True)
class StarGanWeights:
    """Weights of the terms; the adversarial ones have 1.

    Attributes:
        gradient_penalty: λ_gp of equation 8.
        classification: λ_cls of equations 5 and 6.
        cycle: λ_rec of equation 6.
    """

    gradient_penalty: float = 10.0
    classification: float = 1.0
    cycle: float = 10.0


class StarGanObjective:
    """Losses of generator and discriminator on labelled faces.

    Args:
        generators: the generator.
        discriminators: the discriminator.
        weights: of the terms.
    """

    def __init__(
        self, generators: StarGan, discriminators: StarGanDiscriminators, weights: StarGanWeights
    ) -> None:
        self.generators = generators
        self.discriminators = discriminators
        self.weights = weights

    def synthesise(self, batch: LabelledBatch) -> Edited:
        """Give the faces their target expressions."""
        return self.generators(batch.image, batch.target, batch.mouth_top)

    def discriminator_terms(self, batch: LabelledBatch, fake: Edited) -> Terms:
        """Equation 5, the adversarial term as in equation 8 but for the penalty."""
        terms, classes = whole_face.critic_terms(self.discriminators.whole, batch, fake)
        named = losses.classification(classes, batch.label)
        return {**terms, "D/class": self.weights.classification * named}

    def gradient_penalty(self, batch: LabelledBatch, fake: Edited, every: int) -> Terms:
        """The last term of equation 8."""
        weight = self.weights.gradient_penalty * every
        return whole_face.critic_penalty(self.discriminators.whole, batch, fake, weight)

    def generator_terms(self, batch: LabelledBatch, fake: Edited) -> Terms:
        """Equation 6: adversarial and class terms, and the way back to the input."""
        weights, judged = self.weights, self.discriminators.whole(fake.output)
        back = self.generators(fake.output, batch.label, batch.mouth_top).output
        return {
            "G/adversarial": losses.generator_adversarial(judged.realness),
            "G/class": weights.classification * losses.classification(judged.classes, batch.target),
            "G/cycle": weights.cycle * losses.cycle(back, batch.image),
        }

    def diagnostics(self, batch: LabelledBatch, fake: Edited) -> Terms:
        """Figures that tell whether training goes well."""
        critic, image = self.discriminators.whole, batch.image
        figures, classes = whole_face.diagnose(critic, image, image, fake)
        return {**figures, "fake_accuracy": whole_face.accuracy(classes, batch.target)}
