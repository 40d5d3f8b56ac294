"""One prepared set of several, to make new faces from all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lgpgan.datasets.labels import class_order
from lgpgan.datasets.prepared import PreparedSet, is_prepared, write_prepared_set
from lgpgan.datasets.records import Record
from lgpgan.datasets.splits import TRAIN
from lgpgan.errors import InputError, LgpganError
from lgpgan.files import check_apart, locked, write_bytes

__all__ = ["join_sets", "shared_people"]

JOINED = "joined"
"""Key of the description: the content hashes of the sets."""


def join_sets(sets: Sequence[PreparedSet], destination: Path) -> PreparedSet:
    """Copy the faces of the split ``train`` of several sets into one.

    People keep their names, so that they are known wherever the joined set is used: somebody who
    is in two sets by one name is one person (:func:`shared_people`). A face that names nobody is of
    the person that :meth:`~lgpgan.datasets.prepared.PreparedSet.person_of` says.

    Args:
        sets: the sets; the classes are those of any of them.
        destination: folder of the joined set; one that was made of the same sets is taken as it is.

    Raises:
        InputError: when a set has no face to train on, is of another size than the first, is named
            twice, or is damaged; or when the folder holds something else.
        LgpganError: when a face cannot be written.
    """
    first, *others = sets
    for one in sets:
        check_apart(one.folder, destination)
        if not one.split(TRAIN):
            raise InputError(f"{one.folder} has no face in its split '{TRAIN}'; name another set.")
    for other in others:
        if other.size != first.size:
            raise InputError(
                f"{other.folder} holds faces of {other.size} pixels and {first.folder} of "
                f"{first.size}; prepare one of them again with --size {first.size}."
            )
    hashes = [one.content_hash for one in sets]
    if len(set(hashes)) < len(hashes):
        raise InputError("a set is named twice; name each set of faces once.")
    with locked(destination):
        if is_prepared(destination):
            found = PreparedSet.load(destination)
            if found.description.get(JOINED) == hashes:
                return found
            raise InputError(f"{destination} holds another set; delete it, or name another folder.")
        return _joined(sets, destination, hashes)


def shared_people(sets: Sequence[PreparedSet]) -> list[str]:
    """The names that people of several sets have, in order."""
    counts = Counter(
        name for one in sets for name in {face.person for face in one.split(TRAIN)} if name
    )
    return sorted(name for name, count in counts.items() if count > 1)


def _joined(sets: Sequence[PreparedSet], destination: Path, hashes: Sequence[str]) -> PreparedSet:
    records: list[Record] = []
    for number, one in enumerate(sets, start=1):
        for record in one.split(TRAIN):
            inside = record.file_name.removeprefix(f"{TRAIN}/")
            moved = replace(
                record,
                file_name=f"{TRAIN}/{number}/{inside}",
                person=one.person_of(record),
                photo=f"{number}/{record.photo}",
            )
            _copy(one, record, destination / moved.file_name)
            records.append(moved)
    return write_prepared_set(
        destination,
        records,
        size=sets[0].size,
        classes=class_order({name for one in sets for name in one.classes}),
        details={JOINED: list(hashes)},
    )


def _copy(prepared: PreparedSet, record: Record, path: Path) -> None:
    content = prepared.face(record)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content, flush=False)
    except OSError as error:
        raise LgpganError(
            f"{path} cannot be written ({error.strerror}); make room, and run the same command "
            "again."
        ) from error
