from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from lgpgan.methods.lgpgan import LgpGanConfig
from lgpgan.networks.generator import Generator, GeneratorConfig
from lgpgan.networks.label_convolution import Halves
from lgpgan.networks.warping import warp_by_flow

GLOBAL = GeneratorConfig()
LOCAL = GeneratorConfig(residual_blocks=3)
NARROW = LgpGanConfig.flow()
SMALL = GeneratorConfig(labels=3, width=4, residual_blocks=1)
SIZES = {"face": (128, 128), "eyes": (48, 96), "mouth": (48, 64)}


def layers(module: nn.Module) -> Iterator[str]:
    """A line for every leaf, as in Table II: kind, channels, kernel, stride, padding, bias."""
    for leaf in module.modules():
        if isinstance(leaf, (nn.Conv2d, nn.ConvTranspose2d)):
            kind = "conv" if isinstance(leaf, nn.Conv2d) else "transposed"
            sides = {leaf.kernel_size, leaf.stride, leaf.padding}
            assert all(isinstance(side, tuple) and side[0] == side[1] for side in sides)
            kernel, stride, padding = leaf.kernel_size[0], leaf.stride[0], leaf.padding[0]
            bias = "" if leaf.bias is None else " bias"
            yield (
                f"{kind} {leaf.in_channels}→{leaf.out_channels} {kernel},{stride},{padding}{bias}"
            )
        elif isinstance(leaf, nn.GroupNorm):
            assert leaf.num_groups == leaf.num_channels
            assert leaf.affine
            yield f"instance norm {leaf.num_channels}"
        elif isinstance(leaf, nn.ReLU):
            yield "relu"
        else:
            assert next(leaf.children(), None) is not None, f"{leaf} is not in the table"


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
    assert generator.flow_head is None


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
    assert made.flow is None


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize(
    ("config", "has_flow"),
    [
        (GLOBAL, False),
        (LOCAL, False),
        (NARROW.global_generator, True),
        (NARROW.local_generator, True),
    ],
    ids=["paper global", "paper local", "narrow global", "narrow local"],
)
def test_heads_have_the_size_of_the_region(
    config: GeneratorConfig, has_flow: bool, size: tuple[int, int]
) -> None:
    with torch.device("meta"):
        made = Generator(config)(torch.empty(2, 3, *size), torch.empty(2, 8))
    assert made.colour.shape == (2, 3, *size)
    assert made.mask.shape == (2, 1, *size)
    assert (made.flow is not None) == has_flow
    if made.flow is not None:
        assert made.flow.shape == (2, 2, *size)


def test_without_a_mask_head_nothing_is_kept() -> None:
    image, label = torch.randn(2, 3, 16, 16), torch.eye(3)[:2]
    colours = []
    for masked in (False, True):  # the mask head is drawn last
        torch.manual_seed(0)
        made = Generator(dataclasses.replace(SMALL, masked=masked))(image, label)
        assert made.mask.shape == (2, 1, 16, 16)
        assert made.mask.any() == masked
        colours.append(made.colour)
    assert torch.equal(*colours)


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
    alike = generator(image, Halves(label[:1], label[:1], border=6))
    torch.testing.assert_close(alike.colour, first.colour)
    mixed = generator(image, Halves(label[:1], label[1:2], border=6))
    assert (mixed.colour - first.colour).abs().max() > 1e-3


def test_narrow_stem_and_heads_work_at_half_resolution() -> None:
    with torch.device("meta"):
        generator = Generator(NARROW.global_generator)
    assert next(layers(generator.encoder)) == "conv 20→32 5,1,2"  # 3 colours × 2 × 2 + 8 labels
    assert list(layers(generator.colour_head)) == ["conv 32→12 5,1,2"]
    assert list(layers(generator.mask_head)) == ["conv 32→4 5,1,2"]
    assert generator.flow_head is not None
    assert list(layers(generator.flow_head)) == ["conv 32→2 5,1,2"]


