"""Random draws for each new face: its source and its expression. A seed gives the same draws.

A draw is keyed by the seed, the class, the face's number in it and the attempt, so it depends on
nothing else: not on how many faces are wanted, nor on what became of the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lgpgan.augmentation.options import AugmentationOptions, BalanceBy, Sources
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression

__all__ = ["Draw", "SourcePool", "draw"]

SECOND_SHARE = (0.2, 0.4)
"""Share of a mixture's strength that its second expression has: the first stays stronger."""
FAINT = 0.15
"""The most that a neutral face which is drawn anew shows of another class: what changes between two
neutral photos of one person."""
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
        faint: for a neutral face of a neutral one, what little it shows of another class.
    """

    source: Record
    wanted: str
    shares: Mapping[str, float]
    key: tuple[int, ...]
    faint: Mapping[str, float] = field(default_factory=dict)

    @property
    def shown(self) -> Mapping[str, float]:
        """What a method is asked for: each class with its intensity."""
        return self.faint or self.shares

    @property
    def is_redrawn(self) -> bool:
        """Whether it shows the class that its source shows already."""
        return self.source.expression == self.wanted

    @property
    def is_mixture(self) -> bool:
        """Whether it shows a second class."""
        return len(self.shares) > 1


class SourcePool:
    """The faces of the split ``train`` that new ones may be made from.

    People who were kept out are never a source: what is trained on the new faces can still be
    judged on them.

    A neutral face of a person who shows nothing else is drawn anew from a neutral one.

    Args:
        prepared: the set.
        sources: whether only neutral faces count.
        balance_by: property of people, as ``gender``, of whose groups each is drawn equally often;
            empty where all people are drawn equally often.

    Raises:
        InputError: when the set does not know that property of anybody.
    """

    def __init__(self, prepared: PreparedSet, sources: Sources, balance_by: BalanceBy = "") -> None:
        self._sources = sources
        self._balance_by = balance_by
        self._by_person: defaultdict[str, list[Record]] = defaultdict(list)
        for record in prepared.split("train"):
            if sources == "any" or record.expression == Expression.NEUTRAL:
                self._by_person[record.person or record.photo].append(record)
        self._people: dict[str, list[str]] = {}
        if balance_by and not any(
            getattr(face, balance_by) for faces in self._by_person.values() for face in faces
        ):
            raise InputError(
                f"{prepared.folder} does not say the {balance_by} of anybody, so its groups cannot "
                "be drawn equally often; leave --balance-by out."
            )

    def __len__(self) -> int:
        """Number of faces."""
        return sum(map(len, self._by_person.values()))

    def people_for(self, wanted: str) -> list[str]:
        """The people who have a face that a class can be made from."""
        if wanted not in self._people:
            self._people[wanted] = sorted(
                person for person in self._by_person if self.faces_of(person, wanted)
            )
        return self._people[wanted]

    def faces_of(self, person: str, wanted: str) -> list[Record]:
        """Faces of a person that a class can be made from: those that do not show it.

        Where only neutral faces are sources, a neutral face is made from them all the same.
        """
        again = self._sources == "neutral" and wanted == Expression.NEUTRAL
        faces = self._by_person[person]
        return [face for face in faces if again or face.expression != wanted]

    def draw_person(self, wanted: str, rng: np.random.Generator) -> str:
        """Draw somebody, each person as likely as another, or each group of people."""
        people = self.people_for(wanted)
        if self._balance_by:
            group_of = {
                who: getattr(self._by_person[who][0], self._balance_by) or "" for who in people
            }
            groups = sorted(set(group_of.values()))
            group = groups[rng.integers(len(groups))]
            people = [who for who in people if group_of[who] == group]
        return people[rng.integers(len(people))]


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
    person = pool.draw_person(wanted, np.random.default_rng((*key, 0)))
    of_attempt = (*key, 1 + attempt)
    rng = np.random.default_rng(of_attempt)
    faces = pool.faces_of(person, wanted)
    source = faces[rng.integers(len(faces))]
    others = [name for name in labels if name not in (wanted, Expression.NEUTRAL)]
    if wanted == Expression.NEUTRAL:
        faint = {}
        if source.expression == Expression.NEUTRAL and others:
            faint = {others[rng.integers(len(others))]: round(rng.uniform(0, FAINT), DIGITS)}
        return Draw(source, wanted, {wanted: 1.0}, of_attempt, faint)
    intensity = rng.uniform(options.intensity.low, options.intensity.high)
    if not others or rng.random() >= options.mixtures:
        return Draw(source, wanted, {wanted: round(intensity, DIGITS)}, of_attempt)
    second = round(intensity * rng.uniform(*SECOND_SHARE), DIGITS)
    shares = {wanted: round(intensity - second, DIGITS), others[rng.integers(len(others))]: second}
    return Draw(source, wanted, shares, of_attempt)
