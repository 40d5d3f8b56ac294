from __future__ import annotations

from dataclasses import asdict, replace

import pytest
import torch
from torch import Tensor, nn

from lgpgan.datasets.batches import PairBatch
from lgpgan.faces.open_mouth import open_mouth
from lgpgan.faces.regions import EYE_BOX, SKIN_BOX, mouth_box_at
from lgpgan.methods.change import Change, Inside
from lgpgan.methods.lgpgan import LgpGan, LgpGanConfig, LgpGanDiscriminators, Synthesis
from lgpgan.methods.lgpgan.cascade import (
    LEAST_LIGHT,
    USUAL_SKIN,
    crop_eyes,
    crop_mouth,
    paste_eyes,
    paste_mouth,
    skin_light,
)
from lgpgan.networks.generator import GeneratorConfig, GeneratorOutput, InsideHeads
from lgpgan.networks.label_convolution import Halves
from lgpgan.networks.warping import warp_by_flow

BELOW = EYE_BOX.top + EYE_BOX.height
"""First row of the faces that carries the mouth's label."""


def generators(config: LgpGanConfig, *, flow: float = 0.02) -> LgpGan:
    """The cascade with weights of which every head does something."""
    torch.manual_seed(1)
    cascade = LgpGan(config)
    for name, parameter in cascade.named_parameters():
        if "flow_head" in name or "inside_head" in name or "shade_head" in name:
            nn.init.normal_(parameter, std=flow)
    return cascade


def synthesise(cascade: LgpGan, batch: PairBatch, eye_label: Tensor | None = None) -> Synthesis:
    with torch.inference_mode():
        made: Synthesis = cascade(batch.source, batch.label, batch.mouth_top, eye_label)
    return made


def outside_the_regions(batch: PairBatch) -> Tensor:
    """(B, 1, 128, 128) bool."""
    inside = paste_eyes(torch.ones(len(batch.source), 1, EYE_BOX.height, EYE_BOX.width))
    inside = inside + paste_mouth(torch.ones(len(batch.source), 1, 48, 64), batch.mouth_top)
    return inside == 0


def equation_1(heads: GeneratorOutput, image: Tensor) -> Tensor:
    return (1 - heads.mask) * heads.colour + heads.mask * image


class TestShape:
    def test_the_default_is_the_papers(self) -> None:
        assert LgpGanConfig() == LgpGanConfig.paper()
        assert LgpGanConfig.paper(labels=5).global_generator.labels == 5
        assert LgpGanConfig.paper(labels=5).local_generator.labels == 5

    def test_the_paper_has_six_and_three_blocks_two_heads_and_replaces(self) -> None:
        paper = LgpGanConfig.paper()
        assert paper.global_generator == GeneratorConfig(labels=8, width=64, residual_blocks=6)
        assert paper.local_generator == GeneratorConfig(labels=8, width=64, residual_blocks=3)
        assert paper.global_generator.flow_limit == 0
        assert paper.fade == 0

    def test_the_whole_has_the_parameters_of_tables_ii_and_iii(self) -> None:
        with torch.device("meta"):
            networks = LgpGan(LgpGanConfig.paper()), LgpGanDiscriminators(LgpGanConfig.paper())
        counts = [sum(p.numel() for p in network.parameters()) for network in networks]
        assert counts == [8_443_072 + 2 * 4_901_056, 44_786_624 + 2_834_880 + 2_810_304]

    def test_windows_are_no_weights(self, flow_shape: LgpGanConfig) -> None:
        assert not any("window" in name for name in LgpGan(flow_shape).state_dict())

    @pytest.mark.parametrize("config", [LgpGanConfig.paper(), LgpGanConfig.flow()])
    def test_values_make_the_same_configuration(self, config: LgpGanConfig) -> None:
        assert LgpGanConfig.from_values(asdict(config)) == config

    def test_unknown_values_are_refused(self) -> None:
        values = asdict(LgpGanConfig.paper())
        with pytest.raises(TypeError, match="depth"):
            LgpGanConfig.from_values({**values, "depth": 1})
        local = {**values["local_generator"], "depth": 1}
        with pytest.raises(TypeError, match="depth"):
            LgpGanConfig.from_values({**values, "local_generator": local})


