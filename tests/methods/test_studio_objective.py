from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from lgpgan.datasets.batches import PairBatch
from lgpgan.methods import losses
from lgpgan.methods.change import Change
from lgpgan.methods.lgpgan import (
    FlowLgpGan,
    FlowLgpGanConfig,
    LgpGanConfig,
    LgpGanDiscriminators,
    Synthesis,
)
from lgpgan.methods.lgpgan.regions import crop_eyes, crop_mouth, paste_eyes, paste_mouth
from lgpgan.methods.lgpgan.studio_objective import (
    StudioObjective,
    StudioWeights,
    exact_shade,
)
from lgpgan.methods.objective import Terms
from lgpgan.networks.flow_generator import InsideHeads
from lgpgan.networks.warping import warp_by_flow

VIEWS = ("eyes", "mouth", "whole")
TERMS_OF: Mapping[str, tuple[str, ...]] = {
    "adversarial": tuple(f"G/{view}_adversarial" for view in VIEWS),
    "classification": tuple(f"G/{view}_class" for view in VIEWS),
    "paired": tuple(f"G/{view}_paired" for view in VIEWS),
    "paired_region": ("G/regions_paired",),
    "paired_unseen": ("G/unseen_paired",),
    "paired_small": ("G/small_paired",),
    "local_flow": ("G/local_flow",),
    "flow": ("G/flow",),
    "local_shade": ("G/local_shade",),
    "shade": ("G/shade",),
    "attention": ("G/attention",),
    "inside": ("G/inside",),
    "inside_share": ("G/inside_share",),
    "r1": tuple(f"D/{view}_r1" for view in VIEWS),
}
"""The terms that each weight stands before."""


def objective_of(shape: FlowLgpGanConfig, weights: StudioWeights | None = None) -> StudioObjective:
    torch.manual_seed(2)
    generators, discriminators = FlowLgpGan(shape), LgpGanDiscriminators(shape)
    for name, parameter in generators.named_parameters():
        if "flow_head" in name or "inside_head" in name or "shade_head" in name:
            nn.init.normal_(parameter, std=0.02)
    return StudioObjective(generators, discriminators, weights or StudioWeights())


@pytest.fixture
def objective(flow_shape: FlowLgpGanConfig) -> StudioObjective:
    return objective_of(flow_shape)


def all_terms(objective: StudioObjective, batch: PairBatch) -> dict[str, float]:
    fake = objective.synthesise(batch)
    terms = {
        **objective.discriminator_terms(batch, fake),
        **objective.gradient_penalty(batch, objective.synthesise(batch), every=4),
        **objective.generator_terms(batch, fake),
    }
    return {name: term.item() for name, term in terms.items()}


def total(terms: Terms) -> Tensor:
    return torch.stack(list(terms.values())).sum()


def gradients(module: nn.Module) -> list[Tensor | None]:
    return [parameter.grad for parameter in module.parameters()]


def test_terms_have_the_names_of_their_side_and_view(
    objective: StudioObjective, batch: PairBatch
) -> None:
    fake = objective.synthesise(batch)
    assert set(objective.discriminator_terms(batch, fake)) == {
        f"D/{view}_{kind}" for view in VIEWS for kind in ("real", "fake", "class")
    }
    assert set(objective.gradient_penalty(batch, fake, 1)) == {f"D/{view}_r1" for view in VIEWS}
    generator = {name for names in TERMS_OF.values() for name in names if name.startswith("G/")}
    terms = objective.generator_terms(batch, fake)
    assert set(terms) == generator
    assert all(term.shape == () for term in terms.values())


def test_every_weight_stands_before_its_terms_alone(
    flow_shape: FlowLgpGanConfig, batch: PairBatch
) -> None:
    weights = StudioWeights()
    assert {field.name for field in fields(weights)} == {
        *TERMS_OF,
        "attention_unseen",
        "flow_small",
        "shade_square",
    }
    plain = all_terms(objective_of(flow_shape, weights), batch)
    for name, its_terms in TERMS_OF.items():
        tripled = replace(weights, **{name: 3 * getattr(weights, name)})
        terms = all_terms(objective_of(flow_shape, tripled), batch)
        for term, value in terms.items():
            factor = 3 if term in its_terms else 1
            assert value == pytest.approx(factor * plain[term], rel=1e-5), (name, term)


