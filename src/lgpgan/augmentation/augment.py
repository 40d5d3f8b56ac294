"""Making a set of new labelled faces from a set: the core of ``lgpgan augment``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np

import lgpgan
from lgpgan.augmentation.card import write_card
from lgpgan.augmentation.drawing import SourcePool
from lgpgan.augmentation.gates import Gates
from lgpgan.augmentation.layouts import LabelledFace
from lgpgan.augmentation.looks import looks_of_set
from lgpgan.augmentation.making import Augmenter, Block, blocks_of
from lgpgan.augmentation.methods import ExpressionMethod
from lgpgan.augmentation.options import AugmentationOptions, Groups
from lgpgan.augmentation.planning import Plan, plan_for
from lgpgan.contact_sheet import contact_sheet
from lgpgan.datasets.building import claim, read_result, work_through
from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import Face, read_face
from lgpgan.datasets.tables import write_table
from lgpgan.errors import InputError, LgpganError
from lgpgan.files import locked, write_bytes
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import work
from lgpgan.photos.marks import marked_png

__all__ = ["REPORT", "SHEET", "AugmentationReport", "augment_set"]

SETTINGS = "augment.json"
REPORT = "report"
SHEET, REJECTED = "sheet.png", "rejected.csv"
UNKNOWN = "not known"
GROUPS = get_args(Groups)
"""Of people, by which faces are counted: gates may reject one group more than another."""
SHEET_FACES, SHEET_COLUMNS, SHEET_CELL = 64, 8, 128


@dataclass(frozen=True)
class AugmentationReport:
    """The outcome: the new set, and what was rejected.

    Attributes:
        prepared: the set that they are in.
        rejected: class to the number of rejected faces by the reason.
        short: class to the number of faces for which no attempt was good enough.
        notes: sentences on classes and gates that were left out.
    """

    prepared: PreparedSet
    rejected: Mapping[str, Mapping[str, int]]
    short: Mapping[str, int]
    notes: Sequence[str]


def augment_set(
    prepared: PreparedSet,
    destination: Path,
    method: ExpressionMethod,
    options: AugmentationOptions,
    *,
    like: PreparedSet | None = None,
    processes: int = 1,
    engine: Engine = work,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AugmentationReport:
    """Make new labelled faces of the people in a set's split ``train``.

    Args:
        prepared: the set, as :func:`~lgpgan.augmentation.data.open_data` opens it.
        destination: folder of the new set, which is a prepared set, too; one that was begun with
            the same set, method and options is continued.
        method: method that gives the expressions.
        options: the options.
        like: the set that the new faces are for, whose faces of the split ``train`` say how they
            look; None to leave them as they are.
        processes: how many; the faces are the same whatever their number.
        engine: spreads the work over the processes.
        progress: called with the faces worked on and their total.

    Raises:
        InputError: when the method does not know a class, when there is nothing to make a class
            from, when the folder holds something else or another run writes to it, when the set was
            changed, or when nothing of a class passed the gates.
        LgpganError: when a file cannot be written, or one of the processes was killed.
    """
    about_method = method.describe()
    labels = about_method.labels
    pool = SourcePool(prepared, options.sources, options.balance_by)
    plan = plan_for(prepared, pool, labels, options)
    gates = Gates.load(options.limits)
    about = {
        "lgpgan": lgpgan.__version__,
        "data": prepared.content_hash,
        "method": about_method.name,
        **about_method.made_of,
        "options": asdict(options),
        "gates": {reason: gate.tools for reason, gate in gates.in_use.items()},
        "wanted": dict(plan.counts),
        "like": like and like.content_hash,
    }
    looks = looks_of_set(like, options.seed) if like is not None else []
    blocks = list(blocks_of(plan.counts))
    start = partial(Augmenter, destination, prepared, method, labels, options, looks)
    with locked(destination):
        claim(destination, SETTINGS, about)
        _make(destination, blocks, plan, start, processes, engine, progress)
    lines, rejects = _results(destination, blocks)
    rejected = {
        wanted: dict(Counter(r["reason"] for r in rejects if r["class"] == wanted))
        for wanted in plan.counts
    }
    faces = [read_face(line) for line in lines]
    made = Counter(LabelledFace.of(face).label for face in faces)
    _check_classes(plan, made, rejected)
    details = about | {
        "drawn": len(faces) + len(rejects),
        "kept": len(faces),
        "rejected": rejected,
        "groups": {group: _of_groups(group, faces, rejects) for group in GROUPS},
    }
    try:
        made_set = write_prepared_set(
            destination,
            faces,
            size=prepared.size,
            classes=list(plan.counts),
            details={"augmentation": details},
        )
        _write_report(made_set, rejects, options.seed)
    except OSError as error:
        raise LgpganError(
            f"{destination} cannot be written ({error.strerror}); make room, and run the same "
            "command again: it goes on where it was."
        ) from error
    notes = [*plan.notes, *gates.notes(list(plan.counts))]
    write_card(made_set, about_method, notes)
    short = {name: count - made[name] for name, count in plan.counts.items() if made[name] < count}
    return AugmentationReport(made_set, rejected, short, notes)


def _make(
    destination: Path,
    blocks: Sequence[Block],
    plan: Plan,
    start: Callable[[], Augmenter],
    processes: int,
    engine: Engine,
    progress: Callable[[int, int], None],
) -> None:
    """Work on the blocks that are still to come."""
    jobs = [(b.name, b) for b in blocks if "records" not in read_result(destination, b.name)]
    done = len(blocks) - len(jobs)
    progress(plan.total * done // len(blocks), plan.total)
    for _ in work_through(jobs, start, processes, engine):
        done += 1
        progress(plan.total * done // len(blocks), plan.total)


def _results(destination: Path, blocks: Sequence[Block]) -> tuple[list[str], list[dict[str, Any]]]:
    """The lines of all faces, and what is known of those that were rejected.

    Raises:
        LgpganError: when some could not be made; the same command tries these again.
    """
    results = [read_result(destination, block.name) for block in blocks]
    failed = [block for block, result in zip(blocks, results, strict=True) if "error" in result]
    if failed:
        faces = sum(len(block.numbers) for block in failed)
        first = failed[0]
        reason = read_result(destination, first.name)["error"]
        raise LgpganError(
            f"{faces} faces could not be made; all others are. The first are of the class "
            f"'{first.wanted}', numbers {first.numbers.start} to {first.numbers.stop - 1}: {reason}"
        )
    lines = [line for result in results for line in result["records"]]
    return lines, [reject for result in results for reject in result["rejected"]]


def _of_groups(
    group: str, faces: Sequence[Face], rejects: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, int]]:
    """How many faces were kept and rejected of the people of each gender, or ethnicity."""
    kept = Counter(getattr(face, group) or UNKNOWN for face in faces)
    rejected = Counter(reject[group] or UNKNOWN for reject in rejects)
    return {
        name: {"kept": kept[name], "rejected": rejected[name]}
        for name in sorted(kept.keys() | rejected.keys())
    }


def _check_classes(
    plan: Plan, made: Mapping[str, int], rejected: Mapping[str, Mapping[str, int]]
) -> None:
    """Refuse a set of which a class came out empty."""
    for name in plan.counts:
        if not made[name]:
            reasons = ", ".join(f"{count} {reason}" for reason, count in rejected[name].items())
            raise InputError(
                f"no face of '{name}' passed the gates ({reasons}); set other limits, leave a gate "
                "out, or name the other classes with --to, and another folder."
            )


def _write_report(prepared: PreparedSet, rejects: Sequence[Mapping[str, Any]], seed: int) -> None:
    """Write the list of what was rejected, and a sheet of random faces."""
    folder = prepared.folder / REPORT
    folder.mkdir(exist_ok=True)
    names = ("class", "number", "attempt", "reason", "shares", "made_from", *GROUPS)
    rows = []
    for reject in rejects:
        shares = ",".join(f"{name}={share:g}" for name, share in reject["shares"].items())
        told = {**reject, "shares": shares}
        rows.append([told.get(name) for name in names])
    write_table(folder / REJECTED, names, rows)
    everything = [*prepared.records, *prepared.blended]
    count = min(SHEET_FACES, len(everything))
    chosen = np.random.default_rng(seed).choice(len(everything), count, replace=False)
    shown = [everything[number] for number in chosen]
    captions = [LabelledFace.of(face).caption for face in shown]
    cells = list(zip(captions, load_faces(prepared, shown), strict=True))
    sheet = contact_sheet(cells, columns=min(SHEET_COLUMNS, count), cell=SHEET_CELL)
    write_bytes(folder / SHEET, marked_png(sheet, f"{count} synthetic faces, made by lgpgan."))
