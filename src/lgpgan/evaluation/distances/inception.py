"""Features and classes of FID's own network, the Inception of 5 December 2015.

Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: *Rethinking the Inception architecture for computer
vision*, CVPR 2016, in the form and with the weights that Google published for TensorFlow
(``inception-2015-12-05``) and that Heusel et al. (FID) and Salimans et al. (inception score) used.
A figure may be called FID, KID or IS only with these weights. They come in no package: the file
that pytorch-fid and torch-fidelity publish is loaded from the cache or from where the user says.

Three details differ from the paper: 1,008 classes, average pooling that leaves padding out of the
mean, and a maximum where the very last block should pool by the mean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lgpgan.assets.cache import find
from lgpgan.assets.registry import INCEPTION_WEIGHTS
from lgpgan.errors import InputError
from lgpgan.evaluation.distances.features import MetricName, as_planes
from lgpgan.evaluation.distances.resizing import resize_like_tensorflow
from lgpgan.networks.device import usable_device
from lgpgan.networks.memory_format import place_frozen

__all__ = ["FidInception", "InceptionExtractor"]

_INPUT_SIZE = 299
"""Side of its images, in pixels."""


@dataclass(frozen=True)
class _Convolution:
    """A convolution of a block, by its name in weights files.

    With stride 1 it keeps height and width; with stride 2 it is not padded.
    """

    name: str
    outputs: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1


_MEAN = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
_MAXIMUM = nn.MaxPool2d(3, 1, 1)
_HALVING = nn.MaxPool2d(3, 2)

_Step = _Convolution | tuple[_Convolution, ...] | nn.Module
"""Of a branch: a convolution, several beside each other whose results are joined, or a pooling."""

_Branches = Sequence[Sequence[_Step]]
"""Of a block; their results are joined in this order."""


def _grid_35(pooled: int) -> _Branches:
    """Branches of the blocks on 35×35 (Figure 5)."""
    return (
        [_Convolution("branch1x1", 64)],
        [_Convolution("branch5x5_1", 48), _Convolution("branch5x5_2", 64, (5, 5))],
        [
            _Convolution("branch3x3dbl_1", 64),
            _Convolution("branch3x3dbl_2", 96, (3, 3)),
            _Convolution("branch3x3dbl_3", 96, (3, 3)),
        ],
        [_MEAN, _Convolution("branch_pool", pooled)],
    )


def _grid_17(inner: int) -> _Branches:
    """Branches of the blocks on 17×17 (Figure 6)."""
    return (
        [_Convolution("branch1x1", 192)],
        [
            _Convolution("branch7x7_1", inner),
            _Convolution("branch7x7_2", inner, (1, 7)),
            _Convolution("branch7x7_3", 192, (7, 1)),
        ],
        [
            _Convolution("branch7x7dbl_1", inner),
            _Convolution("branch7x7dbl_2", inner, (7, 1)),
            _Convolution("branch7x7dbl_3", inner, (1, 7)),
            _Convolution("branch7x7dbl_4", inner, (7, 1)),
            _Convolution("branch7x7dbl_5", 192, (1, 7)),
        ],
        [_MEAN, _Convolution("branch_pool", 192)],
    )


def _grid_8(pooling: nn.Module) -> _Branches:
    """Branches of the blocks on 8×8 (Figure 7)."""
    return (
        [_Convolution("branch1x1", 320)],
        [
            _Convolution("branch3x3_1", 384),
            (
                _Convolution("branch3x3_2a", 384, (1, 3)),
                _Convolution("branch3x3_2b", 384, (3, 1)),
            ),
        ],
        [
            _Convolution("branch3x3dbl_1", 448),
            _Convolution("branch3x3dbl_2", 384, (3, 3)),
            (
                _Convolution("branch3x3dbl_3a", 384, (1, 3)),
                _Convolution("branch3x3dbl_3b", 384, (3, 1)),
            ),
        ],
        [pooling, _Convolution("branch_pool", 192)],
    )


_TO_17: _Branches = (
    [_Convolution("branch3x3", 384, (3, 3), 2)],
    [
        _Convolution("branch3x3dbl_1", 64),
        _Convolution("branch3x3dbl_2", 96, (3, 3)),
        _Convolution("branch3x3dbl_3", 96, (3, 3), 2),
    ],
    [_HALVING],
)
"""Branches of the block from 35×35 to 17×17."""

_TO_8: _Branches = (
    [_Convolution("branch3x3_1", 192), _Convolution("branch3x3_2", 320, (3, 3), 2)],
    [
        _Convolution("branch7x7x3_1", 192),
        _Convolution("branch7x7x3_2", 192, (1, 7)),
        _Convolution("branch7x7x3_3", 192, (7, 1)),
        _Convolution("branch7x7x3_4", 192, (3, 3), 2),
    ],
    [_HALVING],
)
"""Branches of the block from 17×17 to 8×8."""


class FidInception(nn.Module):
    """The network, named as in the weights file."""

    dimensions = 2048
    classes = 1008

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = _NormalisedConvolution(3, 32, (3, 3), stride=2)
        self.Conv2d_2a_3x3 = _NormalisedConvolution(32, 32, (3, 3))
        self.Conv2d_2b_3x3 = _NormalisedConvolution(32, 64, (3, 3), padding=(1, 1))
        self.Conv2d_3b_1x1 = _NormalisedConvolution(64, 80, (1, 1))
        self.Conv2d_4a_3x3 = _NormalisedConvolution(80, 192, (3, 3))
        self.Mixed_5b = _Block(192, _grid_35(32))
        self.Mixed_5c = _Block(256, _grid_35(64))
        self.Mixed_5d = _Block(288, _grid_35(64))
        self.Mixed_6a = _Block(288, _TO_17)
        self.Mixed_6b = _Block(768, _grid_17(128))
        self.Mixed_6c = _Block(768, _grid_17(160))
        self.Mixed_6d = _Block(768, _grid_17(160))
        self.Mixed_6e = _Block(768, _grid_17(192))
        self.Mixed_7a = _Block(768, _TO_8)
        self.Mixed_7b = _Block(1280, _grid_8(_MEAN))
        self.Mixed_7c = _Block(2048, _grid_8(_MAXIMUM))
        self.fc = nn.Linear(self.dimensions, self.classes)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, 299, 299), −1 to 1, → (B, 2048): means over the last 8×8 map ("pool 3")."""
        maps = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(images)))
        maps = _HALVING(maps)  # (B, 64, 73, 73)
        maps = _HALVING(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(maps)))  # (B, 192, 35, 35)
        maps = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(maps)))  # (B, 288, 35, 35)
        maps = self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(maps)))  # (B, 768, 17, 17)
        maps = self.Mixed_6e(self.Mixed_6d(maps))
        maps = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(maps)))  # (B, 2048, 8, 8)
        means: Tensor = maps.mean(dim=(2, 3))
        return means


