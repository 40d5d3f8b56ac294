"""Cells of a comparison: one row, one seed, trained within the budget and judged.

The budget is counted in floating-point operations rather than in time, so a cell is the same cell
on any machine, and a comparison that was stopped goes on. A finished cell is a JSON file; it is
computed again only when it is another row's, or had another seed, budget or faces.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lgpgan.comparing.rows import Row
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.evaluation.subjects import Subject, find_subject
from lgpgan.files import write_text
from lgpgan.methods.weights import WEIGHTS, load_method
from lgpgan.training.arithmetic import StepArithmetic, count_step
from lgpgan.training.config import TrainingConfig
from lgpgan.training.loop import CHECKPOINT, STATISTICS, TrainingProgress, train

__all__ = ["FORMAT", "Cell", "Comparison", "fitted"]

FORMAT = 1
REPORTS = 30
"""Lines of statistics that a run writes."""
CHECKPOINTS = 5


@dataclass(frozen=True)
class Cell:
    """A row with a seed.

    Attributes:
        row: of the table.
        seed: of the training; 0 for a baseline.
    """

    row: Row
    seed: int

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.row.file_name}-{self.seed}" if self.row.config else self.row.file_name


class Comparison:
    """Trains and judges cells.

    Args:
        prepared: the set.
        folder: where runs go, each into a folder of its own.
        finished: folder of the finished cells.
        budget: floating-point operations of a run.
        device: where networks run.
        face_model: the 3-D face of the baseline ``studio``.
        training: told where a run stands.
        notice: told what seems wrong with a run.
    """

    def __init__(
        self,
        prepared: PreparedSet,
        folder: Path,
        finished: Path,
        *,
        budget: float,
        device: str = "cpu",
        face_model: Path | None = None,
        training: Callable[[Cell, TrainingProgress], None] = lambda cell, state: None,
        notice: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.prepared = prepared
        self.folder = folder
        self.finished = finished
        self.budget = budget
        self.device = device
        self.face_model = face_model
        self.training = training
        self.notice = notice

    def path(self, cell: Cell) -> Path:
        """File of a finished cell."""
        return self.finished / f"{cell.name}.json"

    def pending(self, cells: Sequence[Cell], faces_hash: str) -> Iterator[Cell]:
        """Those that are not finished.

        Args:
            cells: all.
            faces_hash: of the faces that are judged.
        """
        for cell in cells:
            try:
                found = json.loads(self.path(cell).read_text(encoding="utf-8"))
                known = (found["row"], found["seed"], found["budget"])
                same = found["evaluation"]["data"]["faces_hash"] == faces_hash
            except (OSError, ValueError, KeyError, TypeError):
                yield cell
                continue
            budget = self.budget if cell.row.config else None
            if not same or known != (cell.row.name, cell.seed, budget):
                yield cell

    def run_folder(self, cell: Cell) -> Path:
        """Folder of a cell's run."""
        return self.folder / cell.name

    def editor(self, cell: Cell) -> tuple[Subject, FaceEditor]:
        """What was trained, as an editor of faces.

        Raises:
            InputError: when its run is not here.
        """
        if cell.row.config is None:
            return find_subject(cell.row.name, device=self.device, face_model=self.face_model)
        subject, editor = find_subject(str(self.run_folder(cell)), device=self.device)
        return replace(subject, name=cell.name, title=cell.row.title), editor

    def complete(self, cell: Cell, evaluator: Evaluator) -> None:
        """Train a cell, or go on with its run, judge it, and write its file.

        Raises:
            InputError: when the set does not suit the row, or the run's folder holds another run.
            TrainingError: when the run diverged.
            LgpganError: when the file cannot be written.
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
        assert cell.row.config is not None
        config, arithmetic = fitted(cell.row.config, self.prepared, self.budget)
        config = replace(config, seed=cell.seed)
        run = self.run_folder(cell)
        if not _is_done(run, config):
            train(
                self.prepared.folder,
                run,
                config,
                resume=(run / CHECKPOINT).exists(),
                device=self.device,
                progress=lambda state: self.training(cell, state),
                notice=self.notice,
            )
            if not _is_done(run, config):
                raise InputError(
                    f"{run} holds a run of another length, or of another method; delete it, or "
                    "name another folder."
                )
        return {
            "images": config.images,
            "seconds": _seconds(run),
            "operations": config.images * arithmetic.operations(config),
            "generator_parameters": arithmetic.generator_parameters,
            "sees_pairs": cell.row.sees_pairs,
            "config": TypeAdapter(type(config)).dump_python(config, mode="json"),
        }


def fitted(
    config: TrainingConfig, prepared: PreparedSet, budget: float
) -> tuple[TrainingConfig, StepArithmetic]:
    """A run as long as a budget of floating-point operations lets it be, and its arithmetic.

    Raises:
        InputError: when the budget is not enough for a step.
    """
    shape = config.shape(prepared.classes, exact_units=prepared.knows_units)
    arithmetic = count_step(config, shape)
    steps = int(budget / arithmetic.operations(config) / config.batch)
    if not steps:
        raise InputError(
            f"a budget of {budget / 1e12:g} TFLOP is not enough for a step of {config.method}."
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


def _is_done(run: Path, config: TrainingConfig) -> bool:
    """Whether the run of these options is at its end."""
    path = run / WEIGHTS
    if not path.exists():
        return False
    info = load_method(path).info
    return (info.method, info.preset, info.images) == (config.method, config.preset, config.images)


def _seconds(run: Path) -> float | None:
    """How long a run took, without looks and checkpoints, as its statistics say."""
    try:
        last = (run / STATISTICS).read_text(encoding="utf-8").splitlines()[-1]
        return float(json.loads(last)["seconds"])
    except (OSError, ValueError, KeyError, IndexError):
        return None
