"""Cells of a comparison: one row, one seed, trained and judged.

A run is as long as a budget of floating-point operations lets it be, or as long as published. The
budget is counted rather than timed, so a cell is the same cell on any machine, and a comparison
that was stopped goes on. A finished cell is a JSON file that says what it was made of
(:mod:`lgpgan.comparing.making`); one that was made otherwise is never put beside the others.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lgpgan.comparing.making import JudgedOn, Making
from lgpgan.comparing.rows import Row
from lgpgan.comparing.training_apart import train_apart
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.evaluation.subjects import Subject, find_subject
from lgpgan.files import write_text
from lgpgan.methods.weights import WEIGHTS, load_method
from lgpgan.networks.device import usable_device
from lgpgan.reporting.results_model import CELL_FORMAT, read_cells
from lgpgan.training.arithmetic import StepArithmetic, count_step
from lgpgan.training.as_published import PAPER
from lgpgan.training.config import TrainingConfig
from lgpgan.training.observer import Observer, TrainingProgress
from lgpgan.training.plan import expected_seconds
from lgpgan.training.presets import find_preset
from lgpgan.training.run import RunOptions, train
from lgpgan.training.run_files import CHECKPOINT, STATISTICS
from lgpgan.training.state import begun_config
from lgpgan.training.statistics import read_statistics

__all__ = ["Cell", "Comparison", "ComparisonOptions", "fitted"]

REPORTS = 30
"""Lines of statistics that a run writes."""
CHECKPOINTS = 5
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and its total."""


@dataclass(frozen=True)
class Cell:
    """A row of the table with a seed.

    Attributes:
        row: the row.
        seed: seed of the training; 0 for a baseline.
        run: folder of a run that was finished elsewhere, as it is; None for one that is trained
            here.
    """

    row: Row
    seed: int = 0
    run: Path | None = None

    @property
    def name(self) -> str:
        """Name of its files."""
        return f"{self.row.file_name}-{self.seed}" if self.row.config else self.row.file_name


@dataclass(frozen=True)
class ComparisonOptions:
    """How cells are computed, and where their files are.

    Attributes:
        runs: folder of the runs, each in a folder of its own.
        finished: folder of the finished cells.
        budget: floating-point operations of a run; None where each is as long as its options say.
        device: where networks run.
        processes: processes in which a run is trained, one for each GPU.
        changes: options of all runs that are other than their presets', as ``precision``.
        face_model: the 3-D face of the baseline ``studio``; None for the one in the cache.
    """

    runs: Path
    finished: Path
    budget: float | None
    device: str = "cpu"
    processes: int = 1
    changes: Mapping[str, Any] = field(default_factory=dict)
    face_model: Path | None = None


