"""How images and networks lie in memory, decided here and nowhere else.

A tensor of images (B, C, H, W) can lie plane by plane (contiguous) or pixel by pixel (channels
last). Pictures come pixel by pixel, so a mere permutation of their dimensions is channels last by
accident. The choice is one of speed, and on CPUs one of safety:

- On GPUs everything is channels last.
- On CPUs it is contiguous. Normalisation is many times faster so, and it must not be channels last
  where weights are trained: oneDNN 3.12, which torch 2.13 brings, writes past its memory when it
  computes the gradient of a 1×1 convolution of stride 2 with fewer input channels than the
  processor takes at once (8 with AVX2, 16 with AVX-512). Forward passes and gradients of the images
  are not affected, nor is any contiguous tensor.
- Networks of convolutions that only describe images are not trained here, so their weights lie
  channels last on CPUs too: one thread takes 1.2 to 1.3 times as long for FID's Inception, and 1.2
  times for MobileNetV2, where they are contiguous.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["memory_format", "place", "place_frozen", "place_network", "to_pictures", "to_planes"]

Network = TypeVar("Network", bound=nn.Module)


def memory_format(device: torch.device) -> torch.memory_format:
    """How images, and the networks that are trained on them, lie in a device's memory."""
    return torch.channels_last if device.type == "cuda" else torch.contiguous_format


def place(value: Tensor, device: torch.device, dtype: torch.dtype | None = None) -> Tensor:
    """A tensor on a device; images (B, C, H, W) lie as they must there.

    Args:
        value: of any shape.
        device: where to.
        dtype: of the result, where its numbers have fractions; the same as before when None. Whole
            numbers keep their type.
    """
    kind = dtype if dtype is not None and value.is_floating_point() else value.dtype
    if value.ndim == 4:
        return value.to(device, kind, memory_format=memory_format(device))
    return value.to(device, kind)


def place_network(
    network: Network, device: torch.device, dtype: torch.dtype | None = None
) -> Network:
    """A network on a device; the weights of its convolutions lie as its images do.

    Args:
        network: changed in place.
        device: where to.
        dtype: of its weights; the same as before when None.
    """
    return _arranged(network.to(device, dtype), memory_format(device))


def place_frozen(network: Network, device: torch.device) -> Network:
    """A network that describes images and is never trained, on a device, for evaluation only.

    Args:
        network: changed in place: its weights ask for no gradient any more.
        device: where to.
    """
    return _arranged(network.eval().requires_grad_(False).to(device), torch.channels_last)


def to_planes(pictures: NDArray[np.generic] | Tensor) -> Tensor:
    """Pictures (B, H, W, C) as images (B, C, H, W) float32 of the same values, on their device."""
    pixels = torch.as_tensor(pictures)
    form = memory_format(pixels.device)
    return pixels.permute(0, 3, 1, 2).to(torch.float32, memory_format=form)


def to_pictures(images: Tensor) -> NDArray[np.generic]:
    """Images (B, C, H, W) as pictures (B, H, W, C) of the same values, C-contiguous."""
    return np.ascontiguousarray(images.detach().permute(0, 2, 3, 1).cpu().numpy())


def _arranged(network: Network, form: torch.memory_format) -> Network:
    """The network, with the weights of its convolutions in an order of dimensions."""
    # torch's annotations do not know this argument.
    return network.to(memory_format=form)  # type: ignore[call-overload, no-any-return]
