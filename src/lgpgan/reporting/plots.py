"""Interactive plots of tables and of confusion, as plotly.js takes them: plain data and layout.

The plots are dictionaries. plotly's Python package is used only for its JavaScript. The page puts
in the colours of text and lines, because they change with the reader's light or dark mode; until
then ``INK`` and ``QUIET`` stand for them. plotly reads some tags and entities in texts, so every
name is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from lgpgan.errors import InputError
from lgpgan.reporting.comparison import SHORT_TITLES, breakdown_table, comparison_table
from lgpgan.reporting.figures import row_colours
from lgpgan.reporting.plot_parts import (
    INK,
    Plot,
    axis_suffix,
    error_bars,
    figure_text,
    hover_text,
    marker_symbol,
    part_of_axis,
    straight_line,
)
from lgpgan.reporting.results_model import Cell, Evaluation
from lgpgan.reporting.table_forms import arrow, heading
from lgpgan.reporting.tables import Entry, Kind, Table

__all__ = [
    "accuracy_against_identity",
    "breakdown_plots",
    "confusion_plots",
    "overview_plot",
]

OVERVIEW_COLUMNS = 3
ROW_PIXELS = 22
"""Height of a row in the overview."""
BLUES = [[0, "rgba(0,114,178,0.04)"], [1, "rgba(0,114,178,0.7)"]]
"""Pale enough for the page's ink on the darkest, on white and on black."""


def accuracy_against_identity(cells: Sequence[Cell]) -> Plot | None:
    """Accuracy against identity distance; a panel for each recogniser.

    Best is the upper right: identity's axis is turned round. Lines stand for real images.

    Returns:
        The plot; None where there is no recogniser or no identity.
    """
    table = comparison_table(cells)
    keys = [column.key for column in table.columns]
    recognisers = [number for number, key in enumerate(keys) if key.startswith("accuracy_")]
    if not recognisers or "identity_distance" not in keys:
        return None
    identity = keys.index("identity_distance")
    colours = row_colours(table)
    data: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"height": 430, "legend": {"orientation": "h", "y": 1.12}}
    for panel, number in enumerate(recognisers):
        axis = axis_suffix(panel)
        column = table.columns[number]
        for row in table.rows:
            accuracy, moved = row.entries[number], row.entries[identity]
            if row.kind is Kind.REAL:
                shapes += _real_lines(axis, accuracy, moved)
            elif accuracy is not None and moved is not None:
                data.append(
                    {
                        "type": "scatter",
                        "mode": "markers",
                        "name": escape(row.title),
                        "legendgroup": escape(row.title),
                        "showlegend": panel == 0,
                        "x": [100 * accuracy.value],
                        "y": [moved.value],
                        "error_x": error_bars([accuracy], 100),
                        "error_y": error_bars([moved]),
                        "xaxis": f"x{axis}",
                        "yaxis": f"y{axis}",
                        "marker": {
                            "size": 12,
                            "color": colours[row.title],
                            "symbol": marker_symbol(row),
                            "line": {"width": 0},
                        },
                        "hovertemplate": hover_text(row, column, accuracy)
                        + f"<br>{figure_text(table.columns[identity], moved)}<extra></extra>",
                    }
                )
        low, high = part_of_axis(panel, len(recognisers), 0.06)
        layout[f"xaxis{axis}"] = {
            "title": {"text": escape(heading(column))},
            "domain": [low, high],
            "anchor": f"y{axis}",
        }
        layout[f"yaxis{axis}"] = {
            "title": {"text": "identity distance ↓" if panel == 0 else ""},
            "autorange": "reversed",
            "anchor": f"x{axis}",
            "matches": "y" if panel else None,
            "showticklabels": panel == 0,
        }
    return {"data": data, "layout": layout | {"shapes": shapes}}


