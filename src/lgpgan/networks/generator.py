"""The generator of Table II."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lgpgan.networks.blocks import (
    ResidualBlock,
    convolve_together,
    down_convolution,
    head_convolution,
    up_convolution,
)
from lgpgan.networks.label_convolution import LabelledEncoder, SplitLabel

__all__ = ["EncoderDecoder", "Generator", "GeneratorConfig", "GeneratorOutput"]


@dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator; the defaults are those of Table II.

    Attributes:
        labels: n, the number of label planes.
        width: channels of the first layer; the next two have twice and four times as many.
        residual_blocks: 6 in the paper's global generator, 3 in its local ones.
        kernel: side of the first and the last kernels.
        fold: the first and the last layers work at 1/fold of the resolution; 1 in the paper.
    """

    labels: int = 8
    width: int = 64
    residual_blocks: int = 6
    kernel: int = 7
    fold: int = 1


class EncoderDecoder(nn.Module):
    """The rows of Table II above its heads."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        width, inputs = config.width, 3 * config.fold**2 + config.labels
        self.encoder = LabelledEncoder(
            down_convolution(inputs, width, kernel=config.kernel, stride=1),
            down_convolution(width, 2 * width, kernel=4, stride=2),
            down_convolution(2 * width, 4 * width, kernel=4, stride=2),
            fold=config.fold,
        )
        blocks = [ResidualBlock(4 * width) for _ in range(config.residual_blocks)]
        self.residual_blocks = nn.Sequential(*blocks)
        layers = up_convolution(4 * width, 2 * width), up_convolution(2 * width, width)
        self.decoder = nn.Sequential(*layers)

    def features(self, folded: Tensor, label: Tensor | SplitLabel) -> Tensor:
        """(B, width, h, w), from folded images (B, 3 fold², h, w) and labels (B, n)."""
        features: Tensor = self.decoder(self.residual_blocks(self.encoder(folded, label)))
        return features

    def head(self, channels: int) -> nn.Conv2d:
        """The convolution of a head with so many values a pixel."""
        outputs, kernel = channels * self.config.fold**2, self.config.kernel
        return head_convolution(self.config.width, outputs, kernel=kernel)


class Generator(EncoderDecoder):
    """Table II: its heads are parallel, a colour with tanh and an attention mask with sigmoid."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__(config)
        self.colour_head = self.head(3)
        self.mask_head = self.head(1)

    def forward(self, image: Tensor, label: Tensor | SplitLabel) -> GeneratorOutput:
        """Colour and mask for images (B, 3, H, W), −1 to 1, and labels (B, n)."""
        fold = self.config.fold
        features = self.features(F.pixel_unshuffle(image, fold), label)
        outputs = convolve_together(features, self.colour_head, self.mask_head)
        colour, mask = (F.pixel_shuffle(output, fold) for output in outputs)
        return GeneratorOutput(torch.tanh(colour), torch.sigmoid(mask))


class GeneratorOutput(NamedTuple):
    """The two parts of equation 1.

    Attributes:
        colour: C, (B, 3, H, W), −1 to 1.
        mask: M, (B, 1, H, W), 0 to 1; 1 keeps the input.
    """

    colour: Tensor
    mask: Tensor
