"""Sentences about a comparison: the best of each column, what is proved, and what is not."""

from __future__ import annotations

from collections.abc import Sequence

from lgpgan.counts import people_text
from lgpgan.evaluation.resampling import FEWEST_PEOPLE
from lgpgan.reporting.comparison import SHORT_TITLES, Row, column_of, table_rows
from lgpgan.reporting.results_model import Cell, Evaluation
from lgpgan.reporting.table_forms import interval_text, tflop_text, value_text
from lgpgan.reporting.tables import Column, Entry, Kind, Standing, Table, TableRow, penalty

__all__ = ["RENDERED", "is_rendered", "limits", "missing", "standings", "what_was_compared"]

PAPERS_ROWS = ("lgp-gan/paper", "lgp-gan/narrow")
"""Names of the rows that may stand for the paper's method: its objective on networks of the
published size, or else on narrow ones. The first that a table has is the one whose defeats are
named. Exact pairs and ablations are not the paper's method."""
DOING_NOTHING = "identity"
"""The baseline that a method has to beat."""

RENDERED = (
    "what is called real in this set are the studio's renders of photographs, like those that were"
    " trained on."
)
"""To be said of sets made by the studio."""


def what_was_compared(cells: Sequence[Cell]) -> list[str]:
    """Which rows were compared, how each was trained, and on whose faces they were measured."""
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
            trained += f", every run within the same {tflop_text(budgets[0])} TFLOP of arithmetic"
        found.append(f"{trained}.")
    if baselines:
        found.append(f"Beside them, not trained: {'; '.join(baselines)}.")
    found.append(
        f"Judged on {data.outputs:,} outputs: {data.sources:,} images of"
        f" {people_text(data.people)}, each edited to"
        f" {round(data.outputs / max(data.sources, 1))} expressions."
    )
    return found


def standings(table: Table, cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """For each column: the best row, how sure that is, and which rows lose.

    A row that saw pairs was told more than the others. Where such a row is best, the best of the
    others is named too. The rank of the paper's method is named where it is not the best of these.
    Every method that is no better than doing nothing is named. Of too few people no order is
    claimed: then one sentence says so.

    Args:
        table: table of :func:`~lgpgan.reporting.comparison.comparison_table`.
        cells: the cells that the table was made of.

    Returns:
        Title of a column and sentences on it, for every column that has a best.
    """
    rows = [row for row in table_rows(cells) if row.kind is Kind.METHOD]
    papers = _papers_row(rows)
    taught = {row.title for row in rows if _sees_pairs(row.cells[0])}
    idle = {row.title for row in table_rows(cells) if _method(row.cells[0]) == DOING_NOTHING}
    found = []
    for number, column in enumerate(table.columns):
        entries = table.entries(number, Kind.METHOD)
        few = [entry.people for _, entry in entries if entry.is_of_few and entry.people]
        if few and len(entries) > 1 and column.better != "none":
            found.append((column.title, _too_few(min(few))))
            continue
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
        if papers is not None and best.title != papers.title:
            among = "rows that saw no pairs" if ranked is untaught and taught else "methods"
            sentences.append(_defeat(ranked, papers, among, column))
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
        f"How these runs compare on faces of {people_text(data.people)}, under one protocol: the"
        " same inputs, targets, recognisers and reference images for every row.",
    ]
    few = _fewest_people(evaluation)
    if few is None:
        proves.append(
            "Where intervals lie apart, other people of the same kind would hardly turn the order."
        )
    not_proved = [
        *_short_runs(cells),
        _few_seeds(min((len(row.cells) for row in methods), default=0)),
        "How people would judge the pictures: nobody was asked.",
        "That the order holds for longer training, other sizes of networks or other data. The"
        " paper's Table IV is of RaFD, in a crop and a split that were not published; its numbers"
        " cannot be set beside these.",
    ]
    if few is not None:
        not_proved.append(f"That any row is better than another. {_too_few(few)}")
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


def _fewest_people(evaluation: Evaluation) -> int | None:
    """The number of people that figures are of, where it is too small to claim an order."""
    counts = [found.overall.people for found in evaluation.measures.values()]
    people = max((count for count in counts if count is not None), default=FEWEST_PEOPLE)
    return people if people < FEWEST_PEOPLE else None


def _times(seeds: Sequence[int]) -> str:
    few, many = seeds[0], seeds[-1]
    if few != many:
        return f"{few} to {many} times, with different seeds"
    return {1: "once", 2: "twice, with two seeds"}.get(few, f"{few} times, with {few} seeds")


def _figure(entry: Entry, column: Column) -> str:
    """Value, unit and interval."""
    unit = " %" if column.unit == "share" else ""
    return f"{value_text(entry.value, column)}{unit} {interval_text(entry, column)}".strip()


def _papers_row(rows: Sequence[Row]) -> Row | None:
    """The one row that stands for the paper's method; None where a table has none."""
    by_name = {row.cells[0].row: row for row in rows}
    return next((by_name[name] for name in PAPERS_ROWS if name in by_name), None)


def _defeat(
    ranked: Sequence[tuple[TableRow, Entry]], papers: Row, among: str, column: Column
) -> str:
    """Where the paper's method stands among rows of which it is not the best."""
    named = f"{papers.title} (row {papers.cells[0].row})"
    for place, (row, entry) in enumerate(ranked, start=1):
        if row.title == papers.title:
            return (
                f"Here the paper's method loses: {named} is number {place} of the {len(ranked)}"
                f" {among}, with {_figure(entry, column)}."
            )
    return f"The paper's method, {named}, has no figure here."


def _too_few(people: int) -> str:
    return (
        f"The figures are of {people_text(people)}. No order is claimed of fewer than"
        f" {FEWEST_PEOPLE} people."
    )


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


def _short_runs(cells: Sequence[Cell]) -> list[str]:
    """How far the runs are from the published ones in length, where they are shorter."""
    lengths = [
        (cell.training.images, cell.training.published_images)
        for cell in cells
        if cell.training is not None and cell.training.published_images is not None
    ]
    if all(seen >= published for seen, published in lengths):
        return []
    seen, published = (_from_to(numbers) for numbers in zip(*lengths, strict=True))
    return [
        f"What the methods are worth: a run saw {seen} images here, and {published} in the"
        " publications."
    ]


def _from_to(numbers: Sequence[int]) -> str:
    few, many = min(numbers), max(numbers)
    return f"{few:,}" if few == many else f"{few:,} to {many:,}"


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
            f"That a method is better where its {SHORT_TITLES.get(key, distance.title)} is lower:"
            f" {distance.count} real images get {distance.floor:.3g}{beside}. Read it beside"
            " accuracy."
        ]
    return []


def _method(cell: Cell) -> str:
    return cell.evaluation.subject.method


def _sees_pairs(cell: Cell) -> bool:
    return cell.training.sees_pairs if cell.training else cell.evaluation.subject.sees_pairs
