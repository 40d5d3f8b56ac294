"""``lgpgan benefit``: measure whether synthetic faces help a recogniser."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, get_args

import tyro

from lgpgan.benefit.prove import Options, Sets, plan_proof, prove
from lgpgan.benefit.recipe import Recipe, RecogniserKind, recipe_of
from lgpgan.benefit.results import size_table
from lgpgan.benefit.uses import AUTO, DEFAULT, USES, mixed_with
from lgpgan.cli.progress import progress_bar
from lgpgan.cli.terminal import say, tell
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.parallel.engine import EngineName, find_engine
from lgpgan.parallel.processes import number_of_processes
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
    use: Annotated[
        tuple[str, ...],
        tyro.conf.UseAppendAction,
        tyro.conf.arg(metavar="|".join((AUTO, *USES, "mixed-N"))),
    ] = (),
    try_use: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="USE")
    ] = (),
    recogniser: Annotated[
        str, tyro.conf.arg(metavar="|".join(get_args(RecogniserKind)))
    ] = RECIPE.recogniser,
    same_people: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    weakest: float = OPTIONS.weakest,
    steps: int = RECIPE.steps,
    batch: int = RECIPE.batch,
    width: int = RECIPE.width,
    synthetic_share: float = USES[DEFAULT].synthetic,
    size: Annotated[int | None, tyro.conf.arg(metavar="PIXELS")] = None,
    jobs: Annotated[int | None, tyro.conf.arg(metavar="N")] = None,
    engine: EngineName = "local",
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    overwrite: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> int:
    """Train a recogniser with synthetic faces and without, and test it on real ones.

    The same small network is trained on real faces alone, on them with classical augmentation, with
    synthetic faces, with both, and on synthetic faces alone, at several sizes of the real set, each
    with the same number of optimiser steps. The people that it is tested on may be in no set that
    it is trained on; this is checked. Finished cells (what it is trained on, a size, a seed) are
    kept as files and never trained again. OUT holds report.html, results.md, results.json, and a
    plot of accuracy over the size of the real set.

    How synthetic faces are used beside real ones matters more than how many there are. '--use auto'
    finds it on people of REAL who are held out in turn, and says what was tried and chosen.

    All sets are prepared sets, of any classes. The classes that REAL and the set of --test have are
    used; one that SYNTHETIC lacks is learnt from REAL. Of REAL and SYNTHETIC the people of the
    split 'train' are used, of the set of --test those of 'test'. Of a set
    without that split everybody is used.

    Examples:
      lgpgan benefit runs/real runs/synthetic --test runs/real --out runs/benefit --dry-run
      lgpgan benefit runs/real runs/synthetic --test runs/real --out runs/benefit
      lgpgan benefit runs/real runs/synthetic --test runs/real --out runs/benefit --use auto
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
        use: How synthetic faces are used beside varied real ones; may be repeated. 'auto' finds it.
            'mixed', the default, is half and half, 'mixed-20' 20 % synthetic.
        try_use: What 'auto' chooses among, instead of its own list; may be repeated, the one first
            that is kept where no other is clearly better.
        recogniser: What is trained: a ResNet-18 from random weights, a MobileNetV2 that was trained
            on ImageNet, or a linear layer on features that stay as they are: MobileNetV2's, or
            those of a recogniser of expressions.
        same_people: Use only synthetic faces of the people who are drawn from REAL.
        weakest: Leave out faces whose intensity is lower than this.
        steps: Optimiser steps of every recogniser.
        batch: Faces a step.
        width: Channels of the network's first stage. 64 is the published ResNet-18.
        size: Side of the faces in pixels; what is usual for the recogniser if not said.
        synthetic_share: Share of synthetic faces in the use 'mixed': 0.2 is 'mixed-20'.
        jobs: Recognisers that are trained at a time, a process each; one a core if not said, and
            one on a GPU. The results do not depend on it.
        engine: What spreads the work: processes of this machine; or a Ray cluster, the one that
            RAY_ADDRESS names or one on this machine.
        device: 'cpu', or 'cuda' for a GPU.
        overwrite: Replace finished cells in OUT that were made of other faces or another recipe.
        dry_run: Only say what would be trained.
    """
    recipe = recipe_of(recogniser, size=size, steps=steps, batch=batch, width=width)
    share = mixed_with(synthetic_share)
    uses = [share if name == DEFAULT else name for name in use or OPTIONS.uses]
    options = Options(recipe, sizes, people, seeds, weakest, same_people, uses, try_use)
    processes = number_of_processes(1 if jobs is None and device != "cpu" else jobs, "--jobs")
    spread = find_engine(engine)
    sets = Sets(
        PreparedSet.load(real), [PreparedSet.load(one) for one in synthetic], PreparedSet.load(test)
    )
    again = [*(["--same-people"] if same_people else []), *_repeated("--use", uses)]
    again += _repeated("--try-use", try_use)
    command = _command(real, synthetic, again, {
        "--recogniser": recogniser,
        "--test": test,
        "--out": out,
        "--people" if people else "--sizes": people or sizes,
        "--seeds": seeds,
        "--weakest": weakest,
        "--steps": steps,
        "--batch": batch,
        "--width": width,
        "--size": recipe.size,
        "--device": device,
    })  # fmt: skip
    plan = plan_proof(
        sets,
        out / "cells",
        options,
        device=device,
        overwrite=overwrite,
        notice=lambda sentence: say(f"note: {sentence}"),
    )
    if dry_run:
        tell(*plan.lines())
        return 0
    say(*plan.lines())
    with progress_bar("training recognisers") as advance:
        try:
            results, files = prove(
                plan,
                out,
                command,
                processes=processes,
                engine=spread,
                progress=lambda what, done, total: advance(done, total, what),
            )
        except KeyboardInterrupt:
            replaced = " --overwrite" if overwrite else ""
            say(f"stopped; finished cells are kept. To go on: {command}{replaced}")
            raise
    tell(*to_markdown(size_table(results, "accuracy")).splitlines())
    tell(*files)
    return 0


def _repeated(option: str, values: Sequence[str]) -> list[str]:
    """The words of an option that may be repeated."""
    return [word for value in values for word in (option, value)]


def _command(
    real: Path, synthetic: Sequence[Path], more: Sequence[str], options: Mapping[str, object]
) -> str:
    """The command that does the same again."""
    words = ["lgpgan", "benefit", str(real), *map(str, synthetic), *more]
    for name, value in options.items():
        words += [name, str(value)]
    return shlex.join(words)
