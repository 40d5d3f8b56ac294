"""The paper's cascade, and what both cascades have in common."""

from __future__ import annotations

import pytest
import torch
from cascades import cascade_of, equation_1, outside_the_regions, synthesise
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.faces.regions import EYE_BOX
from lgpgan.methods.lgpgan import FlowLgpGan, FlowLgpGanConfig, LgpGan, LgpGanConfig
from lgpgan.methods.lgpgan.regions import crop_eyes, crop_mouth
from lgpgan.networks.label_convolution import SplitLabel

BELOW = EYE_BOX.top + EYE_BOX.height
"""First row of the faces that carries the mouth's label."""


class TestPaper:
    """The two stages of the paper."""

    def test_stage_i_is_equation_1_pasted_by_replacement(
        self, paper_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        made = synthesise(cascade_of(paper_shape), batch)
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
        made = synthesise(cascade_of(paper_shape), batch)
        torch.testing.assert_close(made.output, equation_1(made.whole, made.local.output))
        assert made.change[2:] == (None, None, None)

    def test_nothing_is_read_along_a_flow(
        self, paper_shape: LgpGanConfig, batch: PairBatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Equation 1 was once computed by ``grid_sample`` along a flow of 0."""
        cascade = cascade_of(paper_shape)
        monkeypatch.delattr(torch.nn.functional, "grid_sample")
        assert synthesise(cascade, batch).output.shape == (2, 3, 128, 128)

    @pytest.mark.parametrize("apart", [False, True])
    def test_the_flow_cascade_without_its_additions_is_the_same(
        self, paper_shape: LgpGanConfig, batch: PairBatch, apart: bool
    ) -> None:
        """Bit for bit: weights of earlier versions, of all networks, are read as that cascade."""
        paper, flow = cascade_of(paper_shape), FlowLgpGan(FlowLgpGanConfig.extending(paper_shape))
        flow.load_state_dict(paper.state_dict())
        eyes = torch.eye(8)[[0, 7]] if apart else None
        made, expected = synthesise(flow, batch, eyes), synthesise(paper, batch, eyes)
        assert torch.equal(made.output, expected.output)
        assert torch.equal(made.local.output, expected.local.output)

    def test_generators_see_what_the_paper_says(
        self, paper_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        cascade = cascade_of(paper_shape)
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
        made = synthesise(cascade_of(paper_shape), batch)
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
        made = synthesise(LgpGan(LgpGanConfig()), one)
        torch.testing.assert_close(made.output, equation_1(made.whole, made.local.output))
        assert made.output.abs().max() <= 1


@pytest.mark.parametrize("shape", ["paper_shape", "flow_shape"])
class TestBoth:
    def test_stage_i_leaves_the_rest_as_it_is(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        made = synthesise(cascade_of(request.getfixturevalue(shape)), batch)
        outside = outside_the_regions(batch).expand_as(batch.source)
        assert torch.equal(made.local.output[outside], batch.source[outside])
        assert (made.local.output - batch.source)[~outside].abs().mean() > 0.01

    def test_the_change_says_what_the_output_is(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        made = synthesise(cascade_of(request.getfixturevalue(shape)), batch)
        torch.testing.assert_close(made.change.apply(batch.source), made.output)
        torch.testing.assert_close(made.local.change.apply(batch.source), made.local.output)

    def test_the_same_label_for_the_eyes_is_none(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        cascade = cascade_of(request.getfixturevalue(shape))
        made, twice = synthesise(cascade, batch), synthesise(cascade, batch, batch.label.clone())
        torch.testing.assert_close(twice.output, made.output)
        torch.testing.assert_close(twice.local.output, made.local.output)

    def test_another_label_for_the_eyes_leaves_stage_i_of_the_mouth(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        cascade = cascade_of(request.getfixturevalue(shape))
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
        cascade = cascade_of(request.getfixturevalue(shape))
        alone = synthesise(cascade, PairBatch(*(value[1:] for value in batch)))
        together = synthesise(cascade, batch)
        torch.testing.assert_close(alone.output, together.output[1:], rtol=1e-4, atol=1e-5)

    def test_a_loss_on_the_final_face_reaches_all_three_generators(
        self, shape: str, batch: PairBatch, request: pytest.FixtureRequest
    ) -> None:
        cascade = cascade_of(request.getfixturevalue(shape))
        made = cascade(batch.source, batch.label, batch.mouth_top)
        torch.autograd.backward((made.output - batch.target).abs().mean())
        for name, parameter in cascade.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 0, name


class TestLabels:
    def test_the_global_label_changes_at_the_lower_border_of_the_eyes(
        self, paper_shape: LgpGanConfig, batch: PairBatch
    ) -> None:
        cascade = cascade_of(paper_shape)
        seen: list[Tensor | SplitLabel] = []
        cascade.global_generator.register_forward_pre_hook(lambda _, args: seen.append(args[1]))
        eyes = torch.eye(8)[[0, 7]]
        synthesise(cascade, batch, eyes)
        synthesise(cascade, batch)
        split, plain = seen
        assert isinstance(split, SplitLabel)
        assert torch.equal(split.above, eyes)
        assert torch.equal(split.below, batch.label)
        assert split.border == BELOW
        assert torch.equal(plain, batch.label)
