"""Tables and verdicts of made-up cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from lgpgan.benefit.cells import Cell, FinishedCell
from lgpgan.benefit.conditions import Condition
from lgpgan.benefit.results import (
    DIFFERENCE,
    Group,
    Results,
    confusion_table,
    group_table,
    results_of,
    size_table,
    verdicts,
)
from lgpgan.errors import InputError
from lgpgan.reporting.tables import Standing

REAL, BOTH = Condition(real=True), Condition(real=True, synthetic="gan")
GAN = Condition(real=False, synthetic="gan")
LABELS = np.array([0, 1] * 6)
PEOPLE = [who for who in ("ann", "ben", "cat", "dan", "eve", "fay") for _ in range(2)]


def read(right: Sequence[int]) -> FinishedCell:
    """A recogniser that is sure of everything, and right where there is a 1."""
    classes = np.where(np.array(right) == 1, LABELS, 1 - LABELS)
    return FinishedCell(1, "", 2, 0, np.eye(2)[classes].tolist())


ALL, NEUTRAL, NONE = [1] * 12, [0, 1] * 6, [0] * 12


def made_up(groups: Mapping[str, Sequence[str]] | None = None) -> Results:
    """Two seeds. With one person, real alone reads class 1 only; with synthetic faces everything;
    with two people both read everything. Synthetic faces alone: all, and class 1 only.
    """
    cells = {
        Cell(condition, people, seed): read(right)
        for condition, people, rights in (
            (REAL, 1, (NEUTRAL, NEUTRAL)),
            (REAL, 2, (ALL, ALL)),
            (BOTH, 1, (ALL, ALL)),
            (BOTH, 2, (ALL, NEUTRAL)),
            (GAN, 0, (ALL, NEUTRAL)),
        )
        for seed, right in enumerate(rights)
    }
    return results_of(cells, LABELS, PEOPLE, classes=("happy", "neutral"), groups=groups)


def test_a_table_has_a_column_a_size_and_the_mean_over_seeds() -> None:
    table = size_table(made_up(), "accuracy")
    assert [column.title for column in table.columns] == ["1 person", "2 people"]
    values = {row.title: [entry and entry.value for entry in row.entries] for row in table.rows}
    assert values == {
        "real alone": [0.5, 1.0],
        "real + gan": [1.0, 0.75],
        "gan alone": [0.75, 0.75],
    }
    assert "12 test faces of 6 people" in table.caption
    assert "Means over 2 seeds" in table.caption


def test_the_best_of_a_size_is_marked() -> None:
    table = size_table(made_up(), "accuracy")
    standings = [[entry and entry.standing for entry in row.entries] for row in table.rows]
    # At one person "gan alone" reaches up to 1 with one seed, so nobody leads.
    assert standings[1][0] is Standing.AHEAD
    assert standings[0][0] is Standing.OTHER


def test_gains_are_against_the_same_seed() -> None:
    results = made_up()
    assert REAL not in results.readings[DIFFERENCE]
    gains = results.readings[DIFFERENCE][BOTH]
    assert [[reading.value for reading in gains[count]] for count in (1, 2)] == [
        [0.5, 0.5],
        [0.0, -0.5],
    ]


def test_verdicts_say_where_it_helps_and_where_nothing_is_shown() -> None:
    found = dict(verdicts(made_up()))
    assert found["real + gan"] == (
        "Better with real faces of 1 person (+50.0 [50.0, 50.0]). "
        "Not told apart with real faces of 2 people (−25.0 [−50.0, 0.0])."
    )
    assert set(found) == {"real + gan", "gan alone"}


def test_a_loss_is_called_worse() -> None:
    cells = {Cell(REAL, 2, 0): read(ALL), Cell(GAN, 0, 0): read(NONE)}
    results = results_of(cells, LABELS, PEOPLE, classes=("happy", "neutral"))
    assert dict(verdicts(results))["gan alone"] == (
        "Worse with real faces of 2 people (−100.0 [−100.0, −100.0])."
    )


def test_confusion_is_over_all_seeds() -> None:
    table = confusion_table(made_up(), BOTH, 2)
    # Of class happy all are read right with one seed and none with the other.
    assert [[entry and entry.value for entry in row.entries] for row in table.rows] == [
        [0.5, 0.5],
        [0.0, 1.0],
    ]
    assert table.title == "real + gan, real faces of 2 people"


def test_groups_are_counted_and_judged_on_their_own() -> None:
    """Ann and Ben are women; all of Ann's faces are read right, and one of everybody else's."""
    by_person = ["female"] * 4 + ["male"] * 2 + ["not known"] * 6
    right = [1, 1, *[0, 1] * 5]
    cells = {Cell(REAL, 2, 0): read(right), Cell(GAN, 0, 0): read(ALL)}
    results = results_of(
        cells, LABELS, PEOPLE, classes=("happy", "neutral"), groups={"gender": by_person}
    )
    assert list(results.groups) == [
        Group("gender", "female", 2, 4),
        Group("gender", "male", 1, 2),
        Group("gender", "not known", 3, 6),
    ]
    table = group_table(results, REAL)
    assert [row.title for row in table.rows] == [
        "gender female (2 people, 4 faces)",
        "gender male (1 person, 2 faces)",
        "gender not known (3 people, 6 faces)",
    ]
    entries = [row.entries[0] for row in table.rows]
    assert [entry and entry.value for entry in entries] == [0.75, 0.5, 0.5]
    assert [entry and entry.interval for entry in entries] == [None, None, None]
    assert [entry and entry.people for entry in entries] == [2, 1, 3]
    assert "fewer than 6 people has no interval" in table.caption


def test_of_few_test_people_no_order_is_claimed() -> None:
    """Two test people were enough for a verdict."""
    cells = {Cell(REAL, 2, 0): read(ALL), Cell(GAN, 0, 0): read(NONE)}
    people = ["ann"] * 6 + ["ben"] * 6
    results = results_of(cells, LABELS, people, classes=("happy", "neutral"))
    assert dict(verdicts(results))["gan alone"] == (
        "Of fewer than 6 test people no order is claimed: with real faces of 2 people (−100.0 (2 "
        "people))."
    )


def test_where_no_group_is_known_there_is_no_table() -> None:
    results = made_up()
    assert results.groups == {}
    assert group_table(results, REAL).rows == ()


def test_without_real_faces_alone_there_is_nothing_to_hold_against() -> None:
    with pytest.raises(InputError, match="real faces alone"):
        results_of({Cell(BOTH, 1, 0): read(ALL)}, LABELS, PEOPLE, classes=("happy", "neutral"))
