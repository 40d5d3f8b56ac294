"""Who is on the photos of a collection that does not say it: faces of one person are grouped.

Two faces are linked when their descriptors (:mod:`lgpgan.faces.descriptors`) lie closer than
:data:`SAME_FACE`, and dlib's Chinese whispers (Biemann 2006) find the groups in which most are
linked to each other: a few wrong links do not join two crowds, as they would with single linkage.
A group that is too large only makes a split coarser, while a person in two groups may be in both
splits; so the limit is generous. ``benchmarks/people_by_face.py`` measures both kinds of errors.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.close_pairs import Groups, close_pairs
from lgpgan.datasets.records import Record
from lgpgan.datasets.splits import (
    UNSPLIT,
    check_both_sides,
    in_usual_order,
    places_of,
    split_by_person,
)
from lgpgan.packages import needed

__all__ = ["SAME_FACE", "ByFace", "group_by_face", "people_by_face", "place_by_face"]

SAME_FACE = 0.5
"""Distance of two descriptors below which their faces are linked."""


def group_by_face(
    descriptors: NDArray[np.floating],
    sequences: Sequence[str],
    distance: float = SAME_FACE,
) -> NDArray[np.int_]:
    """Group the faces of one person.

    Args:
        descriptors: (N, 128).
        sequences: the film that each face is from, whose frames show one person; empty where none.
        distance: below which two faces are linked.

    Returns:
        (N,) number of each face's group: that of the group's first face.

    Raises:
        MissingPartError: when dlib is not installed.
    """
    with needed("Grouping faces needs"):
        import dlib
    links = [(number, number) for number in range(len(descriptors))]
    for first, second in close_pairs(descriptors, distance):
        links += zip(first.tolist(), second.tolist(), strict=True)
    found = dlib.chinese_whispers(links)
    groups = Groups(len(descriptors))
    _join_equal(groups, found)
    _join_equal(groups, [name or None for name in sequences])
    return groups.numbers()


def _join_equal(groups: Groups, labels: Sequence[int | str | None]) -> None:
    """Join the faces of the same label; those without one are left as they are."""
    first: dict[int | str, int] = {}
    pairs = [
        (first.setdefault(label, number), number)
        for number, label in enumerate(labels)
        if label is not None
    ]
    one, other = np.array(pairs, int).reshape(-1, 2).T
    groups.join(one, other)


def people_by_face(
    people: Sequence[str],
    descriptors: NDArray[np.floating],
    sequences: Sequence[str],
) -> list[str]:
    """Say who is on every photo.

    Args:
        people: who is on each as far as it is known; empty where not.
        descriptors: (N, 128).
        sequences: the film that each is from; empty where none.

    Returns:
        Who was known stays. The others are called like the one who is known of their group most
        often, or else ``by-face-0001`` and so on, in the order of the photos.
    """
    groups = group_by_face(descriptors, sequences).tolist()
    known: dict[int, Counter[str]] = {}
    for group, person in zip(groups, people, strict=True):
        if person:
            known.setdefault(group, Counter())[person] += 1
    names = {group: counts.most_common(1)[0][0] for group, counts in known.items()}
    unknown = dict.fromkeys(group for group in groups if group not in names)
    names |= {group: f"by-face-{number:04}" for number, group in enumerate(unknown, start=1)}
    return [person or names[group] for person, group in zip(people, groups, strict=True)]


@dataclass(frozen=True)
class ByFace:
    """How people whom nobody named are kept apart.

    Attributes:
        test_share: share of the people on whom figures are reported, 0–1.
        seed: of the draw.
        validation_share: share of the people on whom weights are chosen, 0–1.
    """

    test_share: float
    seed: int
    validation_share: float = 0.0


def place_by_face(
    folder: Path,
    records: Sequence[Record],
    descriptors: NDArray[np.floating],
    sequences: Sequence[str],
    by_face: ByFace,
) -> list[Record]:
    """Say who is on every face of a set, and move those that have no split to that of their person.

    Args:
        folder: the set's; a face without a split lies under :data:`UNSPLIT`, or under a split since
            an earlier call.
        records: its faces.
        descriptors: (N, 128).
        sequences: the film that each is from; empty where none.
        by_face: how people are drawn.

    Returns:
        The records with people, splits and the new file names.

    Raises:
        InputError: when one of the splits would be empty; nothing is moved then.
    """
    people = people_by_face([record.person for record in records], descriptors, sequences)
    named = [replace(record, person=person) for record, person in zip(records, people, strict=True)]
    drawn = split_by_person(
        _with_people_on_both_sides(named),
        test_share=by_face.test_share,
        seed=by_face.seed,
        validation_share=by_face.validation_share,
    )
    check_both_sides(drawn, test_share=by_face.test_share)
    placed = [
        record if before.split else _moved(folder, record)
        for record, before in zip(drawn, records, strict=True)
    ]
    for emptied in sorted((folder / UNSPLIT).glob("**/"), reverse=True):
        if not any(emptied.iterdir()):
            emptied.rmdir()
    return placed


def _with_people_on_both_sides(records: Sequence[Record]) -> list[Record]:
    """Give a split to further faces of people whom the collection shows in several splits.

    It is the first of these splits, mostly ``train``: whoever made the lists did not know who is
    on them, and the faces that are tested on stay as few as they were.
    """
    listed: dict[str, set[str]] = {}
    for record in records:
        if record.split:
            listed.setdefault(record.person, set()).add(record.split)
    first = {who: in_usual_order(splits)[0] for who, splits in listed.items() if len(splits) > 1}
    return [
        record if record.split else replace(record, split=first.get(record.person, ""))
        for record in records
    ]


def _moved(folder: Path, record: Record) -> Record:
    """A record whose face was moved to its split, from wherever it lay."""
    _, _, inside = record.file_name.partition("/")
    file_name = f"{record.split}/{inside}"
    place = next(
        (place for place in places_of(record.file_name) if (folder / place).exists()), file_name
    )
    if place != file_name:
        (folder / file_name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(folder / place, folder / file_name)
    return replace(record, file_name=file_name)
