"""``lgpgan compare``: a prepared set in, the paper's table of methods out."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.comparing.cells import Cell, Comparison, fitted
from lgpgan.comparing.output import shown_faces, write_comparison
from lgpgan.comparing.rows import ABLATIONS, TABLE_IV, Row, find_rows
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.judges import Judges
from lgpgan.evaluation.trials import RealFaces
from lgpgan.reporting.comparison import comparison_table
from lgpgan.reporting.results import HowMade
from lgpgan.reporting.results_model import read_cells
from lgpgan.reporting.table_forms import to_markdown
from lgpgan.training.plan import duration, sustained_rate

__all__ = ["compare"]

TFLOP = 1e12


def compare(
    data: Annotated[Path, tyro.conf.Positional],
    *,
    out: Path,
    methods: Annotated[tuple[str, ...], tyro.conf.arg(metavar="ROW …")] = TABLE_IV,
    ablation: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    budget: Annotated[float, tyro.conf.arg(metavar="TFLOP")] = 200.0,
    seeds: int = 1,
    cells: Path | None = None,
    inception: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None,
    face_model: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> int:
    """Train methods alike, judge them on the same people, and write the table of the paper.

    Every row is trained with the same budget of arithmetic, which is the same on every machine, and
    judged as 'lgpgan evaluate' does. Finished cells (a row with a seed) are kept as files and never
    computed again; a run that was stopped goes on. OUT holds report.html, results.md (the table and
    what it proves), table.tex, and the paper's Figures 4 and 5 under figures.

    A row is METHOD/PRESET, as stargan/narrow or lgp-gan/studio; LGP-GAN on exact pairs without a
    part, as lgp-gan/studio-without-flow (local, masks, flow, pairs); or a baseline: 'identity',
    which returns its input, or 'studio', the 3-D face itself.

    Examples:
      lgpgan compare runs/studio --out runs/compare --dry-run
      lgpgan compare runs/studio --out runs/compare --seeds 2
      lgpgan compare runs/studio --out runs/ablation --ablation
      lgpgan compare runs/rafd --out runs/t4 --methods stargan/paper lgp-gan/paper --budget 289000

    Args:
        data: A prepared set, with people kept out.
        out: Folder for results, and for the runs.
        methods: The rows.
        ablation: LGP-GAN on exact pairs, whole and without each of its parts, in place of METHODS.
        budget: Arithmetic of every run, in TFLOP (a million million operations).
        seeds: Runs of every row.
        cells: Folder of the finished cells; 'cells' in OUT if not said.
        inception: Weights of FID's network, in place of those in the cache.
        face_model: The 3-D face, for the baseline 'studio'.
        device: 'cpu', or 'cuda' for a GPU.
        dry_run: Only say what would be trained, and for how long.
    """
    if seeds < 1:
        raise InputError("at least one seed is needed.")
    prepared = PreparedSet.load(data)
    rows = find_rows(ABLATIONS if ablation else methods)
    wanted = [Cell(row, seed) for row in rows for seed in range(seeds if row.config else 1)]
    with progress_bar("comparing") as advance:
        comparison = Comparison(
            prepared,
            out / "runs",
            cells or out / "cells",
            budget=budget * TFLOP,
            device=device,
            face_model=face_model,
            training=lambda cell, state: advance(
                state.images, state.total, f"images, training {cell.name}"
            ),
            notice=lambda sentence: _say(f"warning: {sentence}"),
        )
        pending = list(comparison.pending(wanted, RealFaces.of(prepared, "test").fingerprint))
        _tell(comparison, wanted, pending)
        if dry_run:
            return 0
        evaluator = Evaluator(
            prepared,
            Judges.load(inception=inception, device=device),
            progress=lambda what, done, total: advance(done, total, what),
        )
        for cell in pending:
            _say(f"{cell.name} …")
            comparison.complete(cell, evaluator)
        finished = read_cells(comparison.finished, [comparison.path(c).name for c in wanted])
        written = write_comparison(
            out,
            finished,
            shown_faces(comparison, wanted, finished, evaluator),
            evaluator.prepared.description["citations"],
            HowMade(command=_command(data, out, rows, budget, seeds)),
        )
    sys.stdout.write(to_markdown(comparison_table(finished)) + "\n")
    sys.stdout.writelines(f"{path}\n" for path in written if path.parent == out)
    return 0


def _tell(comparison: Comparison, wanted: list[Cell], pending: list[Cell]) -> None:
    """Say what is finished, what is not, and how long that would take."""
    _say(f"{len(wanted) - len(pending)} of {len(wanted)} cells are finished.")
    trained = [(cell, cell.row.config) for cell in pending if cell.row.config]
    for cell, config in trained:
        run, arithmetic = fitted(config, comparison.prepared, comparison.budget)
        operations = arithmetic.operations(run) / 1e9
        _say(f"  {cell.name}: {run.images:,} images of {operations:.1f} GFLOP")
    if trained:
        rate = sustained_rate(config, comparison.device)
        took = duration(len(trained) * comparison.budget / rate)
        _say(f"training takes about {took} on this device.")


def _command(data: Path, out: Path, rows: Sequence[Row], budget: float, seeds: int) -> str:
    names = [row.name for row in rows]
    usual = [] if tuple(names) == TABLE_IV else ["--methods", *names]
    words = ["lgpgan", "compare", str(data), "--out", str(out), *usual]
    return shlex.join([*words, "--budget", f"{budget:g}", "--seeds", str(seeds)])


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
