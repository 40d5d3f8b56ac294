"""The experiment from sets to pages: reading the sets, planning, training, writing the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lgpgan.benefit.cells import Cell, Progress, Proof, cells_of
from lgpgan.benefit.conditions import conditions_with, people_counts
from lgpgan.benefit.output import Setting, SetUsed, write_results
from lgpgan.benefit.recogniser import Recipe
from lgpgan.benefit.results import Results, results_of
from lgpgan.benefit.sides import Side, chosen, load_side, people_in_order, shared_classes
from lgpgan.counts import people_text
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.networks.device import usable_device
from lgpgan.reporting.packages import check_packages

__all__ = ["Options", "Plan", "Sets", "plan_proof", "prove"]


@dataclass(frozen=True)
class Sets:
    """The sets of an experiment.

    Attributes:
        real: the real set to train on: its split ``train``, or all faces where it has none.
        synthetic: the same, each on its own.
        test: the set to test on: its split ``test``, or all faces where it has none.
    """

    real: PreparedSet
    synthetic: Sequence[PreparedSet]
    test: PreparedSet


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
    """

    recipe: Recipe
    sizes: str = "0.05,0.1,0.25,1"
    people: str = ""
    seeds: int = 3
    weakest: float = 0.5
    same_people: bool = False


@dataclass(frozen=True)
class Plan:
    """The cells of an experiment, and those that are left to train.

    Attributes:
        proof: trains and tests the cells.
        cells: all.
        pending: the cells that are not finished.
        used: the sets.
        options: options of the proof.
    """

    proof: Proof
    cells: Sequence[Cell]
    pending: Sequence[Cell]
    used: Sequence[SetUsed]
    options: Options

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
        ]


def plan_proof(
    sets: Sets,
    finished: Path,
    options: Options,
    *,
    device: str = "cpu",
    overwrite: bool = False,
    progress: Progress = lambda what, done, total: None,
    notice: Callable[[str], None] = lambda sentence: None,
) -> Plan:
    """Read the sets and find out what is left to train; nothing is written.

    Args:
        sets: trained on and tested on.
        finished: folder of the finished cells.
        options: the options of the experiment.
        device: where networks run.
        overwrite: train finished cells anew that were made of other faces or by another recipe.
        progress: told where the training stands, in steps.
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
    conditions = conditions_with(names)
    parts = [("real", sets.real), *(("synthetic", one) for one in sets.synthetic)]
    everything = [
        (part, prepared, chosen(prepared, "train", options.weakest)) for part, prepared in parts
    ]
    everything.append(("test", sets.test, chosen(sets.test, "test", options.weakest)))
    classes = shared_classes(
        {f"{part} ({prepared.folder})": records for part, prepared, records in everything}
    )
    sides = [
        load_side(prepared, records, classes, options.recipe.size)
        for _, prepared, records in everything
    ]
    real, *synthetic, test = sides
    proof = Proof(
        real,
        dict(zip(names, synthetic, strict=True)),
        test,
        classes,
        options.recipe,
        finished,
        same_people=options.same_people,
        device=device,
        progress=progress,
    )
    counts = people_counts(
        options.people or options.sizes, len(real.everyone), shares=not options.people
    )
    cells = cells_of(conditions, counts, options.seeds, same_people=options.same_people)
    foreign = proof.foreign(cells)
    if foreign and not overwrite:
        raise InputError(
            f"{foreign[0]} was made of other faces, or by another recipe ({len(foreign)} of "
            f"{len(cells)} cells were); name another folder with --out, or pass --overwrite to "
            "replace them."
        )
    used = [
        _used(part, prepared, side)
        for (part, prepared, _), side in zip(everything, sides, strict=True)
    ]
    for one in used:
        if one.unnamed:
            notice(f"{one.unnamed:,} faces of {one.folder} name nobody; each counts as a person.")
    for sentence in _never_shown(proof, counts, options.seeds):
        notice(sentence)
    return Plan(proof, cells, proof.pending(cells), used, options)


def prove(plan: Plan, folder: Path, command: str = "") -> tuple[Results, list[Path]]:
    """Train what is left and write the results.

    Args:
        plan: the plan.
        folder: folder of the results.
        command: the command that repeats it.

    Returns:
        What was found, and the files.

    Raises:
        LgpganError: when a file cannot be written, or a loss is no number.
        KeyboardInterrupt: when it was stopped; finished cells are kept.
    """
    proof, options = plan.proof, plan.options
    proof.complete(plan.cells)
    finished = {cell: result for cell in plan.cells if (result := proof.read(cell)) is not None}
    results = results_of(
        finished,
        proof.test.labels,
        proof.test.people,
        classes=proof.classes,
        groups=proof.test.groups,
    )
    setting = Setting(plan.used, options.recipe, options.same_people, options.weakest, command)
    return results, write_results(folder, results, setting)


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


def _used(part: str, prepared: PreparedSet, side: Side) -> SetUsed:
    return SetUsed(
        part=part,
        folder=str(prepared.folder),
        content_hash=prepared.content_hash,
        faces=len(side),
        people=len(side.everyone),
        unnamed=side.unnamed,
        citations=[str(one) for one in prepared.description.get("citations", ())],
    )
