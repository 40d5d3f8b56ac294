"""Random draws for each new face: its source and its expression. A seed gives the same draws.

A draw is keyed by the seed, the class, the face's number in it and the attempt, so it depends on
nothing else: not on how many faces are wanted, nor on what became of the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lgpgan.augmentation.options import AugmentationOptions, Sources
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record
from lgpgan.expressions.expression import Expression

__all__ = ["Draw", "SourcePool", "draw"]

SECOND_SHARE = (0.2, 0.4)
"""Share of a mixture's strength that its second expression has: the first stays stronger."""
DIGITS = 3
"""Digits after the point of a share, which is rounded before it is used: the label is exact."""


@dataclass(frozen=True)
class Draw:
    """The draw of one face.

    Attributes:
        source: the face that it is made from.
        wanted: class of the face.
        shares: what it is to show, each class with its intensity; neutral is what is left to 1.
        key: key of all further draws of a method.
    """

    source: Record
    wanted: str
    shares: Mapping[str, float]
    key: tuple[int, ...]

    @property
    def is_mixture(self) -> bool:
        """Whether it shows a second class."""
        return len(self.shares) > 1


class SourcePool:
    """The faces of the split ``train`` that new ones may be made from.

    People who were kept out are never a source: what is trained on the new faces can still be
    judged on them.

    Args:
        prepared: the set.
        sources: whether only neutral faces count.
    """

    def __init__(self, prepared: PreparedSet, sources: Sources) -> None:
        self._by_person: defaultdict[str, list[Record]] = defaultdict(list)
        for record in prepared.split("train"):
            if sources == "any" or record.expression == Expression.NEUTRAL:
                self._by_person[record.person or record.photo].append(record)
        self._people: dict[str, list[str]] = {}

    def __len__(self) -> int:
        """Number of faces."""
        return sum(map(len, self._by_person.values()))

    def people_for(self, wanted: str) -> list[str]:
        """The people who have a face that does not show a class already."""
        if wanted not in self._people:
            self._people[wanted] = sorted(
                person
                for person, faces in self._by_person.items()
                if any(face.expression != wanted for face in faces)
            )
        return self._people[wanted]

    def faces_of(self, person: str, wanted: str) -> list[Record]:
        """Faces of a person that do not show a class."""
        return [face for face in self._by_person[person] if face.expression != wanted]


def draw(
    pool: SourcePool,
    labels: Sequence[str],
    options: AugmentationOptions,
    wanted: str,
    number: int,
    attempt: int,
) -> Draw:
    """Draw one attempt at a face.

    Every person is as likely as another, however many faces there are of each. All attempts at a
    face are of the same person: otherwise those whose faces the gates reject more often would be
    replaced by others, and the set would come to be of the others.

    Args:
        pool: the faces it may be made from.
        labels: the classes that the method knows, ``wanted`` among them.
        options: how strong, and how often a second expression is shown.
        wanted: class of the face.
        number: number of the face within its class.
        attempt: from 0.
    """
    key = (options.seed, labels.index(wanted), number)
    people = pool.people_for(wanted)
    person = people[np.random.default_rng((*key, 0)).integers(len(people))]
    of_attempt = (*key, 1 + attempt)
    rng = np.random.default_rng(of_attempt)
    faces = pool.faces_of(person, wanted)
    source = faces[rng.integers(len(faces))]
    if wanted == Expression.NEUTRAL:
        return Draw(source, wanted, {wanted: 1.0}, of_attempt)
    intensity = rng.uniform(options.intensity.low, options.intensity.high)
    others = [name for name in labels if name not in (wanted, Expression.NEUTRAL)]
    if not others or rng.random() >= options.mixtures:
        return Draw(source, wanted, {wanted: round(intensity, DIGITS)}, of_attempt)
    second = round(intensity * rng.uniform(*SECOND_SHARE), DIGITS)
    shares = {wanted: round(intensity - second, DIGITS), others[rng.integers(len(others))]: second}
    return Draw(source, wanted, shares, of_attempt)
