"""One step of every method as published, with networks at their full width."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from lgpgan.expressions.expression import Expression
from lgpgan.methods.registry import METHODS
from lgpgan.training.as_published import as_published
from lgpgan.training.machines import Machines
from lgpgan.training.probe import filled
from lgpgan.training.state import TrainingState
from lgpgan.training.step import GanStep

CLASSES = tuple(map(str, Expression))


@pytest.mark.nightly
@pytest.mark.parametrize("method", METHODS)
def test_both_sides_are_moved(method: str) -> None:
    """Regression: of the published networks only the discriminators had been stepped in a test."""
    config = replace(as_published(method), batch=1, discriminator_updates=1)
    shape = config.shape(CLASSES)
    state = TrainingState(config, shape, "", torch.device("cpu"))
    before = [_sums(network) for network in (state.generators, state.discriminators)]
    objective = config.objective(state.generators, state.discriminators)
    step = GanStep(state, objective, Machines())
    terms = step(filled(config.example_batch(shape), 1).to(state.device, state.dtype))
    assert all(bool(term.isfinite()) for term in terms.values())
    after = [_sums(network) for network in (state.generators, state.discriminators)]
    for was, now in zip(before, after, strict=True):
        moved = [not torch.equal(one, other) for one, other in zip(was, now, strict=True)]
        assert sum(moved) > 0.9 * len(moved)  # a critic's last bias has no slope


def _sums(network: nn.Module) -> list[torch.Tensor]:
    return [weight.detach().double().sum() for weight in network.parameters()]


@pytest.mark.parametrize("method", ["stargan", "attgan", "ganimation"])
def test_the_generators_are_moved_on_a_small_image(method: str) -> None:
    config = as_published(method)
    generators = METHODS[method].generators(config.shape(CLASSES))
    before = _sums(generators)
    optimiser = torch.optim.Adam(generators.parameters(), config.generator_rate, config.betas)
    image = torch.rand(2, 3, 32, 32) * 2 - 1
    label = torch.eye(len(CLASSES))[:2]
    output = generators(image, label, torch.tensor([64, 64])).output
    assert output.shape == image.shape
    (output - image.flip(0)).abs().mean().backward()
    optimiser.step()
    moved = [
        not torch.equal(one, other) for one, other in zip(before, _sums(generators), strict=True)
    ]
    assert all(moved)
