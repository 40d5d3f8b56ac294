"""Making the faces in blocks: draw, edit, judge, write.

A block is the same whichever process works on it, and so are the batches within it: networks add up
in another order in a batch of another size. So the same seed and method give the same bytes,
whatever the number of processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.augmentation.drawing import Draw, SourcePool, draw
from lgpgan.augmentation.gates import Candidates, Gates
from lgpgan.augmentation.looks import Look, as_grey_as, like
from lgpgan.augmentation.methods import ExpressionMethod, Made, mouth_rows
from lgpgan.augmentation.options import AugmentationOptions
from lgpgan.datasets.building import (
    failure_of_photo,
    not_written,
    plain_name,
    write_result,
)
from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import BlendedFace, Record
from lgpgan.errors import LgpganError
from lgpgan.evaluation.aligned_faces import find_landmarks
from lgpgan.expressions.expression import Expression
from lgpgan.files import write_bytes
from lgpgan.networks.device import one_thread
from lgpgan.photos.marks import marked_png

__all__ = ["BLOCK", "Augmenter", "Block", "blocks_of"]

BLOCK = 32
"""Faces of a class that are worked on together, and whose making is written down at once."""
Reject = dict[str, Any]
"""What is kept of a face that did not pass the gates."""


@dataclass(frozen=True)
class Block:
    """A block: some of the faces of a class.

    Attributes:
        wanted: the class.
        numbers: numbers of the faces in the block.
    """

    wanted: str
    numbers: range

    @property
    def name(self) -> str:
        """Its name under ``.done``."""
        return f"{plain_name(self.wanted)}-{self.numbers.start:06}"


def blocks_of(counts: Mapping[str, int]) -> Iterator[Block]:
    """The blocks that make up so many faces of each class; the last of a class may be smaller."""
    for wanted, count in counts.items():
        for start in range(0, count, BLOCK):
            yield Block(wanted, range(start, min(start + BLOCK, count)))


class Augmenter:
    """Makes blocks of new faces; one instance a process.

    Args:
        destination: the folder of the set that is made.
        prepared: the set that they are made from.
        method: gives the faces their expressions.
        labels: the classes that it knows.
        options: the options.
        looks: looks that the new faces are given, each of them one; none to leave them as they are.
    """

    def __init__(
        self,
        destination: Path,
        prepared: PreparedSet,
        method: ExpressionMethod,
        labels: Sequence[str],
        options: AugmentationOptions,
        looks: Sequence[Look] = (),
    ) -> None:
        self.destination = destination
        self.prepared = prepared
        self.options = options
        self.looks = looks
        self.pool = SourcePool(prepared, options.sources, options.balance_by)
        self.labels = labels
        self.make = method.open()
        self.gates = Gates.load(options.limits)

    def process(self, name: str, entry: Block) -> None:
        """Make a block, and write down what came of it, or what went wrong with it alone.

        Raises:
            InputError: when a face of the set is missing, damaged, or was changed since it was
                made.
            LgpganError: when a face cannot be written.
        """
        result: dict[str, Any]
        try:
            result = self._make_block(entry)
        except LgpganError:  # the set or the folder of the new one: all blocks would meet it
            raise
        except Exception as error:
            result = {"error": str(failure_of_photo(self.destination, error))}
        write_result(self.destination, name, result)

    def _make_block(self, entry: Block) -> dict[str, Any]:
        """The lines of a block's faces, which are written, and the list of what was rejected."""
        records: list[str] = []
        rejected: list[Reject] = []
        pending: Sequence[int] = entry.numbers
        with one_thread():
            for attempt in range(self.options.attempts):
                passed, failed = self._attempt(entry.wanted, pending, attempt)
                records += passed
                rejected += failed
                pending = [reject["number"] for reject in failed]
        return {"records": records, "rejected": rejected}

    def _attempt(
        self, wanted: str, numbers: Sequence[int], attempt: int
    ) -> tuple[list[str], list[Reject]]:
        """Try to make some faces; returns the lines of those that pass the gates, and the others.

        Those that pass are written.
        """
        if not numbers:
            return [], []
        draws = [draw(self.pool, self.labels, self.options, wanted, n, attempt) for n in numbers]
        sources = load_faces(self.prepared, [drawn.source for drawn in draws])
        made = [
            replace(one, pixels=as_grey_as(source, one.pixels))
            for one, source in zip(self.make(draws, sources), sources, strict=True)
        ]
        verdicts = self.gates.judge(
            Candidates(
                np.stack([one.pixels for one in made]),
                sources,
                mouth_rows(draws).numpy(),
                shares=[drawn.shares for drawn in draws],
                from_neutral=np.array([d.source.expression == Expression.NEUTRAL for d in draws]),
                redrawn=np.array([drawn.is_redrawn for drawn in draws]),
            )
        )
        records = []
        rejected = []
        for number, drawn, one, reason in zip(numbers, draws, made, verdicts, strict=True):
            if reason:
                rejected.append(_reject(drawn, number, attempt, reason))
            else:
                records.append(self._write(drawn, number, one))
        return records, rejected

    def _write(self, drawn: Draw, number: int, made: Made) -> str:
        """Write a face; returns its line of the metadata."""
        folder = plain_name(drawn.wanted)
        file_name = f"train/{folder}/{folder}-{number:06}.png"
        path = self.destination / file_name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, _png(self._looking(made.pixels, drawn), drawn), flush=False)
        except OSError as error:
            raise not_written(self.destination, error) from error
        landmarks = made.landmarks
        if landmarks is None:
            (landmarks,) = find_landmarks(made.pixels[np.newaxis])
        return _record(drawn, file_name, made, landmarks.round(2)).to_json()

    def _looking(self, face: NDArray[np.uint8], drawn: Draw) -> NDArray[np.uint8]:
        """A face with the look that is drawn for it: gates judge it as it was before."""
        if not self.looks:
            return face
        # Apart from what the draw itself, and the method, were drawn with.
        return like(face, self.looks, np.random.default_rng((*drawn.key, 2)))


