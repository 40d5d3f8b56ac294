"""What is left of the cascade and of its objective when parts are taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest
import torch
from objective_terms import total
from torch import nn

from lgpgan.datasets.batches import LabelledBatch, PairBatch
from lgpgan.methods import losses
from lgpgan.methods.lgpgan import (
    FlowLgpGan,
    FlowLgpGanConfig,
    LgpGanConfig,
    build_discriminators,
)
from lgpgan.methods.lgpgan.ablation import Part, shape_without, weights_without
from lgpgan.methods.lgpgan.flow_change import change_of
from lgpgan.methods.lgpgan.paper_objective import PaperObjective, PaperWeights
from lgpgan.methods.lgpgan.shapes import flow_networks, narrow_networks
from lgpgan.methods.lgpgan.studio_objective import StudioObjective, StudioWeights

PARTS: tuple[Part, ...] = get_args(Part)
COMBINATIONS = [*((part,) for part in PARTS), PARTS]
OF_STAGE_I = {
    *(f"{side}/{view}_class" for side in "DG" for view in ("eyes", "mouth")),
    *(f"D/{view}_{kind}" for view in ("eyes", "mouth") for kind in ("real", "fake", "r1")),
    *(f"G/{view}_{kind}" for view in ("eyes", "mouth") for kind in ("adversarial", "paired")),
    "G/local_flow",
    "G/local_shade",
    "G/inside",
    "G/inside_share",
}
OF_SHADE = ("G/shade", "G/local_shade")
VANISHED = {
    "local": OF_STAGE_I,
    "masks": {"G/attention", *OF_SHADE},
    "flow": {"G/flow", "G/local_flow", "G/inside", "G/inside_share", *OF_SHADE},
    "pairs": {
        *OF_SHADE,
        *(f"G/{view}_paired" for view in ("eyes", "mouth", "whole")),
        "G/regions_paired",
        "G/unseen_paired",
        "G/small_paired",
    },
}


@pytest.fixture
def whole_shape(flow_shape: FlowLgpGanConfig) -> FlowLgpGanConfig:
    """With everything that can be taken away, the second look along the flow too."""
    generator = replace(flow_shape.local_generator, look_again=True, mask_offset=2.0)
    return replace(flow_shape, global_generator=generator, local_generator=generator)


def objective_of(shape: FlowLgpGanConfig, parts: Sequence[Part] = ()) -> StudioObjective:
    torch.manual_seed(2)
    shape = shape_without(shape, parts)
    generators, discriminators = FlowLgpGan(shape), build_discriminators(shape)
    for name, parameter in generators.named_parameters():
        if "flow_head" in name:
            nn.init.normal_(parameter, std=0.02)
    return StudioObjective(generators, discriminators, weights_without(StudioWeights(), parts))


class TestShape:
    def test_nothing_taken_away_leaves_all(self) -> None:
        assert shape_without(flow_networks(), ()) == flow_networks()
        assert weights_without(StudioWeights(), ()) == StudioWeights()

    def test_the_pairs_are_no_matter_of_the_networks(self) -> None:
        assert shape_without(flow_networks(), ("pairs",)) == flow_networks()

    def test_without_local_the_global_generator_is_the_same(self) -> None:
        flow = flow_networks()
        assert shape_without(flow, ("local",)) == replace(flow, local=False)

    def test_without_flow_the_heads_are_the_narrow_ones_and_the_fade_stays(self) -> None:
        shape, narrow = (
            shape_without(flow_networks(), ("flow",)),
            FlowLgpGanConfig.extending(narrow_networks()),
        )
        for name in ("global_generator", "local_generator"):
            assert getattr(shape, name) == replace(getattr(narrow, name), mask_offset=2.0)
        assert (shape.fade, shape.slope, shape.local) == (14.0, 0.1, True)

    def test_parts_are_taken_away_together_in_any_order(self) -> None:
        shape = shape_without(flow_networks(), PARTS)
        assert shape == shape_without(flow_networks(), PARTS[::-1])
        assert not shape.local
        assert not shape.global_generator.masked
        assert not shape.global_generator.flow_limit

    @pytest.mark.parametrize(
        ("parts", "gone"),
        [
            (("local",), ("eye_generator.", "mouth_generator.")),
            (("masks",), ("mask_head.", "shade_head.")),
            (("flow",), ("flow_head.", "inside_head.", "second_look.", "shade_head.")),
            (("pairs",), ()),
        ],
    )
    def test_the_networks_lack_it_and_nothing_else(
        self, whole_shape: FlowLgpGanConfig, parts: Sequence[Part], gone: tuple[str, ...]
    ) -> None:
        whole = {name: w.shape for name, w in FlowLgpGan(whole_shape).named_parameters()}
        left = FlowLgpGan(shape_without(whole_shape, parts)).named_parameters()
        expected = {n: s for n, s in whole.items() if not any(part in n for part in gone)}
        assert {name: weight.shape for name, weight in left} == expected

    def test_without_local_only_whole_faces_are_judged(self, whole_shape: FlowLgpGanConfig) -> None:
        discriminators = build_discriminators(shape_without(whole_shape, ("local",)))
        assert [name for name, _ in discriminators.named_children()] == ["whole"]


class TestTerms:
    @pytest.mark.parametrize("part", PARTS)
    def test_its_terms_vanish_and_the_others_are_as_they_were(
        self, whole_shape: FlowLgpGanConfig, batch: PairBatch, part: Part
    ) -> None:
        """On the same synthesis, judged by the same discriminators."""
        whole = objective_of(whole_shape)
        weights = weights_without(StudioWeights(), (part,))
        ablated = StudioObjective(whole.generators, whole.discriminators, weights)
        fake = whole.synthesise(batch)
        seen = fake._replace(local=None) if part == "local" else fake
        before, after = (
            {
                **objective.discriminator_terms(batch, made),
                **objective.gradient_penalty(batch, made, 1),
                **objective.generator_terms(batch, made),
            }
            for objective, made in ((whole, fake), (ablated, seen))
        )
        assert before.keys() - after.keys() == VANISHED[part]
        assert after.keys() <= before.keys()
        if part == "local":  # of the masks, the final one is left
            keep, visible = fake.change.keep, batch.visible
            before["G/attention"] = losses.visibility(keep, visible, unseen=10.0)
        for name, term in after.items():
            torch.testing.assert_close(term, before[name])

    @pytest.mark.parametrize("parts", COMBINATIONS, ids="+".join)
    def test_everything_that_is_left_is_taught(
        self, whole_shape: FlowLgpGanConfig, batch: PairBatch, parts: Sequence[Part]
    ) -> None:
        objective = objective_of(whole_shape, parts)
        fake = objective.synthesise(batch)
        torch.autograd.backward(total(objective.discriminator_terms(batch, fake)))
        for name, weight in objective.discriminators.named_parameters():
            assert weight.grad is not None, name
        torch.autograd.backward(total(objective.generator_terms(batch, fake)))
        for name, weight in objective.generators.named_parameters():
            assert weight.grad is not None, name
            assert weight.grad.any(), name

    def test_the_papers_terms_are_those_of_the_whole_face(
        self, paper_shape: LgpGanConfig, faces: LabelledBatch
    ) -> None:
        torch.manual_seed(2)
        shape = shape_without(paper_shape, ("local",))
        objective = PaperObjective(FlowLgpGan(shape), build_discriminators(shape), PaperWeights())
        fake = objective.synthesise(faces)
        terms = objective.generator_terms(faces, fake)
        assert set(terms) == {
            *("G/whole_adversarial", "G/whole_class"),
            *("G/cycle", "G/reconstruction", "G/attention"),
        }
        torch.testing.assert_close(terms["G/attention"], 0.1 * fake.whole.mask.square().mean())
        of_discriminators = objective.discriminator_terms(faces, fake)
        assert set(of_discriminators) == {f"D/whole_{kind}" for kind in ("real", "fake", "class")}
        assert set(objective.gradient_penalty(faces, fake, 1)) == {"D/whole_penalty"}


class TestLocal:
    @pytest.fixture
    def cascade(self, whole_shape: FlowLgpGanConfig) -> FlowLgpGan:
        return objective_of(whole_shape, ("local",)).generators

    @torch.inference_mode()
    def test_stage_ii_alone_works_on_the_input(self, cascade: FlowLgpGan, batch: PairBatch) -> None:
        made = cascade(batch.source, batch.label, batch.mouth_top)
        assert made.local is None
        heads = cascade.global_generator(batch.source, batch.label)
        for value, expected in zip(made.change[:3], change_of(heads)[:3], strict=True):
            assert torch.equal(value, expected)
        assert made.change.inside is None
        assert torch.equal(made.output, made.change.apply(batch.source))

    @torch.inference_mode()
    def test_the_place_of_the_mouth_does_not_matter(
        self, cascade: FlowLgpGan, batch: PairBatch
    ) -> None:
        made, moved = (
            cascade(batch.source, batch.label, top).output
            for top in (batch.mouth_top, batch.mouth_top + 9)
        )
        assert torch.equal(made, moved)

    @torch.inference_mode()
    def test_eyes_may_have_another_label(self, cascade: FlowLgpGan, batch: PairBatch) -> None:
        eyes = torch.eye(8)[[0, 7]]
        made = cascade(batch.source, batch.label, batch.mouth_top, eyes).output
        same = cascade(batch.source, batch.label, batch.mouth_top).output
        assert (made - same).abs().mean() > 1e-4


class TestMasks:
    @torch.inference_mode()
    def test_every_pixel_is_drawn_by_the_global_generator(
        self, whole_shape: FlowLgpGanConfig, batch: PairBatch
    ) -> None:
        made = objective_of(whole_shape, ("masks",)).synthesise(batch)
        assert torch.count_nonzero(made.change.keep) == 0
        assert torch.equal(made.output, made.whole.colour)

    @torch.inference_mode()
    def test_the_flow_shows_the_colours_where_things_go(
        self, whole_shape: FlowLgpGanConfig, batch: PairBatch
    ) -> None:
        objective = objective_of(whole_shape, ("masks",))
        before = objective.synthesise(batch).output
        head = objective.generators.global_generator.flow_head
        assert head is not None
        nn.init.normal_(head.weight, std=0.2)
        assert (objective.synthesise(batch).output - before).abs().mean() > 1e-3
