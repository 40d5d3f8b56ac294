"""The expression recogniser of face-api, in PyTorch.

face-api (MIT; ``@vladmandic/face-api``, from Vincent Mühler's ``face-api.js``) reads expressions
with a network of its own: four dense blocks of depthwise-separable convolutions, the mean over what
is left, and one fully connected layer. Architecture and input follow its sources
(``faceFeatureExtractor``, ``faceExpressionNet``); the weights are the published ones. On 112×112
pixels the probabilities are those of the original within float32 rounding; other sizes are scaled
by averaging here, and by the browser's method there.

Of 120 in-the-wild faces a class it read 80 % of the happy, 58 % of the neutral, 34 % of the
surprised and 33 % of the disgusted right; of 102 London people asked to smile, many faintly, 67 as
happy, and 101 of their neutral photos as neutral.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray

from lgpgan.assets.cache import find
from lgpgan.assets.registry import FACE_API_MODEL
from lgpgan.expressions.expression import Expression
from lgpgan.networks.memory_format import place, to_planes
from lgpgan.recognisers.framing import check_faces, resize

__all__ = ["FaceApiRecogniser"]

_INPUT_SIZE = 112
"""Side of the network's input, in pixels."""

_MEAN_RGB = (122.782, 117.001, 104.298)
"""Subtracted from the input's channels, 0 to 255, before they are divided by 255."""

_BLOCKS, _CONVOLUTIONS = 4, 4
"""Dense blocks, and convolutions in each."""


class FaceApiRecogniser:
    """The network of face-api; a :class:`~lgpgan.recognisers.recogniser.Recogniser`.

    Raises:
        MissingPartError: when the model's files are not in the cache; the message says how to get
            them.
    """

    name = FACE_API_MODEL.name
    recognised = (
        Expression.NEUTRAL,
        Expression.HAPPY,
        Expression.SAD,
        Expression.ANGRY,
        Expression.FEARFUL,
        Expression.DISGUSTED,
        Expression.SURPRISED,
    )
    """In the order of the network's output."""

    def __init__(self) -> None:
        self._weights = _read_weights(*find(FACE_API_MODEL))

    @torch.inference_mode()
    def probabilities(self, faces: NDArray[np.uint8]) -> NDArray[np.float64]:
        """See :meth:`lgpgan.recognisers.recogniser.Recogniser.probabilities`."""
        check_faces(faces)
        result = np.zeros((len(faces), len(Expression)))
        columns = [expression.position for expression in self.recognised]
        for row, face in zip(result, faces, strict=True):
            logits = _forward(self._weights, _network_input(face))
            row[columns] = logits.softmax(dim=1)[0].numpy()
        return result

    @torch.inference_mode()
    def features(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the network's last layer reads classes off, (N, 256).

        Args:
            faces: as for :meth:`probabilities`.

        Raises:
            InputError: when ``faces`` is of another shape or type.
        """
        check_faces(faces)
        described = [_described(self._weights, _network_input(face))[0].numpy() for face in faces]
        return np.array(described, np.float32).reshape(-1, 256)


def _network_input(face: NDArray[np.uint8]) -> torch.Tensor:
    """Turn an RGB face (H, W, 3) uint8 into the network's input (1, 3, 112, 112)."""
    values = resize(face, _INPUT_SIZE).astype(np.float32) - np.array(_MEAN_RGB, np.float32)
    return to_planes(values[np.newaxis] / 255)


def _forward(weights: Mapping[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Logits (B, 7) of inputs (B, 3, 112, 112)."""
    return _described(weights, x) @ weights["fc/weights"] + weights["fc/bias"]


def _described(weights: Mapping[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Features (B, 256) of inputs (B, 3, 112, 112)."""
    for block in range(_BLOCKS):
        x = _dense_block(weights, f"dense{block}", x)  # (B, 32 · 2^block, 56 / 2^block, same)
    return x.mean(dim=(2, 3))


def _dense_block(weights: Mapping[str, torch.Tensor], name: str, x: torch.Tensor) -> torch.Tensor:
    """Halve the size, then add to the sum of all outputs what a convolution makes of it."""
    total = _convolution(weights, f"{name}/conv0", x, stride=2).relu()
    for number in range(1, _CONVOLUTIONS):
        total = total + _convolution(weights, f"{name}/conv{number}", total.relu(), stride=1)
    return total.relu()


def _convolution(
    weights: Mapping[str, torch.Tensor], name: str, x: torch.Tensor, *, stride: int
) -> torch.Tensor:
    """A 3×3 convolution with the padding of TensorFlow's ``same``; full, or depthwise-separable.

    At stride 2 on an even size ``same`` pads below and on the right only.
    """
    x = F.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))
    bias = weights[f"{name}/bias"]
    if (filters := weights.get(f"{name}/filters")) is not None:
        return F.conv2d(x, place(filters.permute(3, 2, 0, 1), x.device), bias, stride)
    depthwise = place(weights[f"{name}/depthwise_filter"].permute(2, 3, 0, 1), x.device)
    pointwise = place(weights[f"{name}/pointwise_filter"].permute(3, 2, 0, 1), x.device)
    return F.conv2d(F.conv2d(x, depthwise, None, stride, groups=x.shape[1]), pointwise, bias)


def _read_weights(weights: Path, manifest: Path) -> dict[str, torch.Tensor]:
    """Read the published files: the tensors' bytes, and the list that describes them."""
    (group,) = json.loads(manifest.read_bytes())
    return _decode(weights.read_bytes(), group["weights"])


def _decode(content: bytes, entries: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Take tensors out of TensorFlow.js' binary form, in which they lie one after the other.

    Args:
        content: content of the binary file, little-endian.
        entries: name, shape and type of each; and of those stored in eight bits, the scale and the
            minimum: a value is scale · byte + minimum.

    Returns:
        float32 tensors in TensorFlow's layout (height, width, in, out) by their names.
    """
    tensors: dict[str, torch.Tensor] = {}
    offset = 0
    for entry in entries:
        quantisation = entry.get("quantization")
        kind = np.dtype("<f4" if quantisation is None else quantisation["dtype"])
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(content, kind, count, offset).astype(np.float64)
        offset += count * kind.itemsize
        if quantisation is not None:
            values = values * quantisation["scale"] + quantisation["min"]
        tensors[entry["name"]] = torch.tensor(values, dtype=torch.float32).reshape(entry["shape"])
    return tensors