class InceptionExtractor:
    """FID's network as a feature extractor.

    Args:
        network: with its weights.
        device: where it runs.
    """

    name = "inception"
    dimensions = FidInception.dimensions
    frechet = MetricName("fid", "Fréchet inception distance (FID)")
    kernel = MetricName("kid", "kernel inception distance (KID)")

    def __init__(self, network: FidInception, *, device: str | torch.device = "cpu") -> None:
        self._device = usable_device(device)
        self._network = place_frozen(network, self._device)

    @classmethod
    def load(
        cls, path: Path | None = None, *, device: str | torch.device = "cpu"
    ) -> InceptionExtractor:
        """Load the published weights.

        Args:
            path: path of the file; the one in the cache where not given.
            device: where the network runs.

        Raises:
            MissingPartError: when there is no file; the message says how to get it.
            InputError: when it is another file.
        """
        (path,) = find(INCEPTION_WEIGHTS) if path is None else (path,)
        _verify(path)
        network = FidInception()
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return cls(network, device=device)

    @torch.inference_mode()
    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe images (N, H, W, 3) uint8 RGB by (N, 2048) ("pool 3").

        Raises:
            InputError: when ``images`` is of another shape or type.
        """
        planes = resize_like_tensorflow(as_planes(images, self._device), _INPUT_SIZE)
        rows: NDArray[np.float32] = self._network((planes - 128) / 128).cpu().numpy()
        return rows

    def probabilities(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Class probabilities (N, 1008) of images by their :meth:`features` (N, 2048).

        Without the bias of the last layer, as in the code behind the published inception scores.
        """
        weight = self._network.fc.weight.detach().cpu().double()
        logits = torch.from_numpy(np.asarray(features, np.float64)) @ weight.T
        rows: NDArray[np.float64] = logits.softmax(dim=1).numpy()
        return rows


class _NormalisedConvolution(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: tuple[int, int],
        *,
        stride: int = 1,
        padding: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, maps: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, H', W')."""
        output: Tensor = self.bn(self.conv(maps)).relu()
        return output


class _Block(nn.Module):
    """Branches beside each other, their results joined.

    Args:
        inputs: channels that go into every branch.
        branches: the steps of each.
    """

    def __init__(self, inputs: int, branches: _Branches) -> None:
        super().__init__()
        self._branches = branches
        for branch in branches:
            channels = inputs
            for step in branch:
                if not isinstance(step, nn.Module):
                    channels = self._add(channels, step)

    def _add(self, inputs: int, step: _Convolution | tuple[_Convolution, ...]) -> int:
        """Create the convolutions of a step; returns its output channels."""
        if isinstance(step, tuple):
            return sum(self._add(inputs, part) for part in step)
        height, width = step.kernel
        padding = (height // 2, width // 2) if step.stride == 1 else (0, 0)
        self.add_module(
            step.name,
            _NormalisedConvolution(
                inputs, step.outputs, step.kernel, stride=step.stride, padding=padding
            ),
        )
        return step.outputs

    def forward(self, maps: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, sum of the branches' outputs, H', W')."""
        results = []
        for branch in self._branches:
            result = maps
            for step in branch:
                result = self._take(step, result)
            results.append(result)
        return torch.cat(results, dim=1)

    def _take(self, step: _Step, maps: Tensor) -> Tensor:
        """Carry out one step."""
        if isinstance(step, tuple):
            return torch.cat([self._take(part, maps) for part in step], dim=1)
        module = step if isinstance(step, nn.Module) else self.get_submodule(step.name)
        result: Tensor = module(maps)
        return result


def _verify(path: Path) -> None:
    """Check that ``path`` holds the published weights."""
    (file,) = INCEPTION_WEIGHTS.files
    try:
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"the weights of FID's network, {path}, cannot be read.") from error
    if found != file.sha256:
        raise InputError(
            f"{path} does not hold the weights of FID's network {file.name}: its SHA-256 begins "
            f"with {found[:8]}, not {file.sha256[:8]}. Get them with: lgpgan assets --fetch "
            f"{INCEPTION_WEIGHTS.name}"
        )
