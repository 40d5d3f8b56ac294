"""Entries: how seeds are pooled, what is marked as best, how many digits are shown."""

from __future__ import annotations

import pytest

from lgpgan.reporting.results_model import Better, Interval, Reading
from lgpgan.reporting.tables import (
    Column,
    Entry,
    Standing,
    marked,
    penalty,
    pooled,
    with_decimals,
)


def standings(better: Better, *found: tuple[float, Interval | None]) -> list[Standing]:
    """How entries of these values and intervals are marked."""
    entries = marked([Entry(*pair) for pair in found], better)
    return [entry.standing for entry in entries if entry is not None]


def test_seeds_are_pooled_to_their_mean_and_the_hull_of_their_intervals() -> None:
    entry = pooled([Reading(0.4, (0.3, 0.6)), Reading(0.6, (0.5, 0.65))])
    assert entry == Entry(0.5, (0.3, 0.65), (0.4, 0.6))
    assert pooled([Reading(0.4, (0.3, 0.6))]) == Entry(0.4, (0.3, 0.6), (0.4,))


def test_one_seed_without_an_interval_leaves_the_row_without() -> None:
    entry = pooled([Reading(0.4, (0.3, 0.6)), Reading(0.6)])
    assert entry is not None
    assert entry.interval is None
    assert pooled([]) is None


def test_the_best_leads_only_where_its_interval_is_apart() -> None:
    leads, ahead, other = Standing.LEADS, Standing.AHEAD, Standing.OTHER
    assert standings("lower", (1.0, (0.9, 1.1)), (2.0, (1.8, 2.2))) == [leads, other]
    assert standings("lower", (1.0, (0.9, 1.9)), (2.0, (1.8, 2.2))) == [ahead, other]
    assert standings("higher", (1.0, (0.9, 1.1)), (2.0, (1.8, 2.2))) == [other, leads]
    assert standings("higher", (1.0, (0.9, 1.9)), (2.0, (1.8, 2.2))) == [other, ahead]
    # apart from the second but not from the third, whose interval is wide
    assert standings("lower", (1.0, (0.9, 1.1)), (2.0, (1.8, 2.2)), (3.0, (1.0, 5.0))) == [
        ahead,
        other,
        other,
    ]


def test_without_intervals_nobody_leads() -> None:
    assert standings("lower", (1.0, None), (2.0, (1.8, 2.2))) == [Standing.AHEAD, Standing.OTHER]
    assert standings("lower", (1.0, (0.9, 1.1)), (2.0, None)) == [Standing.AHEAD, Standing.OTHER]


def test_nearer_one_counts_both_ways() -> None:
    leads, ahead, other = Standing.LEADS, Standing.AHEAD, Standing.OTHER
    assert standings("nearer 1", (1.05, (1.02, 1.08)), (0.8, (0.78, 0.82))) == [leads, other]
    # 1.3 may be as near as 0.95: as far as 0.05
    assert standings("nearer 1", (0.95, (0.9, 1.0)), (1.3, (1.05, 1.5))) == [ahead, other]
    # a wide interval around 1 may be 1 itself
    assert standings("nearer 1", (0.9, (0.89, 0.91)), (1.2, (0.7, 1.7))) == [ahead, other]
    assert penalty(1.25, "nearer 1") == penalty(0.75, "nearer 1") == 0.25


def test_no_mark_where_no_way_is_better_or_nobody_to_beat() -> None:
    assert standings("none", (1.0, (0.9, 1.1)), (2.0, (1.8, 2.2))) == [Standing.OTHER] * 2
    assert standings("lower", (1.0, (0.9, 1.1))) == [Standing.OTHER]


def test_level_rows_are_all_ahead() -> None:
    assert standings("lower", (1.0, (0.9, 1.1)), (1.0, (0.9, 1.1))) == [Standing.AHEAD] * 2


@pytest.mark.parametrize(
    ("unit", "values", "decimals"),
    [
        ("share", [0.5], 1),
        ("count", [0.5], 0),
        ("", [31.2, 9.0], 1),
        ("", [1.3], 2),
        ("", [0.27], 3),
        ("", [0.0391, 0.001], 4),
        ("", [0.000001], 4),
        ("", [250.0], 1),
        ("", [-0.3], 3),
        ("", [0.0], 1),
        ("", [], 1),
    ],
)
def test_three_digits_are_shown(unit: str, values: list[float], decimals: int) -> None:
    assert with_decimals(Column("", "", unit), values).decimals == decimals


def test_rows_without_an_entry_are_no_rivals() -> None:
    entries = [None, Entry(1.0, (0.9, 1.1)), None, Entry(2.0, (1.8, 2.2))]
    found = marked(entries, "lower")
    assert (found[0], found[2]) == (None, None)
    assert found[1] == Entry(1.0, (0.9, 1.1), (), Standing.LEADS)
    assert marked(entries[:3], "lower") == entries[:3]
