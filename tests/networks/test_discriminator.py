from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from lgpgan.networks.discriminator import Discriminator, DiscriminatorConfig

GLOBAL = DiscriminatorConfig(height=128, width=128, layers=6)
EYES = DiscriminatorConfig(height=48, width=96, layers=4)
MOUTH = DiscriminatorConfig(height=48, width=64, layers=4)


@pytest.mark.parametrize(
    ("config", "channels", "patches"),
    [
        (GLOBAL, [3, 64, 128, 256, 512, 1024, 2048], (2, 2)),
        (EYES, [3, 64, 128, 256, 512], (3, 6)),
        (MOUTH, [3, 64, 128, 256, 512], (3, 4)),
    ],
)
def test_every_layer_is_that_of_table_iii(
    config: DiscriminatorConfig, channels: list[int], patches: tuple[int, int]
) -> None:
    with torch.device("meta"):
        discriminator = Discriminator(config)
    assert len(discriminator.body) == 2 * config.layers
    for number, (inputs, outputs) in enumerate(itertools.pairwise(channels)):
        convolution, activation = discriminator.body[2 * number], discriminator.body[2 * number + 1]
        assert isinstance(convolution, nn.Conv2d)
        assert (convolution.in_channels, convolution.out_channels) == (inputs, outputs)
        assert convolution.kernel_size == (4, 4)
        assert convolution.stride == (2, 2)
        assert convolution.padding == (1, 1)
        assert convolution.bias is not None
        assert isinstance(activation, nn.LeakyReLU)
        assert activation.negative_slope == 0.01
    realness, classes = discriminator.realness_head, discriminator.class_head
    assert (realness.in_channels, realness.out_channels) == (channels[-1], 1)
    assert (realness.kernel_size, realness.stride, realness.padding) == ((3, 3), (1, 1), (1, 1))
    assert (classes.in_channels, classes.out_channels) == (channels[-1], 8)
    assert (classes.kernel_size, classes.stride, classes.padding) == (patches, (1, 1), (0, 0))
    assert realness.bias is None
    assert classes.bias is None


@pytest.mark.parametrize(
    ("config", "count"), [(GLOBAL, 44_786_624), (EYES, 2_834_880), (MOUTH, 2_810_304)]
)
def test_parameter_counts_are_those_of_table_iii(config: DiscriminatorConfig, count: int) -> None:
    with torch.device("meta"):
        discriminator = Discriminator(config)
    assert sum(parameter.numel() for parameter in discriminator.parameters()) == count


@pytest.mark.parametrize(
    ("config", "patches"),
    [
        (GLOBAL, (2, 2)),
        (EYES, (3, 6)),
        (MOUTH, (3, 4)),
        (DiscriminatorConfig(height=128, width=128, layers=5, channels=32), (4, 4)),
    ],
)
def test_one_realness_a_patch_and_one_logit_a_class(
    config: DiscriminatorConfig, patches: tuple[int, int]
) -> None:
    with torch.device("meta"):
        judged = Discriminator(config)(torch.empty(2, 3, config.height, config.width))
    assert judged.realness.shape == (2, 1, *patches)
    assert judged.attributes.shape == (2, 8)


def test_images_of_a_batch_are_judged_on_their_own() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator(
        DiscriminatorConfig(height=48, width=64, layers=4, channels=4, labels=3)
    )
    images = torch.randn(3, 3, 48, 64)
    together, alone = discriminator(images), discriminator(images[1:2])
    torch.testing.assert_close(together.realness[1:2], alone.realness)
    torch.testing.assert_close(together.attributes[1:2], alone.attributes)
    assert together.attributes.std() > 0
