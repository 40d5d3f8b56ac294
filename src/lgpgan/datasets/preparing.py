"""Preparing a collection of labelled photos: every face found, aligned and written with its label.

Photos are worked on in parallel, and work that was stopped goes on where it was. What cannot be
used is left out, listed with the reason in ``report/left_out.csv`` and shown in
``report/index.html``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lgpgan.choices import check_choice
from lgpgan.datasets.building import (
    claim,
    class_folders,
    marked,
    pending,
    plain_signs,
    read_result,
    shortened,
    work_through,
)
from lgpgan.datasets.labels import class_order
from lgpgan.datasets.layouts.listing import Entry, LeftOut, Reason
from lgpgan.datasets.outcome import Outcome
from lgpgan.datasets.outcome_page import PAGE, write_outcome
from lgpgan.datasets.people_by_face import ByFace, place_by_face
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.preparer import (
    LEFT_OUT,
    REPORT,
    USUAL_RULES,
    FaceRules,
    Preparer,
    thumbnail_of,
)
from lgpgan.datasets.records import Record
from lgpgan.errors import InputError
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import region_description
from lgpgan.files import locked
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import number_of_processes, work

__all__ = ["PreparingReport", "Size", "prepare_set"]

SETTINGS = "prepare.json"


@dataclass(frozen=True)
class PreparingReport:
    """The result of preparing a collection.

    Attributes:
        prepared: the set.
        outcome: what became of the photos.
    """

    prepared: PreparedSet
    outcome: Outcome

    @property
    def left_out(self) -> Mapping[str, LeftOut]:
        """Photo to the reason why it is not in the set."""
        return self.outcome.left_out

    @property
    def page(self) -> Path:
        """The page that shows what became of the photos."""
        return self.prepared.folder / REPORT / PAGE


Size = Literal[128, 256]
"""Sides of the aligned faces, in pixels."""


def prepare_set(
    entries: Sequence[Entry],
    destination: Path,
    *,
    size: Size = TEMPLATE_SIZE,
    rules: FaceRules = USUAL_RULES,
    by_face: ByFace | None = None,
    left_out: Mapping[str, LeftOut] | None = None,
    details: Mapping[str, Any] | None = None,
    processes: int | None = None,
    engine: Engine = work,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PreparingReport:
    """Make a prepared set of a collection's photos.

    Args:
        entries: the photos, each with its class and its split.
        destination: the set's folder; one that was begun with the same photos is continued, and
            photos that could not be used are tried again.
        size: side of the aligned faces in pixels.
        rules: which of the faces that are found are used.
        by_face: how people whom nobody named are told apart by their faces, and drawn; None to
            leave them unnamed, where every photo has a split.
        left_out: photos that the layout left out already, for the report.
        details: what else ``dataset.json`` should say.
        processes: how many; as many as there are cores if None.
        engine: what spreads the photos over them.
        progress: called with the photos done and their total.

    Raises:
        InputError: when there is no photo, or no such size, when another run writes to the folder,
            when it holds something else or was begun with another size, other rules, photos or
            splits, or when no photo of a class could be used; what was done stays done, and the
            report is written.
        LgpganError: when one of the processes was killed.
    """
    check_choice(size, Size, "size")
    if not entries:
        raise InputError("there is no photo to work on.")
    named = _unique_names(entries)
    with locked(destination):
        return _prepare(
            named,
            destination,
            size=size,
            rules=rules,
            by_face=by_face,
            left_out=left_out or {},
            details=details or {},
            processes=number_of_processes(processes, "--jobs"),
            engine=engine,
            progress=progress,
        )


def _prepare(
    named: Mapping[str, Entry],
    destination: Path,
    *,
    size: Size,
    rules: FaceRules,
    by_face: ByFace | None,
    left_out: Mapping[str, LeftOut],
    details: Mapping[str, Any],
    processes: int,
    engine: Engine,
    progress: Callable[[int, int], None],
) -> PreparingReport:
    """Make the set in a folder that is this run's alone."""
    people = {"people": "by-face"} if by_face else {}
    claim(destination, SETTINGS, {"size": size, **asdict(rules), **people})
    (destination / REPORT / LEFT_OUT).mkdir(parents=True, exist_ok=True)
    left = pending(destination, named, partial(_check_continued, destination))
    done = len(named) - len(left)
    progress(done, len(named))
    folders = class_folders(entry.label for entry in named.values())
    start = partial(Preparer, destination, size, rules, folders, describe=by_face is not None)
    for _ in work_through(left, start, processes, engine):
        done += 1
        progress(done, len(named))
    records: list[Record] = []
    descriptors: list[Sequence[float]] = []
    sequences: list[str] = []
    not_used = dict(left_out)
    thumbnails: dict[str, Path] = {}
    found = 0
    for name, entry in named.items():
        result = read_result(destination, name)
        found += result["faces"] > 0
        records += map(Record.from_json, result.get("records", ()))
        if "descriptor" in result:
            descriptors.append(result["descriptor"])
            sequences.append(entry.sequence)
        if "error" in result:
            not_used[entry.photo] = LeftOut(Reason(result["error"]), result["detail"])
        thumbnail = thumbnail_of(destination, name)
        if thumbnail.exists():
            thumbnails[entry.photo] = thumbnail
    classes = class_order(entry.label for entry in named.values())
    empty = _empty_class(classes, records, list(named.values()), not_used, destination)
    if by_face is not None and empty is None:
        records = place_by_face(destination, records, np.array(descriptors), sequences, by_face)
    outcome = Outcome(len(named), found, records, not_used)
    write_outcome(outcome, destination, destination / REPORT, thumbnails)
    if empty is not None:
        raise empty
    prepared = write_prepared_set(
        destination,
        records,
        size=size,
        classes=classes,
        details={
            **details,
            "regions": region_description(),
            "found": {str(look): count for look, count in outcome.looks.items()},
            "left_out": {str(reason): count for reason, count in outcome.reasons.items()},
        },
    )
    return PreparingReport(prepared, outcome)


