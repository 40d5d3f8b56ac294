"""A method's version grows when the same step of it comes out otherwise than before."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from lgpgan.expressions.expression import Expression
from lgpgan.methods.registry import METHODS
from lgpgan.training.machines import Machines
from lgpgan.training.presets import find_preset
from lgpgan.training.probe import filled
from lgpgan.training.state import TrainingState
from lgpgan.training.step import GanStep

TERMS: dict[tuple[str, int], float] = {
    ("lgp-gan", 1): 48.6801838935,
    ("stargan", 1): 19.1502695411,
    ("attgan", 1): 507.502766357,
    ("ganimation", 1): 125.413857664,
}
"""By method and version: the sum of all terms of a first step on noise."""


@pytest.mark.parametrize("method", METHODS)
def test_a_step_comes_out_as_it_does_in_this_version(method: str) -> None:
    """Where this fails, the objective or the networks changed: finished cells of a comparison would
    stand beside others than they were. Raise ``version`` in the registry, and note the new sum."""
    preset = find_preset(method, "narrow")
    config = replace(preset, batch=1, precision="fp64", discriminator_updates=1, warm_up=0)
    shape = config.shape(tuple(map(str, Expression)))
    state = TrainingState(config, shape, "", torch.device("cpu"))
    step = GanStep(state, config.objective(state.generators, state.discriminators), Machines())
    batch = filled(config.example_batch(shape), 1).to(state.device, state.dtype)
    found = sum(term.item() for term in step(batch).values())
    assert found == pytest.approx(TERMS[method, METHODS[method].version], rel=1e-6)
