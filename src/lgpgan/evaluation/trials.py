"""The trials of an evaluation: which faces are edited, and what each is to show.

Every face of the split ``test``, or ``validation``, is edited to every class, its own included. Of
a studio set only the first take of each photo is used, which follows the recipes exactly. There the
exact target of every trial is known, and "real" images are renders like those of training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from lgpgan.choices import check_choice
from lgpgan.datasets.faces import load_faces, mouth_centres, mouth_tops
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record, is_first_take
from lgpgan.datasets.splits import TEST, VALIDATION
from lgpgan.errors import InputError
from lgpgan.evaluation.groups import people_groups
from lgpgan.expressions.expression import Expression

__all__ = ["KEPT_OUT", "RealFaces", "Trials"]

KEPT_OUT = (VALIDATION, TEST)
"""The splits that methods are judged on."""
NEUTRAL = str(Expression.NEUTRAL)
PHOTO, PERSON = "photo", "person"


@dataclass(frozen=True)
class RealFaces:
    """Real faces of a set, with what is known of them.

    Attributes:
        records: the record of each of the S faces.
        faces: (S, 128, 128, 3) uint8 RGB.
        landmarks: (S, 68, 2) in template pixels, as the set has them.
        mouth_top: (S,) first row of each mouth region.
    """

    records: Sequence[Record]
    faces: NDArray[np.uint8]
    landmarks: NDArray[np.float64]
    mouth_top: NDArray[np.int64]

    @classmethod
    def of(cls, prepared: PreparedSet, split: str) -> RealFaces:
        """The faces of a split.

        Raises:
            InputError: when there are none, or one is missing or damaged.
        """
        records = prepared.split(split)
        if prepared.has_pairs:
            records = [record for record in records if is_first_take(record.photo)]
        if not records:
            raise InputError(
                f"{prepared.folder} has no faces in its split '{split}'; evaluation compares "
                "people kept out with those trained on, so prepare the set with both."
            )
        landmarks = np.array([record.landmarks for record in records])
        tops = mouth_tops(torch.from_numpy(mouth_centres(records)[:, 1])).numpy()
        return cls(records, load_faces(prepared, records), landmarks, tops)

    def __len__(self) -> int:
        """Number of faces."""
        return len(self.records)

    def find(self, row: int, shown: str, *, of_photo: bool = False) -> int:
        """Row of a face of the same photo, or else of the same person, of a class; −1 if none.

        Args:
            row: row of the face to find a match for.
            shown: the class.
            of_photo: only of the same photo.
        """
        record = self.records[row]
        found = self._rows.get((PHOTO, record.photo, shown), -1)
        if found < 0 and record.person and not of_photo:
            found = self._rows.get((PERSON, record.person, shown), -1)
        return found

    @cached_property
    def _rows(self) -> dict[tuple[str, str, str], int]:
        """Row of a face by photo or person, and by class."""
        rows = {}
        for row, (record, shown) in enumerate(zip(self.records, self.shown, strict=True)):
            rows[PHOTO, record.photo, shown] = rows[PERSON, record.person, shown] = row
        return rows

    @property
    def people(self) -> list[str]:
        """Who is on each face; empty where not known."""
        return [record.person for record in self.records]

    @property
    def shown(self) -> list[str]:
        """The class of each face."""
        return [str(record.expression) for record in self.records]

    @property
    def names_hash(self) -> str:
        """SHA-256 of the faces' file names, people and classes, not of their pixels.

        Renders of the same photos differ between processors in the last bit; this does not.
        """
        lines = (f"{r.file_name} {r.person} {r.expression}" for r in self.records)
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


@dataclass(frozen=True)
class Trials:
    """Faces kept out of training, and the class that each is to show.

    Attributes:
        real: the faces.
        source: (N,) row of the face of each trial.
        targets: the class that each trial asks for.
        exact: (N,) row of the face that shows the target exactly; −1 where there is none.
        alike: (N,) row of a face of the same person that shows the target's class; −1 where there
            is none.
        neutral: (S,) row of a neutral face of the person on each of the S faces; −1 where there is
            none.
    """

    real: RealFaces
    source: NDArray[np.intp]
    targets: Sequence[str]
    exact: NDArray[np.intp]
    alike: NDArray[np.intp]
    neutral: NDArray[np.intp]

    @classmethod
    def of(
        cls,
        prepared: PreparedSet,
        *,
        sources: str | None = None,
        count: int | None = None,
        split: str = TEST,
    ) -> Trials:
        """Faces kept out, each asked for every class.

        Args:
            prepared: the set.
            sources: only faces of this class, as ``neutral``; all if None.
            count: only so many of them, drawn at random, always the same; all if None.
            split: ``test`` to report figures, ``validation`` to choose something by them.

        Raises:
            InputError: when there is no such face or split, or ``count`` is below 1.
        """
        if count is not None and count < 1:
            raise InputError(f"at least one face must be edited, not {count}.")
        check_choice(split, KEPT_OUT, "split")
        real = RealFaces.of(prepared, split)
        chosen = [row for row, shown in enumerate(real.shown) if sources in (None, shown)]
        if not chosen:
            raise InputError(
                f"{prepared.folder} has no face of the class '{sources}' among those kept out; it "
                f"has {', '.join(sorted(set(real.shown)))}."
            )
        if count is not None and count < len(chosen):
            drawn = np.random.default_rng(0).choice(chosen, count, replace=False)
            chosen = sorted(drawn.tolist())
        paired = prepared.has_pairs
        classes = [str(name) for name in prepared.classes]
        asked = [(row, target) for row in chosen for target in classes]
        exact = [real.find(row, target, of_photo=True) if paired else -1 for row, target in asked]
        return cls(
            real=real,
            source=np.array([row for row, _ in asked], np.intp),
            targets=[target for _, target in asked],
            exact=np.array(exact, np.intp),
            alike=np.array([real.find(row, target) for row, target in asked], np.intp),
            neutral=np.array([real.find(row, NEUTRAL) for row in range(len(real))], np.intp),
        )

    def __len__(self) -> int:
        """Number of trials."""
        return len(self.targets)

    @property
    def records(self) -> list[Record]:
        """Of the face of each trial."""
        return [self.real.records[row] for row in self.source]

    @property
    def sources(self) -> list[str]:
        """The class that the face of each trial shows."""
        return [str(record.expression) for record in self.records]

    @property
    def people(self) -> list[str]:
        """Who is on the face of each trial; empty where not known."""
        return [record.person for record in self.records]

    def groups(self) -> dict[str, list[str]]:
        """By what the trials can be grouped, to the group of each.

        What the set says of nobody (gender, age, ethnicity) is no way to group.
        """
        return {
            "target": list(self.targets),
            "source": self.sources,
            **people_groups(self.records),
        }
