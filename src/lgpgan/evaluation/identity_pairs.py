"""Whether edits keep the person: distances of outputs beside those within a set.

A distance means little by itself. Beside it belong the distances of pictures that show one person
with two expressions, and of pictures that show two people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.identity import SAME_PERSON, identity_distances

__all__ = ["IdentityKept", "PersonPairs", "sample_person_pairs"]

PAIRS = 2000
"""How many same-person and other-person pairs are looked at."""


@dataclass(frozen=True)
class PersonPairs:
    """Distances between a set's own pictures: of the same person, and of two people.

    Attributes:
        same: (P,) distances of pairs that show a person with two expressions.
        other: (Q,) distances of pairs that show two people.
    """

    same: NDArray[np.float64]
    other: NDArray[np.float64]


def sample_person_pairs(
    descriptors: NDArray[np.float64],
    people: Sequence[str],
    expressions: Sequence[str],
    *,
    count: int = PAIRS,
    seed: int = 0,
) -> PersonPairs:
    """Draw pairs of pictures of one person and of two people, and measure their distances.

    Renders of one photo count as pictures of a person, too: their distances say how far expressions
    alone move a descriptor.

    Args:
        descriptors: (N, 128), of the pictures of a set.
        people: who is on each of the N; pictures of nobody known (an empty name) are left out.
        expressions: the class of each picture.
        count: pairs of two people, drawn with replacement, and of one person, without: where there
            are fewer, all.
        seed: seed of the draw; the same arguments give the same pairs.

    Returns:
        The distances; empty where the set has no such pair.

    Raises:
        InputError: when a shape or number is another.
    """
    if descriptors.shape[1:] != (128,) or {len(people), len(expressions)} != {len(descriptors)}:
        raise InputError(
            "Pairs need descriptors of shape (N, 128), N people and N expressions, not"
            f" {descriptors.shape}, {len(people)} and {len(expressions)}."
        )
    random = np.random.default_rng(seed)
    pictures: dict[str, list[int]] = {}
    for picture, person in enumerate(people):
        if person:
            pictures.setdefault(person, []).append(picture)
    same = [
        pair
        for own in pictures.values()
        for pair in combinations(own, 2)
        if expressions[pair[0]] != expressions[pair[1]]
    ]
    drawn = random.permutation(len(same))[:count]
    other = _pairs_of_two_people(list(pictures.values()), count, random)
    return PersonPairs(
        *(
            identity_distances(descriptors[pairs[:, 0]], descriptors[pairs[:, 1]])
            for pairs in (np.array(same, int).reshape(-1, 2)[drawn], other)
        )
    )


def _pairs_of_two_people(
    pictures: Sequence[Sequence[int]], count: int, random: np.random.Generator
) -> NDArray[np.int_]:
    """Pairs (Q, 2) of pictures of different people, each drawn evenly from all such pairs.

    Args:
        pictures: the pictures of each person.
        count: how many pairs to draw, with replacement; none where there are fewer than two people.
        random: the source of random numbers.
    """
    if len(pictures) < 2:
        return np.zeros((0, 2), int)
    in_order = np.concatenate([np.array(own) for own in pictures])
    sizes = np.array([len(own) for own in pictures])
    person = np.repeat(np.arange(len(sizes)), sizes)
    # Evenly among the pairs: a picture is drawn as often as there are others to pair it with.
    others = len(in_order) - sizes[person]
    first = random.choice(len(in_order), count, p=others / others.sum())
    # The others follow a person's own pictures, and go on from the start.
    step = random.integers(0, others[first])
    second = (np.cumsum(sizes)[person[first]] + step) % len(in_order)
    return np.stack([in_order[first], in_order[second]], axis=1)


@dataclass(frozen=True)
class IdentityKept:
    """Distances of outputs from their inputs, beside distances within the set.

    Attributes:
        edited: (N,) distances of each output and its input.
        pairs: distances of the set's own pictures.
    """

    edited: NDArray[np.float64]
    pairs: PersonPairs

    @property
    def verification_rate(self) -> float:
        """Share of the outputs that dlib takes for the person of their input."""
        return float((self.edited < SAME_PERSON).mean())

    @property
    def false_acceptance_rate(self) -> float:
        """Share of the pairs of two people that dlib takes for one: what the rate above is worth.

        nan where the set has no such pair.
        """
        return float((self.pairs.other < SAME_PERSON).mean()) if self.pairs.other.size else np.nan

    @property
    def closer_than_others(self) -> float:
        """How often an output is closer to its input than two people are to each other.

        The area under the ROC curve: 1 when every output is closer than every pair of two people,
        0.5 when edits make strangers, nan where the set has no such pair. Equal distances count
        half.
        """
        if not self.pairs.other.size:
            return np.nan
        other = np.sort(self.pairs.other)
        below, up_to = (np.searchsorted(other, self.edited, side) for side in ("left", "right"))
        return float(1 - (below + up_to).mean() / 2 / len(other))
