from __future__ import annotations

import pytest
import torch
from torch import nn

from lgpgan.networks.blocks import (
    ResidualBlock,
    down_convolution,
    instance_norm,
    label_planes,
    up_convolution,
)


@pytest.mark.parametrize("training", [True, False])
def test_instance_norm_is_that_of_torch(training: bool) -> None:
    torch.manual_seed(0)
    ours, theirs = instance_norm(6), nn.InstanceNorm2d(6, affine=True)
    for parameter in (*ours.parameters(), *theirs.parameters()):
        nn.init.normal_(parameter)
    theirs.load_state_dict(ours.state_dict())
    image = torch.randn(3, 6, 9, 7) * 4 + 2
    torch.testing.assert_close(ours.train(training)(image), theirs.train(training)(image))


def test_instance_norm_tracks_no_statistics() -> None:
    norm = instance_norm(6)
    assert [name for name, _ in norm.named_parameters()] == ["weight", "bias"]
    assert list(norm.buffers()) == []


@pytest.mark.parametrize(("kernel", "stride", "size"), [(7, 1, 24), (5, 1, 24), (4, 2, 12)])
def test_down_convolution_divides_the_size_by_its_stride(
    kernel: int, stride: int, size: int
) -> None:
    layer = down_convolution(3, 5, kernel=kernel, stride=stride)
    assert layer(torch.zeros(2, 3, 24, 24)).shape == (2, 5, size, size)


def test_up_convolution_doubles_the_size() -> None:
    assert up_convolution(3, 5)(torch.zeros(2, 3, 12, 16)).shape == (2, 5, 24, 32)


def test_a_residual_block_whose_body_is_silent_is_the_identity() -> None:
    block = ResidualBlock(4)
    last = block.body[-1]
    assert isinstance(last, nn.GroupNorm)
    nn.init.zeros_(last.weight)
    features = torch.randn(2, 4, 8, 8)
    assert torch.equal(block(features), features)


def test_a_residual_block_adds_its_body() -> None:
    block = ResidualBlock(4)
    features = torch.randn(2, 4, 8, 8)
    torch.testing.assert_close(block(features) - features, block.body(features))


def test_a_label_becomes_constant_planes() -> None:
    label = torch.tensor([[0.25, 0.75], [1.3, -0.3]])
    planes = label_planes(label, 3, 5)
    assert planes.shape == (2, 2, 3, 5)
    assert torch.equal(planes, label[:, :, None, None].repeat(1, 1, 3, 5))
