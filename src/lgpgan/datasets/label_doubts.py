"""Labels of a set that two recognisers doubt: a list for a person to look at. Nothing is changed.

A label is doubted where neither recogniser reads it and both give it less than :data:`UNLIKELY`.
They are often wrong on real faces themselves (:mod:`lgpgan.recognisers.recogniser`), and more often
on weak expressions, so a doubt is a reason to look, never a reason to relabel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.aligned_faces import read_aligned_face
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record
from lgpgan.datasets.tables import write_table
from lgpgan.errors import MissingPartError
from lgpgan.expressions.expression import Expression
from lgpgan.parallel.processes import number_of_processes, work
from lgpgan.recognisers.framing import tight_crop
from lgpgan.recognisers.recogniser import RECOGNISERS, Recogniser, available_recognisers

__all__ = ["UNLIKELY", "Doubt", "doubtful_labels", "write_doubts"]

UNLIKELY = 0.1
"""Probability below which a recogniser finds a label unlikely."""
AT_ONCE = 32
"""Faces that a process reads before it hands back what it read."""
FEW = 500
"""Up to so many faces are read by this process alone: others would take longer to start."""
ADVICE = "run the same command again, with fewer --jobs"


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
    names = [record.file_name for record in records]
    parts = [names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)]
    many = number_of_processes(processes, "--jobs") if len(names) > FEW else 1
    doubts: list[Doubt] = []
    done = 0
    start = partial(_Reader, prepared.folder, prepared.size)
    for probabilities in work(parts, start, many, advice=ADVICE):
        count = probabilities.shape[1]
        for record, of_face in zip(
            records[done : done + count], probabilities.transpose(1, 0, 2), strict=True
        ):
            doubt = _doubt(record, dict(zip(RECOGNISERS, of_face, strict=True)))
            if doubt is not None:
                doubts.append(doubt)
        done += count
        progress(done, len(names))
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


class _Reader:
    """Reads the expressions of faces of a set; one instance a process.

    Args:
        folder: the set's.
        size: side of its faces in pixels.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.size = size
        self.recognisers = _all_recognisers()

    def __call__(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities (R, N, 8) of the expressions of the faces in the files of these names."""
        faces = np.stack([read_aligned_face(self.folder / name, self.size) for name in names])
        cropped = tight_crop(faces)
        return np.stack([recogniser.probabilities(cropped) for recogniser in self.recognisers])