def test_discriminator_terms_are_the_hinge_and_the_class_of_the_real(
    objective: StudioObjective, batch: PairBatch
) -> None:
    fake = objective.synthesise(batch)
    terms = objective.discriminator_terms(batch, fake)
    top = batch.mouth_top
    views = {
        "eyes": (crop_eyes(batch.target), crop_eyes(fake.local.output)),
        "mouth": (crop_mouth(batch.target, top), crop_mouth(fake.local.output, top)),
        "whole": (batch.target, fake.output),
    }
    for name, (real, made) in views.items():
        discriminator = getattr(objective.discriminators, name)
        judged = discriminator(real)
        expected = {
            "real": losses.hinge_real(judged.realness),
            "fake": losses.hinge_fake(discriminator(made).realness),
            "class": losses.classification(judged.attributes, batch.label),
        }
        for kind, value in expected.items():
            torch.testing.assert_close(terms[f"D/{name}_{kind}"], value)


def test_the_discriminators_step_leaves_the_generators_alone(
    objective: StudioObjective, batch: PairBatch
) -> None:
    fake = objective.synthesise(batch)
    assert fake.output.requires_grad
    terms = {
        **objective.discriminator_terms(batch, fake),
        **objective.gradient_penalty(batch, objective.synthesise(batch), 1),
    }
    torch.autograd.backward(total(terms))
    assert all(gradient is None for gradient in gradients(objective.generators))
    reached = [g is not None and bool(g.any()) for g in gradients(objective.discriminators)]
    assert all(reached)


def test_the_generators_step_leaves_frozen_discriminators_alone(
    objective: StudioObjective, batch: PairBatch
) -> None:
    fake = objective.synthesise(batch)
    objective.discriminators.requires_grad_(False)
    torch.autograd.backward(total(objective.generator_terms(batch, fake)))
    assert all(gradient is None for gradient in gradients(objective.discriminators))
    assert all(gradient is not None for gradient in gradients(objective.generators))