def overview_plot(table: Table) -> Plot:
    """A panel for every measured column of a table: a dot with its interval for each row."""
    measured = [
        number
        for number, column in enumerate(table.columns)
        if column.unit not in ("count", "yes or no")
    ]
    rows = [row for row in table.rows if row.kind is not Kind.REAL]
    colours = row_colours(table)
    lines = -(-len(measured) // OVERVIEW_COLUMNS)
    data, shapes = [], []
    layout: dict[str, Any] = {
        "height": 94 + lines * (len(rows) * ROW_PIXELS + 74),
        "showlegend": False,
        "margin": {"l": 130, "t": 58},
        "annotations": [],
    }
    names = [escape(row.title) for row in rows]
    for panel, number in enumerate(measured):
        axis = axis_suffix(panel)
        column = table.columns[number]
        scale = 100 if column.unit == "share" else 1
        shown = [(row, entry) for row in rows if (entry := row.entries[number]) is not None]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [entry.value * scale for _, entry in shown],
                "y": [escape(row.title) for row, _ in shown],
                "error_x": error_bars([entry for _, entry in shown], scale, thickness=1.5),
                "marker": {
                    "size": 9,
                    "color": [colours[row.title] for row, _ in shown],
                    "symbol": [marker_symbol(row) for row, _ in shown],
                },
                "xaxis": f"x{axis}",
                "yaxis": f"y{axis}",
                "hovertemplate": [
                    hover_text(row, column, entry) + "<extra></extra>" for row, entry in shown
                ],
            }
        )
        for _, entry in table.entries(number, Kind.REAL):
            at = entry.value * scale
            shapes.append(straight_line(f"x{axis}", f"y{axis} domain", at, at, 0, 1))
        low, high = part_of_axis(panel % OVERVIEW_COLUMNS, OVERVIEW_COLUMNS, 0.035)
        below, above = part_of_axis(lines - 1 - panel // OVERVIEW_COLUMNS, lines, 0.24 / lines)
        layout[f"xaxis{axis}"] = {"domain": [low, high], "anchor": f"y{axis}", "nticks": 5}
        layout[f"yaxis{axis}"] = {
            "domain": [below, above],
            "anchor": f"x{axis}",
            "categoryorder": "array",
            "categoryarray": names[::-1],
            "showticklabels": panel % OVERVIEW_COLUMNS == 0,
            "range": [-0.6, len(rows) - 0.4],
        }
        layout["annotations"].append(
            {
                "text": escape(heading(column)),
                "xref": f"x{axis} domain",
                "yref": f"y{axis} domain",
                "x": 0,
                "y": 1,
                "yanchor": "bottom",
                "xanchor": "left",
                "showarrow": False,
                "font": {"size": 13},
            }
        )
    return {"data": data, "layout": layout | {"shapes": shapes}}


def breakdown_plots(cells: Sequence[Cell]) -> dict[str, dict[str, Plot]]:
    """Bars of every measure by every grouping that any cell has: measure to grouping to plot."""
    found: dict[str, dict[str, Plot]] = {}
    for measure, grouping in _breakdowns(cells):
        try:
            table = breakdown_table(cells, measure, grouping)
        except InputError:  # a grouping without groups
            continue
        title = SHORT_TITLES.get(measure) or table.columns[-1].title
        found.setdefault(title, {})[grouping] = _bars(table)
    return found


def confusion_plots(evaluation: Evaluation) -> list[Plot]:
    """A plot for each recogniser: what it reads in outputs, and beside it in real images."""
    plots: list[Plot] = []
    classes = evaluation.data.classes
    for name, confusion in evaluation.confusion.items():
        panels = [
            (f"{name}: outputs", "asked for", confusion.rows_of_outputs(classes)),
            (f"{name}: real images", "true", confusion.rows_of_real(classes)),
        ]
        panels = [panel for panel in panels if panel[2]]
        data = []
        layout: dict[str, Any] = {"height": 400, "annotations": [], "margin": {"l": 105, "t": 60}}
        for number, (title, side, rows) in enumerate(panels):
            axis = axis_suffix(number)
            shares = [[100 * count / sum(counts) for count in counts] for counts in rows.values()]
            data.append(
                {
                    "type": "heatmap",
                    "z": shares,
                    "x": [escape(known) for known in confusion.classes],
                    "y": [escape(row) for row in rows],
                    "customdata": [list(counts) for counts in rows.values()],
                    "texttemplate": "%{z:.0f}",
                    "textfont": {"color": INK},
                    "hovertemplate": f"{side} %{{y}}, read %{{x}}<br>%{{z:.1f}} % "
                    "(%{customdata})<extra></extra>",
                    "zmin": 0,
                    "zmax": 100,
                    "colorscale": BLUES,
                    "showscale": False,
                    "xgap": 2,
                    "ygap": 2,
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                }
            )
            low, high = part_of_axis(number, len(panels), 0.14)
            layout[f"xaxis{axis}"] = {
                "domain": [low, high],
                "anchor": f"y{axis}",
                "showgrid": False,
                "title": {"text": "read", "standoff": 4},
            }
            layout[f"yaxis{axis}"] = {
                "anchor": f"x{axis}",
                "autorange": "reversed",
                "showgrid": False,
                "title": {"text": side, "standoff": 6},
            }
            layout["annotations"].append(
                {
                    "text": escape(title),
                    "xref": f"x{axis} domain",
                    "yref": "paper",
                    "x": 0,
                    "y": 1.02,
                    "yanchor": "bottom",
                    "xanchor": "left",
                    "showarrow": False,
                    "font": {"size": 14},
                }
            )
        plots.append({"data": data, "layout": layout})
    return plots


def _breakdowns(cells: Sequence[Cell]) -> Iterable[tuple[str, str]]:
    """Every measure and grouping, once, in the order of the files."""
    return dict.fromkeys(
        (measure, grouping)
        for cell in cells
        for measure, found in cell.evaluation.measures.items()
        for grouping, groups in found.by.items()
        if groups
    )


def _bars(table: Table) -> Plot:
    """A group of bars a column, a bar a row; real images as diamonds."""
    scale = 100 if table.columns[0].unit == "share" else 1
    names = [escape(column.title) for column in table.columns]
    colours = row_colours(table)
    data: list[dict[str, Any]] = []
    for row in table.rows:
        shown = [
            (name, column, entry)
            for name, column, entry in zip(names, table.columns, row.entries, strict=True)
            if entry is not None
        ]
        trace = {
            "name": escape(row.title),
            "x": [name for name, _, _ in shown],
            "y": [entry.value * scale for _, _, entry in shown],
            "hovertemplate": [
                hover_text(row, column, entry) + "<extra></extra>" for _, column, entry in shown
            ],
        }
        if row.kind is Kind.REAL:
            marker = {"symbol": "line-ew", "size": 34, "line": {"width": 2, "color": INK}}
            data.append(trace | {"type": "scatter", "mode": "markers", "marker": marker})
            continue
        data.append(
            trace
            | {
                "type": "bar",
                "marker": {"color": colours[row.title]},
                "error_y": error_bars(
                    [entry for _, _, entry in shown], scale, colour=INK, thickness=1, width=2
                ),
            }
        )
    last = table.columns[-1]
    axis = f"{'%' if last.unit == 'share' else last.unit} {arrow(last)}".strip()
    bars = sum(row.kind is not Kind.REAL for row in table.rows)
    return {
        "data": data,
        "layout": {
            "height": 400,
            "barmode": "group",
            "bargap": max(0.2, 0.7 - 0.1 * bars),
            "legend": {"orientation": "h", "y": 1.14},
            "yaxis": {"title": {"text": escape(axis)}},
            "xaxis": {"categoryorder": "array", "categoryarray": names, "showgrid": False},
        },
    }


def _real_lines(axis: str, accuracy: Entry | None, moved: Entry | None) -> list[dict[str, Any]]:
    """Where real images lie: upright for accuracy, level for identity."""
    lines = []
    if accuracy is not None:
        at = 100 * accuracy.value
        lines.append(straight_line(f"x{axis}", f"y{axis} domain", at, at, 0, 1))
    if moved is not None:
        lines.append(straight_line(f"x{axis} domain", f"y{axis}", 0, 1, moved.value, moved.value))
    return lines
