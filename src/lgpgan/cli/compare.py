"""``lgpgan compare``: make the paper's table of methods on a prepared set."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.cli.terminal import say, tell
from lgpgan.comparing.cells import Comparison, ComparisonOptions
from lgpgan.comparing.compare import Plan, check_fid, compare_rows, plan_comparison
from lgpgan.comparing.rows import ABLATIONS, PUBLISHED, find_rows, usual_rows
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.splits import TEST
from lgpgan.errors import InputError
from lgpgan.evaluation.trials import KEPT_OUT
from lgpgan.parallel.processes import number_of_processes
from lgpgan.reporting.results import HowMade
from lgpgan.reporting.table_forms import to_markdown
from lgpgan.training.as_published import PAPER, differences

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
    as_published: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    runs: Annotated[tuple[Path, ...], tyro.conf.arg(metavar="RUN…")] = (),
    budget: Annotated[
        float | None, tyro.conf.arg(metavar="TFLOP", help_behavior_hint="(default: 200)")
    ] = None,
    seeds: int = 1,
    split: Annotated[str, tyro.conf.arg(metavar="|".join(KEPT_OUT))] = TEST,
    faces: Annotated[int | None, tyro.conf.arg(metavar="COUNT")] = None,
    cells: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None,
    inception: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None,
    face_model: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    without_fid: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    processes: int = 1,
    precision: Annotated[
        Literal["auto", "bf16", "fp32", "fp64"] | None,
        tyro.conf.arg(help_behavior_hint="(default: the presets')"),
    ] = None,
    compile: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    accumulate: int = 1,
    overwrite: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> int:
    """Train methods alike, judge them on the same people, and write the table of the paper.

    Every row is trained with the same budget of arithmetic, which is the same on every machine; or,
    with --as-published, as long and as its authors trained it. All are judged as 'lgpgan evaluate'
    does. --runs takes in runs of 'lgpgan train' that are finished. Finished cells (a row with a
    seed) are kept as files and never computed again; Ctrl-C saves the run that is being trained,
    and the same command goes on. OUT holds report.html, results.md (the table and what it proves),
    table.tex, and the paper's Figures 4 and 5 under figures.

    A row is METHOD/PRESET, as stargan/narrow or lgp-gan/studio; LGP-GAN on exact pairs without a
    part, as lgp-gan/studio-without-flow (local, masks, flow, pairs); or a baseline: 'identity',
    which returns its input, or 'studio', the 3-D face itself. By default: both baselines, all
    methods in their preset 'narrow', and lgp-gan/studio, as far as the set suits them.

    Examples:
      lgpgan compare runs/studio --out runs/compare --dry-run
      lgpgan compare runs/studio --out runs/compare --seeds 2
      lgpgan compare runs/studio --out runs/ablation --ablation
      lgpgan compare runs/rafd --out runs/rivals --methods identity stargan/narrow attgan/narrow
      lgpgan compare runs/rafd --out runs/table4 --as-published --device cuda
      lgpgan compare runs/rafd --out runs/table4 --runs runs/paper runs/stargan

    Args:
        data: A prepared set, with people kept out.
        out: Folder for results, and for the runs.
        methods: The rows, in place of the usual ones.
        ablation: LGP-GAN on exact pairs, whole and without each of its parts, in place of METHODS.
        as_published: The paper's four methods with their published lengths, batches, orders and
            decays, in float32; what still differs is listed at the end.
        runs: Finished runs on this set, each a row, or a seed of one. Nothing else is trained then
            but what --methods names.
        budget: Arithmetic of every run, in TFLOP (a million million operations).
        seeds: Runs of every row.
        split: Whose faces are judged: 'test' for figures to report, 'validation' to choose by.
        faces: Edit only so many faces, drawn at random, always the same ones; for short runs.
        cells: Folder of the finished cells; 'cells' in OUT if not said.
        inception: Weights of FID's network, in place of those in the cache.
        face_model: The 3-D face, for the baseline 'studio'.
        without_fid: Make the table without FID, KID and inception score.
        device: 'cpu', or 'cuda' for a GPU.
        processes: Processes of each run, one for each GPU.
        precision: Precision of matrix products of all runs.
        compile: Compile the generators of all runs first, which is worth it on a GPU.
        accumulate: Number of parts in which a batch is worked through; more need less memory.
        overwrite: Compute cells anew that were made otherwise, as with another budget or on other
            faces, and replace them.
        dry_run: Only say what would be trained, and for how long.
    """
    if ablation + bool(methods) + as_published > 1:
        raise InputError(
            "--ablation and --as-published stand in place of --methods; give one of them."
        )
    if as_published and budget is not None:
        raise InputError("runs as published have their own lengths; leave out --budget.")
    if accumulate < 1:
        raise InputError(f"a batch is worked through in one part at least, not {accumulate}.")
    if not without_fid and (as_published or runs):
        check_fid(inception)
    prepared = PreparedSet.load(data)
    names = ABLATIONS if ablation else PUBLISHED if as_published else methods
    if not names and runs:
        names = ("identity",)
    rows = find_rows(names) if names else usual_rows(prepared, _warn)
    changes: dict[str, Any] = {"precision": precision or ("fp32" if as_published else None)}
    changes |= {"compile": compile or None, "accumulate": accumulate if accumulate > 1 else None}
    changes = {name: value for name, value in changes.items() if value is not None}
    tflop = 200.0 if budget is None else budget
    budgeted = not as_published and any(row.config is not None for row in rows)
    command = _command(data, out, {
        "--methods": methods,
        "--ablation": ablation,
        "--as-published": as_published,
        "--runs": runs,
        "--budget": f"{tflop:.15g}" if budgeted else None,
        "--seeds": str(seeds),
        "--split": None if split == TEST else split,
        "--faces": faces,
        "--cells": cells,
        "--inception": inception,
        "--face-model": face_model,
        "--without-fid": without_fid,
        "--device": None if device == "cpu" else device,
        "--processes": processes if processes > 1 else None,
        "--precision": precision,
        "--compile": compile,
        "--accumulate": changes.get("accumulate"),
    })  # fmt: skip
    again = " --overwrite" if overwrite else ""
    with progress_bar("comparing") as advance:
        options = ComparisonOptions(
            out / "runs",
            cells or out / "cells",
            budget=None if as_published else tflop * TFLOP,
            device=device,
            processes=number_of_processes(processes, "--processes"),
            changes=changes,
            face_model=face_model,
        )
        comparison = Comparison(
            prepared,
            options,
            progress=lambda what, done, total: advance(done, total, what),
            notice=_warn,
        )
        plan = plan_comparison(
            comparison,
            rows,
            seeds=seeds,
            runs=runs,
            split=split,
            count=faces,
            skip_missing=not names,
            overwrite=overwrite,
        )
        differing = _differences(plan) if as_published or runs else []
        if dry_run:
            tell(*plan.lines())
            return 0
        say(*plan.lines())
        try:
            outcome = compare_rows(
                plan,
                out,
                HowMade(command, differences=tuple(differing)),
                inception=inception,
                without_fid=without_fid,
                begins=lambda cell: say(f"{cell.name} …"),
            )
        except KeyboardInterrupt:
            say(f"stopped; finished cells and saved runs are kept. To go on: {command}{again}")
            raise
    tell(*to_markdown(outcome.table).splitlines())
    if differing:
        say("what differs from the publications:", *(f"- {sentence}" for sentence in differing))
    tell(*(path for path in outcome.files if path.parent == out))
    return 0


def _differences(plan: Plan) -> list[str]:
    """What differs from the publications in the runs of a table, each sentence once."""
    comparison = plan.comparison
    runs = [comparison.training(cell)[0] for cell in plan.cells if cell.row.config is not None]
    told = [
        one for run in runs if run.preset == PAPER for one in differences(run, comparison.prepared)
    ]
    return list(dict.fromkeys(told))


def _command(data: Path, out: Path, options: Mapping[str, object]) -> str:
    """The command that does the same again."""
    words = ["lgpgan", "compare", str(data), "--out", str(out)]
    for name, value in options.items():
        if value is True:
            words.append(name)
        elif value not in (None, False, ()):
            words += [name, *map(str, value if isinstance(value, tuple) else (value,))]
    return shlex.join(words)


def _warn(sentence: str) -> None:
    say(f"note: {sentence}")
