"""The speed of a device, measured by a few steps of the run itself."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from lgpgan.networks.device import threads
from lgpgan.training.arithmetic import StepArithmetic
from lgpgan.training.config import Batch, TrainingConfig
from lgpgan.training.machines import Machines, full_precision, reproducible
from lgpgan.training.state import TrainingState
from lgpgan.training.step import GanStep

__all__ = ["filled", "probed_rate"]

SECONDS_ON_CPU = 6.0
"""A probed step on a CPU has at most so many images as take that long one at a time.

Some costs of a step are the same for any batch: narrow networks take 1.3 to 1.8 times as long by
the image with one image as with eight.
"""


def probed_rate(
    config: TrainingConfig, shape: Any, arithmetic: StepArithmetic, device: torch.device
) -> float:
    """Floating-point operations a second that steps of a run reach on a device.

    Steps that move the generators count as often as in the run: those that do not are faster by the
    operation. Where a batch does not fit into the device's memory, its steps are of one image.

    Args:
        config: options of the run.
        shape: of the networks.
        arithmetic: operations of a step.
        device: where to.
    """
    batch = config.batch // config.accumulate or 1
    exact = full_precision(wanted=config.precision == "fp32")
    same_bits = reproducible(device, wanted=config.deterministic)
    with exact, same_bits, threads(config.threads):
        try:
            return _rate(_Probe(config, shape, arithmetic, device), batch)
        except torch.OutOfMemoryError:
            if batch == 1:
                raise
        # Behind the block, since the error keeps the networks of the first try alive.
        return _rate(_Probe(config, shape, arithmetic, device), 1)


def _rate(probe: _Probe, batch: int) -> float:
    """The same with steps of so many images, or fewer where that takes too long."""
    updates = probe.config.discriminator_updates
    first = updates - 1  # moves the generators
    if probe.device.type == "cpu":
        probe.step(1, first)
        _, seconds = probe.step(1, first)
        batch = min(batch, max(1, int(SECONDS_ON_CPU / seconds)))
    probe.step(batch, first)  # the first of a size takes longer
    with_generators, without = (probe.step(batch, first + updates + more) for more in (0, 1))
    operations, seconds = (
        both + (updates - 1 or 1) * one for both, one in zip(with_generators, without, strict=True)
    )
    return operations / seconds


class _Probe:
    """Makes steps of a run with noise.

    Args:
        config: options of the run.
        shape: of the networks.
        arithmetic: operations of a step.
        device: where to.
    """

    def __init__(
        self, config: TrainingConfig, shape: Any, arithmetic: StepArithmetic, device: torch.device
    ) -> None:
        self.device = device
        # However many images there are in a step, they count for one: so steps have numbers.
        self.config = replace(config, batch=1, accumulate=1, compile=False, warm_up=0)
        self._arithmetic = arithmetic
        self._state = TrainingState(self.config, shape, "", device)
        objective = self.config.objective(self._state.generators, self._state.discriminators)
        self._step = GanStep(self._state, objective, Machines(str(device)))
        self._example = self.config.example_batch(shape)

    def step(self, batch: int, number: int) -> tuple[float, float]:
        """Operations and seconds of a step of so many images.

        Args:
            batch: how many.
            number: of the step, which says whether the generators move and whether there is a
                gradient penalty.
        """
        self._state.images = number
        example = filled(self._example, batch).to(self.device, self._state.dtype)
        of = self._arithmetic
        operations = of.synthesis + of.discriminators
        if number % self.config.penalty_every == 0:
            operations += of.penalty
        if self.config.moves_generators(number):
            operations += of.generators
        started = time.perf_counter()
        terms = self._step(example)
        torch.stack(list(terms.values())).sum().item()  # waits for the device
        return batch * operations, time.perf_counter() - started


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
