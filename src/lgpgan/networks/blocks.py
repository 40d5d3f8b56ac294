"""Layers that the networks share."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = [
    "InstanceNorm",
    "ResidualBlock",
    "at_least_single",
    "convolve_together",
    "down_convolution",
    "draw_weights",
    "head_convolution",
    "instance_norm",
    "label_planes",
    "normalised",
    "up_convolution",
]


def at_least_single(values: Tensor) -> Tensor:
    """The values in single precision or better: half precision is too coarse for outputs."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


class InstanceNorm(nn.GroupNorm):
    """Instance normalisation with scale and shift, without running statistics.

    Group normalisation with one group a channel is the same function. On CPUs its kernel is several
    times faster than the one behind ``nn.InstanceNorm2d``. On GPUs both return images plane by
    plane, so that the next convolution has to turn them round again; there the mean and the
    variance are taken apart, which leaves images as they lie.
    """

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        if features.is_cuda:
            return normalised(features, self.weight, self.bias, self.eps)
        return super().forward(features)


def normalised(features: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Each channel of each image with mean 0 and variance 1, then scaled and shifted.

    Args:
        features: (B, C, H, W); the result lies in memory as they do.
        weight: (C,) factors.
        bias: (C,) what is added.
        eps: added to the variance.
    """
    values = at_least_single(features)
    variance, mean = torch.var_mean(values, dim=(2, 3), correction=0, keepdim=True)
    scale = weight[:, None, None] * torch.rsqrt(variance + eps)
    return torch.addcmul(bias[:, None, None] - mean * scale, values, scale)


def instance_norm(channels: int) -> InstanceNorm:
    """Instance normalisation of a layer with so many channels."""
    return InstanceNorm(channels, channels)


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


def head_convolution(inputs: int, outputs: int, *, kernel: int) -> nn.Conv2d:
    """The convolution of a head: keeps height and width, has no bias (Table II)."""
    return nn.Conv2d(inputs, outputs, kernel, 1, kernel // 2, bias=False)


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


def convolve_together(features: Tensor, *convolutions: nn.Conv2d) -> list[Tensor]:
    """Several convolutions of the same features, computed as one.

    The kernels of processors work on sixteen channels at a time, and a head has one to three.

    Args:
        features: (B, C, H, W).
        convolutions: of stride 1 and without bias, all with the same kernel and padding.

    Returns:
        The output of each convolution, (B, its channels, H, W), in single precision or better.
    """
    weight = torch.cat([convolution.weight for convolution in convolutions])
    outputs = at_least_single(F.conv2d(features, weight, padding=convolutions[0].padding))
    channels = [convolution.out_channels for convolution in convolutions]
    return list(torch.split(outputs, channels, dim=1))


def label_planes(label: Tensor, height: int, width: int) -> Tensor:
    """Spread a label (B, N) over an image as planes (B, N, height, width)."""
    return label[:, :, None, None].expand(-1, -1, height, width)


def draw_weights(network: nn.Module, draw: Callable[[Tensor], object]) -> None:
    """Draw the first weights of all layers with ``draw``, in place, and set their bias to 0."""
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            draw(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
