"""The experiment from sets to pages: reading the sets, planning, training, writing the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgpgan.benefit.cells import Cell, cells_of
from lgpgan.benefit.conditions import Condition, conditions_with, people_counts
from lgpgan.benefit.descriptions import READ, described
from lgpgan.benefit.loading import Loaded, Sets, about_sets, load_sets
from lgpgan.benefit.output import Setting, SetUsed, write_results
from lgpgan.benefit.proof import Progress, Proof
from lgpgan.benefit.recipe import Recipe, usual_of
from lgpgan.benefit.results import Results, results_of
from lgpgan.benefit.sides import people_in_order, read_classes
from lgpgan.benefit.uses import AUTO, DEFAULT, find_use
from lgpgan.counts import people_text
from lgpgan.errors import InputError
from lgpgan.networks.device import usable_device
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import work
from lgpgan.reporting.packages import check_packages

__all__ = ["Options", "Plan", "Sets", "plan_proof", "prove"]


@dataclass(frozen=True)
class Options:
    """The options of an experiment.

    Attributes:
        recipe: training options of every recogniser.
        sizes: shares of the real people, with commas between.
        people: counts of them in place of shares; empty for none.
        seeds: how many.
        weakest: intensity below which a face is left out.
        same_people: train on synthetic faces of the people drawn only.
        uses: ways of using synthetic faces beside varied real ones; ``auto`` for the one that reads
            held-out people best.
        candidates: what ``auto`` chooses among; empty for what is usual for the recogniser.
    """

    recipe: Recipe
    sizes: str = "0.05,0.1,0.25,1"
    people: str = ""
    seeds: int = 3
    weakest: float = 0.5
    same_people: bool = False
    uses: Sequence[str] = (DEFAULT,)
    candidates: Sequence[str] = ()

    @property
    def tried(self) -> Sequence[str]:
        """What ``auto`` chooses among."""
        return self.candidates or usual_of(self.recipe.recogniser).candidates


@dataclass(frozen=True)
class Plan:
    """The cells of an experiment, and those that are left to train.

    Attributes:
        proof: trains and tests the cells.
        cells: all.
        pending: the cells that are not finished.
        trials: the trials of uses that are left to train before.
        loaded: the sets.
        options: options of the proof.
    """

    proof: Proof
    cells: Sequence[Cell]
    pending: Sequence[Cell]
    trials: Sequence[Cell]
    loaded: Sequence[Loaded]
    options: Options

    @property
    def used(self) -> list[SetUsed]:
        """What results say of the sets."""
        return [one.used for one in self.loaded]

    def lines(self) -> list[str]:
        """The plan for a person to read."""
        total, pending = len(self.cells), len(self.pending)
        return [
            f"classes: {', '.join(self.proof.classes)}",
            *(
                f"{used.part}: {used.folder}, {used.faces:,} faces of {people_text(used.people)}"
                for used in self.used
            ),
            f"{total - pending} of {total} cells are finished; each of the others makes "
            f"{self.proof.recipe.steps:,} steps of {self.proof.recipe.batch} faces.",
            *(f"  {cell.title}" for cell in self.pending),
            *self._trial_lines(),
        ]

    def _trial_lines(self) -> Iterator[str]:
        """What is to be tried before, where a use is to be found."""
        if AUTO in self.options.uses:
            total = len(self.proof.trials(self.cells))
            yield (
                f"To find the use of synthetic faces, {', '.join(self.proof.candidates)} are "
                f"tried on held-out people of the real set: {total - len(self.trials)} of {total} "
                "trials are finished; each of the others makes as many steps as a cell."
            )


def plan_proof(
    sets: Sets,
    finished: Path,
    options: Options,
    *,
    device: str = "cpu",
    overwrite: bool = False,
    notice: Callable[[str], None] = lambda sentence: None,
) -> Plan:
    """Read the sets and find out what is left to train; nothing is written.

    Args:
        sets: trained on and tested on.
        finished: folder of the finished cells.
        options: the options of the experiment.
        device: where networks run.
        overwrite: train finished cells anew that were made of other faces or by another recipe.
        notice: told what a reader of the results should know.

    Raises:
        InputError: when sets or options do not go together, people are on both sides, there is
            no such device, or finished cells were made of something else.
        MissingPartError: when a package for pages or figures is not installed.
    """
    if options.seeds < 1:
        raise InputError("at least one seed is needed.")
    if not sets.synthetic:
        raise InputError("name one synthetic set or more, after the real one.")
    check_packages()
    usable_device(device)
    names = [prepared.folder.resolve().name for prepared in sets.synthetic]
    conditions = conditions_with(names, options.uses)
    _check_uses(conditions, options)
    loaded = load_sets(sets, options.weakest, options.recipe.size)
    classes = loaded.classes
    real, *synthetic, test = [one.side for one in loaded.sets]
    proof = Proof(
        real,
        dict(zip(names, synthetic, strict=True)),
        test,
        classes,
        options.recipe,
        finished,
        same_people=options.same_people,
        candidates=options.tried,
        device=device,
    )
    counts = people_counts(
        options.people or options.sizes, len(real.everyone), shares=not options.people
    )
    cells = cells_of(conditions, counts, options.seeds, same_people=options.same_people)
    trials = proof.trials(cells)
    foreign = proof.foreign([*cells, *trials])
    if foreign and not overwrite:
        raise InputError(
            f"{foreign[0]} was made of other faces, by another recipe or by an earlier version "
            f"({len(foreign)} of {len(cells) + len(trials)} cells were); name another folder with "
            "--out, or pass --overwrite to replace them."
        )
    for sentence in (
        *about_sets(loaded, searched=AUTO in options.uses),
        *_never_shown(proof, counts, options.seeds),
    ):
        notice(sentence)
    return Plan(proof, cells, proof.pending(cells), proof.pending(trials), loaded.sets, options)


def prove(
    plan: Plan,
    folder: Path,
    command: str = "",
    *,
    processes: int = 1,
    engine: Engine = work,
    progress: Progress = lambda what, done, total: None,
) -> tuple[Results, list[Path]]:
    """Train what is left and write the results.

    Args:
        plan: the plan.
        folder: folder of the results.
        command: the command that repeats it.
        processes: how many train; the results are the same whatever their number.
        engine: spreads the cells over them.
        progress: told where the training stands, in steps.

    Returns:
        What was found, and the files.

    Raises:
        LgpganError: when a file cannot be written, a loss is no number, or a process was killed.
        MissingPartError: when the recogniser's files are missing.
        KeyboardInterrupt: when it was stopped; finished cells are kept.
    """
    proof, options = plan.proof, plan.options
    if plan.pending or plan.trials:
        _describe(plan, folder / "descriptions", processes, engine, progress)
    proof.complete(plan.cells, processes=processes, engine=engine, progress=progress)
    finished = {cell: result for cell in plan.cells if (result := proof.read(cell)) is not None}
    choices = {cell: proof.choice(cell) for cell in plan.cells if cell.condition.use == AUTO}
    results = results_of(
        finished,
        proof.test.labels,
        proof.test.people,
        classes=proof.classes,
        groups=proof.test.groups,
        choices={cell: choice for cell, choice in choices.items() if choice is not None},
    )
    setting = Setting(
        plan.used,
        options.recipe,
        options.same_people,
        options.weakest,
        {use: find_use(use).about for use in _named_uses(options)},
        len(proof.trials(plan.cells)),
        command,
    )
    return results, write_results(folder, results, setting)


def _named_uses(options: Options) -> list[str]:
    """Every use that may be trained, but no word for one that is to be found."""
    candidates = options.tried if AUTO in options.uses else ()
    named = [*(use for use in options.uses if use != AUTO), *candidates]
    return list(dict.fromkeys(find_use(use).name for use in named))


def _check_uses(conditions: Sequence[Condition], options: Options) -> None:
    """Refuse uses that a recogniser cannot be trained with.

    Raises:
        InputError: naming the use.
    """
    if not usual_of(options.recipe.recogniser).frozen:
        return
    for use in _named_uses(options):
        if find_use(use).pictures:
            raise InputError(
                f"the use '{use}' needs a recogniser that is trained on pictures; "
                f"'{options.recipe.recogniser}' is a linear layer. Name another use, or "
                "--recogniser resnet18."
            )


def _describe(plan: Plan, folder: Path, processes: int, engine: Engine, progress: Progress) -> None:
    """Give the sides of a proof what its recogniser, and its uses, need to know of their faces."""
    proof, options = plan.proof, plan.options
    frozen = usual_of(options.recipe.recogniser).frozen
    reads = any(find_use(use).reads for use in _named_uses(options))
    sides = []
    for one in plan.loaded:
        side = one.side

        def describe(name: str, one: Loaded = one, varied: bool = False) -> NDArray[np.float16]:
            return described(
                name,
                one.prepared,
                one.records,
                folder,
                varied=varied,
                processes=processes,
                engine=engine,
                progress=progress,
            )

        if frozen:
            numbers = describe(options.recipe.recogniser, varied=one.part != "test")
            side = replace(side, descriptions=numbers)
        if reads and one.part == "synthetic":
            side = replace(side, read=read_classes(describe(READ)[:, 0], side, proof.classes))
        sides.append(side)
    proof.real, *synthetic, proof.test = sides
    proof.synthetic = dict(zip(proof.synthetic, synthetic, strict=True))


def _never_shown(proof: Proof, counts: Sequence[int], seeds: int) -> Iterator[str]:
    """Which classes real faces of few people do not show, by the number of people."""
    for count in counts:
        absent = set()
        for seed in range(seeds):
            drawn = proof.real.of(people_in_order(proof.real, seed)[:count])
            absent |= set(range(len(proof.classes))) - set(drawn.labels.tolist())
        if absent:
            names = ", ".join(proof.classes[label] for label in sorted(absent))
            yield (
                f"real faces of {people_text(count)} do not show {names} with every seed; what is "
                "not shown cannot be learnt from them."
            )