class TestRegions:
    def test_crops_are_the_regions_boxes(self, batch: PairBatch) -> None:
        eyes, mouth = crop_eyes(batch.source), crop_mouth(batch.source, batch.mouth_top)
        assert eyes.shape == (2, 3, 48, 96)
        assert mouth.shape == (2, 3, 48, 64)
        assert torch.equal(eyes, batch.source[:, :, EYE_BOX.rows, EYE_BOX.columns])
        for number, top in enumerate(batch.mouth_top.tolist()):
            box = mouth_box_at(top)
            assert box.top == top
            assert torch.equal(mouth[number], batch.source[number, :, box.rows, box.columns])

    def test_what_was_pasted_is_cropped_again(self) -> None:
        eyes, mouth, top = torch.randn(2, 5, 48, 96), torch.randn(2, 5, 48, 64), [0, 80]
        tops = torch.tensor(top)
        assert paste_eyes(eyes).shape == paste_mouth(mouth, tops).shape == (2, 5, 128, 128)
        assert torch.equal(crop_eyes(paste_eyes(eyes)), eyes)
        assert torch.equal(crop_mouth(paste_mouth(mouth, tops), tops), mouth)

    def test_pasting_leaves_zeros_around(self) -> None:
        assert paste_eyes(torch.ones(1, 1, 48, 96)).sum() == 48 * 96
        assert paste_mouth(torch.ones(1, 1, 48, 64), torch.tensor([70])).sum() == 48 * 64


