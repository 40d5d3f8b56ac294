"""Features of MobileNetV2, trained on ImageNet: small, quick, and easy to get.

Sandler, Howard, Zhu, Zhmoginov, Chen: *MobileNetV2: inverted residuals and linear bottlenecks*,
CVPR 2018. Distances of these features rank methods, but are no FID or KID, whose numbers come from
another network and cannot be compared with these.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lgpgan.assets.cache import find
from lgpgan.assets.registry import MOBILENET
from lgpgan.evaluation.distances.features import MetricName, as_planes
from lgpgan.evaluation.distances.resizing import resize_antialiased
from lgpgan.networks.device import usable_device
from lgpgan.networks.memory_format import place_frozen

__all__ = ["MobileNetExtractor", "MobileNetV2", "imagenet_range", "pretrained_mobilenet"]

_INPUT_SIZE = 224
"""Side of the images it was trained on, in pixels."""

_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Table 2: expansion, channels, number of blocks, stride of the first."""

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's red, green and blue, as a share of 255; torchvision's weights expect them."""


class MobileNetV2(nn.Module):
    """The network without its classifier (Table 2). Named as in torchvision's weights files."""

    dimensions = 1280

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = [_convolution(3, 32, kernel=3, stride=2)]
        inputs = 32
        for expansion, outputs, count, stride in _STAGES:
            for number in range(count):
                blocks.append(_Block(inputs, outputs, expansion, stride if number == 0 else 1))
                inputs = outputs
        blocks.append(_convolution(inputs, self.dimensions))
        self.features = nn.Sequential(*blocks)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, 224, 224), normalised, → (B, 1280): means over the last 7×7 map."""
        maps: Tensor = self.features(images)  # (B, 1280, 7, 7)
        return maps.mean(dim=(2, 3))


class MobileNetExtractor:
    """MobileNetV2 as a feature extractor.

    Args:
        network: with its weights.
        device: where it runs.
    """

    name = "mobilenet"
    dimensions = MobileNetV2.dimensions
    frechet = MetricName("frechet_mobilenet", "Fréchet MobileNetV2 distance")
    kernel = MetricName("kernel_mobilenet", "kernel MobileNetV2 distance")

    def __init__(self, network: MobileNetV2, *, device: str | torch.device = "cpu") -> None:
        self._device = usable_device(device)
        self._network = place_frozen(network, self._device)

    @classmethod
    def load(cls, *, device: str | torch.device = "cpu") -> MobileNetExtractor:
        """Load the weights in the cache.

        Raises:
            MissingPartError: when they are not there; the message says how to get them.
        """
        return cls(pretrained_mobilenet(), device=device)

    @torch.inference_mode()
    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe images (N, H, W, 3) uint8 RGB by (N, 1280); the whole image is used.

        Raises:
            InputError: when ``images`` is of another shape or type.
        """
        planes = resize_antialiased(as_planes(images, self._device), _INPUT_SIZE) / 255
        rows: NDArray[np.float32] = self._network(imagenet_range(planes)).cpu().numpy()
        return rows


def pretrained_mobilenet() -> MobileNetV2:
    """The network with the weights in the cache, which were trained on ImageNet.

    Raises:
        MissingPartError: when they are not there; the message says how to get them.
    """
    (path,) = find(MOBILENET)
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = MobileNetV2()
    network.load_state_dict(
        {name: value for name, value in state.items() if not name.startswith("classifier.")}
    )
    return network


def imagenet_range(images: Tensor) -> Tensor:
    """Images (B, 3, H, W), 0 to 1, in the range of values that the weights were trained on."""
    mean = images.new_tensor(_MEAN).reshape(3, 1, 1)
    deviation = images.new_tensor(_DEVIATION).reshape(3, 1, 1)
    return (images - mean) / deviation


class _Block(nn.Module):
    """Inverted residual: widened by 1×1, filtered channel by channel, narrowed (Table 1)."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        inner = inputs * expansion
        widen = [_convolution(inputs, inner)] if expansion > 1 else []
        self.conv = nn.Sequential(
            *widen,
            _convolution(inner, inner, kernel=3, stride=stride, groups=inner),
            nn.Conv2d(inner, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.keeps_shape = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, H / stride, W / stride)."""
        filtered: Tensor = self.conv(features)
        return features + filtered if self.keeps_shape else filtered


def _convolution(
    inputs: int, outputs: int, *, kernel: int = 1, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution, batch norm, ReLU that ends at 6."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(inplace=True),
    )
