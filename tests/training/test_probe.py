"""The speed of a device, by steps of the run itself."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_methods import SHAPES, tiny

from lgpgan.methods.registry import METHODS
from lgpgan.training import probe
from lgpgan.training.arithmetic import StepArithmetic, count_step
from lgpgan.training.config import Batch
from lgpgan.training.step import GanStep


def probed(
    method: str, monkeypatch: pytest.MonkeyPatch, seconds: list[float], **options: Any
) -> tuple[float, list[int], StepArithmetic]:
    """The rate of steps that take so long, the images of each step, and what was counted.

    The first is of a single image; the last two are those that count.
    """
    config = replace(tiny(method), **options)
    counted = count_step(config, SHAPES[method])
    times = iter([time for each in seconds for time in (0.0, each)])
    images: list[int] = []
    take = GanStep.__call__

    def noted(step: GanStep, part: Batch) -> object:
        images.append(len(part.to(torch.device("cpu"), torch.float32)[0]))
        return take(step, part)

    monkeypatch.setattr(GanStep, "__call__", noted)
    monkeypatch.setattr(probe, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    rate = probe.probed_rate(config, SHAPES[method], counted, torch.device("cpu"))
    return rate, images, counted


@pytest.mark.parametrize("method", METHODS)
def test_steps_of_every_method_are_timed(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regressions: the time of a run was guessed from that of a plain matrix product; on a CPU it
    was that of single images, in steps that all moved the generators.
    """
    seconds = [9.0, 1.0, 9.0, 3.0, 2.0]
    updates = {"discriminator_updates": 3, "penalty_every": 1}
    rate, images, of = probed(method, monkeypatch, seconds, **updates)
    assert images == [1, 1, 4, 4, 4]  # all of the batch, since single images take no time
    each = of.synthesis + of.discriminators + of.penalty
    assert rate == pytest.approx(4 * (3 * each + of.generators) / (3.0 + 2 * 2.0))


def test_a_batch_that_takes_long_is_not_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [9.0, probe.SECONDS_ON_CPU / 2.5, 9.0, 3.0, 2.0]
    updates = {"discriminator_updates": 1, "penalty_every": 2}
    rate, images, of = probed("stargan", monkeypatch, seconds, **updates)
    assert images == [1, 1, 2, 2, 2]
    each = of.synthesis + of.discriminators + of.generators
    # Of the two timed steps the second one has the penalty.
    assert rate == pytest.approx(2 * (2 * each + of.penalty) / 5.0)


def test_the_runs_own_threads_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: a dry run with ``--threads`` timed another number of them."""
    asked: list[int] = []

    def noted(count: int) -> nullcontext[None]:
        asked.append(count)
        return nullcontext()

    monkeypatch.setattr(probe, "threads", noted)
    probed("stargan", monkeypatch, [1.0] * 5, threads=3)
    assert asked == [3]
