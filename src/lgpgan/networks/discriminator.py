"""The discriminator of Table III: a PatchGAN with a second head for the class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn

from lgpgan.networks.blocks import at_least_single

__all__ = ["Discriminator", "DiscriminatorConfig", "Judgement"]


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Shape of a discriminator.

    Attributes:
        height: rows of its images.
        width: columns of its images.
        layers: number of strided convolutions: 6 in the paper's global discriminator, 4 in its
            local ones.
        channels: channels of the first layer; each further layer has twice as many.
        labels: n, outputs of the second head: the number of classes, or of action units.
        slope: slope of the leaky ReLU for negative values.
    """

    height: int
    width: int
    layers: int
    channels: int = 64
    labels: int = 8
    slope: float = 0.01


class Judgement(NamedTuple):
    """The output of a discriminator.

    Attributes:
        realness: (B, 1, h, w), higher where a patch looks real; (B, 1) where the discriminator
            judges whole images.
        attributes: (B, n), output of the second head: logits of the classes, or intensities of the
            action units.
    """

    realness: Tensor
    attributes: Tensor


class Discriminator(nn.Module):
    """Strided convolutions without normalisation, then two heads (Table III)."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        inputs, outputs = 3, config.channels
        for _ in range(config.layers):
            layers += [
                nn.Conv2d(inputs, outputs, 4, 2, 1),
                nn.LeakyReLU(config.slope, inplace=True),
            ]
            inputs, outputs = outputs, 2 * outputs
        self.body = nn.Sequential(*layers)
        patches = (config.height >> config.layers, config.width >> config.layers)
        self.realness_head = nn.Conv2d(inputs, 1, 3, 1, 1, bias=False)
        self.class_head = nn.Conv2d(inputs, config.labels, patches, bias=False)

    def forward(self, image: Tensor) -> Judgement:
        """Judge images (B, 3, height, width), −1 to 1."""
        features = self.body(image)  # (B, c·2^(layers−1), height/2^layers, width/2^layers)
        return Judgement(
            at_least_single(self.realness_head(features)),
            at_least_single(self.class_head(features)).flatten(1),
        )
