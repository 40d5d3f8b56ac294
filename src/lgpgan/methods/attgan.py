"""AttGAN: an encoder that is given no labels, a decoder that is given them, and no cycle.

He, Zuo, Kan, Shan, Chen: *AttGAN: Facial Attribute Editing by Only Changing What You Want*, IEEE
TIP 2019, doi:10.1109/TIP.2019.2916751. Settings are those of the authors' code at 128×128, with
one skip and the label injected a second time, as in its README's command for that size.

Self-reconstruction keeps a face's identity: the same latent, decoded with the face's own label,
must give the face back. Where the authors' code is not followed:

- it edits thirteen attributes that a face may have together, so its class terms are a binary cross
  entropy for each attribute. Expressions exclude each other: here the class terms are a cross
  entropy over the classes, at the same weights;
- at test time it doubles the value of the edited attribute. Here a label means the same in use as
  in training, and its strength is the intensity.

In training, batch normalisation makes a face's output depend on the other faces of its batch. It
updates its running statistics at every pass, in the discriminator's steps too, as the authors' code
does; in evaluation mode these statistics are used. They are buffers, not parameters: whatever
copies or averages the networks must copy the buffers too. Each part of a batch has statistics of
its own. So, unlike with the other methods, several parts are not exactly one large batch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.methods import losses
from lgpgan.methods.change import Change, WholeFaceSynthesis
from lgpgan.methods.face_generator import LabelInputs
from lgpgan.methods.objective import Terms
from lgpgan.methods.whole_face import (
    ClassObjective,
    WholeFaceDiscriminators,
    WholeFaceGenerator,
)
from lgpgan.networks.blocks import at_least_single, draw_weights, instance_norm, label_planes
from lgpgan.networks.discriminator import Judgement

__all__ = [
    "AttGan",
    "AttGanConfig",
    "AttGanDiscriminators",
    "AttGanObjective",
    "AttGanSynthesis",
    "AttGanWeights",
    "Latent",
]

LAYERS = 5
"""Strided convolutions of the encoder and the discriminator: 128 pixels become 4."""

LABEL_MIDDLE = 0.5
"""Subtracted from the labels that the decoder is given, so that 0 and 1 become −0.5 and 0.5."""


@dataclass(frozen=True)
class AttGanConfig:
    """Shape of AttGAN; the defaults are the authors' at 128×128.

    Attributes:
        labels: number of classes.
        width: channels of the encoder's first layer; each further layer has twice as many. The
            decoder's layers mirror them.
        discriminator_channels: channels of the discriminator's first layer; each further layer has
            twice as many.
        hidden: units of the layer before each of the discriminator's outputs.
        slope: slope of the leaky ReLU of encoder and discriminator for negative values.
    """

    labels: int = 8
    width: int = 64
    discriminator_channels: int = 64
    hidden: int = 1024
    slope: float = 0.2

    @classmethod
    def paper(cls, labels: int = 8) -> AttGanConfig:
        """The authors' networks at full width."""
        return cls(labels=labels)

    @classmethod
    def narrow(cls, labels: int = 8) -> AttGanConfig:
        """Half as wide: a quarter of the arithmetic."""
        return cls(labels=labels, width=32, discriminator_channels=32, hidden=512)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> AttGanConfig:
        """The configuration of which ``dataclasses.asdict`` made ``values``.

        Raises:
            TypeError: when there are unknown values.
        """
        return cls(**values)


class Latent(NamedTuple):
    """The encoder's output.

    Attributes:
        code: (B, 16 width, 4, 4), from the last layer.
        skip: (B, 8 width, 8, 8), from the layer before, for the decoder's skip connection.
    """

    code: Tensor
    skip: Tensor


class AttGanSynthesis(NamedTuple):
    """What the generator synthesises, with the latent that it was decoded from."""

    output: Tensor
    change: Change
    latent: Latent


