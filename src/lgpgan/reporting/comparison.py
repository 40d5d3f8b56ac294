"""Tables of a comparison: all measures of all rows, or one measure by group."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lgpgan.counts import people_text
from lgpgan.errors import InputError
from lgpgan.evaluation.resampling import FEWEST_PEOPLE
from lgpgan.reporting.results_model import Better, Cell, Evaluation, Reading, Training
from lgpgan.reporting.tables import (
    Column,
    Entry,
    Kind,
    Table,
    TableRow,
    marked,
    pooled,
    with_decimals,
)

__all__ = [
    "SHORT_TITLES",
    "Row",
    "accuracy_tables",
    "breakdown_table",
    "column_of",
    "comparison_table",
    "protocol_table",
    "real_by_class",
    "table_rows",
]

MAIN_COLUMNS = (
    "inception_score",
    "fid",
    "kid",
    "fid_equal",
    "frechet_mobilenet",
    "accuracy_fer",
    "accuracy_face_api",
    "contempt_read",
    "identity_distance",
    "change_whole",
    "sharpness_eyes",
    "sharpness_mouth",
    "paired_whole",
)
"""Columns of the main table: the paper's two (Table IV), then what they do not tell."""
MAIN_TITLE = "The paper's Table IV, with more columns"
STAND_IN = "frechet_mobilenet"
"""Shown where neither of the paper's two is there, for want of Inception's weights."""
SHORT_TITLES: Mapping[str, str] = {
    "inception_score": "IS",
    "fid": "FID",
    "kid": "KID",
    **{
        f"{key}{end}": f"{title}{', ' if words else ''}{words}"
        for key, title in (("inception_score", "IS"), ("fid", "FID"), ("kid", "KID"))
        for end, words in (
            ("_without_own", "no own class"),
            ("_held_out", "to kept out"),
            ("_held_out_without_own", "to kept out, no own class"),
            ("_whole", "one part"),
            ("_whole_without_own", "one part, no own class"),
            ("_equal", "equal N"),
        )
    },
    "frechet_mobilenet": "Fréchet, MobileNetV2",
    "kernel_mobilenet": "kernel, MobileNetV2",
    "accuracy_fer": "accuracy, fer",
    "accuracy_face_api": "accuracy, face-api",
    "contempt_read": "contempt read",
    "identity_distance": "identity distance",
    "same_person": "same person",
    "change_whole": "change",
    "change_eyes": "change, eyes",
    "change_mouth": "change, mouth",
    "change_outside": "change, outside",
    "sharpness_eyes": "sharpness, eyes",
    "sharpness_mouth": "sharpness, mouth",
    "paired_whole": "paired error",
    "paired_eyes": "paired error, eyes",
    "paired_mouth": "paired error, mouth",
    "paired_outside": "paired error, outside",
}
"""Titles that fit over a column; any other measure goes by its own."""


@dataclass(frozen=True)
class Row:
    """One row of a comparison, with the cells of its seeds.

    Attributes:
        title: title in reports.
        cells: one for each seed, in the order of the seeds; at least one.
    """

    title: str
    cells: tuple[Cell, ...]

    @property
    def kind(self) -> Kind:
        """Method or baseline."""
        return Kind.BASELINE if self.cells[0].is_baseline else Kind.METHOD

    @property
    def evaluations(self) -> list[Evaluation]:
        """One a seed."""
        return [cell.evaluation for cell in self.cells]

    def readings(self, read: Callable[[Evaluation], Reading | None]) -> list[Reading]:
        """What ``read`` takes from each seed's evaluation; nothing where one seed lacks it."""
        found = [reading for one in self.evaluations if (reading := read(one)) is not None]
        return found if len(found) == len(self.cells) else []


def table_rows(cells: Sequence[Cell]) -> list[Row]:
    """The rows of a comparison: methods, then baselines, each in the order of first appearance.

    Rows that share a title have their name added to it, so that a title stands for one row.

    Raises:
        InputError: when there are no cells, or they are not of the same people and images.
    """
    if not cells:
        raise InputError("There are no finished cells to make a table of.")
    of_row: dict[str, list[Cell]] = {}
    for cell in cells:
        of_row.setdefault(cell.row, []).append(cell)
    first = cells[0].evaluation.data
    for cell in cells:
        data = cell.evaluation.data
        if cell.evaluation.protocol != cells[0].evaluation.protocol:
            raise InputError(
                f"the figures of '{cell.row}' were taken by other rules than those of"
                f" '{cells[0].row}', by another version of lgpgan; evaluate both again."
            )
        if (data.faces_hash, data.sources) != (first.faces_hash, first.sources):
            raise InputError(
                f"'{cell.row}' was evaluated on other faces than '{cells[0].row}'; their figures"
                " cannot stand in one table. Evaluate both on the same set."
            )
    titles = Counter(group[0].title for group in of_row.values())
    rows = [
        Row(
            group[0].title if titles[group[0].title] == 1 else f"{group[0].title} ({name})",
            tuple(sorted(group, key=lambda cell: cell.seed)),
        )
        for name, group in of_row.items()
    ]
    return sorted(rows, key=lambda row: row.kind is Kind.BASELINE)


