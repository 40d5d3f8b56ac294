from __future__ import annotations

import pytest
import torch
from torch import nn

from lgpgan.networks.blocks import (
    ResidualBlock,
    down_convolution,
    instance_norm,
    label_planes,
    normalised,
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


def test_the_instance_norm_of_gpus_is_that_of_cpus_and_keeps_how_images_lie() -> None:
    """Regression: on GPUs group normalisation gave channels-last images back plane by plane."""
    torch.manual_seed(0)
    norm = instance_norm(6)
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    plain = torch.randn(3, 6, 9, 7).add_(2).requires_grad_()
    # Group normalisation of torch 2.13 crashes on CPUs where only its slopes lie plane by plane.
    image = plain.detach().to(memory_format=torch.channels_last).requires_grad_()
    made, expected = normalised(image, norm.weight, norm.bias, norm.eps), norm(plain)
    assert made.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(made.contiguous(), expected, rtol=1e-5, atol=1e-5)
    slopes, weights = torch.randn_like(expected), tuple(norm.parameters())
    ours = torch.autograd.grad(made, (image, *weights), slopes)
    theirs = torch.autograd.grad(expected, (plain, *weights), slopes)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.contiguous(), other, rtol=1e-4, atol=1e-4)
    assert normalised(image.bfloat16(), norm.weight, norm.bias, norm.eps).dtype == torch.float32