class AttGan(WholeFaceGenerator):
    """The generator: encoder G_enc(x) and decoder G_dec(z, b)."""

    def __init__(self, config: AttGanConfig) -> None:
        super().__init__()
        self.config = config
        width, labels = config.width, config.labels
        self.encoder = nn.ModuleList(_strided(width, nn.BatchNorm2d, config.slope))
        self.code_decoder = _up(16 * width + labels, 16 * width)
        self.decoder = nn.Sequential(
            _up((16 + 8) * width + labels, 8 * width),
            _up(8 * width, 4 * width),
            _up(4 * width, 2 * width),
        )
        self.colour_head = nn.ConvTranspose2d(2 * width, 3, 4, 2, 1)
        draw_weights(self, nn.init.xavier_uniform_)

    def edit(self, image: Tensor, label: Tensor) -> WholeFaceSynthesis:
        """Give faces (B, 3, 128, 128), −1 to 1, the expressions ``label`` (B, N)."""
        return WholeFaceSynthesis.drawn(self.decode(self.encode(image), label))

    def encode(self, image: Tensor) -> Latent:
        """The latent of faces (B, 3, 128, 128), −1 to 1."""
        features = [image]
        for layer in self.encoder:
            features.append(layer(features[-1]))
        return Latent(code=features[-1], skip=features[-2])

    def decode(self, latent: Latent, label: Tensor) -> Tensor:
        """Faces (B, 3, 128, 128), −1 to 1, of a latent, with the expressions ``label`` (B, N)."""
        label = label - LABEL_MIDDLE
        features = self.code_decoder(_labelled(latent.code, label))  # (B, 16w, 8, 8)
        features = self.decoder(_labelled(torch.cat([features, latent.skip], dim=1), label))
        return torch.tanh(at_least_single(self.colour_head(features)))

    def compile(self, *options: Any, **named: Any) -> None:
        """Compile encoder and decoder, which training calls apart; arguments as torch has them."""
        self.encode = torch.compile(self.encode, *options, **named)  # type: ignore[method-assign]
        self.decode = torch.compile(self.decode, *options, **named)  # type: ignore[method-assign]

    def label_inputs(self) -> Mapping[str, LabelInputs]:
        """The two places where labels are injected into the decoder."""
        width = self.config.width
        return {
            "code_decoder.0.weight": LabelInputs(first=16 * width, dimension=0),
            "decoder.0.0.weight": LabelInputs(first=(16 + 8) * width, dimension=0),
        }


class AttGanDiscriminator(nn.Module):
    """Strided convolutions with instance norm, then two fully connected heads."""

    def __init__(self, config: AttGanConfig) -> None:
        super().__init__()
        channels, hidden, slope = config.discriminator_channels, config.hidden, config.slope
        self.body = nn.Sequential(*_strided(channels, instance_norm, slope), nn.Flatten())
        inputs = 16 * channels * (TEMPLATE_SIZE >> LAYERS) ** 2

        def head(outputs: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Linear(inputs, hidden), nn.LeakyReLU(slope), nn.Linear(hidden, outputs)
            )

        self.realness_head = head(1)
        self.class_head = head(config.labels)
        draw_weights(self, nn.init.xavier_uniform_)

    def forward(self, image: Tensor) -> Judgement:
        """Judge faces (B, 3, 128, 128), −1 to 1."""
        features = self.body(image)  # (B, 16c · 4 · 4)
        return Judgement(
            at_least_single(self.realness_head(features)),
            at_least_single(self.class_head(features)),
        )


class AttGanDiscriminators(WholeFaceDiscriminators):
    """The discriminator D and the classifier C, which share their convolutions."""

    def __init__(self, config: AttGanConfig) -> None:
        super().__init__(AttGanDiscriminator(config))


@dataclass(frozen=True)
class AttGanWeights:
    """Weights of the terms; the adversarial ones have 1.

    Attributes:
        gradient_penalty: weight of the gradient penalty of WGAN-GP.
        reconstruction: λ₁, of the generator's self-reconstruction.
        classification: λ₂, of the generator's class term.
        real_classification: λ₃, of the discriminator's class term.
    """

    gradient_penalty: float = 10.0
    reconstruction: float = 100.0
    classification: float = 10.0
    real_classification: float = 1.0


class AttGanObjective(ClassObjective[AttGan, AttGanWeights]):
    """Adversarial and class terms, and self-reconstruction, on labelled faces."""

    @property
    def real_class_weight(self) -> float:
        """λ₃."""
        return self.weights.real_classification

    def synthesise(self, batch: LabelledBatch) -> AttGanSynthesis:
        """Give the faces their target expressions."""
        latent = self.generators.encode(batch.image)
        made = WholeFaceSynthesis.drawn(self.generators.decode(latent, batch.target))
        return AttGanSynthesis(*made, latent)

    def identity_terms(self, batch: LabelledBatch, fake: AttGanSynthesis) -> Terms:
        """The same latent, decoded with the faces' own labels, must give the faces back."""
        same = self.generators.decode(fake.latent, batch.label)
        reconstruction = losses.reconstruction(same, batch.image)
        return {"G/reconstruction": self.weights.reconstruction * reconstruction}


def _strided(width: int, norm: Callable[[int], nn.Module], slope: float) -> list[nn.Sequential]:
    """Convolutions 4, 2, 1 from 3 channels to 16 ``width``, each with norm and leaky ReLU."""
    channels = [3, *(width << layer for layer in range(LAYERS))]
    return [
        nn.Sequential(
            nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False),
            norm(outputs),
            nn.LeakyReLU(slope, inplace=True),
        )
        for inputs, outputs in itertools.pairwise(channels)
    ]


def _up(inputs: int, outputs: int) -> nn.Sequential:
    """Transposed convolution 4, 2, 1, batch norm, ReLU; doubles height and width."""
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _labelled(features: Tensor, label: Tensor) -> Tensor:
    """Features (B, C, H, W) with the planes of the label (B, N) behind them."""
    planes = label_planes(label, *features.shape[-2:]).to(features.dtype)
    return torch.cat([features, planes], dim=1)
