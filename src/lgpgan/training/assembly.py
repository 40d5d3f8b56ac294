"""What a run is put together from: batches, an objective, a look at the people kept out."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from lgpgan.datasets.batches import LabelledBatch, PairBatch
from lgpgan.datasets.labelled import LabelledFaces
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.methods.change import Fake
from lgpgan.methods.objective import Objective
from lgpgan.studio.pairs import StudioPairs
from lgpgan.training.presets import StudioConfig
from lgpgan.training.state import TrainingState
from lgpgan.training.validation import LabelledLook, Look, PairedLook

__all__ = ["Batches", "Parts", "assemble"]


class Batches(Protocol):
    """Draws the batches of a run; see :class:`lgpgan.datasets.labelled.LabelledFaces`."""

    def batch(self, step: int, size: int, part: slice = ...) -> PairBatch | LabelledBatch:
        """The batch of a step, or a part of it."""
        ...


class Parts(NamedTuple):
    """What a run is put together from.

    Attributes:
        batches: of the training split.
        objective: the losses.
        look: at the people kept out; None where there are none.
    """

    batches: Batches
    objective: Objective[Any, Fake]
    look: Look | None


def assemble(state: TrainingState, prepared: PreparedSet) -> Parts:
    """Put together what a run needs.

    Raises:
        InputError: when the set does not suit the preset.
    """
    config = state.config
    if config.compile:
        state.generators.compile()
    objective = config.objective(state.generators, state.discriminators)
    kept_out = bool(prepared.split("test"))
    if isinstance(config, StudioConfig):
        units = state.shape.units
        return Parts(
            StudioPairs(
                prepared,
                "train",
                augmentation=config.augmentation,
                seed=config.seed,
                units=units,
            ),
            objective,
            PairedLook(StudioPairs(prepared, "test", units=units)) if kept_out else None,
        )
    return Parts(
        LabelledFaces(
            prepared,
            "train",
            seed=config.seed,
            device=state.device,
            units=config.units(state.shape),
        ),
        objective,
        LabelledLook(LabelledFaces(prepared, "test")) if kept_out else None,
    )