def comparison_table(cells: Sequence[Cell], keys: Sequence[str] | None = None) -> Table:
    """Table IV of the paper with more columns.

    Args:
        cells: finished ones, of one set.
        keys: measures and distances to show as columns; by default those of
            :data:`MAIN_COLUMNS` that are there.

    Raises:
        InputError: as :func:`table_rows`.
    """
    rows = table_rows(cells)
    evaluations = [cell.evaluation for cell in cells]
    there = {key for one in evaluations for key in (*one.measures, *one.distances)}
    if keys is None:
        there -= {STAND_IN} if there & {"inception_score", "fid"} else set()
        keys = MAIN_COLUMNS
    measured = [_measured_column(key, rows) for key in keys if key in there]
    facts = [_fact_column(rows, *fact) for fact in FACTS]
    facts = [
        (column, entries)
        for column, entries in facts
        if column.key not in TOLD or any(entry and entry.value for entry in entries)
    ]
    return _table([*measured, *facts], rows, MAIN_TITLE)


def protocol_table(cells: Sequence[Cell]) -> Table | None:
    """FID, KID and inception score under every protocol; None where no cell has them.

    Raises:
        InputError: as :func:`table_rows`.
    """
    keys = dict.fromkeys(
        key for cell in cells for key, one in cell.evaluation.distances.items() if one.mode
    )
    if not keys:
        return None
    rows = table_rows(cells)
    columns = [_measured_column(key, rows) for key in keys]
    return _table(columns, rows, "FID, KID and inception score, by protocol")


def breakdown_table(cells: Sequence[Cell], measure: str, grouping: str) -> Table:
    """One measure by group: by the class asked for, by gender, …, and overall.

    The row of real images has the groups only where the confusion matrix tells them, which is for
    a recogniser's accuracy by class.

    Raises:
        InputError: as :func:`table_rows`, or when no cell has the measure by that grouping.
    """
    rows = table_rows(cells)
    having = [
        found
        for cell in cells
        if (found := cell.evaluation.measures.get(measure)) is not None and grouping in found.by
    ]
    if not having:
        raise InputError(f"No cell has the measure '{measure}' by '{grouping}'.")
    groups = list(dict.fromkeys(group for found in having for group in found.by[grouping]))
    title = SHORT_TITLES.get(measure, having[0].title)

    def of(group: str) -> Callable[[Evaluation], Reading | None]:
        def read(one: Evaluation) -> Reading | None:
            found = one.measures.get(measure)
            return found.by.get(grouping, {}).get(group) if found else None

        return read

    real = real_by_class(cells[0].evaluation, measure) if grouping == "target" else {}
    columns = [
        _column(
            Column(group, group, having[0].unit, having[0].better), rows, of(group), real.get(group)
        )
        for group in groups
    ]
    overall, entries = _measured_column(measure, rows)
    names = {"target": "the expression asked for", "source": "the expression of the input"}
    full_title = f"{title[:1].upper()}{title[1:]}, by {names.get(grouping, grouping)}"
    return _table([*columns, (replace(overall, title="all"), entries)], rows, full_title)


def accuracy_tables(cells: Sequence[Cell]) -> list[Table]:
    """A table for every recogniser: its accuracy by the expression asked for.

    Raises:
        InputError: as :func:`table_rows`.
    """
    measures = dict.fromkeys(
        key
        for cell in cells
        for key, measure in cell.evaluation.measures.items()
        if key.startswith("accuracy_") and measure.by.get("target")
    )
    return [breakdown_table(cells, measure, "target") for measure in measures]


def real_by_class(evaluation: Evaluation, measure: str) -> dict[str, Reading]:
    """The share of real images of each class that a recogniser reads right.

    Args:
        evaluation: with the recogniser's confusion matrix.
        measure: ``accuracy_fer`` or another recogniser's; of any other nothing is known by class.
    """
    for name, confusion in evaluation.confusion.items():
        if measure == f"accuracy_{name.replace('-', '_')}":
            return {
                real: Reading(
                    counts[confusion.classes.index(real)] / sum(counts), None, sum(counts)
                )
                for real, counts in confusion.rows_of_real(evaluation.data.classes).items()
                if real in confusion.classes
            }
    return {}


def column_of(evaluation: Evaluation, key: str) -> Column:
    """The column of a measure or a distance that the evaluation has, without decimals yet."""
    if key in evaluation.measures:
        measure = evaluation.measures[key]
        title = SHORT_TITLES.get(key, measure.title)
        return Column(key, title, measure.unit, measure.better, measure.about)
    distance = evaluation.distances[key]
    better: Better = "higher" if key.startswith("inception_score") else "lower"
    count = "" if distance.count is None else f"; {distance.count:,} images"
    to = f" to {distance.reference_count:,} real ones" if distance.reference_count else ""
    floor = "" if distance.floor is None else "; that of real images is its floor"
    title = SHORT_TITLES.get(key, distance.title)
    if distance.mode:
        counted = f"{distance.count:,}" + (
            f" to {distance.reference_count:,}" if distance.reference_count else ""
        )
        title = f"{title} ({counted})"
    return Column(key, title, "", better, f"{distance.title}{count}{to}{floor}.")


