"""Equations 2 to 9 on a small cascade."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from objective_terms import all_terms, moved_by, total
from torch import Tensor

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.methods.lgpgan import LgpGan, LgpGanConfig, LgpGanDiscriminators, Synthesis
from lgpgan.methods.lgpgan.paper_objective import PaperObjective, PaperWeights
from lgpgan.methods.lgpgan.regions import crop_eyes, crop_mouth

VIEWS = ("eyes", "mouth", "whole")
TERMS_OF = {
    "gradient_penalty": tuple(f"D/{view}_penalty" for view in VIEWS),
    "classification": tuple(f"{side}/{view}_class" for side in "DG" for view in VIEWS),
    "cycle": ("G/cycle",),
    "reconstruction": ("G/reconstruction",),
    "attention": ("G/attention",),
}


@pytest.fixture
def objective(paper_shape: LgpGanConfig) -> PaperObjective:
    torch.manual_seed(2)
    return PaperObjective(LgpGan(paper_shape), LgpGanDiscriminators(paper_shape), PaperWeights())


def test_terms_by_hand(objective: PaperObjective, faces: LabelledBatch) -> None:
    """Every term but the penalty, from the networks' outputs alone."""
    fake = objective.synthesise(faces)
    terms = all_terms(objective, faces)
    top = faces.mouth_top
    views = {
        "eyes": (crop_eyes(faces.image), crop_eyes(fake.local.output)),
        "mouth": (crop_mouth(faces.image, top), crop_mouth(fake.local.output, top)),
        "whole": (faces.image, fake.output),
    }
    expected: dict[str, Tensor] = {}
    for name, (real, made) in views.items():
        judge = getattr(objective.discriminators, name)
        of_real, of_made = judge(real), judge(made)
        expected[f"D/{name}_real"] = -of_real.realness.mean()
        expected[f"D/{name}_fake"] = of_made.realness.mean()
        expected[f"G/{name}_adversarial"] = -of_made.realness.mean()
        is_, should_be = torch.tensor([5, 0]), torch.tensor([4, 6])
        expected[f"D/{name}_class"] = F.cross_entropy(of_real.attributes, is_)
        expected[f"G/{name}_class"] = F.cross_entropy(of_made.attributes, should_be)
    back = objective.generators(fake.output, faces.label, top).output
    same = objective.generators(faces.image, faces.label, top).output
    expected["G/cycle"] = 10 * (back - faces.image).abs().mean()
    expected["G/reconstruction"] = 10 * (same - faces.image).abs().mean()
    masks = (fake.local.eyes.mask, fake.local.mouth.mask, fake.whole.mask)
    expected["G/attention"] = 0.1 * torch.stack([(mask**2).mean() for mask in masks]).sum()
    penalties = {f"D/{view}_penalty" for view in VIEWS}
    assert set(terms) == expected.keys() | penalties
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-4, atol=1e-5)


def test_the_penalty_by_hand(objective: PaperObjective, faces: LabelledBatch) -> None:
    fake = objective.synthesise(faces)
    terms = objective.gradient_penalty(faces, fake, 1)
    mix = faces.mix[:, None, None, None]
    between = (mix * faces.image + (1 - mix) * fake.output).detach().requires_grad_()
    realness = objective.discriminators.whole(between).realness
    (slope,) = torch.autograd.grad(realness.sum(), between)
    expected = 10 * ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    torch.testing.assert_close(terms["D/whole_penalty"], expected)
    later = objective.gradient_penalty(faces, fake, 4)["D/whole_penalty"]
    torch.testing.assert_close(later, 4 * expected)


@pytest.mark.parametrize("weight", [field.name for field in fields(PaperWeights)])
def test_every_weight_stands_before_its_terms(
    objective: PaperObjective, faces: LabelledBatch, weight: str
) -> None:
    before = all_terms(objective, faces)
    old = getattr(objective.weights, weight)
    objective.weights = replace(objective.weights, **{weight: 3 * old})
    after = all_terms(objective, faces)
    for name in before:
        factor = 3 if name in TERMS_OF[weight] else 1
        torch.testing.assert_close(after[name], factor * before[name], rtol=1e-4, atol=1e-6)


def test_discriminator_terms_do_not_move_the_generators(
    objective: PaperObjective, faces: LabelledBatch
) -> None:
    fake = objective.synthesise(faces)
    for terms in (
        objective.discriminator_terms(faces, fake),
        objective.gradient_penalty(faces, fake, 1),
    ):
        assert not moved_by(total(terms), objective.generators)
        assert moved_by(total(terms), objective.discriminators)


@pytest.mark.parametrize("term", ["G/cycle", "G/reconstruction"])
def test_cycle_and_reconstruction_pass_through_both_stages(
    objective: PaperObjective, faces: LabelledBatch, term: str
) -> None:
    loss = objective.generator_terms(faces, objective.synthesise(faces))[term]
    for part in ("eye_generator", "mouth_generator", "global_generator"):
        assert moved_by(loss, getattr(objective.generators, part)), part


def test_the_cycle_starts_from_the_output_and_asks_for_the_label(
    objective: PaperObjective, faces: LabelledBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = objective.synthesise(faces)
    asked: list[tuple[Tensor, Tensor]] = []
    forward = objective.generators.forward

    def record(image: Tensor, label: Tensor, top: Tensor) -> Synthesis:
        asked.append((image, label))
        return forward(image, label, top)

    monkeypatch.setattr(objective.generators, "forward", record)
    objective.generator_terms(faces, fake)
    (back, back_label), (same, same_label) = asked
    assert back is fake.output
    assert same is faces.image
    assert torch.equal(back_label, faces.label)
    assert torch.equal(same_label, faces.label)


def test_diagnostics_by_hand(objective: PaperObjective, faces: LabelledBatch) -> None:
    fake = objective.synthesise(faces)
    figures = objective.diagnostics(faces, fake)
    judged = objective.discriminators.whole(fake.output)
    real = objective.discriminators.whole(faces.image)
    assert figures["keep"] == fake.change.keep.mean()
    torch.testing.assert_close(figures["change"], (fake.output - faces.image).abs().mean())
    named = (judged.attributes.argmax(1) == torch.tensor([4, 6])).float().mean()
    assert figures["fake_accuracy"] == named
    torch.testing.assert_close(figures["margin"], real.realness.mean() - judged.realness.mean())


def test_the_papers_networks_take_a_step_at_full_width() -> None:
    torch.manual_seed(0)
    shape = LgpGanConfig()
    objective = PaperObjective(LgpGan(shape), LgpGanDiscriminators(shape), PaperWeights())
    count = sum(p.numel() for p in objective.discriminators.parameters())
    assert count == 44_786_624 + 2_834_880 + 2_810_304
    faces = LabelledBatch(
        image=torch.rand(1, 3, 128, 128) * 2 - 1,
        label=torch.eye(8)[[5]],
        target=torch.eye(8)[[4]],
        mouth_top=torch.tensor([64]),
        mix=torch.tensor([0.5]),
    )
    fake = objective.synthesise(faces)
    loss = total(
        {
            **objective.discriminator_terms(faces, fake),
            **objective.gradient_penalty(faces, fake, 1),
        }
    )
    torch.autograd.backward(loss)
    optimiser = torch.optim.Adam(objective.discriminators.parameters(), 1e-4, (0.5, 0.999))
    optimiser.step()
    before = loss.item()
    after = total(
        {
            **objective.discriminator_terms(faces, fake),
            **objective.gradient_penalty(faces, fake, 1),
        }
    ).item()
    assert after < before
