"""Results of all cells: tables over sizes of the real set, and verdicts in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lgpgan.benefit.cells import Cell, FinishedCell
from lgpgan.benefit.conditions import CLASSICAL, REAL, Condition
from lgpgan.benefit.figures import FIGURES, confusion, difference, measured
from lgpgan.benefit.search import Choice
from lgpgan.counts import people_text
from lgpgan.errors import InputError
from lgpgan.evaluation.resampling import FEWEST_PEOPLE
from lgpgan.reporting.results_model import Better, Reading
from lgpgan.reporting.table_forms import interval_text, value_text
from lgpgan.reporting.tables import Column, Entry, Kind, Table, TableRow, marked, pooled

__all__ = [
    "DIFFERENCE",
    "DIFFERENCES",
    "Group",
    "Results",
    "choice_table",
    "confusion_table",
    "group_table",
    "results_of",
    "size_table",
    "verdicts",
]

DIFFERENCE = "gain"
"""Key of accuracy less that of real faces alone, at the same size and seed."""
DIFFERENCES: Mapping[str, tuple[Condition, str]] = {
    DIFFERENCE: (REAL, "real faces alone"),
    "gain_over_classical": (CLASSICAL, "real faces with classical augmentation"),
}
"""Key of every difference, to the condition that others are held against, and what it is called."""
TITLES = {key: figure.title for key, figure in FIGURES.items()} | {
    DIFFERENCE: "accuracy above real alone",
    "gain_over_classical": "accuracy above classical augmentation",
}
TOO_FEW = f"of fewer than {FEWEST_PEOPLE} test people no order is claimed:"
"""What stands in the place of a verdict."""
Readings = Mapping[str, Mapping[Condition, Mapping[int, Sequence[Reading]]]]
"""Figure to condition to number of real people to a reading a seed."""


@dataclass(frozen=True)
class Group:
    """A group of test people, as the test set describes them.

    Attributes:
        by: the property, as ``gender``.
        name: which of them these are.
        people: how many.
        faces: number of their test faces.
    """

    by: str
    name: str
    people: int
    faces: int

    @property
    def title(self) -> str:
        """For people."""
        faces = f"{self.faces:,} {'face' if self.faces == 1 else 'faces'}"
        return f"{self.by} {self.name} ({people_text(self.people)}, {faces})"


@dataclass(frozen=True)
class Results:
    """All that was found.

    Attributes:
        conditions: the rows.
        counts: counts of real people, smallest first.
        seeds: how many.
        classes: the classes, in the order of the labels.
        test_faces: how many.
        test_people: how many.
        readings: every figure, and the gains of :data:`DIFFERENCES`.
        confusions: (classes, classes) counts over all seeds.
        faces: real and synthetic faces that were trained on, on average over seeds.
        groups: accuracy among the people of each group that the test set tells apart.
        choices: the use that was found for every cell whose use was to be found.
    """

    conditions: Sequence[Condition]
    counts: Sequence[int]
    seeds: int
    classes: Sequence[str]
    test_faces: int
    test_people: int
    readings: Readings
    confusions: Mapping[Condition, Mapping[int, NDArray[np.int64]]]
    faces: Mapping[Condition, Mapping[int, tuple[float, float]]]
    groups: Mapping[Group, Mapping[Condition, Mapping[int, Sequence[Reading]]]]
    choices: Mapping[Cell, Choice] = field(default_factory=dict)

    @property
    def differences(self) -> list[str]:
        """Keys of the gains that were taken."""
        return [key for key in DIFFERENCES if key in self.readings]


def results_of(
    finished: Mapping[Cell, FinishedCell],
    labels: NDArray[np.int64],
    people: Sequence[str],
    *,
    classes: Sequence[str],
    groups: Mapping[str, Sequence[str]] | None = None,
    choices: Mapping[Cell, Choice] | None = None,
) -> Results:
    """Take every figure of every cell.

    A condition that does not depend on the number of real people stands at every one of them.

    Args:
        finished: cells with what came of them.
        labels: (N,) of the test faces.
        people: N names.
        classes: the classes, in the order of the labels.
        groups: by what people are told apart, to the group of each test face.
        choices: the use that was found for every cell whose use was to be found.

    Raises:
        InputError: when there are no cells with real faces alone to hold the others against.
    """
    conditions = list(dict.fromkeys(cell.condition for cell in finished))
    counts = sorted({cell.people for cell in finished if cell.people})
    seeds = sorted({cell.seed for cell in finished})
    found = {cell: result.read() for cell, result in finished.items()}

    def at(condition: Condition, count: int, seed: int) -> Cell:
        cell = Cell(condition, count, seed)
        return cell if cell in found else Cell(condition, 0, seed)

    if not counts or any(at(REAL, count, seed) not in found for count in counts for seed in seeds):
        raise InputError("there is nothing trained on real faces alone to hold the rest against.")
    readings: dict[str, dict[Condition, dict[int, list[Reading]]]] = {}
    for key, figure in FIGURES.items():
        taken = {cell: measured(figure, read, labels, people) for cell, read in found.items()}
        readings[key] = {
            condition: {
                count: [taken[at(condition, count, seed)] for seed in seeds] for count in counts
            }
            for condition in conditions
        }
    for key, (base, _) in DIFFERENCES.items():
        if base in conditions:
            readings[key] = {
                condition: {
                    count: [
                        difference(
                            FIGURES["accuracy"],
                            found[at(condition, count, seed)],
                            found[at(base, count, seed)],
                            labels,
                            people,
                        )
                        for seed in seeds
                    ]
                    for count in counts
                }
                for condition in conditions
                if condition not in (REAL, base)
            }
    return Results(
        conditions=conditions,
        counts=counts,
        seeds=len(seeds),
        classes=tuple(classes),
        test_faces=len(labels),
        test_people=len(set(people)),
        readings=readings,
        confusions={
            condition: {
                count: np.sum(
                    [confusion(found[at(condition, count, seed)], labels) for seed in seeds], axis=0
                )
                for count in counts
            }
            for condition in conditions
        },
        faces={
            condition: {
                count: _mean_faces([finished[at(condition, count, seed)] for seed in seeds])
                for count in counts
            }
            for condition in conditions
        },
        groups={
            group: {
                condition: {
                    count: [
                        measured(
                            FIGURES["accuracy"],
                            found[at(condition, count, seed)][rows],
                            labels[rows],
                            [people[row] for row in rows.tolist()],
                        )
                        for seed in seeds
                    ]
                    for count in counts
                }
                for condition in conditions
            }
            for group, rows in _groups(groups or {}, people)
        },
        choices=choices or {},
    )


def _groups(
    groups: Mapping[str, Sequence[str]], people: Sequence[str]
) -> Iterator[tuple[Group, NDArray[np.intp]]]:
    """Every group, and the rows of its test faces."""
    for by, of in groups.items():
        for name in sorted(set(of)):
            rows = np.flatnonzero(np.array(of) == name)
            yield Group(by, name, len({people[row] for row in rows.tolist()}), len(rows)), rows


def _mean_faces(cells: Sequence[FinishedCell]) -> tuple[float, float]:
    return (
        float(np.mean([cell.real_faces for cell in cells])),
        float(np.mean([cell.synthetic_faces for cell in cells])),
    )


def size_table(results: Results, key: str) -> Table:
    """A table of one figure: a row for each condition, a column for each size of the real set.

    Args:
        results: all.
        key: key of the figure, or one of :data:`DIFFERENCES`.
    """
    better: Better = FIGURES[key].better if key in FIGURES else "higher"
    title = TITLES[key][:1].upper() + TITLES[key][1:]
    columns = tuple(
        Column(f"people_{count}", people_text(count), "share", better, decimals=1)
        for count in results.counts
    )
    rows = results.readings[key]
    by_column = [
        marked([pooled(rows[condition][count]) for condition in rows], better)
        for count in results.counts
    ]
    return Table(
        columns,
        tuple(
            TableRow(condition.title, Kind.METHOD, tuple(column[number] for column in by_column))
            for number, condition in enumerate(rows)
        ),
        f"{title}, by how many people the real faces are of",
        _caption(results, key),
    )


def group_table(results: Results, condition: Condition) -> Table:
    """Accuracy of one condition: a row for each group of people, a column for each size.

    Args:
        results: all; its test set must tell groups apart.
        condition: the row of the other tables.
    """
    columns = tuple(
        Column(f"people_{count}", people_text(count), "share", "higher", decimals=1)
        for count in results.counts
    )
    rows = tuple(
        TableRow(
            group.title,
            Kind.METHOD,
            tuple(pooled(of[condition][count]) for count in results.counts),
        )
        for group, of in results.groups.items()
    )
    return Table(
        columns,
        rows,
        condition.title,
        "Share of each group's test faces that are read right, by how many people the real faces"
        " trained on are of; intervals as above, by the people of the group. A group of fewer than"
        f" {FEWEST_PEOPLE} people has no interval.",
    )


def confusion_table(results: Results, condition: Condition, count: int) -> Table:
    """What the recognisers of a condition read in faces of each class, over all seeds."""
    counts = results.confusions[condition][count]
    columns = tuple(Column(name, f"read {name}", "share", decimals=1) for name in results.classes)
    rows = tuple(
        TableRow(name, Kind.METHOD, tuple(Entry(value / line.sum()) for value in line))
        for name, line in zip(results.classes, counts, strict=True)
        if line.sum()
    )
    of = "" if not condition.real else f", real faces of {people_text(count)}"
    return Table(columns, rows, f"{condition.title}{of}", "Percent of each line, over all seeds.")


def choice_table(results: Results) -> Table:
    """What was found for every cell whose use was to be found, and what its trials read."""
    tried = list(
        dict.fromkeys(name for choice in results.choices.values() for name in choice.accuracies)
    )
    columns = tuple(Column(name, name, "share", "higher", decimals=1) for name in tried)
    rows = tuple(
        TableRow(
            f"{cell.title}: {choice.use}",
            Kind.METHOD,
            tuple(
                Entry(choice.accuracies[name]) if name in choice.accuracies else None
                for name in tried
            ),
        )
        for cell, choice in results.choices.items()
    )
    return Table(
        columns,
        rows,
        "The use that was found",
        "Behind the colon: the use. In the columns: percent of the faces of held-out people of the"
        " real set that every use read right. No test face was looked at.",
    )


def verdicts(results: Results, key: str = DIFFERENCE) -> list[tuple[str, str]]:
    """For each condition: at which sizes it is better or worse than the one it is held against.

    Args:
        results: all.
        key: one of :data:`DIFFERENCES`.

    Returns:
        Title of a condition and sentences on it.
    """
    found = []
    column = Column(DIFFERENCE, "", "share", decimals=1)
    for condition, by_count in results.readings[key].items():
        sides: dict[str, list[str]] = {
            "better": [],
            "worse": [],
            "not told apart": [],
            TOO_FEW: [],
        }
        for count, readings in by_count.items():
            entry = pooled(readings)
            assert entry is not None
            sign = "+" if entry.value > 0 else ""
            shown = f"{sign}{value_text(entry.value, column)} {interval_text(entry, column)}"
            sides[_side(entry)].append(f"{people_text(count)} ({shown.strip()})")
        sentences = [
            f"{side} with real faces of {'; '.join(at)}" for side, at in sides.items() if at
        ]
        found.append((condition.title, f"{'. '.join(map(_sentence, sentences))}."))
    return found


def _side(entry: Entry) -> str:
    """On which side of 0 a gain lies, if its whole interval does."""
    if entry.is_of_few:
        return TOO_FEW
    if entry.interval is None or entry.interval[0] <= 0 <= entry.interval[1]:
        return "not told apart"
    return "better" if entry.value > 0 else "worse"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _caption(results: Results, key: str) -> str:
    about = (
        FIGURES[key].about
        if key in FIGURES
        else f"Accuracy less that of {DIFFERENCES[key][1]}, with the same people, seed and test"
        " faces, in percentage points."
    )
    seeds = (
        f"Means over {results.seeds} seeds, each of which draws other people and other weights;"
        " intervals reach from the lowest lower to the highest upper end of the seeds' 95 %"
        " intervals by test people."
        if results.seeds > 1
        else "One seed; 95 % intervals by test people. How far another seed would land is not"
        " known."
    )
    return (
        f"{about} {results.test_faces:,} test faces of {people_text(results.test_people)}. {seeds}"
        " Bold: best of its column, its interval apart from all the others'. Italic: best, but"
        " within the interval of another. A condition without real faces does not depend on how"
        " many there are, unless it is cut down to the same people."
    )
