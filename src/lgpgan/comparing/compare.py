"""A comparison from rows to pages: planned, computed, and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lgpgan.comparing.cells import Cell, Comparison
from lgpgan.comparing.making import JudgedOn
from lgpgan.comparing.output import editors_here, statistics_here, write_comparison
from lgpgan.comparing.rows import Row, row_of_run
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.splits import TEST
from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.distances.inception import InceptionExtractor
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
from lgpgan.training.config import TrainingConfig
from lgpgan.training.plan import duration
from lgpgan.training.run_files import CHECKPOINT, WEIGHTS
from lgpgan.training.state import begun_config

__all__ = ["Outcome", "Plan", "check_fid", "compare_rows", "plan_comparison"]


@dataclass(frozen=True)
class Plan:
    """What a comparison consists of, and what of it is left to do.

    Attributes:
        comparison: what computes the cells.
        cells: all cells.
        pending: the cells that are not finished.
        trials: the edits on which every cell is judged.
        judged_on: the faces of these.
    """

    comparison: Comparison
    cells: Sequence[Cell]
    pending: Sequence[Cell]
    trials: Trials
    judged_on: JudgedOn

    def lines(self) -> Iterator[str]:
        """The plan for a person to read; measures the device, if something is to be trained."""
        comparison, total = self.comparison, len(self.cells)
        yield f"{total - len(self.pending)} of {total} cells are finished."
        seconds: dict[TrainingConfig, float] = {}
        total_seconds = 0.0
        for cell in self.pending:
            if cell.row.config is None or cell.run is not None:
                yield f"  {cell.name}: to be judged"
                continue
            run, arithmetic = comparison.training(cell)
            of_any_seed = replace(run, seed=0)
            if of_any_seed not in seconds:
                seconds[of_any_seed] = comparison.expected_seconds(run, arithmetic)
            total_seconds += seconds[of_any_seed]
            operations = arithmetic.operations(run)
            yield f"  {cell.name}: {run.images:,} images of {operations / 1e9:.1f} GFLOP"
        if seconds:
            yield (
                f"training takes about {duration(total_seconds)} on this device; runs that have "
                "begun take what is left of them."
            )


@dataclass(frozen=True)
class Outcome:
    """The result of a comparison.

    Attributes:
        table: the paper's Table IV with more columns.
        files: the files that were written.
    """

    table: Table
    files: Sequence[Path]


def plan_comparison(
    comparison: Comparison,
    rows: Sequence[Row],
    *,
    seeds: int = 1,
    runs: Sequence[Path] = (),
    split: str = TEST,
    count: int | None = None,
    skip_missing: bool = False,
    overwrite: bool = False,
) -> Plan:
    """Find out what is left to do, and whether it can be done; nothing is trained or written.

    Finished cells that were made otherwise than the ones asked for, by an earlier version or of
    another set, are named and left out.

    Args:
        comparison: what computes the cells.
        rows: the rows of the table.
        seeds: runs of every row that is trained.
        runs: folders of runs that were finished elsewhere, each a cell of its row.
        split: whose faces are judged: ``test``, or ``validation`` where something is to be chosen.
        count: only so many faces are edited, drawn at random, always the same; all if None.
        skip_missing: leave rows out, with a notice, that need what is not installed.
        overwrite: compute cells anew that were made otherwise, and replace them.

    Raises:
        InputError: when a row, a run or an option cannot be used as asked, or nothing is left.
        MissingPartError: when packages for pages or, unless rows may be left out, parts of a row
            are not installed.
    """
    if seeds < 1:
        raise InputError("at least one seed is needed.")
    check_packages()
    usable_device(comparison.options.device)
    for row in rows:
        row.check(comparison.prepared)
    cells = [Cell(row, seed) for row in rows for seed in range(seeds if row.config else 1)]
    cells += finished_runs(comparison.prepared, runs)
    twice = next((cell.name for cell in cells if [c.name for c in cells].count(cell.name) > 1), "")
    if twice:
        raise InputError(f"the cell {twice} is asked for twice; name each row and each run once.")
    trials = Trials.of(comparison.prepared, count=count, split=split)
    judged_on = JudgedOn.of(comparison.prepared, trials, split)
    pending = []
    for cell in list(cells):
        difference = comparison.difference(cell, judged_on)
        if difference == "":
            continue
        if difference and not overwrite:
            comparison.notice(
                f"{comparison.path(cell)} is left out: it is {difference}. Name another folder "
                "with --out or --cells, or replace it with --overwrite."
            )
            cells.remove(cell)
            continue
        try:
            comparison.check(cell)
        except MissingPartError as error:
            if not skip_missing:
                raise MissingPartError(
                    f"the row '{cell.row.name}' cannot be computed: {error} Or leave the row out: "
                    "name the others with --methods."
                ) from error
            comparison.notice(f"the row '{cell.row.name}' is left out: {error}")
            cells.remove(cell)
        else:
            pending.append(cell)
    if not cells:
        raise InputError("no row is left to compare; the notes above say why.")
    return Plan(comparison, cells, pending, trials, judged_on)


def finished_runs(prepared: PreparedSet, runs: Sequence[Path]) -> list[Cell]:
    """The cells of runs of ``lgpgan train`` on a set that are at their end.

    Raises:
        InputError: when one is none, is not at its end, or was trained on another set.
    """
    cells = []
    for run in runs:
        config = begun_config(run / CHECKPOINT, prepared.content_hash, whole=True)
        if not (run / WEIGHTS).exists():
            raise InputError(f"{run} has no {WEIGHTS}; let 'lgpgan train' finish it first.")
        cells.append(Cell(row_of_run(config), config.seed, run))
    return cells


def compare_rows(
    plan: Plan,
    out: Path,
    made: HowMade,
    *,
    inception: Path | None = None,
    without_fid: bool = False,
    begins: Callable[[Cell], None] = lambda cell: None,
) -> Outcome:
    """Compute the cells that are left, and write tables, figures and the page.

    Args:
        plan: what there is to do.
        out: folder for the results.
        made: how the comparison was made, for the readers of the results.
        inception: weights of FID's network, in place of those in the cache.
        without_fid: judge without FID's network, even where it is here.
        begins: called with each cell before it is computed.

    Raises:
        InputError: when a folder cannot be written to, or a judge's file is damaged.
        TrainingError: when a run diverged.
        KeyboardInterrupt: when it was stopped; finished cells and saved runs are kept.
    """
    comparison = plan.comparison
    for folder in (out, comparison.options.finished):
        _make(folder)
    if plan.pending:
        judges = _load_judges(comparison, inception)
        if without_fid:
            judges = judges.without(InceptionExtractor.name)
        evaluator = Evaluator(
            comparison.prepared,
            judges,
            count=plan.judged_on.edited,
            split=plan.judged_on.split,
            progress=comparison.progress,
        )
        for cell in plan.pending:
            begins(cell)
            comparison.complete(cell, evaluator, plan.judged_on)
    finished = read_cells(
        comparison.options.finished, [comparison.path(c).name for c in plan.cells]
    )
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


def check_fid(inception: Path | None = None) -> None:
    """Make sure that the weights of FID's network are here, before days of training.

    Args:
        inception: their file, in place of the one in the cache.

    Raises:
        InputError: when the file is another one.
        MissingPartError: when they are not here.
    """
    try:
        InceptionExtractor.load(inception)
    except MissingPartError as error:
        raise MissingPartError(
            f"the paper's table needs FID and inception score. {error} Finished cells are not "
            "judged again, so get them first, or pass --without-fid for a table without these."
        ) from error


def _load_judges(comparison: Comparison, inception: Path | None) -> Judges:
    """The judges that are here; a notice names each that is missing, as cells lack its columns.

    Raises:
        InputError: when one is damaged: a finished cell is kept, and would lack its columns.
    """
    judges = Judges.load(inception=inception, device=comparison.options.device)
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