def _record(
    drawn: Draw, file_name: str, made: Made, landmarks: NDArray[np.float64]
) -> Record | BlendedFace:
    """What is known of a new face."""
    source = drawn.source
    known: dict[str, Any] = {
        "file_name": file_name,
        "person": source.person,
        "photo": source.file_name,
        "action_units": made.action_units,
        "blendshapes": made.blendshapes,
        "landmarks": landmarks,
        "split": "train",
        "photographed": source.expression,
        "source": source.source,
        "licence": source.licence,
        "age": source.age,
        "gender": source.gender,
        "ethnicity": source.ethnicity,
        "gaze": source.gaze,
        "camera": source.camera,
    }
    if drawn.is_mixture:
        shares = {Expression(name): share for name, share in drawn.shares.items()}
        return BlendedFace(eyes=shares, mouth=shares, **known)
    (intensity,) = drawn.shares.values()
    return Record(expression=drawn.wanted, intensity=intensity, **known)


def _reject(drawn: Draw, number: int, attempt: int, reason: str) -> Reject:
    """What is kept of a face that did not pass: enough to make it again."""
    return {
        "class": drawn.wanted,
        "number": number,
        "attempt": attempt,
        "reason": reason,
        "shares": dict(drawn.shares),
        "made_from": drawn.source.file_name,
        "gender": drawn.source.gender,
        "ethnicity": drawn.source.ethnicity,
    }


def _png(face: NDArray[np.uint8], drawn: Draw) -> bytes:
    """A face as PNG, which says that it is synthetic."""
    shown = ", ".join(f"{name} {share:g}" for name, share in drawn.shares.items())
    return marked_png(face, f"Facial expression changed to {shown} by lgpgan: synthetic.")
