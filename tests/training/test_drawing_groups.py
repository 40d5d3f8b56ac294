"""Batches that other processes draw ahead are those that are drawn on the spot."""

from __future__ import annotations

from pathlib import Path

import torch
from tiny_run import CONFIG, SHAPE

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.training.drawing import drawn_ahead
from lgpgan.training.loop import Trainer
from lgpgan.training.state import TrainingState


def test_drawn_ahead_in_other_processes(tiny_set: PreparedSet, tmp_path: Path) -> None:
    state = TrainingState(CONFIG, SHAPE, "", torch.device("cpu"))
    state.images = 5 * CONFIG.batch
    trainer = Trainer(state, tiny_set, tmp_path)
    here = drawn_ahead(trainer._shares_of, state, trainer.batches)
    there = drawn_ahead(trainer._shares_of, state, trainer.batches, processes=2)
    for step in (5, 6, 7):
        (ours,), (theirs,) = here(step), there(step)
        assert type(theirs) is type(ours)
        for one, other in zip(ours, theirs, strict=True):
            assert torch.equal(one, other)