class TestPaper:
    """Without a flow head and with ``fade`` 0 the cascade is the paper's."""

    def test_stage_i_is_equation_1_pasted_by_replacement(
        self, paper_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        made = synthesise(generators(paper_shape), batch)
        torch.testing.assert_close(
            crop_eyes(made.local.output), equation_1(made.local.eyes, crop_eyes(batch.source))
        )
        torch.testing.assert_close(
            crop_mouth(made.local.output, batch.mouth_top),
            equation_1(made.local.mouth, crop_mouth(batch.source, batch.mouth_top)),
        )

    def test_stage_ii_is_equation_1_on_the_face_of_stage_i(
        self, paper_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        made = synthesise(generators(paper_shape), batch)
        torch.testing.assert_close(made.output, equation_1(made.whole, made.local.output))
        assert torch.count_nonzero(made.change.flow) == 0

    def test_generators_see_what_the_paper_says(
        self, paper_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        cascade = generators(paper_shape)
        made = synthesise(cascade, batch)
        with torch.inference_mode():
            eyes = cascade.eye_generator(crop_eyes(batch.source), batch.label)
            mouth = cascade.mouth_generator(crop_mouth(batch.source, batch.mouth_top), batch.label)
            whole = cascade.global_generator(made.local.output, batch.label)
        for heads, expected in (
            (made.local.eyes, eyes),
            (made.local.mouth, mouth),
            (made.whole, whole),
        ):
            assert torch.equal(heads.colour, expected.colour)
            assert torch.equal(heads.mask, expected.mask)

    def test_the_mouth_lies_over_the_eyes_where_regions_overlap(
        self, paper_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        batch = batch._replace(mouth_top=torch.tensor([56, 56]))
        made = synthesise(generators(paper_shape), batch)
        with_eyes = batch.source.clone()
        with_eyes[:, :, EYE_BOX.rows, EYE_BOX.columns] = equation_1(
            made.local.eyes, crop_eyes(batch.source)
        )
        torch.testing.assert_close(
            crop_mouth(made.local.output, batch.mouth_top),
            equation_1(made.local.mouth, crop_mouth(with_eyes, batch.mouth_top)),
        )

    def test_at_full_width(self, batch: PairBatch) -> None:
        one = PairBatch(*(value[:1] for value in batch))
        made = synthesise(LgpGan(LgpGanConfig.paper()), one)
        torch.testing.assert_close(made.output, equation_1(made.whole, made.local.output))
        assert made.output.abs().max() <= 1


@pytest.mark.parametrize("shape", ["paper_shape", "flow_shape"])
class TestBoth:
    def test_stage_i_leaves_the_rest_as_it_is(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        made = synthesise(generators(request.getfixturevalue(shape)), batch)
        outside = outside_the_regions(batch).expand_as(batch.source)
        assert torch.equal(made.local.output[outside], batch.source[outside])
        assert (made.local.output - batch.source)[~outside].abs().mean() > 0.01

    def test_the_change_says_what_the_output_is(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        made = synthesise(generators(request.getfixturevalue(shape)), batch)
        torch.testing.assert_close(made.change.apply(batch.source), made.output)
        torch.testing.assert_close(made.local.change.apply(batch.source), made.local.output)

    def test_the_same_label_for_the_eyes_is_none(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        cascade = generators(request.getfixturevalue(shape))
        made, twice = synthesise(cascade, batch), synthesise(cascade, batch, batch.label.clone())
        torch.testing.assert_close(twice.output, made.output)
        torch.testing.assert_close(twice.local.output, made.local.output)

    def test_another_label_for_the_eyes_leaves_stage_i_of_the_mouth(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        cascade = generators(request.getfixturevalue(shape))
        made, other = (
            synthesise(cascade, batch),
            synthesise(cascade, batch, torch.eye(8)[[0, 7]]),
        )
        assert torch.equal(other.local.mouth.colour, made.local.mouth.colour)
        assert torch.equal(other.local.output[:, :, BELOW:], made.local.output[:, :, BELOW:])
        assert (crop_eyes(other.local.output) - crop_eyes(made.local.output)).abs().mean() > 1e-4
        assert (other.output - made.output).abs().mean() > 1e-4

    def test_faces_of_a_batch_do_not_mix(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        cascade = generators(request.getfixturevalue(shape))
        alone = synthesise(cascade, PairBatch(*(value[1:] for value in batch)))
        together = synthesise(cascade, batch)
        torch.testing.assert_close(alone.output, together.output[1:], rtol=1e-4, atol=1e-5)

    def test_a_loss_on_the_final_face_reaches_all_three_generators(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        cascade = generators(request.getfixturevalue(shape))
        made: Synthesis = cascade(batch.source, batch.label, batch.mouth_top)
        torch.autograd.backward((made.output - batch.target).abs().mean())
        for name, parameter in cascade.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 0, name


class TestLabels:
    def test_the_global_label_changes_at_the_lower_border_of_the_eyes(
        self, paper_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        cascade = generators(paper_shape)
        seen: list[Tensor | Halves] = []
        cascade.global_generator.register_forward_pre_hook(lambda _, args: seen.append(args[1]))
        eyes = torch.eye(8)[[0, 7]]
        synthesise(cascade, batch, eyes)
        synthesise(cascade, batch)
        halves, plain = seen
        assert isinstance(halves, Halves)
        assert torch.equal(halves.above, eyes)
        assert torch.equal(halves.below, batch.label)
        assert halves.border == BELOW
        assert torch.equal(plain, batch.label)


class TestActionUnits:
    @pytest.fixture
    def told(self, flow_shape: LgpGanConfig) -> LgpGan:
        return generators(flow_shape.with_units((4, 12)))

    def test_they_stand_behind_the_classes(self, flow_shape: LgpGanConfig) -> None:
        told = flow_shape.with_units((4, 12))
        assert (told.labels, told.global_generator.labels) == (8, 10)
        assert LgpGanConfig.from_values(asdict(told)) == told
        assert told.with_units(()) == flow_shape
        assert LgpGanDiscriminators(told).whole.config.labels == 8

    def test_a_label_without_them_asks_for_none(self, told: LgpGan, batch: PairBatch) -> None:
        none = torch.cat([batch.label, torch.zeros(2, 2)], dim=1)
        made = synthesise(told, batch)
        assert torch.equal(synthesise(told, batch._replace(label=none)).output, made.output)
        some = torch.cat([batch.label, torch.tensor([[0.0, 0.0], [0.0, 1.0]])], dim=1)
        other = synthesise(told, batch._replace(label=some)).output
        torch.testing.assert_close(other[0], made.output[0], rtol=1e-4, atol=1e-5)
        assert (other[1] - made.output[1]).abs().mean() > 1e-4
        for width in (7, 9, 12):
            with pytest.raises(ValueError, match="8 classes, or these and 2 action units"):
                synthesise(told, batch._replace(label=torch.zeros(2, width)))
        eyes_alone = synthesise(told, batch._replace(label=some), batch.label)
        assert (eyes_alone.output - other).abs().mean() > 1e-5

    def test_known_ones_are_taken_over_wherever_they_stand(self, flow_shape: LgpGanConfig) -> None:
        trained = generators(flow_shape.with_units((4, 12)))
        mine = LgpGan(flow_shape.with_units((1, 12)))
        fresh = mine.global_generator.encoder[0][0].weight.clone()
        mine.take_over(trained, {number: number for number in range(8)})
        theirs, ours = (g.global_generator.encoder[0][0].weight for g in (trained, mine))
        pixels = theirs.shape[1] - 10
        assert torch.equal(ours[:, : pixels + 8], theirs[:, : pixels + 8])
        assert torch.equal(ours[:, pixels + 9], theirs[:, pixels + 9])
        assert torch.equal(ours[:, pixels + 8], fresh[:, pixels + 8])


class TestWindow:
    def test_stage_i_fades_to_nothing_at_a_regions_border(
        self, flow_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        change = synthesise(generators(flow_shape, flow=1.0), batch).local.change
        flow, dropped = crop_eyes(change.flow).abs(), 1 - crop_eyes(change.keep)
        for values in (flow, dropped, crop_eyes(change.colour).abs()):
            border = torch.cat([values[:, :, [0, -1]].flatten(), values[..., [0, -1]].flatten()])
            assert border.max() < 0.02 * values.max()

    def test_inside_it_stage_i_is_as_the_generator_says(
        self, flow_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        made = synthesise(generators(flow_shape, flow=1.0), batch)
        inner = (..., slice(12, -12), slice(12, -12))
        assert made.local.eyes.flow is not None
        torch.testing.assert_close(
            crop_eyes(made.local.change.flow)[inner], made.local.eyes.flow[inner]
        )
        torch.testing.assert_close(
            crop_mouth(made.local.change.keep, batch.mouth_top)[inner], made.local.mouth.mask[inner]
        )

    def test_without_a_fade_the_window_is_one(self, flow_shape: LgpGanConfig) -> None:
        cascade = LgpGan(replace(flow_shape, fade=0.0))
        assert cascade.eye_window.shape == (1, 1, 48, 96)
        assert cascade.mouth_window.shape == (1, 1, 48, 64)
        assert cascade.eye_window.min() == cascade.mouth_window.min() == 1


class TestNarrow:
    def test_it_starts_without_flow(self, batch: PairBatch) -> None:
        torch.manual_seed(0)
        made = synthesise(LgpGan(LgpGanConfig.flow()), batch)
        assert torch.count_nonzero(made.change.flow) == 0
        assert torch.count_nonzero(made.local.change.flow) == 0
        assert made.change.keep.mean() > 0.7
        assert made.output.shape == (2, 3, 128, 128)

    def test_discriminators_judge_every_region(self, batch: PairBatch) -> None:
        discriminators = LgpGanDiscriminators(LgpGanConfig.flow())
        views = (
            (discriminators.eyes, crop_eyes(batch.source), (3, 6)),
            (discriminators.mouth, crop_mouth(batch.source, batch.mouth_top), (3, 4)),
            (discriminators.whole, batch.source, (4, 4)),
        )
        for discriminator, image, patches in views:
            judged = discriminator(image)
            assert judged.realness.shape == (2, 1, *patches)
            assert judged.classes.shape == (2, 8)


class TestInside:
    """Teeth and gums that are read from the picture of an open mouth."""

    def heads(self, share: float, flow: float = 0.0) -> GeneratorOutput:
        """A mouth that opens in full, grey and lit by half."""
        shape = (2, 1, 48, 64)
        return GeneratorOutput(
            colour=torch.zeros(2, 3, 48, 64),
            mask=torch.zeros(shape),
            flow=torch.zeros(2, 2, 48, 64),
            inside=InsideHeads(torch.full((2, 2, 48, 64), flow), torch.full(shape, share)),
        )

    def drawn(self, shape: LgpGanConfig, batch: PairBatch, heads: GeneratorOutput) -> Tensor:
        """Mouth regions (2, 3, 48, 64), 0 to 1, as stage I draws them."""
        cascade = generators(replace(shape, fade=0.0))
        eyes = GeneratorOutput(
            torch.zeros(2, 3, 48, 96), torch.ones(2, 1, 48, 96), torch.zeros(2, 2, 48, 96)
        )
        change = cascade._join(eyes, heads, batch.mouth_top)
        return (crop_mouth(change.apply(batch.source), batch.mouth_top) + 1) / 2

    def test_the_picture_lies_where_the_mouth_is(
        self, flow_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        picture = torch.from_numpy(open_mouth(1).transpose(2, 0, 1).copy()).expand(2, -1, -1, -1)
        drawn = self.drawn(flow_shape, batch, self.heads(share=1.0))
        torch.testing.assert_close(drawn, picture / 2, rtol=0, atol=1e-5)
        moved = self.drawn(flow_shape, batch, self.heads(share=1.0, flow=3.0))
        inner = (..., slice(0, -4), slice(0, -4))
        torch.testing.assert_close(
            moved[inner], picture[..., 3:, 3:][..., :44, :60] / 2, rtol=0, atol=1e-4
        )

    def test_without_a_share_the_colour_stays(
        self, flow_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        drawn = self.drawn(flow_shape, batch, self.heads(share=0.0))
        torch.testing.assert_close(drawn, torch.full_like(drawn, 0.5))

    def test_it_is_learnt(self, flow_shape: LgpGanConfig, batch: PairBatch) -> None:
        cascade = generators(flow_shape)
        cascade(batch.source, batch.label, batch.mouth_top).output.mean().backward()
        assert cascade.mouth_generator.inside_head.weight.grad.any()
        assert cascade.eye_generator.inside_head is None
        assert cascade.global_generator.inside_head is None


class TestRelativeColour:
    """Instance norm hides a photo's mean colour: drawn teeth were blue on photos in warm light."""

    def test_the_light_is_that_of_the_skin(self) -> None:
        image = torch.full((2, 3, 128, 128), -1.0)
        usual = torch.tensor(USUAL_SKIN)[:, None, None]
        image[0, :, SKIN_BOX.rows, SKIN_BOX.columns] = usual - 1
        image[1, :, SKIN_BOX.rows, SKIN_BOX.columns] = usual / 2 - 1
        light = skin_light(image)
        assert light.shape == (2, 3, 1, 1)
        torch.testing.assert_close(light.flatten(1), torch.tensor([[1.0] * 3, [0.5] * 3]))

    def test_a_black_picture_is_lit_a_little(self) -> None:
        assert skin_light(torch.full((1, 3, 128, 128), -1.0)).flatten().tolist() == pytest.approx(
            [LEAST_LIGHT] * 3
        )

    def test_it_is_the_same_networks_but_for_the_light(
        self, flow_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        heads = {
            relative: synthesise(generators(replace(flow_shape, relative_colour=relative)), batch)
            for relative in (False, True)
        }
        plain, lit = heads[False].local, heads[True].local
        assert plain is not None
        assert lit is not None
        light = skin_light(batch.source)
        assert (light - 1).abs().max() > 0.05
        torch.testing.assert_close(lit.mouth.colour, light * (1 + plain.mouth.colour) - 1)
        torch.testing.assert_close(lit.mouth.mask, plain.mouth.mask)
        assert plain.change.inside is not None
        assert lit.change.inside is not None
        torch.testing.assert_close(lit.change.inside.lit, light * plain.change.inside.lit)


class TestThen:
    """One change after the other, worked out in one piece."""

    @pytest.fixture
    def earlier(self) -> Change:
        draw = torch.Generator().manual_seed(5)
        keep = torch.rand(2, 1, 32, 32, generator=draw)
        colour = torch.randn(2, 3, 32, 32, generator=draw)
        return Change(torch.randn(2, 2, 32, 32, generator=draw), keep, (1 - keep) * colour)

    @pytest.fixture
    def image(self) -> Tensor:
        return torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(6))

    @staticmethod
    def later(flow: Tensor | None) -> GeneratorOutput:
        draw = torch.Generator().manual_seed(7)
        mask = torch.rand(2, 1, 32, 32, generator=draw)
        return GeneratorOutput(torch.randn(2, 3, 32, 32, generator=draw), mask, flow)

    @pytest.mark.parametrize("flow", [None, torch.zeros(2, 2, 32, 32)], ids=["no", "zero"])
    def test_without_later_flow(self, earlier: Change, image: Tensor, flow: Tensor | None) -> None:
        later = self.later(flow)
        torch.testing.assert_close(
            earlier.then(later).apply(image), equation_1(later, earlier.apply(image))
        )

    def test_with_whole_pixels_of_flow(self, earlier: Change, image: Tensor) -> None:
        """Between the borders, where nothing beyond the picture is asked for."""
        earlier = earlier._replace(
            flow=torch.tensor([2.0, -1.0]).view(1, 2, 1, 1).repeat(2, 1, 32, 32)
        )
        flow = torch.tensor([-3.0, 4.0]).view(1, 2, 1, 1).repeat(2, 1, 32, 32)
        later = self.later(flow)
        in_turn = equation_1(later, warp_by_flow(earlier.apply(image), flow))
        inner = (..., slice(6, -6), slice(6, -6))
        torch.testing.assert_close(earlier.then(later).apply(image)[inner], in_turn[inner])

    def test_flow_adds_up_along_the_way(self, earlier: Change) -> None:
        flow = torch.zeros(2, 2, 32, 32)
        flow[:, 0] = 1.0
        combined = earlier.then(self.later(flow))
        torch.testing.assert_close(
            combined.flow[..., :-1], earlier.flow[..., 1:] + flow[..., :-1], rtol=1e-4, atol=1e-5
        )

    def test_a_shade_darkens_what_the_first_left(self, earlier: Change, image: Tensor) -> None:
        """Both shades, of light counted from black, as if one face had been drawn after another."""
        draw = torch.Generator().manual_seed(9)
        first, second = 0.5 + torch.rand(2, 2, 1, 32, 32, generator=draw)
        earlier, later = earlier._replace(shade=first), self.later(None)._replace(shade=second)
        drawn = earlier.apply(image)
        kept = first * (warp_by_flow(image, earlier.flow) + 1) - 1
        torch.testing.assert_close(drawn, earlier.colour + earlier.keep * kept)
        in_turn = (1 - later.mask) * later.colour + later.mask * (second * (drawn + 1) - 1)
        torch.testing.assert_close(earlier.then(later).apply(image), in_turn)
        plain = earlier._replace(shade=None).then(later)
        torch.testing.assert_close(plain.shade, second)

    @pytest.mark.parametrize("x", [0.0, 3.0])
    @pytest.mark.parametrize("shade", [1.0, 0.7])
    def test_an_inside_is_read_along_both(
        self, earlier: Change, image: Tensor, x: float, shade: float
    ) -> None:
        """As if the first face had been drawn, and the second generator had moved its pixels."""
        draw = torch.Generator().manual_seed(8)
        inside = Inside(
            flow=torch.tensor([2.0, -1.0]).view(1, 2, 1, 1).repeat(2, 1, 32, 32),
            lit=torch.rand(2, 3, 32, 32, generator=draw),
            picture=torch.rand(2, 3, 32, 32, generator=draw),
        )
        earlier = earlier._replace(flow=torch.zeros_like(earlier.flow), inside=inside)
        flow = torch.tensor([x, 0.0]).view(1, 2, 1, 1).repeat(2, 1, 32, 32)
        later = self.later(flow)._replace(shade=torch.full((2, 1, 32, 32), shade))
        moved = shade * (warp_by_flow(earlier.apply(image), flow) + 1) - 1
        in_turn = equation_1(later, moved)
        inner = (..., slice(6, -6), slice(6, -6))
        torch.testing.assert_close(earlier.then(later).apply(image)[inner], in_turn[inner])

    def test_colour_and_keep_share_every_pixel(self, earlier: Change) -> None:
        """White over white stays white: what is not kept is colour."""
        white = earlier._replace(colour=(1 - earlier.keep).expand(-1, 3, -1, -1))
        later = self.later(torch.randn(2, 2, 32, 32))._replace(colour=torch.ones(2, 3, 32, 32))
        combined = white.then(later)
        torch.testing.assert_close(
            combined.colour, (1 - combined.keep).expand(-1, 3, -1, -1), rtol=1e-4, atol=1e-5
        )