@pytest.mark.parametrize("term", ["adversarial", "class"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_discriminator_teaches_its_generator(
    objective: StudioObjective, batch: PairBatch, view: str, term: str
) -> None:
    torch.autograd.backward(
        objective.generator_terms(batch, objective.synthesise(batch))[f"G/{view}_{term}"]
    )
    taught = {
        name: any(g is not None and bool(g.any()) for g in gradients(generator))
        for name, generator in (
            ("eyes", objective.generators.eye_generator),
            ("mouth", objective.generators.mouth_generator),
            ("whole", objective.generators.global_generator),
        )
    }
    # End to end: the final face teaches all three; a region's discriminator sees stage I alone.
    assert taught["whole"] == (view == "whole")
    assert taught[view]


def test_the_penalty_is_weighted_for_the_steps_without_it(
    objective: StudioObjective, batch: PairBatch
) -> None:
    real = batch.target.clone().requires_grad_()
    realness = objective.discriminators.whole(real).realness
    (slope,) = torch.autograd.grad(realness.sum(), real)
    expected = slope.square().sum(dim=(1, 2, 3)).mean()
    for every in (1, 16):
        term = objective.gradient_penalty(batch, objective.synthesise(batch), every)["D/whole_r1"]
        torch.testing.assert_close(term, 0.02 * every * expected)
    assert not batch.target.requires_grad


def exact_solution(objective: StudioObjective, batch: PairBatch) -> Synthesis:
    """A synthesis in which everything is as the studio set says."""
    eye_window, mouth_window = objective.generators.eye_window, objective.generators.mouth_window
    top, hidden = batch.mouth_top, 1 - batch.visible
    local_flow = paste_eyes(eye_window * crop_eyes(batch.flow)) + paste_mouth(
        mouth_window * crop_mouth(batch.flow, top), top
    )
    local_drop = paste_eyes(eye_window * crop_eyes(hidden)) + paste_mouth(
        mouth_window * crop_mouth(hidden, top), top
    )
    eye_shade, mouth_shade = (
        window * (crop - 1)
        for window, crop in (
            (eye_window, crop_eyes(exact_shade(batch))),
            (mouth_window, crop_mouth(exact_shade(batch), top)),
        )
    )
    local_shade = 1 + paste_eyes(eye_shade) + paste_mouth(mouth_shade, top)
    made, nothing = objective.synthesise(batch), torch.zeros_like(batch.target)
    return made._replace(
        output=batch.target,
        change=Change(batch.visible, nothing, batch.flow, shade=exact_shade(batch)),
        local=made.local._replace(
            output=batch.target,
            change=Change(1 - local_drop, nothing, local_flow, shade=local_shade),
        ),
    )


def exact_inside(objective: StudioObjective, batch: PairBatch) -> Synthesis:
    """A synthesis whose mouth generator knows where teeth and gums lie, and where they show."""
    fake, top = objective.synthesise(batch), batch.mouth_top
    centres = torch.stack(torch.meshgrid(*(torch.arange(n) + 0.5 for n in (64, 48)), indexing="xy"))
    heads = InsideHeads(
        flow=crop_mouth(batch.inside, top) - centres, share=crop_mouth(batch.shows_inside, top)
    )
    return fake._replace(local=fake.local._replace(mouth=fake.local.mouth._replace(inside=heads)))


def test_the_exact_inside_costs_nothing(objective: StudioObjective, batch: PairBatch) -> None:
    terms = objective.generator_terms(batch, exact_inside(objective, batch))
    assert terms["G/inside"].item() == pytest.approx(0, abs=1e-5)
    assert terms["G/inside_share"].item() == pytest.approx(0, abs=1e-3)


def test_a_pixel_beside_the_tooth_costs_where_teeth_show_alone(
    objective: StudioObjective, batch: PairBatch
) -> None:
    fake = exact_inside(objective, batch)
    mouth = fake.local.mouth
    off = mouth._replace(inside=mouth.inside._replace(flow=mouth.inside.flow + 1))
    terms = objective.generator_terms(batch, fake._replace(local=fake.local._replace(mouth=off)))
    shown = crop_mouth(batch.shows_inside, batch.mouth_top).mean()
    torch.testing.assert_close(terms["G/inside"], objective.weights.inside * shown)


def with_local_change(fake: Synthesis, **parts: Tensor) -> Synthesis:
    """Other parts in the change of stage I, all else as it is."""
    return fake._replace(local=fake.local._replace(change=fake.local.change._replace(**parts)))


def test_the_exact_solution_costs_nothing(objective: StudioObjective, batch: PairBatch) -> None:
    terms = objective.generator_terms(batch, exact_solution(objective, batch))
    costless = ("paired", "paired_region", "paired_unseen", "local_flow", "flow")
    for name in (*costless, "local_shade", "shade"):
        for term in TERMS_OF[name]:
            assert terms[term].item() == pytest.approx(0, abs=1e-5), term


def test_exact_masks_cost_nothing_where_regions_replace(
    flow_shape: FlowLgpGanConfig, batch: PairBatch
) -> None:
    objective = objective_of(replace(flow_shape, fade=0.0))
    exact = exact_solution(objective, batch)
    right = objective.generator_terms(batch, exact)["G/attention"].item()
    assert right == pytest.approx(0, abs=1e-3)
    keep_all = exact.change._replace(keep=torch.ones_like(batch.visible))
    wrong = objective.generator_terms(batch, exact._replace(change=keep_all))["G/attention"]
    assert wrong.item() > 0.1


def test_exact_masks_are_the_best_masks_under_a_window(
    flow_shape: FlowLgpGanConfig, batch: PairBatch
) -> None:
    objective = objective_of(flow_shape, StudioWeights(attention_unseen=1.0))
    exact = exact_solution(objective, batch)
    keep = exact.local.change.keep.clamp(1e-3, 1 - 1e-3).requires_grad_()
    off = with_local_change(exact, keep=keep)
    torch.autograd.backward(objective.generator_terms(batch, off)["G/attention"])
    assert keep.grad is not None
    fractional = (keep.detach() > 0.01) & (keep.detach() < 0.99)
    assert fractional.any()
    assert keep.grad[fractional].abs().max() < 1e-6


@pytest.mark.parametrize("visible", [0.0, 1.0])
def test_masks_count_more_where_the_source_does_not_show_the_target(
    flow_shape: FlowLgpGanConfig, batch: PairBatch, visible: float
) -> None:
    batch = batch._replace(visible=torch.full_like(batch.visible, visible))
    half = torch.full_like(batch.visible, 0.5)
    attention = []
    for unseen in (1.0, 4.0):
        weights = StudioWeights(attention=1.0, attention_unseen=unseen)
        objective = objective_of(replace(flow_shape, fade=0.0), weights)
        exact = exact_solution(objective, batch)
        off = with_local_change(exact, keep=half)._replace(change=exact.change._replace(keep=half))
        attention.append(objective.generator_terms(batch, off)["G/attention"].item())
    plain, weighted = attention
    assert plain == pytest.approx(3 * math.log(2), rel=1e-4)
    assert weighted == pytest.approx((1 if visible else 4) * plain, rel=1e-4)


def test_paired_terms_are_worked_out_by_hand(objective: StudioObjective, batch: PairBatch) -> None:
    """A final face that is too bright by 0.1, and a stage I too bright by 0.2."""
    exact = exact_solution(objective, batch)
    local = exact.local._replace(output=batch.target + 0.2)
    off = exact._replace(output=batch.target + 0.1, local=local)
    terms = objective.generator_terms(batch, off)
    assert terms["G/whole_paired"].item() == pytest.approx(20 * 0.1, rel=1e-4)
    assert terms["G/eyes_paired"].item() == pytest.approx(20 * 0.2, rel=1e-4)
    assert terms["G/mouth_paired"].item() == pytest.approx(20 * 0.2, rel=1e-4)
    assert terms["G/regions_paired"].item() == pytest.approx(40 * (0.1 + 0.1), rel=1e-4)
    unseen = (1 - batch.visible).mean().item()
    assert terms["G/unseen_paired"].item() == pytest.approx(150 * 0.1 * unseen, rel=1e-4)


def test_flow_terms_count_pixels_that_the_source_shows(
    objective: StudioObjective, batch: PairBatch
) -> None:
    exact = exact_solution(objective, batch)
    off = with_local_change(exact, flow=exact.local.change.flow + 0.5)._replace(
        change=exact.change._replace(flow=batch.flow + 2)
    )
    terms, top = objective.generator_terms(batch, off), batch.mouth_top
    counted = batch.visible * (1 + 8 * batch.lids_and_lips)  # lids are few pixels
    assert terms["G/flow"].item() == pytest.approx(6 * 2 * counted.mean().item(), rel=1e-4)
    shown = crop_eyes(counted).mean().item() + crop_mouth(counted, top).mean().item()
    assert terms["G/local_flow"].item() == pytest.approx(4.5 * 0.5 * shown, rel=1e-4)


def test_shade_terms_count_pixels_that_the_source_shows(
    objective: StudioObjective, batch: PairBatch
) -> None:
    exact = exact_solution(objective, batch)
    assert exact.change.shade is not None
    off = with_local_change(exact, shade=exact.local.change.shade + 0.1)._replace(
        change=exact.change._replace(shade=exact.change.shade - 0.2)
    )
    terms, top = objective.generator_terms(batch, off), batch.mouth_top
    of_shade = 0.2 * (1 + 10 * 0.2) * batch.visible.mean().item()
    assert terms["G/shade"].item() == pytest.approx(20 * of_shade, rel=1e-4)
    shown = crop_eyes(batch.visible).mean().item() + crop_mouth(batch.visible, top).mean().item()
    of_shade = 0.1 * (1 + 10 * 0.1) * shown
    assert terms["G/local_shade"].item() == pytest.approx(10 * of_shade, rel=1e-4)


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.3])
def test_the_exact_shade_is_the_factor_of_light_that_the_target_has(
    batch: PairBatch, factor: float
) -> None:
    moved = warp_by_flow(batch.source, batch.flow)
    shaded = batch._replace(target=factor * (moved + 1) - 1, visible=torch.ones_like(batch.visible))
    torch.testing.assert_close(
        exact_shade(shaded), torch.full((2, 1, 128, 128), factor), rtol=0.05, atol=0.02
    )
    with torch.autocast("cpu", torch.bfloat16):  # in which it was off by a hundredth
        assert torch.equal(exact_shade(shaded), exact_shade(shaded).float())
    far = shaded._replace(target=9 * (moved + 1) - 1)
    assert exact_shade(far).max() == pytest.approx(1.6)


