"""Tables of results: rows of methods, baselines and real images; columns of measures.

A row trained with several seeds shows the mean over its seeds. Its interval reaches from the lowest
lower end to the highest upper end of its seeds' 95 % intervals, which are by people
(:mod:`lgpgan.evaluation.resampling`). So it holds what other people would have changed in any of
the runs and how far the runs lie apart, and it never shrinks because a row has more seeds: all
seeds are judged on the same people. What further seeds would give it does not tell; with two there
is no saying.

A column's best is looked for among the methods only, for a baseline or a real image is no rival. It
*leads* where its interval lies apart from those of all the others, and is only *ahead* where it
does not, or where there are no intervals. All rows are judged on the same people, so that intervals
that lie apart are a stricter test than one of the differences would be. Figures of fewer than
:data:`~lgpgan.evaluation.resampling.FEWEST_PEOPLE` people have no interval and no mark: their
number of people stands beside them instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from lgpgan.evaluation.resampling import FEWEST_PEOPLE
from lgpgan.reporting.results_model import Better, Interval, Reading

__all__ = [
    "Column",
    "Entry",
    "Kind",
    "Standing",
    "Table",
    "TableRow",
    "marked",
    "penalty",
    "pooled",
    "with_decimals",
]


class Kind(StrEnum):
    """The kind of a row."""

    METHOD = "method"
    BASELINE = "baseline"
    REAL = "real"


class Standing(StrEnum):
    """Whether an entry is the best of its column, and whether its interval is apart."""

    LEADS = "leads"
    AHEAD = "ahead"
    OTHER = "other"


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        key: key of the measure, the distance, the group or the fact.
        title: short.
        unit: ``share`` (shown in percent), ``count``, ``yes or no`` (1 or 0), or any other.
        better: which way is.
        about: a sentence on what it is; empty where the title says it.
        decimals: shown of each number.
    """

    key: str
    title: str
    unit: str = ""
    better: Better = "none"
    about: str = ""
    decimals: int = 0


@dataclass(frozen=True)
class Entry:
    """A figure of one row and one column.

    Attributes:
        value: the mean over seeds.
        interval: see above; None where a seed has none.
        by_seed: the seeds' values, in their order.
        standing: whether it is the best of its column.
        people: of how many people it is; None where that is not known.
    """

    value: float
    interval: Interval | None = None
    by_seed: tuple[float, ...] = ()
    standing: Standing = Standing.OTHER
    people: int | None = None

    @property
    def is_of_few(self) -> bool:
        """Whether it is of too few people for an interval, or for a claim of order."""
        return self.people is not None and self.people < FEWEST_PEOPLE


@dataclass(frozen=True)
class TableRow:
    """A row.

    Attributes:
        title: title in reports.
        kind: whether it is a method, a baseline or real images.
        entries: one for each column; None where there is nothing to show.
    """

    title: str
    kind: Kind
    entries: tuple[Entry | None, ...]


@dataclass(frozen=True)
class Table:
    """A table, ready to be written in any form by :mod:`lgpgan.reporting.table_forms`.

    Attributes:
        columns: from left to right.
        rows: methods, then baselines, then real images.
        title: the title.
        caption: what the table shows, in sentences.
    """

    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    title: str
    caption: str

    def entries(self, column: int, kind: Kind | None = None) -> list[tuple[TableRow, Entry]]:
        """Rows that have an entry in a column, with it; those of a kind, or all."""
        return [
            (row, entry)
            for row in self.rows
            if (entry := row.entries[column]) is not None and kind in (None, row.kind)
        ]


def pooled(readings: Sequence[Reading]) -> Entry | None:
    """One entry of the readings of several seeds; None where there are none."""
    if not readings:
        return None
    values = tuple(reading.value for reading in readings)
    intervals = [reading.interval for reading in readings if reading.interval is not None]
    span = None
    if len(intervals) == len(readings):
        span = min(low for low, _ in intervals), max(high for _, high in intervals)
    people = [reading.people for reading in readings if reading.people is not None]
    return Entry(math.fsum(values) / len(values), span, values, people=min(people, default=None))


def marked(entries: Sequence[Entry | None], better: Better) -> list[Entry | None]:
    """Mark the best of several entries; None stays None.

    Nothing is marked where one of the entries is of too few people.
    """
    rivals = [entry for entry in entries if entry is not None]
    if better == "none" or len(rivals) < 2 or any(entry.is_of_few for entry in rivals):
        return list(entries)
    least = min(penalty(entry.value, better) for entry in rivals)

    def mark(entry: Entry) -> Entry:
        if penalty(entry.value, better) > least:
            return entry
        own = _span(entry, better)
        others = [_span(other, better) for other in rivals if other is not entry]
        apart = own is not None and all(span is not None and own[1] < span[0] for span in others)
        return replace(entry, standing=Standing.LEADS if apart else Standing.AHEAD)

    return [entry and mark(entry) for entry in entries]


def penalty(value: float, better: Better) -> float:
    """A value turned so that less is better; 0 where neither way is better."""
    return {"higher": -value, "lower": value, "nearer 1": abs(value - 1), "none": 0.0}[better]


def _span(entry: Entry, better: Better) -> Interval | None:
    """An interval turned so that less is better."""
    if entry.interval is None:
        return None
    low, high = sorted(penalty(end, better) for end in entry.interval)
    holds_best = better == "nearer 1" and entry.interval[0] <= 1 <= entry.interval[1]
    return (0.0 if holds_best else low), high


def with_decimals(column: Column, values: Sequence[float]) -> Column:
    """The column with as many decimals as three digits of its largest value need."""
    largest = max((abs(value) for value in values), default=0.0)
    if column.unit in ("count", "yes or no"):
        decimals = 0
    elif column.unit == "share" or largest == 0:
        decimals = 1
    else:
        decimals = min(max(2 - math.floor(math.log10(largest)), 1), 4)
    return replace(column, decimals=decimals)
