"""``lgpgan benefit``: measure whether synthetic faces help a recogniser."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import tyro

from lgpgan.benefit.prove import Options, Sets, plan_proof, prove
from lgpgan.benefit.recogniser import Recipe
from lgpgan.benefit.results import size_table
from lgpgan.cli.progress import progress_bar
from lgpgan.cli.terminal import say, tell
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.reporting.table_forms import to_markdown

__all__ = ["benefit"]

RECIPE = Recipe()
OPTIONS = Options(RECIPE)


def benefit(
    real: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="REAL")],
    synthetic: Annotated[
        tuple[Path, ...],
        tyro.conf.Positional,
        tyro.conf.arg(metavar="SYNTHETIC…", help_behavior_hint="(required)"),
    ],
    *,
    test: Annotated[Path, tyro.conf.arg(metavar="SET")],
    out: Annotated[Path, tyro.conf.arg(metavar="FOLDER")],
    sizes: str = OPTIONS.sizes,
    people: str = OPTIONS.people,
    seeds: int = OPTIONS.seeds,
    same_people: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    weakest: float = OPTIONS.weakest,
    steps: int = RECIPE.steps,
    batch: int = RECIPE.batch,
    width: int = RECIPE.width,
    size: int = RECIPE.size,
    synthetic_share: float = RECIPE.synthetic_share,
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    overwrite: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> int:
    """Train a recogniser with synthetic faces and without, and test it on real ones.

    The same small network is trained from random weights on real faces alone, on them with
    classical augmentation, with synthetic faces, with both, and on synthetic faces alone, at
    several sizes of the real set, each with the same number of optimiser steps. The people that it
    is tested on may be in no set that it is trained on; this is checked. Finished cells (what it is
    trained on, a size, a seed) are kept as files and never trained again. OUT holds report.html,
    results.md, results.json, and a plot of accuracy over the size of the real set.

    All sets are prepared sets, of any classes. The classes that all sets have are used. Of REAL and
    SYNTHETIC the people of the split 'train' are used, of the set of --test those of 'test'. Of a
    set without that split everybody is used.

    Examples:
      lgpgan benefit runs/real runs/synthetic --test runs/real --out runs/benefit --dry-run
      lgpgan benefit runs/real runs/synthetic --test runs/real --out runs/benefit
      lgpgan benefit runs/real runs/gan runs/studio --test runs/kept-out --out runs/benefit
      lgpgan benefit runs/real runs/studio --test runs/kept-out --out runs/few --people 1,2,4,8,all

    Args:
        real: A prepared set of real faces to train on.
        synthetic: One or more prepared sets of synthetic faces.
        test: A prepared set of real faces of other people to test on; may be REAL.
        out: Folder for results, and for the finished cells.
        sizes: Shares of the people of REAL, with commas between.
        people: Counts of the people of REAL, or 'all', instead of SIZES.
        seeds: Repetitions, each with other people drawn and other first weights.
        same_people: Use only synthetic faces of the people who are drawn from REAL.
        weakest: Leave out faces whose intensity is lower than this.
        steps: Optimiser steps of every recogniser.
        batch: Faces a step.
        width: Channels of the network's first stage. 64 is the published ResNet-18.
        size: Side of the faces in pixels.
        synthetic_share: Share of synthetic faces in batches that mix real and synthetic ones.
        device: 'cpu', or 'cuda' for a GPU.
        overwrite: Replace finished cells in OUT that were made of other faces or another recipe.
        dry_run: Only say what would be trained.
    """
    recipe = Recipe(
        steps=steps, batch=batch, size=size, width=width, synthetic_share=synthetic_share
    )
    options = Options(recipe, sizes, people, seeds, weakest, same_people)
    sets = Sets(
        PreparedSet.load(real), [PreparedSet.load(one) for one in synthetic], PreparedSet.load(test)
    )
    command = _command(real, synthetic, same_people, {
        "--test": test,
        "--out": out,
        "--people" if people else "--sizes": people or sizes,
        "--seeds": seeds,
        "--weakest": weakest,
        "--steps": steps,
        "--batch": batch,
        "--width": width,
        "--size": size,
        "--synthetic-share": synthetic_share,
        "--device": device,
    })  # fmt: skip
    again = " --overwrite" if overwrite else ""
    with progress_bar("training recognisers") as advance:
        plan = plan_proof(
            sets,
            out / "cells",
            options,
            device=device,
            overwrite=overwrite,
            progress=lambda what, done, total: advance(done, total, what),
            notice=lambda sentence: say(f"note: {sentence}"),
        )
        if dry_run:
            tell(*plan.lines())
            return 0
        say(*plan.lines())
        try:
            results, files = prove(plan, out, command)
        except KeyboardInterrupt:
            say(f"stopped; finished cells are kept. To go on: {command}{again}")
            raise
    tell(*to_markdown(size_table(results, "accuracy")).splitlines())
    tell(*files)
    return 0


def _command(
    real: Path, synthetic: tuple[Path, ...], same_people: bool, options: Mapping[str, object]
) -> str:
    """The command that does the same again."""
    words = ["lgpgan", "benefit", str(real), *map(str, synthetic)]
    words += ["--same-people"] if same_people else []
    for name, value in options.items():
        words += [name, str(value)]
    return shlex.join(words)
