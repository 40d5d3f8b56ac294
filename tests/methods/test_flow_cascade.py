"""The cascade of the shipped weights."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from cascades import flow_cascade, synthesise
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.faces.open_mouth import open_mouth
from lgpgan.faces.regions import SKIN_BOX
from lgpgan.methods.lgpgan import FlowLgpGan, FlowLgpGanConfig, LgpGanDiscriminators
from lgpgan.methods.lgpgan.flow_cascade import LEAST_LIGHT, USUAL_SKIN, skin_light
from lgpgan.methods.lgpgan.regions import crop_eyes, crop_mouth
from lgpgan.methods.lgpgan.shapes import flow_networks
from lgpgan.networks.flow_generator import FlowGeneratorOutput, InsideHeads


def test_windows_and_picture_are_no_weights(flow_shape: FlowLgpGanConfig) -> None:
    names = FlowLgpGan(flow_shape).state_dict()
    assert not any("window" in name or "open_mouth" in name for name in names)


class TestActionUnits:
    @pytest.fixture
    def told(self, flow_shape: FlowLgpGanConfig) -> FlowLgpGan:
        return flow_cascade(flow_shape.with_units((4, 12)))

    def test_a_label_without_them_asks_for_none(self, told: FlowLgpGan, batch: PairBatch) -> None:
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


class TestWindow:
    def test_stage_i_fades_to_nothing_at_a_regions_border(
        self, flow_shape: FlowLgpGanConfig, batch: PairBatch
    ) -> None:
        change = synthesise(flow_cascade(flow_shape, flow=1.0), batch).local.change
        flow, dropped = crop_eyes(change.flow).abs(), 1 - crop_eyes(change.keep)
        for values in (flow, dropped, crop_eyes(change.colour).abs()):
            border = torch.cat([values[:, :, [0, -1]].flatten(), values[..., [0, -1]].flatten()])
            assert border.max() < 0.02 * values.max()

    def test_inside_it_stage_i_is_as_the_generator_says(
        self, flow_shape: FlowLgpGanConfig, batch: PairBatch
    ) -> None:
        made = synthesise(flow_cascade(flow_shape, flow=1.0), batch)
        inner = (..., slice(12, -12), slice(12, -12))
        assert made.local.eyes.flow is not None
        torch.testing.assert_close(
            crop_eyes(made.local.change.flow)[inner], made.local.eyes.flow[inner]
        )
        torch.testing.assert_close(
            crop_mouth(made.local.change.keep, batch.mouth_top)[inner], made.local.mouth.mask[inner]
        )

    def test_without_a_fade_the_window_is_one(self, flow_shape: FlowLgpGanConfig) -> None:
        cascade = FlowLgpGan(replace(flow_shape, fade=0.0))
        assert cascade.eye_window.shape == (1, 1, 48, 96)
        assert cascade.mouth_window.shape == (1, 1, 48, 64)
        assert cascade.eye_window.min() == cascade.mouth_window.min() == 1


class TestNarrow:
    def test_it_starts_without_flow(self, batch: PairBatch) -> None:
        torch.manual_seed(0)
        made = synthesise(FlowLgpGan(flow_networks()), batch)
        assert torch.count_nonzero(made.change.flow) == 0
        assert torch.count_nonzero(made.local.change.flow) == 0
        assert made.change.keep.mean() > 0.7
        assert made.output.shape == (2, 3, 128, 128)

    def test_discriminators_judge_every_region(self, batch: PairBatch) -> None:
        discriminators = LgpGanDiscriminators(flow_networks())
        views = (
            (discriminators.eyes, crop_eyes(batch.source), (3, 6)),
            (discriminators.mouth, crop_mouth(batch.source, batch.mouth_top), (3, 4)),
            (discriminators.whole, batch.source, (4, 4)),
        )
        for discriminator, image, patches in views:
            judged = discriminator(image)
            assert judged.realness.shape == (2, 1, *patches)
            assert judged.attributes.shape == (2, 8)


class TestInside:
    """Teeth and gums that are read from the picture of an open mouth."""

    def heads(self, share: float, flow: float = 0.0) -> FlowGeneratorOutput:
        """A mouth that opens in full, grey and lit by half."""
        shape = (2, 1, 48, 64)
        return FlowGeneratorOutput(
            colour=torch.zeros(2, 3, 48, 64),
            mask=torch.zeros(shape),
            flow=torch.zeros(2, 2, 48, 64),
            inside=InsideHeads(torch.full((2, 2, 48, 64), flow), torch.full(shape, share)),
        )

    def drawn(
        self, shape: FlowLgpGanConfig, batch: PairBatch, heads: FlowGeneratorOutput
    ) -> Tensor:
        """Mouth regions (2, 3, 48, 64), 0 to 1, as stage I draws them."""
        cascade = flow_cascade(replace(shape, fade=0.0))
        eyes = FlowGeneratorOutput(
            torch.zeros(2, 3, 48, 96), torch.ones(2, 1, 48, 96), torch.zeros(2, 2, 48, 96)
        )
        change = cascade.join_regions(eyes, heads, batch.mouth_top)
        return (crop_mouth(change.apply(batch.source), batch.mouth_top) + 1) / 2

    def test_the_picture_lies_where_the_mouth_is(
        self, flow_shape: FlowLgpGanConfig, batch: PairBatch
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
        self, flow_shape: FlowLgpGanConfig, batch: PairBatch
    ) -> None:
        drawn = self.drawn(flow_shape, batch, self.heads(share=0.0))
        torch.testing.assert_close(drawn, torch.full_like(drawn, 0.5))

    def test_it_is_learnt(self, flow_shape: FlowLgpGanConfig, batch: PairBatch) -> None:
        cascade = flow_cascade(flow_shape)
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
        self, flow_shape: FlowLgpGanConfig, batch: PairBatch
    ) -> None:
        heads = {
            relative: synthesise(flow_cascade(replace(flow_shape, relative_colour=relative)), batch)
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
