"""face-api's network: its parts by hand, and the whole against the original's own figures."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lgpgan.assets.cache import find
from lgpgan.assets.registry import FACE_API_MODEL
from lgpgan.errors import MissingPartError
from lgpgan.recognisers import face_api
from lgpgan.recognisers.face_api import FaceApiRecogniser


def pictures() -> NDArray[np.uint8]:
    """Three deterministic pictures (3, 112, 112, 3): stripes, rings, and a chequered board."""
    y, x = np.indices((112, 112))[..., np.newaxis]
    channel = np.arange(3)
    stripes = (3 * x + 5 * y + 40 * channel) % 256
    rings = (x * y // 49) % 256 + 0 * channel
    board = (x // 14 + y // 14) % 2 * (120 + 40 * channel) + 20
    return np.stack([stripes, rings, board]).astype(np.uint8)


# What @vladmandic/face-api 1.7.15 gives for them in Node.js: FaceExpressionNet.forwardInput with
# the CPU backend of TensorFlow.js 4.22, in the order of the network's output.
ORIGINAL = [
    [0.33808449, 0.01221331, 0.02885999, 0.02172743, 0.05862729, 0.00034142, 0.54014605],
    [0.92482179, 0.02743912, 0.01528407, 0.02922535, 0.00032744, 0.00202740, 0.00087488],
    [0.19468750, 0.03686498, 0.18692496, 0.31110257, 0.08659539, 0.00196534, 0.18185928],
]


def test_agrees_with_the_original() -> None:
    try:
        find(FACE_API_MODEL)
    except MissingPartError as error:
        pytest.skip(str(error))
    model = FaceApiRecogniser()
    columns = [expression.position for expression in model.recognised]
    result = model.probabilities(pictures())[:, columns]
    np.testing.assert_allclose(result, ORIGINAL, atol=1e-6)


def test_says_how_to_get_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    with pytest.raises(MissingPartError, match="lgpgan assets --fetch face-api"):
        FaceApiRecogniser()


@pytest.mark.parametrize("size", [56, 112, 128])
def test_input_is_centred_on_the_mean_colour(size: int) -> None:
    face = np.tile(np.array([123, 117, 0], np.uint8), (size, size, 1))
    result = face_api._network_input(face)
    assert result.shape == (1, 3, 112, 112)
    assert result.dtype == torch.float32
    expected = torch.tensor([0.218, -0.001, -104.298])[None, :, None, None] / 255
    torch.testing.assert_close(result, expected.expand_as(result), atol=1e-6, rtol=0)


def test_weights_are_read_one_after_the_other(tmp_path: Path) -> None:
    content = bytes([0, 10, 255, 4]) + struct.pack("<2f", 1.5, -2.0) + bytes([7])
    entries = [
        {
            "name": "a",
            "shape": [2, 2],
            "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0},
        },
        {"name": "b", "shape": [2], "dtype": "float32"},
        {"name": "c", "shape": [1], "quantization": {"dtype": "uint8", "scale": 1, "min": 0}},
    ]
    weights, manifest = tmp_path / "weights.bin", tmp_path / "manifest.json"
    weights.write_bytes(content)
    manifest.write_text(json.dumps([{"weights": entries, "paths": [weights.name]}]))
    tensors = face_api._read_weights(weights, manifest)
    assert {name: tensor.tolist() for name, tensor in tensors.items()} == {
        "a": [[-1.0, 4.0], [126.5, 1.0]],
        "b": [1.5, -2.0],
        "c": [7.0],
    }
    assert all(tensor.dtype == torch.float32 for tensor in tensors.values())


def test_padding_at_stride_two_is_below_and_right() -> None:
    """Every window of ones adds up what it covers, the bias comes on top."""
    weights = {"c/filters": torch.ones(3, 3, 1, 1), "c/bias": torch.tensor([100.0])}
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    halved = face_api._convolution(weights, "c", image, stride=2)
    # rows 0–2 and columns 0–2; columns 2–3; rows 2–3; the last corner
    assert halved[0, 0].tolist() == [[145.0, 139.0], [166.0, 150.0]]
    kept = face_api._convolution(weights, "c", image, stride=1)
    assert kept[0, 0, 0, 0] == 100 + 0 + 1 + 4 + 5
    assert kept.shape == image.shape


def test_separable_convolution_filters_channels_apart_and_then_mixes_them() -> None:
    depthwise = torch.zeros(3, 3, 2, 1)
    depthwise[1, 1, 0, 0], depthwise[1, 2, 1, 0] = 2.0, 3.0  # itself; its right neighbour
    weights = {
        "c/depthwise_filter": depthwise,
        "c/pointwise_filter": torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]])[None, None],
        "c/bias": torch.tensor([0.0, 0.0, 0.5]),
    }
    image = torch.tensor([[[1.0, 2.0]], [[10.0, 20.0]]])[None]  # (1, 2, 1, 2)
    result = face_api._convolution(weights, "c", image, stride=1)
    assert result[0, :, 0].tolist() == [[2.0, 4.0], [60.0, 0.0], [-57.5, 4.5]]


def test_a_dense_block_adds_up_all_outputs() -> None:
    def scaling(factor: float) -> dict[str, torch.Tensor]:
        depthwise = torch.zeros(3, 3, 1, 1)
        depthwise[1, 1] = factor
        return {
            "depthwise_filter": depthwise,
            "pointwise_filter": torch.ones(1, 1, 1, 1),
            "bias": torch.zeros(1),
        }

    first = torch.zeros(3, 3, 1, 1)
    first[0, 0] = 1.0
    weights = {"d/conv0/filters": first, "d/conv0/bias": torch.zeros(1)}
    for number, factor in enumerate((-3.0, 5.0, 2.0), start=1):
        weights |= {f"d/conv{number}/{name}": value for name, value in scaling(factor).items()}
    image = torch.tensor([[4.0, 9.0], [9.0, 9.0]])[None, None]
    # 4, then 4 − 12 = −8, which is cut off at 0 on its way into the next: −8 + 0, twice; at last 0
    assert face_api._dense_block(weights, "d", image).tolist() == [[[[0.0]]]]
    weights["d/conv1/depthwise_filter"][1, 1] = 0.5
    # 4, then 4 + 2 = 6, then 6 + 30 = 36, then 36 + 72 = 108
    assert face_api._dense_block(weights, "d", image).tolist() == [[[[108.0]]]]
