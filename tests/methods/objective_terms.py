"""What the tests of all objectives ask of one."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor, nn

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.methods.objective import Objective, Terms


def all_terms(objective: Objective[LabelledBatch, Any], faces: LabelledBatch) -> dict[str, Tensor]:
    fake = objective.synthesise(faces)
    return {
        **objective.discriminator_terms(faces, fake),
        **objective.gradient_penalty(faces, fake, 1),
        **objective.generator_terms(faces, fake),
    }


def moved_by(loss: Tensor, module: nn.Module) -> bool:
    """Whether a loss has a slope by any weight of a module."""
    weights = list(module.parameters())
    slopes = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
    return any(slope is not None and bool(slope.any()) for slope in slopes)


def total(terms: Terms) -> Tensor:
    return torch.stack(list(terms.values())).sum()


def check_that_steps_keep_apart(objective: Any, faces: LabelledBatch) -> None:
    """The discriminators' losses leave the generators alone, whose own reach all their weights."""
    fake = objective.synthesise(faces)
    for terms in (
        objective.discriminator_terms(faces, fake),
        objective.gradient_penalty(faces, fake, 1),
    ):
        assert not moved_by(total(terms), objective.generators)
        assert moved_by(total(terms), objective.discriminators)
    objective.discriminators.requires_grad_(False)
    torch.autograd.backward(total(objective.generator_terms(faces, fake)))
    for name, weight in objective.generators.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.any(), name
    assert all(weight.grad is None for weight in objective.discriminators.parameters())


def check_that_weights_stand_before_their_terms(
    objective: Any, faces: LabelledBatch, terms_of: dict[str, tuple[str, ...]]
) -> None:
    """Three times a weight is three times its terms, and nothing else."""
    before, weights = all_terms(objective, faces), objective.weights
    assert terms_of.keys() == {field.name for field in fields(weights)}
    for name, terms in terms_of.items():
        objective.weights = replace(weights, **{name: 3 * getattr(weights, name)})
        after = all_terms(objective, faces)
        for term in before:
            factor = 3 if term in terms else 1
            torch.testing.assert_close(after[term], factor * before[term], rtol=1e-4, atol=1e-6)


def check_the_penalty(objective: Any, faces: LabelledBatch, *, weight: float) -> None:
    """``weight`` times the squared distance of the slope's length from 1, between real and fake."""
    fake = objective.synthesise(faces)
    mix = faces.mix[:, None, None, None]
    between = (mix * faces.image + (1 - mix) * fake.output).detach().requires_grad_()
    realness = objective.discriminators.whole(between).realness
    (slope,) = torch.autograd.grad(realness.sum(), between)
    expected = weight * ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    for every in (1, 4):
        terms = objective.gradient_penalty(faces, fake, every)
        torch.testing.assert_close(terms, {"D/penalty": every * expected})


def check_that_parts_average_to_the_whole(objective: Any, faces: LabelledBatch) -> None:
    """Terms of a batch are the means of those of its faces, each on its own."""
    whole = all_terms(objective, faces)
    parts = [
        all_terms(objective, LabelledBatch(*(value[one : one + 1] for value in faces)))
        for one in range(len(faces.image))
    ]
    for name, term in whole.items():
        mean = torch.stack([part[name] for part in parts]).mean()
        torch.testing.assert_close(term, mean, rtol=1e-3, atol=1e-5)
