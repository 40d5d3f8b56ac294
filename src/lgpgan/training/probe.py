"""The speed of a device, measured by a few steps of the run itself."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from lgpgan.training.arithmetic import StepArithmetic
from lgpgan.training.config import Batch, TrainingConfig
from lgpgan.training.machines import Machines, full_precision, reproducible
from lgpgan.training.state import TrainingState
from lgpgan.training.step import GanStep

__all__ = ["filled", "probed_rate"]

LARGEST_ON_CPU = 1
"""Images of a probed step on a CPU, where more at once are hardly faster by the image."""
STEPS = 2
"""Steps that are timed, after one that is not."""


def probed_rate(
    config: TrainingConfig, shape: Any, arithmetic: StepArithmetic, device: torch.device
) -> float:
    """Floating-point operations a second that steps of a run reach on a device.

    Each step has one update of the discriminators and one of the generators. Where a batch does not
    fit into the device's memory, its steps are of one image.

    Args:
        config: options of the run.
        shape: of the networks.
        arithmetic: operations of a step.
        device: where to.
    """
    batch = config.batch // config.accumulate or 1
    if device.type == "cpu":
        batch = min(batch, LARGEST_ON_CPU)
    try:
        return _rate(config, shape, arithmetic, device, batch)
    except torch.OutOfMemoryError:
        if batch == 1:
            raise
    # Behind the block, since the error keeps the networks of the first try alive.
    return _rate(config, shape, arithmetic, device, 1)


def _rate(
    config: TrainingConfig, shape: Any, arithmetic: StepArithmetic, device: torch.device, batch: int
) -> float:
    """The same with steps of so many images."""
    probed = replace(
        config, batch=batch, accumulate=1, compile=False, discriminator_updates=1, warm_up=0
    )
    state = TrainingState(probed, shape, "", device)
    objective = probed.objective(state.generators, state.discriminators)
    step = GanStep(state, objective, Machines(str(device)))
    example = filled(probed.example_batch(shape), batch).to(device, state.dtype)
    operations, started = 0.0, 0.0
    exact = full_precision(wanted=probed.precision == "fp32")
    with exact, reproducible(device, wanted=config.deterministic):
        for number in range(1 + STEPS):
            penalised = number % probed.penalty_every == 0
            _sum(step(example)).item()  # waits for the device
            if number == 0:
                started = time.perf_counter()
                continue
            operations += batch * (
                arithmetic.synthesis
                + arithmetic.discriminators
                + arithmetic.penalty * penalised
                + arithmetic.generators
            )
    return operations / (time.perf_counter() - started)


def _sum(terms: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(terms.values())).sum()


def filled(example: Batch, count: int) -> Batch:
    """A batch of noise.

    Args:
        example: a batch of one image without values; what has values there is repeated.
        count: images of the batch.
    """
    generator = torch.Generator().manual_seed(0)

    def fill(value: Tensor) -> Tensor:
        shape = (count, *value.shape[1:])
        if value.is_meta:
            return torch.rand(shape, generator=generator)
        return value.expand(shape)

    return type(example)(*map(fill, example))
