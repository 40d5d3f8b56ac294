"""How far a figure would move with other people: bootstrap and jackknife, by people.

Images of one person resemble each other. Intervals that treat such images as independent are too
narrow. Here whole people are drawn or left out, with all their images. An image whose person is not
known (an empty name) counts as a person of its own.

There is no interval for fewer than :data:`FEWEST_PEOPLE` people. There are two methods, for two
kinds of figures:

- :func:`bootstrap` (Efron 1979) for means over images, as accuracy or identity. Its interval stays
  within the range of the figure.
- :func:`jackknife` (leave one person out) for distances between distributions. There the bootstrap
  misleads: a person drawn twice makes the set look less varied than it is. In a simulation with 30
  people of 8 images each and 320 features it raised the Fréchet distance by 32 % on average and its
  spread was three times the true one; neither its percentile nor its "basic" interval ever held the
  true value. The jackknife draws nobody twice: its intervals, meant for 95 %, held the true value
  in 92 to 100 % of the cases, and in 86 % where a third of the people had nearly all the images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from lgpgan.errors import InputError

__all__ = [
    "FEWEST_PEOPLE",
    "Estimate",
    "Rows",
    "Statistic",
    "bootstrap",
    "interval",
    "jackknife",
    "resampled",
]

FEWEST_PEOPLE = 6
"""Fewest people of whom an interval is given, or an order of methods is claimed.

Suppose that two methods are equally good. Then the chance that one of them is better for each of n
people is 2 · 0.5ⁿ (the sign test). That is 0.031 for six people and 0.062 for five. So with five
people or fewer no comparison by people can reach 95 %, however large the differences are. The
bootstrap does not show this: the interval of two equal values is one point.
"""

Rows = NDArray[np.intp]
"""Which images of a set, by position; bootstrap draws name some more than once."""

Statistic = Callable[[Rows], float]
"""A figure of the images that are named."""


@dataclass(frozen=True)
class Estimate:
    """A figure and how far it can be trusted.

    Attributes:
        value: the figure of all images.
        interval: lower and upper end; None for fewer than :data:`FEWEST_PEOPLE` people, and where
            too few images are left without some person.
        people: number of people.
    """

    value: float
    interval: tuple[float, float] | None
    people: int


def resampled(groups: Sequence[str], draws: int, seed: int) -> Iterator[Rows]:
    """Draw as many people as there are, with replacement, again and again.

    Args:
        groups: the person of every image; images with an empty name are drawn singly.
        draws: how many times.
        seed: seed of the drawing; the same seed gives the same draws.

    Yields:
        The images of the people drawn. A person drawn twice is there twice. Their number differs
        from draw to draw where people have different numbers of images.

    Raises:
        InputError: when there are no images.
    """
    members = _members(groups)
    generator = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = generator.integers(len(members), size=len(members))
        yield np.concatenate([members[person] for person in drawn])


def interval(values: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Lower and upper end of the middle ``level`` of the values (their percentiles)."""
    low, high = np.quantile(np.asarray(values, np.float64), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bootstrap(
    statistic: Statistic,
    groups: Sequence[str],
    *,
    draws: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """A mean over images and its percentile interval from drawing people with replacement.

    Not for distances between distributions: see :func:`jackknife`.

    Args:
        statistic: the figure of the named images, some of them more than once.
        groups: the person of every image.
        draws: how many times people are drawn.
        seed: seed of the drawing.
        level: level of the interval.

    Raises:
        InputError: when there are no images.
    """
    value = statistic(np.arange(len(groups)))
    people = len(_members(groups))
    if people < FEWEST_PEOPLE:
        return Estimate(value, None, people)
    values = [statistic(rows) for rows in resampled(groups, draws, seed)]
    return Estimate(value, interval(values, level), people)


def jackknife(
    statistic: Statistic,
    groups: Sequence[str],
    *,
    blocks: int = 100,
    seed: int = 0,
    level: float = 0.95,
    lowest: float = -np.inf,
) -> Estimate:
    """A figure and its interval from leaving people out, one after the other.

    Where leaving out the mⱼ of n images of a person gives θⱼ instead of θ, and hⱼ = n / mⱼ, that
    person stands for the pseudo-value ``pⱼ = hⱼ θ − (hⱼ − 1) θⱼ``. The variance of the figure is
    ``Σ (pⱼ − p)² / (hⱼ − 1) / J`` around their mean p weighted by mⱼ (Busing, Meijer, van der
    Leeden: *Delete-m jackknife for unequal m*, Statistics and Computing 1999; where all have as
    many images, Tukey's of 1958). The interval is the figure ± Student's t with J − 1 degrees of
    freedom times the root of it. It is one for the figure at this number of images: bias that comes
    of having few of them is in the figure and stays there.

    Args:
        statistic: the figure of the named images, each at most once; may refuse too few of them
            with an InputError.
        groups: the person of every image.
        blocks: with more people than this they are left out in so many blocks, of equally many
            people within one, which costs less and tells nearly as much.
        seed: seed of who is in which block.
        level: level of the interval.
        lowest: the least value that the figure can have; no interval reaches below it.

    Raises:
        InputError: when there are no images.
    """
    members = _members(groups)
    everything = np.arange(len(groups))
    value = statistic(everything)
    if len(members) < FEWEST_PEOPLE:
        return Estimate(value, None, len(members))
    order = np.random.default_rng(seed).permutation(len(members))
    people = np.array_split(order, min(blocks, len(members)))
    left_out = [np.concatenate([members[person] for person in block]) for block in people]
    try:
        without = np.array([statistic(np.delete(everything, rows)) for rows in left_out])
    except InputError:  # what is left is too little for the figure
        return Estimate(value, None, len(members))
    share = np.array([len(rows) for rows in left_out]) / len(everything)
    pseudo = (value - (1 - share) * without) / share
    variance = np.mean(np.square(pseudo - share @ pseudo) * share / (1 - share))
    reach = float(np.sqrt(variance) * stdtrit(len(people) - 1, (1 + level) / 2))
    return Estimate(value, (max(lowest, value - reach), value + reach), len(members))


def _members(groups: Sequence[str]) -> list[Rows]:
    """The images of every person, people in the order of their first image."""
    if not len(groups):
        raise InputError("there are no images to take a figure of.")
    found: dict[str | int, list[int]] = {}
    for row, person in enumerate(groups):
        found.setdefault(person or row, []).append(row)
    return [np.array(rows) for rows in found.values()]
