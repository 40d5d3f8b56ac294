"""What the figures of a comparison say, do not say, and who won: sentences made from the data."""

from __future__ import annotations

from collections.abc import Sequence

from lgpgan.reporting.comparison import SHORT_TITLES, column_of, table_rows
from lgpgan.reporting.results_model import Cell, Evaluation
from lgpgan.reporting.table_forms import interval_text, value_text
from lgpgan.reporting.tables import Column, Entry, Kind, Standing, Table, TableRow, penalty

__all__ = ["RENDERED", "is_rendered", "limits", "missing", "standings", "what_was_compared"]

OWN_METHOD = "lgp-gan"
"""The paper's method, whose defeats are named."""
DOING_NOTHING = "identity"
"""The baseline that a method has to beat."""

RENDERED = (
    "what is called real in this set are the studio's renders of photographs, like those that were"
    " trained on."
)
"""To be said of sets made by the studio."""


def what_was_compared(cells: Sequence[Cell]) -> list[str]:
    """Which rows, how much training each got, and on whose faces they were judged."""
    rows = table_rows(cells)
    data = cells[0].evaluation.data
    methods = [row.title for row in rows if row.kind is Kind.METHOD]
    baselines = [row.title for row in rows if row.kind is Kind.BASELINE]
    seeds = sorted({len(row.cells) for row in rows if row.kind is Kind.METHOD})
    found = []
    if methods:
        trained = f"{'; '.join(methods)}: trained {_times(seeds)}"
        budgets = sorted({cell.budget for cell in cells if cell.budget is not None})
        if len(budgets) == 1:
            trained += f", every run within the same {budgets[0] / 1e12:,.0f} TFLOP of arithmetic"
        found.append(f"{trained}.")
    if baselines:
        found.append(f"Beside them, not trained: {'; '.join(baselines)}.")
    found.append(
        f"Judged on {data.outputs:,} outputs: {data.sources:,} images of {data.people} people, each"
        f" edited to {round(data.outputs / max(data.sources, 1))} expressions."
    )
    return found


