"""Labels of a set that two recognisers doubt: a list for a person to look at. Nothing is changed.

A label is doubted where neither recogniser reads it and both give it less than :data:`UNLIKELY`.
They are often wrong on real faces themselves (:mod:`lgpgan.recognisers.recogniser`), and more often
on weak expressions, so a doubt is a reason to look, never a reason to relabel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.face_readings import read_faces
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record
from lgpgan.datasets.tables import write_table
from lgpgan.errors import MissingPartError
from lgpgan.expressions.expression import Expression
from lgpgan.recognisers.framing import tight_crop
from lgpgan.recognisers.recogniser import RECOGNISERS, Recogniser, available_recognisers

__all__ = ["UNLIKELY", "Doubt", "doubtful_labels", "write_doubts"]

UNLIKELY = 0.1
"""Probability below which a recogniser finds a label unlikely."""


@dataclass(frozen=True)
class Doubt:
    """A face whose label the recognisers doubt.

    Attributes:
        record: the face.
        read: recogniser to the class that it reads and to its probability, 0 to 1.
        label: recogniser to the probability that it gives the label, 0 to 1.
    """

    record: Record
    read: Mapping[str, tuple[Expression, float]]
    label: Mapping[str, float]

    @property
    def likelihood(self) -> float:
        """The greater of the probabilities that they give the label."""
        return max(self.label.values())

    @property
    def suggestion(self) -> Expression | None:
        """The class that all of them read; None where they differ."""
        (first, *others) = {name for name, _ in self.read.values()}
        return None if others else first


def doubtful_labels(
    prepared: PreparedSet,
    *,
    processes: int | None = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Doubt]:
    """Find the faces of a set whose label every recogniser finds unlikely.

    Classes that a recogniser does not know, such as contempt or one of the collection's own, are
    not looked at.

    Args:
        prepared: the set.
        processes: how many read its faces; as many as there are cores if None.
        progress: called with the faces read and their total.

    Returns:
        The least likely label first.

    Raises:
        MissingPartError: when a recogniser is not installed; the message says how to get it.
        InputError: when a face is missing or damaged.
        LgpganError: when one of the processes was killed.
    """
    recognisers = _all_recognisers()
    known = set(Expression).intersection(*(recogniser.recognised for recogniser in recognisers))
    records = [record for record in prepared.records if record.expression in known]
    read = chain.from_iterable(
        read_faces(prepared, records, _Probabilities, processes=processes, progress=progress)
    )
    found = (
        _doubt(record, dict(zip(RECOGNISERS, of_face, strict=True)))
        for record, of_face in zip(records, read, strict=True)
    )
    doubts = [doubt for doubt in found if doubt is not None]
    return sorted(doubts, key=lambda doubt: (doubt.likelihood, doubt.record.file_name))


def write_doubts(path: Path, doubts: Sequence[Doubt]) -> None:
    """Write a CSV with a row a doubt: file, label, what each recogniser reads, and how likely.

    Raises:
        OSError: when it cannot be written.
    """
    header = ["file", "label", "suggestion"]
    for name in RECOGNISERS:
        header += [f"{name}_reads", f"{name}_probability", f"{name}_probability_of_label"]
    write_table(path, header, map(_row, doubts))


def _row(doubt: Doubt) -> list[str]:
    row = [doubt.record.file_name, str(doubt.record.expression), str(doubt.suggestion or "")]
    for name in RECOGNISERS:
        read, probability = doubt.read[name]
        row += [str(read), f"{probability:.3f}", f"{doubt.label[name]:.3f}"]
    return row


def _doubt(record: Record, probabilities: Mapping[str, NDArray[np.float64]]) -> Doubt | None:
    """The doubt about a face, where there is one.

    Args:
        record: the face.
        probabilities: recogniser to the probability (8,) of every expression.
    """
    label = Expression(record.expression)
    read = {
        name: (list(Expression)[int(values.argmax())], float(values.max()))
        for name, values in probabilities.items()
    }
    of_label = {name: float(values[label.position]) for name, values in probabilities.items()}
    if max(of_label.values()) >= UNLIKELY or label in {name for name, _ in read.values()}:
        return None
    return Doubt(record, read, of_label)


def _all_recognisers() -> tuple[Recogniser, ...]:
    """Every recogniser: a doubt of one alone says too little."""
    found = available_recognisers()
    if found.missing:
        raise MissingPartError(next(iter(found.missing.values())))
    return found.available


class _Probabilities:
    """Reads the expressions of faces; one instance a process."""

    def __init__(self) -> None:
        self.recognisers = _all_recognisers()

    def __call__(self, faces: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Probabilities (N, R, 8) of the expressions of faces (N, S, S, 3)."""
        cropped = tight_crop(faces)
        read = [recogniser.probabilities(cropped) for recogniser in self.recognisers]
        return np.stack(read, axis=1)