def test_narrow_starts_without_flow_and_by_keeping_the_input() -> None:
    torch.manual_seed(0)
    generator = Generator(NARROW.local_generator)
    made = generator(torch.randn(2, 3, 48, 64), torch.eye(8)[:2])
    assert made.flow is not None
    assert torch.count_nonzero(made.flow) == 0
    assert made.mask.mean() > 0.8
    nn.init.zeros_(generator.mask_head.weight)
    mask = generator(torch.randn(1, 3, 48, 64), torch.eye(8)[:1]).mask
    torch.testing.assert_close(mask, torch.full_like(mask, 1 / (1 + torch.e**-2)))


def test_flow_learns_from_the_first_step() -> None:
    torch.manual_seed(0)
    generator = Generator(dataclasses.replace(SMALL, flow_limit=8.0))
    made = generator(torch.randn(2, 3, 16, 16), torch.eye(3)[:2])
    assert made.flow is not None
    assert generator.flow_head is not None
    torch.autograd.backward((made.flow - 1).square().mean())
    assert generator.flow_head.weight.grad is not None
    assert generator.flow_head.weight.grad.abs().max() > 0


@pytest.mark.parametrize("fold", [1, 2])
def test_flow_stays_within_its_limit(fold: int) -> None:
    torch.manual_seed(0)
    generator = Generator(dataclasses.replace(SMALL, fold=fold, flow_limit=8.0))
    assert generator.flow_head is not None
    nn.init.normal_(generator.flow_head.weight, std=100.0)
    flow = generator(torch.randn(2, 3, 32, 32), torch.eye(3)[:2]).flow
    assert flow.shape == (2, 2, 32, 32)
    assert flow.abs().max() <= 8.0
    assert flow.abs().mean() > 4.0


class TestInside:
    CONFIG = dataclasses.replace(SMALL, flow_limit=8.0, inside=True)

    def test_without_a_flow_there_is_none(self) -> None:
        with pytest.raises(ValueError, match="needs a flow"):
            dataclasses.replace(SMALL, inside=True)

    @pytest.mark.parametrize("fold", [1, 2])
    def test_at_first_little_of_the_picture_is_taken_from_its_own_place(self, fold: int) -> None:
        torch.manual_seed(0)
        generator = Generator(dataclasses.replace(self.CONFIG, fold=fold))
        inside = generator(torch.randn(2, 3, 32, 32), torch.eye(3)[:2]).inside
        assert inside.flow.shape == (2, 2, 32, 32)
        assert inside.share.shape == (2, 1, 32, 32)
        assert not inside.flow.any()
        torch.testing.assert_close(inside.share, torch.sigmoid(torch.full((2, 1, 32, 32), -2.0)))

    def test_its_flow_stays_within_the_limit(self) -> None:
        torch.manual_seed(0)
        generator = Generator(self.CONFIG)
        nn.init.normal_(generator.inside_head.weight, std=100.0)
        inside = generator(torch.randn(2, 3, 32, 32), torch.eye(3)[:2]).inside
        assert 4.0 < inside.flow.abs().mean() < inside.flow.abs().max() <= 8.0
        assert 0 <= inside.share.min() < inside.share.max() <= 1

    def test_a_network_without_it_can_be_taken_over(self) -> None:
        """So that training goes on from weights that knew no picture."""
        torch.manual_seed(0)
        trained = Generator(dataclasses.replace(self.CONFIG, inside=False))
        generator = Generator(self.CONFIG)
        with torch.no_grad():
            generator.take_over(trained, {0: 0, 1: 1, 2: 2})
        image, label = torch.randn(2, 3, 32, 32), torch.eye(3)[:2]
        for made, expected in zip(generator(image, label)[:3], trained(image, label), strict=False):
            torch.testing.assert_close(made, expected)
        assert not generator.inside_head.weight.any()

    def test_it_cannot_be_left_behind(self) -> None:
        trained = Generator(self.CONFIG)
        with pytest.raises(RuntimeError, match="inside_head"), torch.no_grad():
            Generator(dataclasses.replace(self.CONFIG, inside=False)).take_over(trained, {})


