"""StarGAN: one generator for all expressions, held together by a cycle.

Choi, Choi, Kim, Ha, Kim, Choo: *StarGAN: Unified Generative Adversarial Networks for Multi-Domain
Image-to-Image Translation*, CVPR 2018, doi:10.1109/CVPR.2018.00916. Equations are numbered as
there, settings are those of the authors' code at 128×128 for RaFD.

The generator is that of LGP-GAN's Table II, which took it from here, with the colour head alone.
The discriminator is LGP-GAN's global one. Where the authors' code is not followed:

- its instance normalisation tracks running statistics over all expressions, and its output in
  evaluation mode is ruined by them: none are tracked here;
- its linear decay subtracts 1e-9 every 1,000 iterations, so that the learning rate hardly falls:
  here it falls to 0, as the paper says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.methods import losses
from lgpgan.methods.change import WholeFaceSynthesis
from lgpgan.methods.objective import Terms
from lgpgan.methods.stored_shapes import plain_generator
from lgpgan.methods.whole_face import (
    ClassObjective,
    WholeFaceDiscriminators,
    WholeFaceGenerator,
)
from lgpgan.networks.blocks import convolve_together
from lgpgan.networks.discriminator import Discriminator, DiscriminatorConfig
from lgpgan.networks.generator import EncoderDecoder, GeneratorConfig

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
        generator: shape of the generator.
        discriminator: shape of the discriminator.
    """

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
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
            GeneratorConfig(labels=labels),
            DiscriminatorConfig(TEMPLATE_SIZE, TEMPLATE_SIZE, layers=6, labels=labels),
        )

    @classmethod
    def narrow(cls, labels: int = 8) -> StarGanConfig:
        """Half as wide, first and last layers at half the resolution: a tenth of the arithmetic."""
        return cls(
            GeneratorConfig(labels=labels, width=32, kernel=5, fold=2),
            DiscriminatorConfig(TEMPLATE_SIZE, TEMPLATE_SIZE, layers=5, channels=32, labels=labels),
        )

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> StarGanConfig:
        """The configuration of which ``dataclasses.asdict`` made ``values``.

        Raises:
            TypeError: when there are unknown values.
            KeyError: when a network's are missing.
            ValueError: when they are of a generator with other heads.
        """
        networks = {
            "generator": plain_generator(values["generator"], masked=False),
            "discriminator": DiscriminatorConfig(**values["discriminator"]),
        }
        return cls(**{**values, **networks})


class ColourGenerator(EncoderDecoder):
    """The generator's network: the rows of Table II, and one head with tanh."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__(config)
        self.colour_head = self.head(3)

    def forward(self, image: Tensor, label: Tensor) -> Tensor:
        """Faces (B, 3, H, W), −1 to 1, drawn from images (B, 3, H, W) and labels (B, n)."""
        fold = self.config.fold
        features = self.features(F.pixel_unshuffle(image, fold), label)
        (colour,) = convolve_together(features, self.colour_head)
        return torch.tanh(F.pixel_shuffle(colour, fold))


class StarGan(WholeFaceGenerator):
    """The generator G(x, c)."""

    def __init__(self, config: StarGanConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = ColourGenerator(config.generator)

    def edit(self, image: Tensor, label: Tensor) -> WholeFaceSynthesis:
        """Give faces (B, 3, 128, 128), −1 to 1, the expressions ``label`` (B, N)."""
        return WholeFaceSynthesis.drawn(self.generator(image, label))


class StarGanDiscriminators(WholeFaceDiscriminators):
    """The discriminator D(x): the realness of each patch, and the class."""

    def __init__(self, config: StarGanConfig) -> None:
        super().__init__(Discriminator(config.discriminator))


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


class StarGanObjective(ClassObjective[StarGan, StarGanWeights]):
    """Equations 5, 6 and 8 on labelled faces.

    Equations 5 and 6, but for the cycle, and 8 are those of :class:`ClassObjective`.
    """

    def synthesise(self, batch: LabelledBatch) -> WholeFaceSynthesis:
        """Give the faces their target expressions."""
        return self.generators(batch.image, batch.target, batch.mouth_top)

    def identity_terms(self, batch: LabelledBatch, fake: WholeFaceSynthesis) -> Terms:
        """The cycle of equation 6: the outputs, changed back to the faces' own labels."""
        back = self.generators(fake.output, batch.label, batch.mouth_top).output
        return {"G/cycle": self.weights.cycle * losses.cycle(back, batch.image)}