def _mean_over_seeds(
    read: Callable[[Training], float | None],
) -> Callable[[Row], float | None]:
    """A fact of a row from that of each of its trainings."""

    def mean(row: Row) -> float | None:
        trainings = [cell.training for cell in row.cells if cell.training is not None]
        values = [value for one in trainings if (value := read(one)) is not None]
        return math.fsum(values) / len(values) if values else None

    return mean


FACTS: Sequence[tuple[Column, Callable[[Row], float | None]]] = (
    (
        Column("images", "images trained", "count", about="Shown in training, repeats counted."),
        _mean_over_seeds(lambda training: training.images),
    ),
    (
        Column("parameters", "parameters", "count", about="Of the networks that make pictures."),
        _mean_over_seeds(lambda training: training.generator_parameters),
    ),
    (
        Column("sees_pairs", "saw pairs", "yes or no", about="Was shown the exact answers."),
        _mean_over_seeds(lambda training: float(training.sees_pairs)),
    ),
    (
        Column("sees_units", "told units", "yes or no", about="Was told exact action units."),
        _mean_over_seeds(lambda training: float(training.sees_units)),
    ),
    (
        Column("sees_faint", "saw faint", "yes or no", about="Was shown faint expressions too."),
        _mean_over_seeds(lambda training: float(training.sees_faint)),
    ),
    (
        Column("seeds", "seeds", "count"),
        lambda row: float(len(row.cells)) if row.kind is Kind.METHOD else None,
    ),
)
"""Columns that say what a row is rather than how good."""
TOLD = ("sees_units", "sees_faint")
"""Of these, those that are left out where they hold for no row."""

_Entries = tuple[Entry | None, ...]


def _fact_column(
    rows: Sequence[Row], column: Column, read: Callable[[Row], float | None]
) -> tuple[Column, _Entries]:
    """A fact of every row, without an interval, and none of real images."""
    values = [read(row) for row in rows]
    return column, (*(None if value is None else Entry(value) for value in values), None)


def _measured_column(key: str, rows: Sequence[Row]) -> tuple[Column, _Entries]:
    """A measure or a distance of every row, and of real images."""
    having = [one for row in rows for one in row.evaluations if one.reading(key) is not None]
    real = next((found for one in having if (found := one.real(key)) is not None), None)
    return _column(column_of(having[0], key), rows, lambda one: one.reading(key), real)


def _column(
    column: Column,
    rows: Sequence[Row],
    read: Callable[[Evaluation], Reading | None],
    real: Reading | None,
) -> tuple[Column, _Entries]:
    """Entries of every row and of real images, the best marked, and decimals that suit them."""
    entries = [pooled(row.readings(read)) for row in rows]
    methods = [number for number, row in enumerate(rows) if row.kind is Kind.METHOD]
    for number, entry in zip(
        methods, marked([entries[number] for number in methods], column.better), strict=True
    ):
        entries[number] = entry
    everything = (*entries, pooled([real] if real else []))
    return with_decimals(column, [entry.value for entry in everything if entry]), everything


def _table(columns: Sequence[tuple[Column, _Entries]], rows: Sequence[Row], title: str) -> Table:
    """Put columns side by side; the row of real images only where it has an entry."""
    names = [(row.title, row.kind) for row in rows] + [("real images", Kind.REAL)]
    lines = [
        TableRow(name, kind, tuple(entries[number] for _, entries in columns))
        for number, (name, kind) in enumerate(names)
    ]
    shown = tuple(line for line in lines if line.kind is not Kind.REAL or any(line.entries))
    few = any(entry.is_of_few for line in shown for entry in line.entries if entry)
    return Table(tuple(column for column, _ in columns), shown, title, _caption(rows, few=few))


def _caption(rows: Sequence[Row], *, few: bool) -> str:
    """What every table says of its intervals and marks; ``few``: some are of too few people."""
    most = max(len(row.cells) for row in rows)
    data = rows[0].cells[0].evaluation.data
    seeds = (
        f"Means over up to {most} seeds; intervals reach from the lowest lower to the highest upper"
        " end of the seeds' 95 % intervals by people."
        if most > 1
        else "One seed; 95 % intervals by people. How far another seed would land is not known."
    )
    return (
        f"{data.outputs:,} outputs of {data.sources:,} images of {people_text(data.people)}."
        f" {seeds}"
        " ↑ higher is better, ↓ lower, → 1 nearer 1. Bold: best of the methods, its interval apart"
        " from all the others'. Italic: best of the methods, but within the interval of another."
        " Baselines and real images are never marked."
        + (
            f" Figures of fewer than {FEWEST_PEOPLE} people have neither interval nor mark: their"
            " number of people stands beside them."
            if few
            else ""
        )
    )
