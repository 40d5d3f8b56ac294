"""Distances between outputs and real images, beside the floor: that of other real images.

With a few hundred images a Fréchet distance is mostly bias: two samples of the same distribution
are far from 0. So next to each value stands its floor, the distance from the same reference to
equally many real images that are not in it. A method cannot be expected to come below that; one
that changes nothing comes close to it, which is why expression accuracy, identity and the amount of
change belong beside both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.distances.statistics import frechet_statistic
from lgpgan.evaluation.resampling import Estimate, Statistic, jackknife

__all__ = ["DistanceAndFloor", "DistanceTo", "Sample", "distance_and_floor", "lowest"]

DistanceTo = Callable[[NDArray[np.float64], NDArray[np.float64]], Statistic]
"""Of a reference and other features, the distance of any rows of the latter: as
:func:`~lgpgan.evaluation.distances.statistics.frechet_statistic`."""


def lowest(distance: DistanceTo) -> float:
    """The least value of a kind of distance: 0 of Fréchet's; the kernel distance has none."""
    return 0.0 if distance is frechet_statistic else -np.inf


@dataclass(frozen=True)
class Sample:
    """Features of images, and who is on them.

    Attributes:
        features: (N, D).
        people: N names; empty where not known.

    Raises:
        InputError: when there is not one name an image.
    """

    features: NDArray[np.float64]
    people: Sequence[str]

    def __post_init__(self) -> None:
        if len(self.features) != len(self.people):
            raise InputError(
                f"there are {len(self.features)} images but the names of {len(self.people)} people."
            )

    def subsample(self, count: int, seed: int) -> Sample:
        """``count`` of the images, in their order; always the same ones for a seed."""
        if count == len(self.people):
            return self
        chosen = np.random.default_rng(seed).choice(len(self.people), count, replace=False)
        return self.chosen(np.sort(chosen))

    def chosen(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Sample:
        """Some of the images: their rows, or whether each is one of them (N,)."""
        rows = np.arange(len(self.people))[which]
        return Sample(self.features[rows], [self.people[row] for row in rows])


@dataclass(frozen=True)
class DistanceAndFloor:
    """A distance between distributions, and its floor.

    Attributes:
        value: from the reference to the outputs.
        floor: from the reference to real images that are not in it.
        count: how many outputs, and how many real images, were used.
        reference_count: how many images the reference has.
    """

    value: Estimate
    floor: Estimate
    count: int
    reference_count: int


def distance_and_floor(
    reference: NDArray[np.float64],
    outputs: Sample,
    held_out: Sample,
    *,
    distance: DistanceTo = frechet_statistic,
    level: float = 0.95,
    seed: int = 0,
) -> DistanceAndFloor:
    """Measure the distance from real images to outputs and to other real images.

    Where there are more outputs than held-out images, or the other way round, as many are picked at
    random as the smaller set has. The intervals say how far the figures would move with other
    people in front of the same reference, which is the yardstick of all the figures that are
    compared; see :func:`~lgpgan.evaluation.resampling.jackknife`.

    Args:
        reference: (M, D), features of real images.
        outputs: the outputs of a method.
        held_out: real images that are not in the reference. Their people should stand to the
            reference's as those of the outputs do: in both cases others, or in both cases the same.
        distance: distance of the two kinds in :mod:`lgpgan.evaluation.distances.statistics`.
        level: level of the intervals.
        seed: seed of what is picked.

    Raises:
        InputError: when features do not fit together or are fewer than two.
    """
    count = min(len(outputs.people), len(held_out.people))
    value, floor = (
        jackknife(
            distance(reference, sample.features),
            sample.people,
            seed=seed,
            level=level,
            lowest=lowest(distance),
        )
        for sample in (outputs.subsample(count, seed), held_out.subsample(count, seed))
    )
    return DistanceAndFloor(value, floor, count, len(reference))
