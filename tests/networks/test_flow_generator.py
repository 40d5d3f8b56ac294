from __future__ import annotations

import dataclasses

import pytest
import torch
from table_ii import layers
from torch import Tensor, nn

from lgpgan.methods.lgpgan.shapes import flow_networks
from lgpgan.networks.flow_generator import FlowGenerator, FlowGeneratorConfig
from lgpgan.networks.generator import Generator, GeneratorConfig
from lgpgan.networks.warping import warp_by_flow

SHIPPED = flow_networks()
SMALL = FlowGeneratorConfig(labels=3, width=4, residual_blocks=1)


@pytest.mark.parametrize("fold", [1, 2])
def test_without_further_heads_it_is_the_generator_of_table_ii(fold: int) -> None:
    values = {"labels": 3, "width": 4, "residual_blocks": 1, "fold": fold}
    made = []
    for generator in (
        Generator(GeneratorConfig(**values)),
        FlowGenerator(FlowGeneratorConfig(**values)),
    ):
        torch.manual_seed(0)
        for weight in generator.parameters():
            nn.init.uniform_(weight, -0.5, 0.5)
        image, label = torch.linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16), torch.eye(3)[:1]
        made.append((list(generator.state_dict()), generator(image, label)))
    (names, expected), (further_names, further) = made
    assert names == further_names
    assert torch.equal(expected.colour, further.colour)
    assert torch.equal(expected.mask, further.mask)
    assert further[2:] == (None, None, None)


@pytest.mark.parametrize("size", [(128, 128), (48, 96), (48, 64)])
def test_all_heads_have_the_size_of_the_region(size: tuple[int, int]) -> None:
    with torch.device("meta"):
        config = dataclasses.replace(SHIPPED.local_generator, inside=True)
        made = FlowGenerator(config)(torch.empty(2, 3, *size), torch.empty(2, 8))
    heads = (made.colour, made.mask, made.flow, made.shade, *made.inside)
    assert [head.shape for head in heads] == [(2, n, *size) for n in (3, 1, 2, 1, 2, 1)]


def test_the_flow_is_predicted_at_half_the_resolution() -> None:
    with torch.device("meta"):
        generator = FlowGenerator(SHIPPED.global_generator)
    assert list(layers(generator.flow_head)) == ["conv 32→2 5,1,2"]


def test_without_a_mask_head_nothing_is_kept() -> None:
    image, label = torch.randn(2, 3, 16, 16), torch.eye(3)[:2]
    colours = []
    for masked in (False, True):  # the mask head is drawn last
        torch.manual_seed(0)
        made = FlowGenerator(dataclasses.replace(SMALL, masked=masked))(image, label)
        assert made.mask.shape == (2, 1, 16, 16)
        assert made.mask.any() == masked
        colours.append(made.colour)
    assert torch.equal(*colours)


def test_narrow_starts_without_flow_and_by_keeping_the_input() -> None:
    torch.manual_seed(0)
    generator = FlowGenerator(SHIPPED.local_generator)
    made = generator(torch.randn(2, 3, 48, 64), torch.eye(8)[:2])
    assert made.flow is not None
    assert torch.count_nonzero(made.flow) == 0
    assert made.mask.mean() > 0.8
    nn.init.zeros_(generator.mask_head.weight)
    mask = generator(torch.randn(1, 3, 48, 64), torch.eye(8)[:1]).mask
    torch.testing.assert_close(mask, torch.full_like(mask, 1 / (1 + torch.e**-2)))


def test_flow_learns_from_the_first_step() -> None:
    torch.manual_seed(0)
    generator = FlowGenerator(dataclasses.replace(SMALL, flow_limit=8.0))
    made = generator(torch.randn(2, 3, 16, 16), torch.eye(3)[:2])
    assert made.flow is not None
    assert generator.flow_head is not None
    torch.autograd.backward((made.flow - 1).square().mean())
    assert generator.flow_head.weight.grad is not None
    assert generator.flow_head.weight.grad.abs().max() > 0


