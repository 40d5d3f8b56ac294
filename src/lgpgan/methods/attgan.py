"""AttGAN: an encoder that knows nothing of labels, a decoder that is given them, and no cycle.

He, Zuo, Kan, Shan, Chen: *AttGAN: Facial Attribute Editing by Only Changing What You Want*, IEEE
TIP 2019, doi:10.1109/TIP.2019.2916751. Settings are those of the authors' code at 128×128, with
one skip and the label injected a second time, as in its README's command for that size.

What keeps a face's identity is that the same latent, decoded with the face's own label, must give
the face back. Where the authors' code is not followed:

- it edits thirteen attributes that a face may have together, so its class terms are a binary cross
  entropy an attribute. Expressions exclude each other: here they are a cross entropy over the
  classes, at the same weights;
- at test time it doubles the value of the attribute that is edited; here a label says in use what
  it said in training, and its strength is the intensity.

Batch normalisation makes a face's output depend on the others of its batch in training, and updates
its running statistics at every pass, in the discriminator's steps too, as the authors' does; in
evaluation mode these statistics are used. They are buffers, not parameters: what copies or averages
the networks has to take them along. The parts of a batch have statistics of their own, so here,
unlike elsewhere, several parts are not quite one large batch.
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
from lgpgan.methods import losses, whole_face
from lgpgan.methods.change import Change, Edited
from lgpgan.methods.objective import Terms
from lgpgan.networks.blocks import (
    at_least_single,
    draw_weights,
    instance_norm,
    label_planes,
    take_over,
)
from lgpgan.networks.discriminator import Judgement

__all__ = [
    "AttGan",
    "AttGanConfig",
    "AttGanDiscriminators",
    "AttGanObjective",
    "AttGanWeights",
    "DecodedEdit",
    "Latent",
]

LAYERS = 5
"""Strided convolutions of the encoder and the discriminator: 128 pixels become 4."""

LABEL_MIDDLE = 0.5
"""Taken off the labels at the decoder's door, so that 0 and 1 become −0.5 and 0.5."""


@dataclass(frozen=True)
class AttGanConfig:
    """Shape of AttGAN; the defaults are the authors' at 128×128.

    Attributes:
        labels: number of classes.
        width: channels of the encoder's first layer; every further one has twice as many, and the
            decoder's mirror them.
        discriminator_channels: of its first layer; every further one has twice as many.
        hidden: units of the layer before each of the discriminator's outputs.
        slope: of the leaky ReLU of encoder and discriminator.
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
        """What ``dataclasses.asdict`` made of a configuration, back.

        Raises:
            TypeError: when there are unknown values.
        """
        return cls(**values)


class Latent(NamedTuple):
    """What the encoder makes of faces.

    Attributes:
        code: (B, 16 width, 4, 4).
        skip: (B, 8 width, 8, 8), which the decoder sees as well.
    """

    code: Tensor
    skip: Tensor


class DecodedEdit(NamedTuple):
    """An :class:`Edited` and the latent that it was decoded from."""

    output: Tensor
    change: Change
    latent: Latent


class AttGan(whole_face.WholeFaceGenerator):
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

    def edit(self, image: Tensor, label: Tensor) -> Edited:
        """Give faces (B, 3, 128, 128), −1 to 1, the expressions ``label`` (B, N)."""
        return Edited.repainted(self.decode(self.encode(image), label))

    def encode(self, image: Tensor) -> Latent:
        """What the decoder needs of faces (B, 3, 128, 128)."""
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
        """Compile the two halves, since training calls these and not the whole; see torch's."""
        self.encode = torch.compile(self.encode, *options, **named)  # type: ignore[method-assign]
        self.decode = torch.compile(self.decode, *options, **named)  # type: ignore[method-assign]

    def take_over(self, trained: AttGan, planes: Mapping[int, int]) -> None:
        """Begin with trained weights; see :func:`lgpgan.networks.blocks.take_over`."""
        width = self.config.width
        weights = {"code_decoder.0.weight": 16 * width, "decoder.0.0.weight": (16 + 8) * width}
        take_over(self, trained, planes, weights, dimension=0)


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


class AttGanDiscriminators(nn.Module):
    """The discriminator D and the classifier C, which share their convolutions."""

    def __init__(self, config: AttGanConfig) -> None:
        super().__init__()
        self.whole = AttGanDiscriminator(config)


@dataclass(frozen=True)
class AttGanWeights:
    """Weights of the terms; the adversarial ones have 1.

    Attributes:
        gradient_penalty: of the adversarial term, which is that of WGAN-GP.
        reconstruction: λ₁ of the generator.
        classification: λ₂, of the outputs, for the generator.
        real_classification: λ₃, of real faces, for the discriminator.
    """

    gradient_penalty: float = 10.0
    reconstruction: float = 100.0
    classification: float = 10.0
    real_classification: float = 1.0


class AttGanObjective:
    """Losses of generator and discriminator on labelled faces.

    Args:
        generators: the encoder and the decoder.
        discriminators: the discriminator.
        weights: of the terms.
    """

    def __init__(
        self, generators: AttGan, discriminators: AttGanDiscriminators, weights: AttGanWeights
    ) -> None:
        self.generators = generators
        self.discriminators = discriminators
        self.weights = weights

    def synthesise(self, batch: LabelledBatch) -> DecodedEdit:
        """Give the faces their target expressions."""
        latent = self.generators.encode(batch.image)
        made = Edited.repainted(self.generators.decode(latent, batch.target))
        return DecodedEdit(*made, latent)

    def discriminator_terms(self, batch: LabelledBatch, fake: DecodedEdit) -> Terms:
        """The adversarial term but for the penalty, and the class of real faces."""
        terms, classes = whole_face.critic_terms(self.discriminators.whole, batch, fake)
        named = losses.classification(classes, batch.label)
        return {**terms, "D/class": self.weights.real_classification * named}

    def gradient_penalty(self, batch: LabelledBatch, fake: DecodedEdit, every: int) -> Terms:
        """The penalty of WGAN-GP."""
        weight = self.weights.gradient_penalty * every
        return whole_face.critic_penalty(self.discriminators.whole, batch, fake, weight)

    def generator_terms(self, batch: LabelledBatch, fake: DecodedEdit) -> Terms:
        """Adversarial and class terms, and the face itself out of the same latent."""
        weights, judged = self.weights, self.discriminators.whole(fake.output)
        same = self.generators.decode(fake.latent, batch.label)
        return {
            "G/adversarial": losses.generator_adversarial(judged.realness),
            "G/class": weights.classification * losses.classification(judged.classes, batch.target),
            "G/reconstruction": weights.reconstruction * losses.reconstruction(same, batch.image),
        }

    def diagnostics(self, batch: LabelledBatch, fake: DecodedEdit) -> Terms:
        """Figures that tell whether training goes well."""
        critic, image = self.discriminators.whole, batch.image
        figures, classes = whole_face.diagnose(critic, image, image, fake)
        return {**figures, "fake_accuracy": whole_face.accuracy(classes, batch.target)}


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
    """Features (B, C, H, W) and after them the label (B, N) as planes."""
    planes = label_planes(label, *features.shape[-2:]).to(features.dtype)
    return torch.cat([features, planes], dim=1)
