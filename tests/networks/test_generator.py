from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from table_ii import layers
from torch import Tensor

from lgpgan.networks.generator import Generator, GeneratorConfig
from lgpgan.networks.label_convolution import SplitLabel

GLOBAL = GeneratorConfig()
LOCAL = GeneratorConfig(residual_blocks=3)
NARROW = GeneratorConfig(width=32, kernel=5, fold=2)
SMALL = GeneratorConfig(labels=3, width=4, residual_blocks=1)
SIZES = {"face": (128, 128), "eyes": (48, 96), "mouth": (48, 64)}


RESIDUAL_BLOCK = [
    "conv 256→256 3,1,1",
    "instance norm 256",
    "relu",
    "conv 256→256 3,1,1",
    "instance norm 256",
]


@pytest.mark.parametrize(("config", "blocks"), [(GLOBAL, 6), (LOCAL, 3)])
def test_every_layer_is_that_of_table_ii(config: GeneratorConfig, blocks: int) -> None:
    with torch.device("meta"):
        generator = Generator(config)
    assert list(layers(generator.encoder)) == [
        *("conv 11→64 7,1,3", "instance norm 64", "relu"),
        *("conv 64→128 4,2,1", "instance norm 128", "relu"),
        *("conv 128→256 4,2,1", "instance norm 256", "relu"),
    ]
    assert list(layers(generator.residual_blocks)) == RESIDUAL_BLOCK * blocks
    assert list(layers(generator.decoder)) == [
        *("transposed 256→128 4,2,1", "instance norm 128", "relu"),
        *("transposed 128→64 4,2,1", "instance norm 64", "relu"),
    ]
    assert list(layers(generator.colour_head)) == ["conv 64→3 7,1,3"]
    assert list(layers(generator.mask_head)) == ["conv 64→1 7,1,3"]
    assert len(list(generator.children())) == 5


@pytest.mark.parametrize(("config", "count"), [(GLOBAL, 8_443_072), (LOCAL, 4_901_056)])
def test_parameter_counts_are_those_of_table_ii(config: GeneratorConfig, count: int) -> None:
    with torch.device("meta"):
        generator = Generator(config)
    assert sum(parameter.numel() for parameter in generator.parameters()) == count


def test_heads_are_parallel_and_end_in_tanh_and_sigmoid() -> None:
    """The forward pass, written out with the functions of Table II."""
    torch.manual_seed(0)
    generator = Generator(SMALL)
    image, label = torch.randn(2, 3, 16, 16), torch.eye(3)[:2]
    weights = iter([p for p in generator.parameters() if p.ndim == 4])

    def norm(features: Tensor) -> Tensor:
        return F.instance_norm(features, eps=1e-5)  # scale and shift are 1 and 0 at first

    features = torch.cat([image, label[:, :, None, None].expand(-1, -1, 16, 16)], dim=1)
    features = F.relu(norm(F.conv2d(features, next(weights), padding=3)))
    for _ in range(2):
        features = F.relu(norm(F.conv2d(features, next(weights), stride=2, padding=1)))
    inner = F.relu(norm(F.conv2d(features, next(weights), padding=1)))
    features = features + norm(F.conv2d(inner, next(weights), padding=1))
    for _ in range(2):
        features = F.relu(norm(F.conv_transpose2d(features, next(weights), stride=2, padding=1)))
    colour = torch.tanh(F.conv2d(features, next(weights), padding=3))
    mask = torch.sigmoid(F.conv2d(features, next(weights), padding=3))

    made = generator(image, label)
    torch.testing.assert_close(made.colour, colour)
    torch.testing.assert_close(made.mask, mask)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("config", [GLOBAL, LOCAL, NARROW], ids=["global", "local", "narrow"])
def test_heads_have_the_size_of_the_region(config: GeneratorConfig, size: tuple[int, int]) -> None:
    with torch.device("meta"):
        made = Generator(config)(torch.empty(2, 3, *size), torch.empty(2, 8))
    assert made.colour.shape == (2, 3, *size)
    assert made.mask.shape == (2, 1, *size)


def test_folded_layers_work_at_half_the_resolution() -> None:
    with torch.device("meta"):
        generator = Generator(NARROW)
    assert next(layers(generator.encoder)) == "conv 20→32 5,1,2"  # 3 colours × 2 × 2 + 8 labels
    assert list(layers(generator.colour_head)) == ["conv 32→12 5,1,2"]
    assert list(layers(generator.mask_head)) == ["conv 32→4 5,1,2"]


def test_full_width_runs() -> None:
    torch.manual_seed(0)
    with torch.inference_mode():
        made = Generator(LOCAL)(torch.rand(1, 3, 48, 64) * 2 - 1, torch.eye(8)[:1])
    assert bool(made.colour.isfinite().all())
    assert made.colour.abs().max() <= 1
    assert 0 <= made.mask.min() <= made.mask.max() <= 1
    assert made.colour.std() > 0.01


def test_the_label_matters_wherever_it_is_given() -> None:
    torch.manual_seed(0)
    generator, image = Generator(SMALL), torch.randn(1, 3, 16, 16)
    label = torch.eye(3)
    first, second = generator(image, label[:1]), generator(image, label[1:2])
    assert (first.colour - second.colour).abs().max() > 1e-3
    alike = generator(image, SplitLabel(label[:1], label[:1], border=6))
    torch.testing.assert_close(alike.colour, first.colour)
    mixed = generator(image, SplitLabel(label[:1], label[1:2], border=6))
    assert (mixed.colour - first.colour).abs().max() > 1e-3