def test_what_the_source_does_not_show_has_no_part_in_the_shade_beside_it(
    batch: PairBatch,
) -> None:
    still = batch._replace(flow=torch.zeros_like(batch.flow), source=batch.target)
    hidden = torch.ones_like(batch.visible)
    hidden[..., :64] = 0
    half = still._replace(visible=hidden)
    black = half.target.clone()
    black[..., :64] = -1
    torch.testing.assert_close(
        exact_shade(half._replace(target=black))[..., 64:], torch.ones(2, 1, 128, 64)
    )


def test_local_discriminators_judge_stage_i(objective: StudioObjective, batch: PairBatch) -> None:
    fake = objective.synthesise(batch)
    other = fake._replace(output=fake.output + 0.5)
    before = objective.discriminator_terms(batch, fake)
    after = objective.discriminator_terms(batch, other)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"D/whole_fake"}


def test_class_terms_take_strong_and_mixed_labels(
    objective: StudioObjective, batch: PairBatch
) -> None:
    label = torch.zeros(2, 8)
    label[0, 4], label[0, 5] = 1.2, -0.2
    label[1, 4], label[1, 5] = 0.6, 0.4
    batch = batch._replace(label=label, eye_label=label)
    fake = objective.synthesise(batch)
    logits = objective.discriminators.whole(fake.output).attributes.log_softmax(dim=1)
    expected = -(logits[0, 4] + 0.6 * logits[1, 4] + 0.4 * logits[1, 5]) / 2
    term = objective.generator_terms(batch, fake)["G/whole_class"]
    torch.testing.assert_close(term, 0.3 * expected)


