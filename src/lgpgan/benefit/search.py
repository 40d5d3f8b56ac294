"""Choosing a way of using synthetic faces, on people of the real set who are held out in turn.

The real people drawn are dealt into three parts. Every candidate is trained on two of them, without
synthetic faces of the people in the third, and reads the third: so each real face is read once by a
recogniser that never saw its person. Nobody of the test set is looked at.

Of few people such a trial says little, and the best of many candidates is often best by chance. So
the first candidate is kept unless another one reads more faces right by more than one standard
error of the difference (the rule of Breiman and others, *Classification and Regression Trees*,
1984).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgpgan.counts import people_text

__all__ = ["FEWEST_TO_SEARCH", "FOLDS", "Choice", "choose", "fold_of"]

FOLDS = 3
FEWEST_TO_SEARCH = 6
"""People below which nothing is tried."""


@dataclass(frozen=True)
class Choice:
    """What was chosen for a cell, and why.

    Attributes:
        use: name of the way that was chosen.
        why: a sentence.
        accuracies: name of every way that was tried, to the share of held-out faces read right.
        faces: how many held-out faces.
        people: of how many people.
    """

    use: str
    why: str
    accuracies: Mapping[str, float]
    faces: int
    people: int


def fold_of(people: Sequence[str], labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """The part, 0 to 2, that every face is dealt into with its person, (N,).

    Each part shows all classes where that can be. The people of the class that fewest show are
    dealt first, each into the part that has fewest people of that class, or else fewest at all
    (Sechidis and others, *On the stratification of multi-label data*, ECML PKDD 2011).

    Args:
        people: who is on each of the N faces.
        labels: (N,) their classes.
        seed: seed of the deal.
    """
    row = {who: number for number, who in enumerate(dict.fromkeys(people))}
    shows = np.zeros((len(row), int(labels.max(initial=0)) + 1), np.bool_)
    for who, label in zip(people, labels, strict=True):
        shows[row[who], label] = True
    order = np.random.default_rng((seed, FOLDS)).permutation(len(row))
    part = np.full(len(row), -1)
    dealt = np.zeros((FOLDS, shows.shape[1]), np.int64)
    while (left := part < 0).any():
        counts = shows[left].sum(axis=0)
        rarest = int(np.where(counts > 0, counts, len(row) + 1).argmin())
        for person in order[left[order] & shows[order, rarest]]:
            sizes = np.bincount(part[part >= 0], minlength=FOLDS)
            part[person] = np.lexsort((sizes, dealt[:, rarest]))[0]
            dealt[part[person]] += shows[person]
    return np.array([part[row[who]] for who in people], np.int64)


def too_few(people: int, candidates: Sequence[str]) -> Choice:
    """The choice where too few people are there to hold any out."""
    why = (
        f"Of {people_text(people)} nobody can be held out (at least {FEWEST_TO_SEARCH} people are "
        f"needed), so nothing was tried."
    )
    return Choice(candidates[0], why, {}, 0, 0)


def choose(right: Mapping[str, NDArray[np.bool_]], people: Sequence[str]) -> Choice:
    """Choose a way.

    Args:
        right: name of every way to whether each held-out face was read right, (N,); the first is
            kept where no other is clearly better.
        people: N names.
    """
    usual, *others = right
    accuracies = {name: float(found.mean()) for name, found in right.items()}
    better = [name for name in others if _clearly_better(right[name], right[usual], people)]
    use = max(better, key=accuracies.__getitem__, default=usual)
    if better:
        why = f"It read more faces right than '{usual}', by more than one standard error."
    elif accuracies[usual] == max(accuracies.values()):
        why = "None of the others read more faces right."
    else:
        why = "No other one read more faces right by more than one standard error."
    return Choice(use, why, accuracies, len(people), len(set(people)))


def _clearly_better(
    ours: NDArray[np.bool_], theirs: NDArray[np.bool_], people: Sequence[str]
) -> bool:
    """Whether one way is better than another by more than one standard error.

    The error is that of a difference that is none in truth (as in McNemar's test), of faces that
    come in people: people are independent, faces of one person are not.
    """
    _, person = np.unique(np.array(people), return_inverse=True)
    of_people = np.bincount(person, ours.astype(float) - theirs)
    return bool(of_people.sum() > np.sqrt((of_people**2).sum()))
