"""Cells of a comparison: one row, one seed, trained within the budget and judged.

The budget is counted in floating-point operations rather than in time, so a cell is the same cell
on any machine, and a comparison that was stopped goes on. A finished cell is a JSON file; it is
computed again only when it is damaged, or had another row, seed, budget or other faces.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from lgpgan.comparing.rows import Row
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.evaluation.subjects import Subject, find_subject
from lgpgan.files import write_text
from lgpgan.methods.weights import WEIGHTS, load_method
from lgpgan.reporting.results_model import FORMAT, read_cells
from lgpgan.training.arithmetic import StepArithmetic, count_step
from lgpgan.training.config import TrainingConfig
from lgpgan.training.loop import CHECKPOINT, STATISTICS, TrainingProgress, train
from lgpgan.training.state import TrainingState
from lgpgan.training.statistics import read_statistics

__all__ = ["Cell", "Comparison", "fitted"]

REPORTS = 30
"""Lines of statistics that a run writes."""
CHECKPOINTS = 5
HOUSEKEEPING = (
    "report_every",
    "save_every",
    "validate_every",
    "tensorboard",
    "compile",
    "threads",
)
"""Options that a run may have otherwise and still be the same: nothing learnt depends on them."""
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and its total."""


@dataclass(frozen=True)
class Cell:
    """A row with a seed.

    Attributes:
        row: of the table.
        seed: of the training; 0 for a baseline.
    """

    row: Row
    seed: int = 0

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.row.file_name}-{self.seed}" if self.row.config else self.row.file_name


