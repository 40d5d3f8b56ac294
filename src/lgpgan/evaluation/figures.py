"""Figures from values of single faces: of all faces and of groups, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lgpgan.evaluation.resampling import Rows, bootstrap

__all__ = ["Figure", "Measure", "OfReal", "figures_of"]

Better = Literal["higher", "lower", "nearer 1", "none"]
STATISTICS: Mapping[str, Callable[[NDArray[np.float64]], Any]] = {
    "mean": np.mean,
    "median": np.median,
}


class OfReal(NamedTuple):
    """A measure of real faces.

    Attributes:
        values: (M,); nan where it cannot be taken.
        people: the person on each of the M faces.
    """

    values: NDArray[np.float64]
    people: Sequence[str]


@dataclass(frozen=True)
class Measure:
    """A value for every output, and for every real face to compare with.

    Attributes:
        key: key in files.
        title: title in reports.
        about: a sentence on what it is, and on what to hold against it.
        better: which values are.
        values: (N,) of the outputs; nan where it cannot be taken.
        real: the same of real faces, and their people; None where that has no sense.
        unit: ``share``, ``distance``, ``ratio``, or values in [−1, 1].
        statistic: how the values of several faces are combined.
    """

    key: str
    title: str
    about: str
    better: Better
    values: NDArray[np.float64]
    real: OfReal | None = None
    unit: Literal["share", "distance", "ratio", "[−1, 1]"] = "share"
    statistic: Literal["mean", "median"] = "mean"

    @property
    def is_known(self) -> bool:
        """Whether it could be taken of any output."""
        return bool(np.isfinite(self.values).any())


@dataclass(frozen=True)
class Figure:
    """One figure of several faces.

    Attributes:
        value: the figure of all faces.
        interval: at 95 %, how far it would move with other people; None for few people.
        count: how many faces.
        people: how many people these faces are of.
    """

    value: float
    interval: tuple[float, float] | None
    count: int
    people: int


def figures_of(
    measure: Measure,
    people: Sequence[str],
    groups: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """All figures of a measure, as ``evaluation.json`` holds them.

    Args:
        measure: the values.
        people: the person on each of the N outputs.
        groups: by what outputs are grouped, to the group of each of the N.

    Returns:
        The figure of all outputs, of real faces, and of every group of which it is known. That of
        all is None where the measure :attr:`is not known <Measure.is_known>`.
    """
    by = {}
    for name, group in groups.items():
        members = np.array(group)
        figures = {
            str(value): _figure(measure, measure.values, people, members == value)
            for value in dict.fromkeys(group)
        }
        by[name] = {value: asdict(figure) for value, figure in figures.items() if figure}
    overall = _figure(measure, measure.values, people)
    real = None if measure.real is None else _figure(measure, *measure.real)
    return {
        "title": measure.title,
        "about": measure.about,
        "unit": measure.unit,
        "better": measure.better,
        "statistic": measure.statistic,
        "overall": asdict(overall) if overall else None,
        "real": asdict(real) if real else None,
        "by": by,
    }


def _figure(
    measure: Measure,
    values: NDArray[np.float64],
    people: Sequence[str],
    chosen: NDArray[np.bool_] | None = None,
) -> Figure | None:
    """The figure of the chosen faces of which the value is known; None where there are none."""
    known = np.isfinite(values) if chosen is None else np.isfinite(values) & chosen
    rows = np.flatnonzero(known)
    if not len(rows):
        return None
    kept = values[rows]

    def statistic(drawn: Rows) -> float:
        return float(STATISTICS[measure.statistic](kept[drawn]))

    estimate = bootstrap(statistic, [people[row] for row in rows.tolist()])
    return Figure(estimate.value, estimate.interval, len(rows), estimate.people)