class TestShade:
    CONFIG = dataclasses.replace(SMALL, shaded=True)

    def test_it_starts_without_one_and_stays_within_its_limits(self) -> None:
        generator, image, label = (
            Generator(self.CONFIG),
            torch.randn(2, 3, 16, 24),
            torch.eye(3)[:2],
        )
        shade = generator(image, label).shade
        assert shade is not None
        assert torch.equal(shade, torch.ones(2, 1, 16, 24))
        assert generator.shade_head is not None
        nn.init.normal_(generator.shade_head.weight, std=100.0)
        with torch.no_grad():
            wild = generator(image, label).shade
        assert wild is not None
        assert wild.min() == pytest.approx(0.4, abs=1e-3)
        assert wild.max() == pytest.approx(1.6, abs=1e-3)
        assert Generator(SMALL)(image, label).shade is None

    def test_a_trained_generator_without_one_can_be_taken_over(self) -> None:
        trained, generator = Generator(SMALL), Generator(self.CONFIG)
        generator.take_over(trained, {number: number for number in range(3)})
        image, label = torch.randn(2, 3, 16, 24), torch.eye(3)[:2]
        made, expected = generator(image, label), trained(image, label)
        torch.testing.assert_close(made.colour, expected.colour)
        torch.testing.assert_close(made.shade, torch.ones(2, 1, 16, 24))
        with pytest.raises(RuntimeError, match="shade_head"):
            trained.take_over(generator, {})


class TestSecondLook:
    CONFIG = dataclasses.replace(SMALL, flow_limit=8.0, look_again=True)

    def test_without_a_flow_there_is_none(self) -> None:
        with pytest.raises(ValueError, match="needs a flow"):
            dataclasses.replace(SMALL, look_again=True)

    @pytest.mark.parametrize(("fold", "inputs"), [(1, 4 + 3 + 2), (2, 4 + 12 + 2)])
    def test_it_takes_features_input_and_flow(self, fold: int, inputs: int) -> None:
        generator = Generator(dataclasses.replace(self.CONFIG, fold=fold))
        assert list(layers(generator.second_look)) == [
            *(f"conv {inputs}→4 3,1,1", "instance norm 4", "relu")
        ]
        made = generator(torch.randn(2, 3, 32, 48), torch.eye(3)[:2])
        assert made.colour.shape == (2, 3, 32, 48)
        assert made.mask.shape == (2, 1, 32, 48)
        assert made.flow.shape == (2, 2, 32, 48)

    def test_it_sees_the_input_moved_along_the_flow(self) -> None:
        torch.manual_seed(0)
        generator = Generator(self.CONFIG)
        assert generator.flow_head is not None
        nn.init.normal_(generator.flow_head.weight, std=0.1)
        seen: list[Tensor] = []
        generator.second_look.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
        image = torch.randn(2, 3, 16, 16)
        made = generator(image, torch.eye(3)[:2])
        (inputs,) = seen
        assert made.flow.abs().max() > 1
        torch.testing.assert_close(inputs[:, 4:7], warp_by_flow(image, made.flow))
        torch.testing.assert_close(inputs[:, 7:], made.flow / 8)

    def test_colour_does_not_teach_the_flow_by_it(self) -> None:
        torch.manual_seed(0)
        generator = Generator(self.CONFIG)
        made = generator(torch.randn(2, 3, 16, 16), torch.eye(3)[:2])
        torch.autograd.backward(made.colour.sum() + made.mask.sum())
        assert generator.flow_head is not None
        assert generator.flow_head.weight.grad is None
        weight = next(generator.second_look.parameters())
        assert weight.grad is not None
        assert weight.grad.abs().max() > 0
