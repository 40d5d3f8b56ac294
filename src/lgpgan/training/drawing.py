"""Batches drawn ahead in other processes while a GPU works on the one before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from torch.utils.data import DataLoader, Dataset

from lgpgan.studio.pairs import StudioPairs
from lgpgan.training.config import Batch, Batches
from lgpgan.training.state import TrainingState

__all__ = ["drawn_ahead"]

MOST_PROCESSES = 4
"""Processes that draw for one GPU. A batch of 16 exact pairs takes one core about a step's time."""


def drawn_ahead(
    draw: Callable[[int], list[Batch]],
    state: TrainingState,
    batches: Batches,
    *,
    processes: int | None = None,
) -> Callable[[int], list[Batch]]:
    """Gives the batch of each step, in its parts; to be asked for one step after the other.

    Every draw is keyed by its step, so what is drawn does not depend on where. Labelled faces cost
    next to nothing to draw and may lie on the GPU already. They are drawn when they are asked for,
    as is everything on a CPU, where other processes would only take its cores.

    Args:
        draw: draws the batch of a step.
        state: the run.
        batches: what is drawn from.
        processes: how many draw; None for as many as suit the device, and 0 for none.
    """
    if processes is None:
        suits = state.device.type == "cuda" and isinstance(batches, StudioPairs)
        processes = min(MOST_PROCESSES, os.cpu_count() or 1) if suits else 0
    if not processes:
        return draw
    ahead = _from_processes(draw, state, processes)
    return lambda step: next(ahead)


def _from_processes(
    draw: Callable[[int], list[Batch]], state: TrainingState, processes: int
) -> Iterator[list[Batch]]:
    """The batches from the run's present step on; the processes start with the first one."""
    first, last = (images // state.config.batch for images in (state.images, state.config.images))
    loader: DataLoader[list[Batch]] = DataLoader(
        _Steps(draw, first, last + 1),
        batch_size=None,
        num_workers=processes,
        multiprocessing_context="fork",
        pin_memory=state.device.type == "cuda",
    )
    yield from loader


class _Steps(Dataset[list[Batch]]):
    """The batches of steps, by their numbers from the first one on."""

    def __init__(self, draw: Callable[[int], list[Batch]], first: int, end: int) -> None:
        self.draw, self.first, self.end = draw, first, end

    def __len__(self) -> int:
        return self.end - self.first

    def __getitem__(self, number: int) -> list[Batch]:
        if number >= len(self):
            raise IndexError(number)
        return self.draw(self.first + number)