def _unique_names(entries: Sequence[Entry]) -> dict[str, Entry]:
    """The entries by a file name for each: its path, cut short and told apart where need be."""
    seen = Counter(entry.photo for entry in entries)
    twice = [photo for photo, count in seen.items() if count > 1]
    if twice:
        raise InputError(f"{twice[0]} is listed {seen[twice[0]]} times; list every photo once.")
    plain = [plain_signs(os.path.splitext(entry.photo)[0]) for entry in entries]
    shared = Counter(name.casefold() for name in plain)
    named = {}
    for name, entry in zip(plain, entries, strict=True):
        whole = entry.photo
        unique = shared[name.casefold()] == 1
        named[shortened(name, whole) if unique else marked(name, whole)] = entry
    return named


def _check_continued(
    destination: Path, name: str, entry: Entry | None, result: Mapping[str, Any]
) -> None:
    """Refuse a folder that holds another photo, or the same in another class or split."""
    del name
    record = Record.from_json(result["records"][0])
    known = (record.person, record.expression, record.split, record.shares, result["photo"])
    if entry is None or known != (
        *(entry.person, entry.label, entry.split, entry.shares, entry.photo),
    ):
        raise InputError(
            f"{destination} holds the face of '{result['photo']}' and was begun with another "
            "list of photos, or other classes or splits; name another folder or delete it."
        )


def _empty_class(
    classes: Sequence[str],
    records: Sequence[Record],
    entries: Sequence[Entry],
    left_out: Mapping[str, LeftOut],
    destination: Path,
) -> InputError | None:
    """The error of a set of which a class came out empty; None where none did."""
    used = {record.expression for record in records}
    for name in classes:
        if name not in used:
            photos = [entry.photo for entry in entries if entry.label == name]
            counts = Counter(str(left_out[photo].reason) for photo in photos)
            reasons = ", ".join(f"{count} {reason}" for reason, count in counts.most_common())
            return InputError(
                f"none of the {len(photos)} photos of the class '{name}' could be used ({reasons}; "
                f"see {destination / REPORT}); mend them, or add --leave-out {name}, and run the "
                "same command again."
            )
    return None