class Comparison:
    """Trains and judges cells.

    Args:
        prepared: the set.
        options: how cells are computed, and where their files are.
        progress: called with where a run stands, in images.
        notice: called with a sentence when something seems wrong with a run.
    """

    def __init__(
        self,
        prepared: PreparedSet,
        options: ComparisonOptions,
        *,
        progress: Progress = lambda what, done, total: None,
        notice: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.prepared = prepared
        self.options = options
        self.progress = progress
        self.notice = notice
        self._fitted: dict[str, tuple[TrainingConfig, StepArithmetic]] = {}
        self._counted: dict[TrainingConfig, StepArithmetic] = {}

    def path(self, cell: Cell) -> Path:
        """File of a finished cell."""
        return self.options.finished / f"{cell.name}.json"

    def run_folder(self, cell: Cell) -> Path:
        """Folder of a cell's run."""
        return cell.run or self.options.runs / cell.name

    def pending(self, cells: Sequence[Cell], judged_on: JudgedOn) -> list[Cell]:
        """The cells that are not finished, or were made otherwise.

        Args:
            cells: all cells.
            judged_on: the faces on which cells are judged.
        """
        return [cell for cell in cells if self.difference(cell, judged_on) != ""]

    def difference(self, cell: Cell, judged_on: JudgedOn) -> str | None:
        """In what the finished cell is another than the one asked for, in words.

        Returns:
            Empty where it is this one; None where there is none, or it is damaged.
        """
        try:
            (found,) = read_cells(self.options.finished, [self.path(cell).name])
        except InputError:  # missing, damaged, or of another version
            return None
        if (found.row, found.seed) != (cell.row.name, cell.seed):
            return "of another row or seed"
        return self.making(cell, judged_on).difference(found.made)

    def making(self, cell: Cell, judged_on: JudgedOn) -> Making:
        """What a cell is made of."""
        return Making(judged_on, self.training(cell)[0] if cell.row.config else None)

    def training(self, cell: Cell) -> tuple[TrainingConfig, StepArithmetic]:
        """Options of a cell's run, and the arithmetic of its step.

        Raises:
            InputError: when the budget is not enough for a step.
        """
        assert cell.row.config is not None
        config, budget = cell.row.config, self.options.budget
        if cell.run is not None or budget is None:
            whole = config if cell.run else replace(config, **self.options.changes)
            return replace(whole, seed=cell.seed), self._count(whole)
        if cell.row.name not in self._fitted:
            changed = replace(config, **self.options.changes)
            self._fitted[cell.row.name] = fitted(changed, self.prepared, budget)
        run, arithmetic = self._fitted[cell.row.name]
        return replace(run, seed=cell.seed), arithmetic

    def expected_seconds(self, config: TrainingConfig, arithmetic: StepArithmetic) -> float:
        """Seconds that a run is expected to take; steps of it are measured on the device.

        Args:
            config: options of the run, as from :meth:`training`.
            arithmetic: operations of its step.
        """
        device, processes = usable_device(self.options.device), self.options.processes
        shape = config.shape_for(self.prepared)
        return expected_seconds(config, shape, arithmetic, device, processes)

    def _count(self, config: TrainingConfig) -> StepArithmetic:
        """The arithmetic of a run's step. Networks of one shape may have different objectives."""
        if config not in self._counted:
            self._counted[config] = count_step(config, config.shape_for(self.prepared))
        return self._counted[config]

    def check(self, cell: Cell) -> None:
        """Check that a cell can be computed, before hours are spent on others.

        Raises:
            InputError: when the set does not suit the row, the budget is too small, or the run's
                folder holds something else.
            MissingPartError: when the 3-D face is needed and not here.
        """
        cell.row.check(self.prepared)
        if cell.row.config is not None:
            self._check_run(cell)
        else:
            self.editor(cell)

    def editor(self, cell: Cell) -> tuple[Subject, FaceEditor]:
        """The trained method or the baseline of a cell, as an editor of faces.

        Raises:
            InputError: when its run is not here, or not at its end.
            MissingPartError: when the 3-D face is needed and not here.
        """
        if cell.row.config is None:
            return find_subject(
                cell.row.name, device=self.options.device, face_model=self.options.face_model
            )
        run = self.run_folder(cell)
        if not self._is_trained(cell):
            raise InputError(f"{run} does not hold the whole run of {cell.name}.")
        subject, editor = find_subject(str(run), device=self.options.device)
        return replace(subject, name=cell.name, title=cell.row.title), editor

    def complete(self, cell: Cell, evaluator: Evaluator, judged_on: JudgedOn) -> None:
        """Train a cell, or go on with its run, judge it, and write its file.

        Args:
            cell: the cell.
            evaluator: judges it.
            judged_on: the faces that the evaluator judges on.

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
            "format": CELL_FORMAT,
            "row": cell.row.name,
            "title": cell.row.title,
            "seed": cell.seed,
            "budget": self.options.budget if trained and cell.run is None else None,
            "training": trained,
            "made": self.making(cell, judged_on).to_json(),
            "evaluation": evaluator.judge(subject, evaluator.outputs(editor)),
        }
        write_text(self.path(cell), json.dumps(result, indent=1) + "\n")

    def _train(self, cell: Cell) -> dict[str, Any]:
        """Train until the budget is spent; returns what the training cost, for the cell's file."""
        config, arithmetic = self.training(cell)
        run = self.run_folder(cell)
        self._check_run(cell)
        if not self._is_trained(cell):
            where = RunOptions(
                resume=(run / CHECKPOINT).exists(),
                device=self.options.device,
                processes=self.options.processes,
            )
            if where.processes > 1:
                train_apart(self.prepared.folder, run, config, where)
            else:
                observer = Observer(
                    progress=lambda state: self._tell(cell, state),
                    notice=lambda sentence: self.notice(f"{cell.name}: {sentence}"),
                )
                train(self.prepared.folder, run, config, where, observer)
        return {
            "images": config.images,
            "published_images": find_preset(config.method, PAPER).images,
            "seconds": _seconds(run),
            "operations": config.images * arithmetic.operations(config),
            "generator_parameters": arithmetic.generator_parameters,
            "sees_pairs": cell.row.sees_pairs,
            "sees_units": cell.row.sees_units(self.prepared),
            "sees_faint": cell.row.sees_faint(self.prepared),
            "config": TypeAdapter(type(config)).dump_python(config, mode="json"),
        }

    def _tell(self, cell: Cell, state: TrainingProgress) -> None:
        self.progress(f"images, training {cell.name}", state.images, state.total)

    def _check_run(self, cell: Cell) -> None:
        """Check that a run's folder holds this run, whole or begun, or nothing.

        Raises:
            InputError: when it holds something else.
        """
        if cell.run is not None:
            return  # its options were read from it
        config, _ = self.training(cell)
        run = self.run_folder(cell)
        if (run / CHECKPOINT).exists():
            begun = begun_config(run / CHECKPOINT, self.prepared.content_hash)
            same = begun.learnt() == config.learnt()
        else:
            same = not (run / WEIGHTS).exists() or self._is_trained(cell)
        if not same:
            raise InputError(
                f"{run} holds another run than {cell.name} with these options; delete it, or name "
                "another folder with --out."
            )

    def _is_trained(self, cell: Cell) -> bool:
        """Whether the run is here and at its end."""
        path = self.run_folder(cell) / WEIGHTS
        if not path.exists():
            return False
        if cell.run is not None:
            return True
        config, _ = self.training(cell)
        info = load_method(path).info
        found = (info.method, info.preset, info.images, info.data_hash)
        wanted = (config.method, config.preset, config.images, self.prepared.content_hash)
        # Weights of early versions do not say with which options they were trained.
        return found == wanted and info.options in ("", config.learnt_hash)


def fitted(
    config: TrainingConfig, prepared: PreparedSet, budget: float
) -> tuple[TrainingConfig, StepArithmetic]:
    """A run as long as a budget of floating-point operations lets it be, and its arithmetic.

    There is one validation on the people kept out, at its end.

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
    """Seconds that the steps of a run took, without validations and checkpoints."""
    lines = read_statistics(run / STATISTICS)
    return lines[-1].get("seconds") if lines else None
