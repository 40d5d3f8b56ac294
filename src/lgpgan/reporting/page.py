"""HTML pages of an evaluation and of a comparison: one file each, which needs only a browser.

:mod:`lgpgan.reporting.page_template` fills in the templates, and
:mod:`lgpgan.reporting.face_grids` places the faces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lgpgan.evaluation.resampling import FEWEST_PEOPLE
from lgpgan.reporting.comparison import (
    accuracy_tables,
    column_of,
    comparison_table,
    protocol_table,
    table_rows,
)
from lgpgan.reporting.face_grids import Pictures, expression_grids, method_grids
from lgpgan.reporting.faces_shown import ShownFace, credit
from lgpgan.reporting.line_plots import loss_plot
from lgpgan.reporting.page_template import own_html, render_page
from lgpgan.reporting.plots import (
    accuracy_against_identity,
    breakdown_plots,
    confusion_plots,
    overview_plot,
)
from lgpgan.reporting.results_model import Cell, Data, Evaluation, Reading
from lgpgan.reporting.statements import (
    RENDERED,
    is_rendered,
    limits,
    missing,
    standings,
    what_was_compared,
)
from lgpgan.reporting.table_forms import arrow, interval_text, tflop_text, to_html, value_text
from lgpgan.reporting.tables import Column, pooled, with_decimals

__all__ = ["comparison_page", "evaluation_page"]

HEADLINE_MEASURES = (
    "accuracy_fer",
    "accuracy_face_api",
    "identity_distance",
    "sharpness_mouth",
    "paired_whole",
)
"""What an evaluation's page says first, as far as it is there."""


@dataclass(frozen=True)
class Line:
    """A figure on the page of an evaluation, as text.

    Attributes:
        title: with unit.
        better: the sign for which way is.
        value: value of outputs.
        interval: in brackets; may be empty.
        count: of how many; may be empty.
        real: value of real images; may be empty.
        real_interval: in brackets; may be empty.
        about: what the figure is.
    """

    title: str
    better: str
    value: str
    interval: str
    count: str
    real: str
    real_interval: str
    about: str


def evaluation_page(
    evaluation: Evaluation, *, faces: Sequence[ShownFace] = (), command: str = ""
) -> str:
    """The page of an evaluation.

    Args:
        evaluation: the evaluation to show.
        faces: inputs and outputs to show, under the subject's title.
        command: command that repeats it.

    Returns:
        HTML.

    Raises:
        MissingPartError: when Jinja2 or plotly is not installed.
    """
    subject = evaluation.subject
    cell = Cell(evaluation.format, subject.name, subject.title, evaluation)
    keys = (*evaluation.measures, *evaluation.distances)
    lines = {key: _line_of(evaluation, key) for key in keys}
    headline = [key for key in HEADLINE_MEASURES if key in lines]
    pictures = Pictures()
    expressions = expression_grids(faces, [subject.title], pictures)
    return _page(
        "evaluation.html.jinja",
        evaluation.data,
        pictures,
        {
            "breakdown": breakdown_plots([cell]),
            **{
                f"confusion-{number}": plot
                for number, plot in enumerate(confusion_plots(evaluation))
            },
        },
        evaluation=evaluation,
        headline=[lines[key] for key in headline],
        lines=list(lines.values()),
        expressions=expressions,
        missing=missing([evaluation]),
        fewest_people=FEWEST_PEOPLE,
        rendered=RENDERED if is_rendered(evaluation) else "",
        command=command,
    )


def comparison_page(
    cells: Sequence[Cell],
    *,
    faces: Sequence[ShownFace] = (),
    statistics: Mapping[str, Sequence[Mapping[str, float]]] = MappingProxyType({}),
    command: str = "",
) -> str:
    """The page of a comparison: the paper's Table IV, Figures 4 and 5, and more.

    Args:
        cells: finished ones, of one set.
        faces: inputs and every row's outputs to show.
        statistics: title of a row to the statistics of its run, for those that there are.
        command: command that repeats it.

    Returns:
        HTML.

    Raises:
        InputError: as :func:`~lgpgan.reporting.comparison.table_rows`.
        MissingPartError: when Jinja2 or plotly is not installed.
    """
    table, protocols = comparison_table(cells), protocol_table(cells)
    rows = table_rows(cells)
    proves, not_proved = limits(cells)
    pictures = Pictures()
    titles = [row.title for row in rows]
    plots: dict[str, Any] = {
        "overview": overview_plot(table),
        "breakdown": breakdown_plots(cells),
    }
    trade = accuracy_against_identity(cells)
    if trade is not None:
        plots["trade"] = trade
    confusions = []
    for number, row in enumerate(rows):
        keys = []
        for recogniser, plot in enumerate(confusion_plots(row.evaluations[0])):
            keys.append(f"confusion-{number}-{recogniser}")
            plots[keys[-1]] = plot
        confusions.append((row.title, keys))
    losses = []
    for number, (title, lines) in enumerate(statistics.items()):
        plots[f"losses-{number}"] = loss_plot(lines)
        losses.append((title, f"losses-{number}"))
    return _page(
        "comparison.html.jinja",
        rows[0].evaluations[0].data,
        pictures,
        plots,
        compared=what_was_compared(cells),
        proves=proves,
        not_proved=not_proved,
        standings=standings(table, cells),
        table=table,
        table_html=own_html(to_html(table)),
        protocols=protocols,
        protocols_html=own_html(to_html(protocols)) if protocols else "",
        classes=[(found.title, own_html(to_html(found))) for found in accuracy_tables(cells)],
        confusions=[pair for pair in confusions if pair[1]],
        losses=losses,
        expressions=expression_grids(faces, titles, pictures),
        side_by_side=method_grids(faces, titles, pictures),
        tflop_text=tflop_text,
        runs=[(row, cell) for row in rows for cell in row.cells],
        missing=missing([cell.evaluation for cell in cells]),
        version=cells[0].evaluation.lgpgan,
        command=command,
    )


def _page(
    template: str,
    data: Data,
    pictures: Pictures,
    plots: Mapping[str, Any],
    **parts: Any,
) -> str:
    """Fill in the template of a page on editors of faces."""
    return render_page(
        template,
        plots,
        credit=credit(data.citations, altered=True),
        pictures=pictures.sources,
        data=data,
        **parts,
    )


def _line_of(evaluation: Evaluation, key: str) -> Line:
    """A measure or a distance as text."""
    value, real = evaluation.reading(key), evaluation.real(key)
    values = [reading.value for reading in (value, real) if reading is not None]
    column = with_decimals(column_of(evaluation, key), values)
    shown, of_real = _texts(value, column), _texts(real, column)
    return Line(
        title=column.title,
        better=arrow(column),
        value=shown[0],
        interval=shown[1],
        count="" if value is None or value.count is None else f"{value.count:,}",
        real=of_real[0],
        real_interval=of_real[1],
        about=column.about,
    )


def _texts(reading: Reading | None, column: Column) -> tuple[str, str]:
    """Value with unit, and interval; empty for none."""
    entry = pooled([] if reading is None else [reading])
    if entry is None:
        return "", ""
    unit = " %" if column.unit == "share" else ""
    return value_text(entry.value, column) + unit, interval_text(entry, column)
