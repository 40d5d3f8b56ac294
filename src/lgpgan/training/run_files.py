"""The files that a run leaves in its folder, and which weights are its best."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

from lgpgan.datasets.prepared import PreparedSet, template_description
from lgpgan.methods.weights import WEIGHTS, WeightsInfo, save_weights
from lgpgan.training.state import TrainingState

__all__ = ["CHECKPOINT", "STATISTICS", "WEIGHTS", "RunFiles"]

CHECKPOINT = "checkpoint.pt"
STATISTICS = "statistics.jsonl"
SHEETS = "sheets"


class RunFiles:
    """Writes the checkpoint and the weights of a run.

    The checkpoint is always the last state. The weights are the moving average of the generators:
    of the validation with the least error, where validations measure an error; else of the last
    state.

    Args:
        folder: the run's folder.
        prepared: the set.
    """

    def __init__(self, folder: Path, prepared: PreparedSet) -> None:
        self.folder = folder
        self.prepared = prepared

    @property
    def checkpoint(self) -> Path:
        """The checkpoint's file."""
        return self.folder / CHECKPOINT

    @property
    def weights(self) -> Path:
        """The weights' file."""
        return self.folder / WEIGHTS

    @property
    def statistics(self) -> Path:
        """The statistics' file."""
        return self.folder / STATISTICS

    def sheet(self, images: int) -> Path:
        """File of the sample sheet after so many images."""
        return self.folder / SHEETS / f"{images:08d}.png"

    def make_folders(self) -> None:
        """Make the folders of the run.

        Raises:
            OSError: when they cannot be made.
        """
        (self.folder / SHEETS).mkdir(parents=True, exist_ok=True)

    def save(self, state: TrainingState) -> None:
        """Write the checkpoint, and the weights where no validation has chosen them.

        Raises:
            LgpganError: when a file cannot be written; the older one is untouched.
        """
        if state.best_ratio is None:
            self._write_weights(state)
        state.save(self.checkpoint)

    def keep_best(self, state: TrainingState, ratio: float | None) -> bool:
        """Write the weights if a validation measured less error than all before.

        Args:
            state: the validated state. Where a weight is not finite nothing is written.
            ratio: the error divided by that of doing nothing; None where it is not known.

        Returns:
            Whether they were written; the checkpoint, which remembers their error, is to follow.

        Raises:
            LgpganError: when the file cannot be written; the older one is untouched.
        """
        least = math.inf if state.best_ratio is None else state.best_ratio
        if ratio is None or not ratio < least or not state.is_finite():
            return False
        state.best_ratio = ratio
        self._write_weights(state)
        return True

    def _write_weights(self, state: TrainingState) -> None:
        info = WeightsInfo(
            method=state.config.method,
            config=asdict(state.shape),
            labels=self.prepared.classes,
            template=template_description(),
            data_hash=self.prepared.content_hash,
            images=state.images,
            citations=tuple(self.prepared.description["citations"]),
            preset=state.config.preset,
            options=state.config.learnt_hash,
        )
        save_weights(self.weights, state.moving_average, info)
