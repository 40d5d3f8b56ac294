"""Layers that the networks share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor, nn

__all__ = [
    "ResidualBlock",
    "at_least_single",
    "down_convolution",
    "draw_weights",
    "instance_norm",
    "label_planes",
    "take_over",
    "up_convolution",
]


def at_least_single(values: Tensor) -> Tensor:
    """In single precision or better: half is too coarse for what a network's heads say."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def instance_norm(channels: int) -> nn.GroupNorm:
    """Instance normalisation with scale and shift, without running statistics.

    Group normalisation with one group a channel is the same function; on CPUs its kernel is several
    times faster than the one behind ``nn.InstanceNorm2d``.
    """
    return nn.GroupNorm(channels, channels)


def down_convolution(inputs: int, outputs: int, *, kernel: int, stride: int) -> nn.Sequential:
    """Convolution, instance norm, ReLU; the output is 1/stride as large (Table II)."""
    padding = (kernel - 1) // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
        instance_norm(outputs),
        nn.ReLU(inplace=True),
    )


def up_convolution(inputs: int, outputs: int) -> nn.Sequential:
    """Transposed convolution 4, 2, 1, instance norm, ReLU; doubles height and width (Table II)."""
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False),
        instance_norm(outputs),
        nn.ReLU(inplace=True),
    )


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with instance norm beside the identity (Table II)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            instance_norm(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            instance_norm(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        output: Tensor = features + self.body(features)
        return output


def label_planes(label: Tensor, height: int, width: int) -> Tensor:
    """Spread a label (B, N) over an image as planes (B, N, height, width)."""
    return label[:, :, None, None].expand(-1, -1, height, width)


def draw_weights(network: nn.Module, draw: Callable[[Tensor], object]) -> None:
    """Begin with other weights than torch's own: drawn by ``draw`` in place, and without bias."""
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            draw(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


@torch.no_grad()
def take_over(
    network: nn.Module,
    trained: nn.Module,
    planes: Mapping[int, int],
    weights: Mapping[str, int],
    *,
    dimension: int,
    fresh: Collection[str] = (),
) -> None:
    """Begin with the state of a trained network of the same shape but for its labels.

    Args:
        network: the new one.
        trained: the other.
        planes: number of a label plane here to that of the same label there; the others stay as
            they are.
        weights: name of each weight that sees label planes, to the number of inputs before them.
        dimension: of these weights, along which their inputs lie.
        fresh: names of what the trained network lacks: it stays as it was drawn.

    Raises:
        RuntimeError: when the shapes differ otherwise.
    """
    mine, theirs = network.state_dict(), trained.state_dict()
    network.load_state_dict({**theirs, **{name: mine[name] for name in (*weights, *fresh)}})
    for name, features in weights.items():
        weight, their_weight = network.get_parameter(name), theirs[name]
        weight.narrow(dimension, 0, features).copy_(their_weight.narrow(dimension, 0, features))
        for here, there in planes.items():
            learnt = their_weight.select(dimension, features + there)
            weight.select(dimension, features + here).copy_(learnt)
