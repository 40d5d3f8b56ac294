"""A comparison from rows to pages: what there is to do, doing it, and writing what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lgpgan.comparing.cells import Cell, Comparison
from lgpgan.comparing.output import (
    editors_here,
    statistics_here,
    write_comparison,
)
from lgpgan.comparing.rows import Row
from lgpgan.errors import InputError
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.judges import Judges
from lgpgan.evaluation.trials import Trials
from lgpgan.networks.device import usable_device
from lgpgan.reporting.comparison import comparison_table
from lgpgan.reporting.edits_shown import show_edits
from lgpgan.reporting.packages import check_packages
from lgpgan.reporting.results import HowMade
from lgpgan.reporting.results_model import read_cells
from lgpgan.reporting.tables import Table
from lgpgan.training.plan import duration, sustained_rate

__all__ = ["Outcome", "Plan", "compare_rows", "plan_comparison"]


@dataclass(frozen=True)
class Plan:
    """What a comparison consists of, and what of it is left to do.

    Attributes:
        comparison: who does it.
        cells: all.
        pending: those that are not finished.
        trials: on which every cell is judged.
    """

    comparison: Comparison
    cells: Sequence[Cell]
    pending: Sequence[Cell]
    trials: Trials

    def lines(self) -> Iterator[str]:
        """The plan for a person to read; measures the device, if something is to be trained."""
        comparison, total = self.comparison, len(self.cells)
        yield f"{total - len(self.pending)} of {total} cells are finished."
        trained = [comparison.training(cell)[0] for cell in self.pending if cell.row.config]
        for cell in self.pending:
            if cell.row.config is None:
                yield f"  {cell.name}: to be judged"
                continue
            run, arithmetic = comparison.training(cell)
            operations = arithmetic.operations(run) / 1e9
            yield f"  {cell.name}: {run.images:,} images of {operations:.1f} GFLOP"
        if trained:
            seconds = comparison.budget / sustained_rate(trained[0], comparison.device)
            took = duration(len(trained) * seconds)
            yield f"training takes about {took} on this device, less what begun runs have behind."


@dataclass(frozen=True)
class Outcome:
    """What came of a comparison.

    Attributes:
        table: the paper's Table IV with more columns.
        files: that were written.
    """

    table: Table
    files: Sequence[Path]


def plan_comparison(
    comparison: Comparison, rows: Sequence[Row], *, seeds: int = 1, overwrite: bool = False
) -> Plan:
    """Find out what is left to do, and that it can be done; nothing is written.

    Whatever would stop the comparison later is found here: a row that the set does not suit, a
    3-D face or a package that is missing, a folder that holds another run.

    Args:
        comparison: who does it.
        rows: of the table.
        seeds: runs of every row that is trained.
        overwrite: replace finished cells of another budget or of other faces.

    Raises:
        InputError: when a row cannot be computed, there is no such device, or finished cells are
            of another budget or of other faces.
        MissingPartError: when something has to be installed or fetched first.
    """
    if seeds < 1:
        raise InputError("at least one seed is needed.")
    check_packages()
    usable_device(comparison.device)
    for row in rows:
        row.check(comparison.prepared)
    cells = [Cell(row, seed) for row in rows for seed in range(seeds if row.config else 1)]
    trials = Trials.of(comparison.prepared)
    pending = comparison.pending(cells, trials.real.fingerprint)
    foreign = comparison.foreign(pending)
    if foreign and not overwrite:
        raise InputError(
            f"{foreign[0]} is a finished cell of another budget or of other faces "
            f"({len(foreign)} of {len(cells)} cells are); name another folder with --out or "
            "--cells, or pass --overwrite to replace them."
        )
    for cell in pending:
        comparison.check(cell)
    return Plan(comparison, cells, pending, trials)


def compare_rows(
    plan: Plan,
    out: Path,
    made: HowMade,
    *,
    inception: Path | None = None,
    begins: Callable[[Cell], None] = lambda cell: None,
) -> Outcome:
    """Compute the cells that are left, and write tables, figures and the page.

    Args:
        plan: what there is to do.
        out: folder for what is written.
        made: how, for those who read it.
        inception: weights of FID's network, in place of those in the cache.
        begins: told which cell is worked on.

    Raises:
        InputError: when a folder cannot be written to, or a judge's file is damaged.
        TrainingError: when a run diverged.
        KeyboardInterrupt: when it was stopped; finished cells and saved runs are kept.
    """
    comparison = plan.comparison
    for folder in (out, comparison.finished):
        _make(folder)
    if plan.pending:
        judges = _load_judges(comparison, inception)
        evaluator = Evaluator(comparison.prepared, judges, progress=comparison.progress)
        for cell in plan.pending:
            begins(cell)
            comparison.complete(cell, evaluator)
    finished = read_cells(comparison.finished, [comparison.path(c).name for c in plan.cells])
    editors = editors_here(comparison, plan.cells, finished)
    files = write_comparison(
        out,
        finished,
        show_edits(plan.trials, editors),
        comparison.prepared.description["citations"],
        made,
        statistics=statistics_here(comparison, plan.cells, finished),
    )
    return Outcome(comparison_table(finished), files)


def _load_judges(comparison: Comparison, inception: Path | None) -> Judges:
    """Whoever is here to judge; whose columns every new cell will lack is said in notices.

    Raises:
        InputError: when one is damaged: a finished cell is kept, and would lack its columns.
    """
    judges = Judges.load(inception=inception, device=comparison.device)
    if judges.problems:
        raise InputError(
            f"{' '.join(judges.problems)} Mend this first: finished cells are kept as they are."
        )
    for sentence in judges.missing:
        comparison.notice(sentence)
    return judges


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be written to ({error.strerror}).") from error
