"""What a set holds, told apart from other sets, though renders differ in the last bit.

The same photos rendered on two processors differ in the last bit of some pixels, so that a hash of
the pixels is another one. A fingerprint holds a hash of what is known of the faces, and a sketch of
their pixels that is compared with a tolerance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Face, Record
from lgpgan.datasets.splits import TRAIN
from lgpgan.faces.alignment import TEMPLATE_SIZE

__all__ = ["SetFingerprint"]

BLOCKS = 8
"""Blocks in a row, and rows of blocks, of which a sketch holds the brightness."""
TOLERANCE = 0.25
"""By how much two sketches of one set may differ, grey levels of 0 to 255.

Pixels that differ by one level here and there move the mean of a block of 16×16 by a few
hundredths. Of faces of which each is moved so, with a sign drawn by its name, the sum divided by
the root of their number moves by as little, however many they are. One face of a thousand that was
replaced by another moves it by about 1.
"""
TOGETHER = 256
"""Faces that lie in memory at a time."""
MOST_TRAINED_ON = 512
"""Faces of the split ``train`` whose pixels are looked at, evenly spread."""


@dataclass(frozen=True)
class SetFingerprint:
    """What a set holds.

    Attributes:
        facts: SHA-256 of names, people, classes, splits and intensities of all faces.
        sketch: brightness of blocks, summed over faces with signs drawn by their names.
    """

    facts: str
    sketch: tuple[float, ...]

    @classmethod
    def of(cls, prepared: PreparedSet) -> SetFingerprint:
        """The fingerprint of a set; reads every face kept out and some of those trained on.

        Raises:
            InputError: when a face is missing, damaged or of another size.
        """
        everything: list[Face] = [*prepared.records, *prepared.blended]
        lines = sorted(map(_facts, everything))
        trained_on = prepared.split(TRAIN)
        step = -(-len(trained_on) // MOST_TRAINED_ON) or 1
        kept_out = [record for record in prepared.records if record.split != TRAIN]
        shown = [*kept_out, *trained_on[::step]]
        return cls(
            hashlib.sha256("\n".join(lines).encode()).hexdigest(),
            tuple(_sketch(prepared, shown).round(3).tolist()),
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SetFingerprint:
        """Read what :meth:`to_json` wrote.

        Raises:
            LookupError, TypeError, ValueError: when it has another form.
        """
        return cls(str(values["facts"]), tuple(map(float, values["sketch"])))

    def to_json(self) -> dict[str, Any]:
        """The fingerprint as plain values."""
        return {"facts": self.facts, "sketch": list(self.sketch)}

    def matches(self, other: SetFingerprint) -> bool:
        """Whether both are of one set, perhaps rendered on two processors."""
        if self.facts != other.facts or len(self.sketch) != len(other.sketch):
            return False
        difference = np.subtract(self.sketch, other.sketch)
        return bool((np.abs(difference) <= TOLERANCE).all())


def _facts(face: Face) -> str:
    shown = (face.expression, round(face.intensity, 3)) if isinstance(face, Record) else ()
    return repr((face.file_name, face.person, face.split, *map(str, shown)))


def _sketch(prepared: PreparedSet, records: Sequence[Face]) -> NDArray[np.float64]:
    total = np.zeros(BLOCKS * BLOCKS)
    for start in range(0, len(records), TOGETHER):
        some = records[start : start + TOGETHER]
        for face, record in zip(load_faces(prepared, some), some, strict=True):
            total += _signed_means(face, record)
    return np.asarray(total / np.sqrt(max(len(records), 1)))


def _signed_means(face: NDArray[np.uint8], record: Face) -> NDArray[np.float64]:
    """Brightness of the blocks of a face, with signs drawn by its name."""
    side = TEMPLATE_SIZE // BLOCKS
    means = face.reshape(BLOCKS, side, BLOCKS, side, 3).mean(axis=(1, 3, 4), dtype=np.float64)
    key = int.from_bytes(hashlib.sha256(record.file_name.encode()).digest()[:8], "big")
    return np.asarray(means.ravel() * np.random.default_rng(key).choice([-1.0, 1.0], means.size))