@pytest.mark.parametrize("fold", [1, 2])
def test_flow_stays_within_its_limit(fold: int) -> None:
    torch.manual_seed(0)
    generator = FlowGenerator(dataclasses.replace(SMALL, fold=fold, flow_limit=8.0))
    assert generator.flow_head is not None
    nn.init.normal_(generator.flow_head.weight, std=100.0)
    flow = generator(torch.randn(2, 3, 32, 32), torch.eye(3)[:2]).flow
    assert flow.shape == (2, 2, 32, 32)
    assert flow.abs().max() <= 8.0
    assert flow.abs().mean() > 4.0


class TestInside:
    CONFIG = dataclasses.replace(SMALL, flow_limit=8.0, inside=True)

    def test_without_a_flow_there_is_none(self) -> None:
        with pytest.raises(ValueError, match="need a flow"):
            dataclasses.replace(SMALL, inside=True)

    @pytest.mark.parametrize("fold", [1, 2])
    def test_at_first_little_of_the_picture_is_taken_from_its_own_place(self, fold: int) -> None:
        torch.manual_seed(0)
        generator = FlowGenerator(dataclasses.replace(self.CONFIG, fold=fold))
        inside = generator(torch.randn(2, 3, 32, 32), torch.eye(3)[:2]).inside
        assert inside.flow.shape == (2, 2, 32, 32)
        assert inside.share.shape == (2, 1, 32, 32)
        assert not inside.flow.any()
        torch.testing.assert_close(inside.share, torch.sigmoid(torch.full((2, 1, 32, 32), -2.0)))

    def test_its_flow_stays_within_the_limit(self) -> None:
        torch.manual_seed(0)
        generator = FlowGenerator(self.CONFIG)
        nn.init.normal_(generator.inside_head.weight, std=100.0)
        inside = generator(torch.randn(2, 3, 32, 32), torch.eye(3)[:2]).inside
        assert 4.0 < inside.flow.abs().mean() < inside.flow.abs().max() <= 8.0
        assert 0 <= inside.share.min() < inside.share.max() <= 1


class TestShade:
    CONFIG = dataclasses.replace(SMALL, shaded=True)

    def test_it_starts_without_one_and_stays_within_its_limits(self) -> None:
        generator, image, label = (
            FlowGenerator(self.CONFIG),
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
        assert FlowGenerator(SMALL)(image, label).shade is None


class TestSecondLook:
    CONFIG = dataclasses.replace(SMALL, flow_limit=8.0, look_again=True)

    def test_without_a_flow_there_is_none(self) -> None:
        with pytest.raises(ValueError, match="need a flow"):
            dataclasses.replace(SMALL, look_again=True)

    @pytest.mark.parametrize(("fold", "inputs"), [(1, 4 + 3 + 2), (2, 4 + 12 + 2)])
    def test_it_takes_features_input_and_flow(self, fold: int, inputs: int) -> None:
        generator = FlowGenerator(dataclasses.replace(self.CONFIG, fold=fold))
        assert list(layers(generator.second_look)) == [
            *(f"conv {inputs}→4 3,1,1", "instance norm 4", "relu")
        ]
        made = generator(torch.randn(2, 3, 32, 48), torch.eye(3)[:2])
        assert made.colour.shape == (2, 3, 32, 48)
        assert made.mask.shape == (2, 1, 32, 48)
        assert made.flow.shape == (2, 2, 32, 48)

    def test_it_sees_the_input_moved_along_the_flow(self) -> None:
        torch.manual_seed(0)
        generator = FlowGenerator(self.CONFIG)
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
        generator = FlowGenerator(self.CONFIG)
        made = generator(torch.randn(2, 3, 16, 16), torch.eye(3)[:2])
        torch.autograd.backward(made.colour.sum() + made.mask.sum())
        assert generator.flow_head is not None
        assert generator.flow_head.weight.grad is None
        weight = next(generator.second_look.parameters())
        assert weight.grad is not None
        assert weight.grad.abs().max() > 0
