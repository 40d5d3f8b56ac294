"""Faces for training and for testing, and the check that nobody is in both.

A recogniser that has seen a person, even in another photo, knows the face of whoever it is tested
on, and what looks like a benefit of more data is then memory. So people are compared by name, and
faces by their pixels, before anything is trained.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.labels import class_order, expression_called
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record
from lgpgan.errors import InputError
from lgpgan.evaluation.groups import people_groups
from lgpgan.expressions.expression import Expression

__all__ = [
    "Side",
    "check_apart",
    "chosen",
    "load_side",
    "people_in_order",
    "read_classes",
    "shared_classes",
    "used_of",
]

NAMED = 5
"""How many people an error names."""
TOGETHER = 256
"""Faces that lie in memory at their full size."""


@dataclass(frozen=True, eq=False)
class Side:
    """Faces of one set with their labels.

    Attributes:
        name: name of the set.
        faces: (N, S, S, 3) uint8 RGB.
        labels: (N,) int64, positions in the classes that all sets share.
        people: who it is, N names; where nobody is named, the face is a person of its own.
        unnamed: how many faces name nobody.
        groups: by what its people are told apart, as ``gender``, to the group of each face.
        descriptions: (N, 1 + variations, F), what a network that stays as it is says of each face
            as it is and varied; None where pictures are trained on.
        read: (N, classes), what recognisers read in each face; None where nobody was asked.
    """

    name: str
    faces: NDArray[np.uint8]
    labels: NDArray[np.int64]
    people: Sequence[str]
    unnamed: int = 0
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    descriptions: NDArray[np.float16] | None = None
    read: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def everyone(self) -> tuple[str, ...]:
        """Every person once, in the order of their first face."""
        return tuple(dict.fromkeys(self.people))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of faces, labels and people, in their order."""
        digest = hashlib.sha256(np.ascontiguousarray(self.faces).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        digest.update(json.dumps(list(self.people)).encode())
        return digest.hexdigest()

    def of(self, people: Iterable[str]) -> Side:
        """The faces of some people."""
        wanted = set(people)
        return self._at([row for row, who in enumerate(self.people) if who in wanted])

    def without(self, people: Iterable[str]) -> Side:
        """The faces of everybody but some."""
        unwanted = set(people)
        return self._at([row for row, who in enumerate(self.people) if who not in unwanted])

    def _at(self, positions: Sequence[int]) -> Side:
        """The faces at some positions."""
        rows = np.array(positions, np.intp)
        return replace(
            self,
            faces=self.faces[rows],
            labels=self.labels[rows],
            people=[self.people[row] for row in positions],
            unnamed=0,
            groups={name: [of[row] for row in positions] for name, of in self.groups.items()},
            descriptions=None if self.descriptions is None else self.descriptions[rows],
            read=None if self.read is None else self.read[rows],
        )


def chosen(prepared: PreparedSet, split: str, weakest: float) -> list[Record]:
    """The faces of a set that are used.

    Args:
        prepared: the set.
        split: ``train`` or ``test``; all faces where the set has none of it.
        weakest: intensity below which a face is left out, for its label says more than it shows.

    Raises:
        InputError: when none is left.
    """
    records = prepared.split(split) or list(prepared.records)
    strong = [record for record in records if record.intensity >= weakest]
    if not strong:
        raise InputError(
            f"{prepared.folder} has no face with a class and an intensity of {weakest:g} or more; "
            "name another set, or a lower --intensity."
        )
    return strong


def shared_classes(
    real: Mapping[str, Sequence[Record]], synthetic: Mapping[str, Sequence[Record]]
) -> tuple[str, ...]:
    """The classes that all real sets have faces of, whether a synthetic set has them or not.

    Args:
        real: name to faces.
        synthetic: the same.

    Raises:
        InputError: when there are fewer than two, a synthetic set has none of them, or sets call
            one class by different names.
    """
    found = {
        name: {str(face.expression) for face in faces}
        for name, faces in {**real, **synthetic}.items()
    }
    _check_names(found)
    shared = class_order(set.intersection(*(found[name] for name in real)))
    having = "; ".join(f"{name} has {', '.join(class_order(of))}" for name, of in found.items())
    if len(shared) < 2:
        raise InputError(
            f"the sets share {len(shared) or 'no'} class{'' if len(shared) == 1 else 'es'}, and a "
            f"recogniser needs two to tell apart: {having}."
        )
    for name in synthetic:
        if not found[name] & set(shared):
            raise InputError(f"the sets share no classes that {name} has: {having}.")
    return shared


def _check_names(classes: Mapping[str, Iterable[str]]) -> None:
    """Refuse sets that call one class by different names.

    Args:
        classes: name of a set to its classes.

    Raises:
        InputError: naming both.
    """
    first: dict[str, tuple[str, str]] = {}
    for name, of in classes.items():
        for label in sorted(of):
            meant = str(expression_called(label) or label.strip().casefold())
            other, called = first.setdefault(meant, (name, label))
            if called != label and other != name:
                raise InputError(
                    f"{other} calls '{called}' what {name} calls '{label}'; prepare one of them "
                    f"again with --map '{label}={called}', so that it is one class."
                )


def used_of(records: Sequence[Record], classes: Sequence[str]) -> list[Record]:
    """The faces of some classes."""
    return [record for record in records if record.expression in classes]


def load_side(
    prepared: PreparedSet,
    records: Sequence[Record],
    classes: Sequence[str],
    size: int,
    *,
    made_from: PreparedSet | None = None,
) -> Side:
    """Read faces of some classes, and reduce them to the recogniser's size.

    Args:
        prepared: the set.
        records: faces of it; those of other classes are passed over.
        classes: the classes, in the order of the labels.
        size: their side in pixels.
        made_from: the set of real faces that they were made from, where it is known. A face that
            names nobody is then of the person on the face that it was made from.

    Raises:
        InputError: as :func:`~lgpgan.datasets.faces.load_faces`.
    """
    used = used_of(records, classes)
    faces = np.empty((len(used), size, size, 3), np.uint8)
    for start in range(0, len(used), TOGETHER):
        whole = load_faces(prepared, used[start : start + TOGETHER])
        for row, face in enumerate(whole, start):
            faces[row] = cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA)
    return Side(
        name=prepared.folder.resolve().name,
        faces=faces,
        labels=np.array([classes.index(record.expression) for record in used], np.int64),
        people=[_person(prepared, record, made_from) for record in used],
        unnamed=0 if made_from else sum(not record.person for record in used),
        groups=people_groups(used),
    )