def test_faces_with_action_units_on_top_are_of_no_class(
    objective: StudioObjective, flow_shape: FlowLgpGanConfig, batch: PairBatch
) -> None:
    told = objective_of(flow_shape.with_units((4, 12)))
    units = torch.tensor([[0.0, 0.0], [0.0, 0.7]])
    label = torch.cat([batch.label, units], dim=1)
    batch = batch._replace(label=label, eye_label=label)
    fake = told.synthesise(batch)
    for terms, image in (
        (told.discriminator_terms(batch, fake), batch.target),
        (told.generator_terms(batch, fake), fake.output),
    ):
        logits = told.discriminators.whole(image).attributes.log_softmax(dim=1)
        (name,) = (name for name in terms if name.endswith("whole_class"))
        weight = 1.0 if name.startswith("D") else 0.3
        expected = -(logits[0] * batch.label[0, :8]).sum() / 2
        torch.testing.assert_close(terms[name], weight * expected)
    assert told.diagnostics(batch, fake)["fake_accuracy"].ndim == 0


def test_each_local_pair_is_judged_by_its_own_label(
    objective: StudioObjective, batch: PairBatch
) -> None:
    """The eyes happy and sad, the mouth all surprised: the whole face is half and half."""
    eyes, mouth = torch.eye(8)[[4, 6]], torch.eye(8)[[7, 7]]
    batch = batch._replace(eye_label=eyes, label=mouth)
    fake = objective.synthesise(batch)
    assert fake.local is not None
    terms = objective.discriminator_terms(batch, fake)
    judges = objective.discriminators
    real = {
        "eyes": judges.eyes(crop_eyes(batch.target)),
        "mouth": judges.mouth(crop_mouth(batch.target, batch.mouth_top)),
        "whole": judges.whole(batch.target),
    }
    logits = {name: judged.attributes.log_softmax(dim=1) for name, judged in real.items()}
    expected = {
        "eyes": -(logits["eyes"][0, 4] + logits["eyes"][1, 6]) / 2,
        "mouth": -(logits["mouth"][0, 7] + logits["mouth"][1, 7]) / 2,
        "whole": -(logits["whole"][0, [4, 7]].sum() / 2 + logits["whole"][1, [6, 7]].sum() / 2) / 2,
    }
    for name, value in expected.items():
        torch.testing.assert_close(terms[f"D/{name}_class"], value)


def test_equal_labels_are_those_of_the_whole_face(
    objective: StudioObjective, batch: PairBatch
) -> None:
    """Bit for bit what the cascade makes, and the losses say, of one label."""
    batch = batch._replace(eye_label=batch.label.clone())
    alone = objective.generators(batch.source, batch.label, batch.mouth_top)
    fake = objective.synthesise(batch)
    assert torch.equal(fake.output, alone.output)
    assert torch.equal(batch.whole_label, batch.label)
    same = batch._replace(eye_label=batch.label)
    for terms_of in (objective.discriminator_terms, objective.generator_terms):
        before, after = terms_of(same, alone), terms_of(batch, fake)
        assert all(torch.equal(before[name], after[name]) for name in after)


def test_the_papers_heads_can_be_trained_with_it(
    paper_shape: LgpGanConfig, batch: PairBatch
) -> None:
    """Without a flow head the flow terms are constants, and everything else is as before."""
    objective = objective_of(FlowLgpGanConfig.extending(paper_shape))
    terms = objective.generator_terms(batch, objective.synthesise(batch))
    shown = batch.flow.abs() * batch.visible * (1 + 8 * batch.lids_and_lips)
    torch.testing.assert_close(terms["G/flow"], 6 * shown.mean())
    torch.autograd.backward(total(terms))
    assert all(g is not None and bool(g.any()) for g in gradients(objective.generators))
    torch.testing.assert_close(
        terms["G/whole_paired"],
        20 * F.l1_loss(objective.synthesise(batch).output, batch.target),
    )
