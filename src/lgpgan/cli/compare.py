"""``lgpgan compare``: make the paper's table of methods on a prepared set."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.cli.terminal import say, tell
from lgpgan.comparing.cells import Comparison, ComparisonOptions
from lgpgan.comparing.compare import compare_rows, plan_comparison
from lgpgan.comparing.rows import ABLATIONS, find_rows, usual_rows
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.reporting.results import HowMade
from lgpgan.reporting.table_forms import to_markdown

__all__ = ["compare"]

TFLOP = 1e12


def compare(
    data: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SET")],
    *,
    out: Annotated[Path, tyro.conf.arg(metavar="FOLDER")],
    methods: Annotated[
        tuple[str, ...],
        tyro.conf.arg(metavar="ROW…", help_behavior_hint="(default: the usual ones)"),
    ] = (),
    ablation: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    budget: Annotated[float, tyro.conf.arg(metavar="TFLOP")] = 200.0,
    seeds: int = 1,
    cells: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None,
    inception: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None,
    face_model: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    overwrite: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> int:
    """Train methods alike, judge them on the same people, and write the table of the paper.

    Every row is trained with the same budget of arithmetic, which is the same on every machine, and
    judged as 'lgpgan evaluate' does. Finished cells (a row with a seed) are kept as files and never
    computed again; Ctrl-C saves the run that is being trained, and the same command goes on. OUT
    holds report.html, results.md (the table and what it proves), table.tex, and the paper's Figures
    4 and 5 under figures.

    A row is METHOD/PRESET, as stargan/narrow or lgp-gan/studio; LGP-GAN on exact pairs without a
    part, as lgp-gan/studio-without-flow (local, masks, flow, pairs); or a baseline: 'identity',
    which returns its input, or 'studio', the 3-D face itself. By default: both baselines, all
    methods in their preset 'narrow', and lgp-gan/studio, as far as the set suits them.

    Examples:
      lgpgan compare runs/studio --out runs/compare --dry-run
      lgpgan compare runs/studio --out runs/compare --seeds 2
      lgpgan compare runs/studio --out runs/ablation --ablation
      lgpgan compare runs/rafd --out runs/rivals --methods identity stargan/narrow attgan/narrow
      lgpgan compare runs/rafd --out runs/t4 --methods stargan/paper lgp-gan/paper --budget 289001

    Args:
        data: A prepared set, with people kept out.
        out: Folder for results, and for the runs.
        methods: The rows, in place of the usual ones.
        ablation: LGP-GAN on exact pairs, whole and without each of its parts, in place of METHODS.
        budget: Arithmetic of every run, in TFLOP (a million million operations).
        seeds: Runs of every row.
        cells: Folder of the finished cells; 'cells' in OUT if not said.
        inception: Weights of FID's network, in place of those in the cache.
        face_model: The 3-D face, for the baseline 'studio'.
        device: 'cpu', or 'cuda' for a GPU.
        overwrite: Replace finished cells of another budget or of other faces.
        dry_run: Only say what would be trained, and for how long.
    """
    if ablation and methods:
        raise InputError("--ablation stands in place of --methods; give one of them.")
    prepared = PreparedSet.load(data)
    names = ABLATIONS if ablation else methods
    rows = find_rows(names) if names else usual_rows(prepared, _warn)
    command = _command(data, out, methods, ablation, {
        "--budget": f"{budget:.15g}",
        "--seeds": str(seeds),
        "--cells": cells,
        "--inception": inception,
        "--face-model": face_model,
        "--device": None if device == "cpu" else device,
    })  # fmt: skip
    again = " --overwrite" if overwrite else ""
    with progress_bar("comparing") as advance:
        options = ComparisonOptions(
            out / "runs",
            cells or out / "cells",
            budget=budget * TFLOP,
            device=device,
            face_model=face_model,
        )
        comparison = Comparison(
            prepared,
            options,
            progress=lambda what, done, total: advance(done, total, what),
            notice=_warn,
        )
        plan = plan_comparison(
            comparison, rows, seeds=seeds, skip_missing=not names, overwrite=overwrite
        )
        if dry_run:
            tell(*plan.lines())
            return 0
        say(*plan.lines())
        try:
            outcome = compare_rows(
                plan,
                out,
                HowMade(command),
                inception=inception,
                begins=lambda cell: say(f"{cell.name} …"),
            )
        except KeyboardInterrupt:
            say(f"stopped; finished cells and saved runs are kept. To go on: {command}{again}")
            raise
    tell(*to_markdown(outcome.table).splitlines())
    tell(*(path for path in outcome.files if path.parent == out))
    return 0


def _command(
    data: Path, out: Path, methods: tuple[str, ...], ablation: bool, options: Mapping[str, object]
) -> str:
    """The command that does the same again."""
    words = ["lgpgan", "compare", str(data), "--out", str(out)]
    words += ["--methods", *methods] if methods else ["--ablation"] if ablation else []
    for name, value in options.items():
        words += [] if value is None else [name, str(value)]
    return shlex.join(words)


def _warn(sentence: str) -> None:
    say(f"note: {sentence}")
