"""The speed of a device, by steps of the run itself."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from tiny_methods import SHAPES, tiny

from lgpgan.methods.registry import METHODS
from lgpgan.training import probe
from lgpgan.training.arithmetic import count_step
from lgpgan.training.step import GanStep


@pytest.mark.parametrize("method", METHODS)
def test_steps_of_every_method_are_timed(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: the time of a run was guessed from that of a plain matrix product."""
    config = replace(tiny(method), penalty_every=2)
    counted, times = count_step(config, SHAPES[method]), iter([10.0, 12.0])
    made: list[int] = []
    take = GanStep.__call__

    def noted(step: GanStep, *parts: object) -> object:
        made.append(step.state.config.batch)
        return take(step, *parts)  # type: ignore[arg-type]

    monkeypatch.setattr(GanStep, "__call__", noted)
    monkeypatch.setattr(probe, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    rate = probe.probed_rate(config, SHAPES[method], counted, torch.device("cpu"))
    assert made == [1, 1, 1]
    each = counted.synthesis + counted.discriminators + counted.generators
    # Of the two timed steps the second one has the penalty.
    assert rate == pytest.approx((2 * each + counted.penalty) / 2.0)