class Comparison:
    """Trains and judges cells.

    Args:
        prepared: the set.
        runs: folder of the runs, each in a folder of its own.
        finished: folder of the finished cells.
        budget: floating-point operations of a run.
        device: where networks run.
        face_model: the 3-D face of the baseline ``studio``.
        progress: told where a run stands, in images.
        notice: told what seems wrong with a run.
    """

    def __init__(
        self,
        prepared: PreparedSet,
        runs: Path,
        finished: Path,
        *,
        budget: float,
        device: str = "cpu",
        face_model: Path | None = None,
        progress: Progress = lambda what, done, total: None,
        notice: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.prepared = prepared
        self.runs = runs
        self.finished = finished
        self.budget = budget
        self.device = device
        self.face_model = face_model
        self.progress = progress
        self.notice = notice
        self._fitted: dict[str, tuple[TrainingConfig, StepArithmetic]] = {}

    def path(self, cell: Cell) -> Path:
        """File of a finished cell."""
        return self.finished / f"{cell.name}.json"

    def run_folder(self, cell: Cell) -> Path:
        """Folder of a cell's run."""
        return self.runs / cell.name

    def pending(self, cells: Sequence[Cell], faces_hash: str) -> list[Cell]:
        """Those that are not finished.

        Args:
            cells: all.
            faces_hash: of the faces that are judged.
        """
        return [cell for cell in cells if not self._is_finished(cell, faces_hash)]

    def foreign(self, pending: Sequence[Cell]) -> list[Path]:
        """Files of finished cells that are of another row, seed or budget, or of other faces.

        Args:
            pending: cells that are not finished; see :meth:`pending`.
        """
        found = []
        for path in map(self.path, pending):
            with contextlib.suppress(InputError):  # missing, damaged, or of another version
                read_cells(path.parent, [path.name])
                found.append(path)
        return found

    def _is_finished(self, cell: Cell, faces_hash: str) -> bool:
        try:
            (found,) = read_cells(self.finished, [self.path(cell).name])
        except InputError:  # missing, damaged, or of another version
            return False
        wanted = (cell.row.name, cell.seed, self.budget if cell.row.config else None, faces_hash)
        of_faces = found.evaluation.data.faces_hash
        return (found.row, found.seed, found.budget, of_faces) == wanted

    def training(self, cell: Cell) -> tuple[TrainingConfig, StepArithmetic]:
        """Options of a cell's run, and the arithmetic of its step.

        Raises:
            InputError: when the budget is not enough for a step.
        """
        row = cell.row
        assert row.config is not None
        if row.name not in self._fitted:
            self._fitted[row.name] = fitted(row.config, self.prepared, self.budget)
        config, arithmetic = self._fitted[row.name]
        return replace(config, seed=cell.seed), arithmetic

    def check(self, cell: Cell) -> None:
        """Make sure that a cell can be computed, before hours are spent on others.

        Raises:
            InputError: when the set does not suit the row, the budget is too small, or the run's
                folder holds something else.
            MissingPartError: when the 3-D face is needed and not here.
        """
        cell.row.check(self.prepared)
        if cell.row.config is not None:
            self._check_run(cell)
            return
        try:
            self.editor(cell)
        except MissingPartError as error:
            raise MissingPartError(
                f"the row '{cell.row.name}' cannot be computed: {error} Or leave the row out: name "
                "the others with --methods."
            ) from error

    def editor(self, cell: Cell) -> tuple[Subject, FaceEditor]:
        """What was trained, as an editor of faces.

        Raises:
            InputError: when its run is not here, or not at its end.
            MissingPartError: when the 3-D face is needed and not here.
        """
        if cell.row.config is None:
            return find_subject(cell.row.name, device=self.device, face_model=self.face_model)
        run = self.run_folder(cell)
        if not self._is_trained(cell):
            raise InputError(f"{run} does not hold the whole run of {cell.name}.")
        subject, editor = find_subject(str(run), device=self.device)
        return replace(subject, name=cell.name, title=cell.row.title), editor

    def complete(self, cell: Cell, evaluator: Evaluator) -> None:
        """Train a cell, or go on with its run, judge it, and write its file.

        Raises:
            InputError: as :meth:`check`.
            MissingPartError: as :meth:`check`.
            TrainingError: when the run diverged.
            LgpganError: when the file cannot be written.
            KeyboardInterrupt: when it was stopped; the run goes on where it was saved.
        """
        trained = self._train(cell) if cell.row.config else None
        subject, editor = self.editor(cell)
        result = {
            "format": FORMAT,
            "row": cell.row.name,
            "title": cell.row.title,
            "seed": cell.seed,
            "budget": self.budget if trained else None,
            "training": trained,
            "evaluation": evaluator.judge(subject, evaluator.outputs(editor)),
        }
        write_text(self.path(cell), json.dumps(result, indent=1) + "\n")

    def _train(self, cell: Cell) -> dict[str, Any]:
        """Train to the end of the budget; returns what it cost."""
        config, arithmetic = self.training(cell)
        run = self.run_folder(cell)
        self._check_run(cell)
        if not self._is_trained(cell):
            train(
                self.prepared.folder,
                run,
                config,
                resume=(run / CHECKPOINT).exists(),
                device=self.device,
                progress=lambda state: self._tell(cell, state),
                notice=lambda sentence: self.notice(f"{cell.name}: {sentence}"),
            )
        return {
            "images": config.images,
            "seconds": _seconds(run),
            "operations": config.images * arithmetic.operations(config),
            "generator_parameters": arithmetic.generator_parameters,
            "sees_pairs": cell.row.sees_pairs,
            "config": TypeAdapter(type(config)).dump_python(config, mode="json"),
        }

    def _tell(self, cell: Cell, state: TrainingProgress) -> None:
        self.progress(f"images, training {cell.name}", state.images, state.total)

    def _check_run(self, cell: Cell) -> None:
        """Make sure that a run's folder holds this run, whole or begun, or nothing.

        Raises:
            InputError: when it holds something else.
        """
        config, _ = self.training(cell)
        run = self.run_folder(cell)
        if (run / CHECKPOINT).exists():
            content_hash = self.prepared.content_hash
            begun = TrainingState.load(run / CHECKPOINT, content_hash, torch.device("cpu"))
            ours = {name: getattr(config, name) for name in HOUSEKEEPING}
            same = replace(begun.config, **ours) == config
        else:
            same = not (run / WEIGHTS).exists() or self._is_trained(cell)
        if not same:
            raise InputError(
                f"{run} holds another run than {cell.name} with this budget; delete it, or name "
                "another folder with --out."
            )

    def _is_trained(self, cell: Cell) -> bool:
        """Whether the run is here and at its end."""
        path = self.run_folder(cell) / WEIGHTS
        if not path.exists():
            return False
        config, _ = self.training(cell)
        info = load_method(path).info
        found = (info.method, info.preset, info.images, info.data_hash)
        wanted = (config.method, config.preset, config.images, self.prepared.content_hash)
        return found == wanted


def fitted(
    config: TrainingConfig, prepared: PreparedSet, budget: float
) -> tuple[TrainingConfig, StepArithmetic]:
    """A run as long as a budget of floating-point operations lets it be, and its arithmetic.

    The people kept out are looked at once, at its end.

    Raises:
        InputError: when the budget is not enough for a step, or no number.
    """
    if not math.isfinite(budget):
        raise InputError(f"a budget is a number of TFLOP, not {budget:g}.")
    shape = config.shape_for(prepared)
    arithmetic = count_step(config, shape)
    step = arithmetic.operations(config) * config.batch
    steps = int(budget / step)
    if steps < 1:
        raise InputError(
            f"a budget of {budget / 1e12:g} TFLOP is not enough for a step of {config.method}, "
            f"preset {config.preset}, which takes {step / 1e12:.2g}."
        )
    images = steps * config.batch
    run = replace(
        config,
        images=images,
        report_every=max(config.batch, images // REPORTS),
        save_every=max(config.batch, images // CHECKPOINTS),
        validate_every=images,
    )
    return run, arithmetic


def _seconds(run: Path) -> float | None:
    """How long a run took, without looks and checkpoints, as its statistics say."""
    lines = read_statistics(run / STATISTICS)
    return lines[-1].get("seconds") if lines else None