def _person(prepared: PreparedSet, record: Record, made_from: PreparedSet | None) -> str:
    """Who is on a face; on one that was made and names nobody, who is on the real face."""
    if made_from is None:
        return prepared.person_of(record)
    return made_from.person_of(replace(record, file_name=record.photo))


def read_classes(
    read: NDArray[np.floating], side: Side, classes: Sequence[str]
) -> NDArray[np.float64]:
    """What recognisers read in faces, as probabilities of the classes of an experiment.

    A face of a class that no recogniser knows counts as read as it is labelled.

    Args:
        read: (N, 8), a probability for every ``Expression``.
        side: the same faces.
        classes: C classes, in the order of the labels.

    Returns:
        (N, C), each line summing to 1.
    """
    known = [str(expression) for expression in Expression]
    found = np.zeros((len(side), len(classes)))
    for label, name in enumerate(classes):
        if name in known:
            found[:, label] = read[:, known.index(name)]
    of_class, of_face = found.sum(axis=0), found.sum(axis=1)
    unknown = (of_class[side.labels] == 0) | (of_face == 0)
    found[unknown] = np.eye(len(classes))[side.labels[unknown]]
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def check_apart(training: Sequence[Side], test: Side) -> None:
    """Check that no person and no picture is both trained on and tested on.

    Args:
        training: every set that is trained on.
        test: the faces that are tested on.

    Raises:
        InputError: naming who is shared.
    """
    tested = set(test.people)
    pictures = {_digest(face) for face in test.faces}
    for side in training:
        shared = sorted(tested & set(side.people))
        if shared:
            others = len(shared) - NAMED
            named = ", ".join(shared[:NAMED]) + (f" and {others} others" if others > 0 else "")
            raise InputError(
                f"{side.name} and {test.name} share {named}: who is tested on may not be trained "
                "on. Prepare the sets so that people are kept apart, or leave these out of one."
            )
        doubles = [
            who
            for who, face in zip(side.people, side.faces, strict=True)
            if _digest(face) in pictures
        ]
        if doubles:
            raise InputError(
                f"{len(doubles)} pictures of {side.name} are in {test.name} too, the first of them "
                f"of {doubles[0]}: what is tested on may not be trained on. Leave them out of one."
            )


def people_in_order(side: Side, seed: int) -> list[str]:
    """All people in the order in which they are drawn, so that a larger draw holds a smaller one.

    Those who bring a class that was not there come first, so that few people show all classes
    where that can be.

    Args:
        side: the real faces.
        seed: seed of the order.
    """
    order = np.random.default_rng(seed).permutation(len(side.everyone))
    people = [side.everyone[position] for position in order]
    shows: dict[str, set[int]] = {who: set() for who in people}
    for who, label in zip(side.people, side.labels, strict=True):
        shows[who].add(int(label))
    seen: set[int] = set()
    first = []
    for who in people:
        if not shows[who] <= seen:
            seen |= shows[who]
            first.append(who)
    taken = set(first)
    return [*first, *(who for who in people if who not in taken)]


def _digest(face: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(face.tobytes()).digest()