def standings(table: Table, cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """Who is best in each column, how surely, and who loses: the paper's method, all to nothing.

    A row that saw pairs is no measure for those that did not, so the best of these is named too;
    and so is every method that is no better than doing nothing.

    Args:
        table: of :func:`~lgpgan.reporting.comparison.comparison_table`.
        cells: those it was made of.

    Returns:
        Title of a column and sentences on it, for every column that has a best.
    """
    rows = [row for row in table_rows(cells) if row.kind is Kind.METHOD]
    own = {row.title for row in rows if _method(row.cells[0]) == OWN_METHOD}
    taught = {row.title for row in rows if _sees_pairs(row.cells[0])}
    idle = {row.title for row in table_rows(cells) if _method(row.cells[0]) == DOING_NOTHING}
    found = []
    for number, column in enumerate(table.columns):
        entries = table.entries(number, Kind.METHOD)
        if all(entry.standing is Standing.OTHER for _, entry in entries):
            continue
        ranked = sorted(entries, key=lambda pair: penalty(pair[1].value, column.better))
        best, entry = ranked[0]
        if entry.standing is Standing.LEADS:
            verdict = "leads, apart from all the others' intervals"
        else:
            verdict = "is ahead, but not apart from the others' intervals"
        sentences = [f"{best.title} {verdict}: {_figure(entry, column)}."]
        untaught = [pair for pair in ranked if pair[0].title not in taught]
        if best.title in taught and untaught:
            second, its = untaught[0]
            sentences.append(
                f"It saw pairs; the best that did not is {second.title}: {_figure(its, column)}."
            )
            ranked, best = untaught, second
        if own and best.title not in own:
            sentences.append(_defeat(ranked, own, column))
        for row, nothing in table.entries(number, Kind.BASELINE):
            if row.title in idle:
                sentences += _no_better(entries, nothing, column)
        found.append((column.title, " ".join(sentences)))
    return found


def limits(cells: Sequence[Cell]) -> tuple[list[str], list[str]]:
    """What the figures prove, and what they do not.

    Returns:
        Two lists of sentences.
    """
    rows = table_rows(cells)
    methods = [row for row in rows if row.kind is Kind.METHOD]
    data = cells[0].evaluation.data
    evaluation = cells[0].evaluation
    proves = [
        f"How these runs compare on these {data.people} people, under one protocol: the same"
        " inputs, targets, recognisers and reference images for every row.",
        "Where intervals lie apart, other people of the same kind would hardly turn the order.",
    ]
    not_proved = [
        _few_seeds(min((len(row.cells) for row in methods), default=0)),
        "How people would judge the pictures: nobody was asked.",
        "That the order holds for longer training, other sizes of networks or other data. The"
        " paper's Table IV is of RaFD, in a crop and a split that were not published; its numbers"
        " cannot be set beside these.",
    ]
    if is_rendered(evaluation):
        not_proved.append(f"That any of it holds for photographs: {RENDERED}")
    not_proved += _recognisers(evaluation)
    not_proved += _distances(evaluation, cells)
    not_proved.append(
        "That a small identity distance is a success by itself: doing nothing has none. Read it"
        " beside accuracy too."
    )
    pairs = [row.title for row in methods if _sees_pairs(row.cells[0])]
    if pairs and len(pairs) < len(methods):
        not_proved.append(
            f"That the objective of {' and of '.join(pairs)} is better: the exact answers were"
            " shown in training there, and not in the other rows. Paired error and accuracy are"
            " of what was taught."
        )
    return proves, not_proved


def is_rendered(evaluation: Evaluation) -> bool:
    """Whether the set is of the studio's renders: only there exact targets are known."""
    return any(key.startswith("paired_") for key in evaluation.measures)


def missing(evaluations: Sequence[Evaluation]) -> list[str]:
    """What could not be computed, each sentence once: what went wrong, then what is not there."""
    sentences = [
        *(sentence for one in evaluations for sentence in one.problems),
        *(sentence for one in evaluations for sentence in one.missing),
    ]
    return list(dict.fromkeys(sentences))


def _times(seeds: Sequence[int]) -> str:
    few, many = seeds[0], seeds[-1]
    if few != many:
        return f"{few} to {many} times, with different seeds"
    return {1: "once", 2: "twice, with two seeds"}.get(few, f"{few} times, with {few} seeds")


def _figure(entry: Entry, column: Column) -> str:
    """Value, unit and interval."""
    unit = " %" if column.unit == "share" else ""
    return f"{value_text(entry.value, column)}{unit} {interval_text(entry, column)}".strip()


def _defeat(ranked: Sequence[tuple[TableRow, Entry]], own: set[str], column: Column) -> str:
    """Where the best row of the paper's method stands among rows of which it is not the best."""
    for place, (row, entry) in enumerate(ranked, start=1):
        if row.title in own:
            return (
                f"Here the paper's method loses: {row.title} is number {place} of {len(ranked)}"
                f" with {_figure(entry, column)}."
            )
    return "The paper's method has no figure to hold against it."


def _no_better(
    entries: Sequence[tuple[TableRow, Entry]], nothing: Entry, column: Column
) -> list[str]:
    """Which methods are no better than doing nothing."""
    bar = penalty(nothing.value, column.better)
    worse = [row.title for row, entry in entries if penalty(entry.value, column.better) >= bar]
    if len(worse) == len(entries):
        return [f"Doing nothing would win this column: {_figure(nothing, column)}."]
    return [f"No better than doing nothing: {'; '.join(worse)}."] if worse else []


def _few_seeds(fewest: int) -> str:
    if fewest < 2:
        return "How far another seed would move a row: some rows have one seed."
    return (
        f"How far further seeds would move a row: with {fewest} seeds the intervals show how far"
        " these lie apart, not how far others would."
    )


def _recognisers(evaluation: Evaluation) -> list[str]:
    """How far each recogniser is to be trusted, from what it reads in real images."""
    read = [
        f"{SHORT_TITLES.get(key, found.title)}: {100 * found.real.value:.0f} %"
        for key, found in evaluation.measures.items()
        if key.startswith("accuracy_") and found.real is not None
    ]
    if not read:
        return []
    return [
        "That an output looks like the expression to a person: the recognisers err on real images"
        f" of the same classes too ({'; '.join(read)}). A row above that pleases the"
        " recogniser more than reality does."
    ]


def _distances(evaluation: Evaluation, cells: Sequence[Cell]) -> list[str]:
    """What real images, and doing nothing, get in the first distance that has a floor."""
    for key, distance in evaluation.distances.items():
        column = column_of(evaluation, key)
        if column.better != "lower" or distance.floor is None or distance.count is None:
            continue
        nothing = [
            cell.evaluation.distances[key].value
            for cell in cells
            if _method(cell) == DOING_NOTHING and key in cell.evaluation.distances
        ]
        beside = f", and doing nothing {nothing[0]:.3g}" if nothing else ""
        return [
            f"That a lower {distance.title} is a better method: {distance.count} real images get"
            f" {distance.floor:.3g}{beside}. Read it beside accuracy."
        ]
    return []


def _method(cell: Cell) -> str:
    return cell.evaluation.subject.method


def _sees_pairs(cell: Cell) -> bool:
    return cell.training.sees_pairs if cell.training else cell.evaluation.subject.sees_pairs
