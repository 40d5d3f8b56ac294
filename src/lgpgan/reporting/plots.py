"""Interactive plots of results, as plotly.js takes them: plain data and layout.

They are dictionaries rather than objects of plotly's Python package, of which only the JavaScript
is used: what is drawn is little, and colours of ink and lines are the page's, which changes them
with the reader's light or dark. ``INK`` and ``QUIET`` stand for them until then. plotly reads a few
tags and entities in texts, so every name is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from lgpgan.errors import InputError
from lgpgan.reporting.comparison import SHORT_TITLES, breakdown_table, comparison_table
from lgpgan.reporting.figures import COLOURS, row_colours
from lgpgan.reporting.results_model import Cell, Evaluation
from lgpgan.reporting.table_forms import arrow, heading, interval_text, value_text
from lgpgan.reporting.tables import Column, Entry, Kind, Table, TableRow

__all__ = [
    "INK",
    "QUIET",
    "Plot",
    "accuracy_against_identity",
    "breakdown_plots",
    "confusion_plots",
    "lines_plot",
    "loss_plot",
    "overview_plot",
]

Plot = Mapping[str, Any]
"""``data`` and ``layout``."""
INK, QUIET = "@ink", "@quiet"
"""Colours that the page puts in: of text, and of thin lines."""
OVERVIEW_COLUMNS = 3
ROW_PIXELS = 22
"""Height of a row in the overview."""
SIDES = {"D": "discriminators", "G": "generators"}
"""What the terms of a run's statistics begin with, and whose they are."""
DASHES = ("solid", "dash", "dot")
BLUES = [[0, "rgba(0,114,178,0.04)"], [1, "rgba(0,114,178,0.7)"]]
"""Pale enough for the page's ink on the darkest, on white and on black."""


def accuracy_against_identity(cells: Sequence[Cell]) -> Plot | None:
    """How often the expression is read, against how far the person moved; a panel a recogniser.

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
        axis = _suffix(panel)
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
                        "error_x": _errors([accuracy], 100),
                        "error_y": _errors([moved]),
                        "xaxis": f"x{axis}",
                        "yaxis": f"y{axis}",
                        "marker": {
                            "size": 12,
                            "color": colours[row.title],
                            "symbol": _symbol(row),
                            "line": {"width": 0},
                        },
                        "hovertemplate": _hover(row, column, accuracy)
                        + f"<br>{_shown(table.columns[identity], moved)}<extra></extra>",
                    }
                )
        low, high = _share_of(panel, len(recognisers), 0.06)
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
    """Every measured column of a table: a panel each, a dot and its interval a row."""
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
        axis = _suffix(panel)
        column = table.columns[number]
        scale = 100 if column.unit == "share" else 1
        shown = [(row, entry) for row in rows if (entry := row.entries[number]) is not None]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [entry.value * scale for _, entry in shown],
                "y": [escape(row.title) for row, _ in shown],
                "error_x": _errors([entry for _, entry in shown], scale, thickness=1.5),
                "marker": {
                    "size": 9,
                    "color": [colours[row.title] for row, _ in shown],
                    "symbol": [_symbol(row) for row, _ in shown],
                },
                "xaxis": f"x{axis}",
                "yaxis": f"y{axis}",
                "hovertemplate": [
                    _hover(row, column, entry) + "<extra></extra>" for row, entry in shown
                ],
            }
        )
        for _, entry in table.entries(number, Kind.REAL):
            at = entry.value * scale
            shapes.append(_line(f"x{axis}", f"y{axis} domain", at, at, 0, 1))
        low, high = _share_of(panel % OVERVIEW_COLUMNS, OVERVIEW_COLUMNS, 0.035)
        below, above = _share_of(lines - 1 - panel // OVERVIEW_COLUMNS, lines, 0.24 / lines)
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
    """One a recogniser: what it reads in outputs, and beside it in real images."""
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
            axis = _suffix(number)
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
            low, high = _share_of(number, len(panels), 0.14)
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


def lines_plot(table: Table, places: Sequence[float], axis: str) -> Plot:
    """A table whose columns stand for numbers above 0: a line a row over them, on log scale.

    Args:
        table: whose columns share a unit.
        places: the number of each column, rising.
        axis: what the numbers are.
    """
    share = table.columns[0].unit == "share"
    scale = 100 if share else 1
    colours = row_colours(table)
    data = []
    for number, row in enumerate(table.rows):
        shown = [
            (place, column, entry)
            for place, column, entry in zip(places, table.columns, row.entries, strict=True)
            if entry is not None
        ]
        colour = colours[row.title]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": escape(row.title),
                "x": [place for place, _, _ in shown],
                "y": [entry.value * scale for _, _, entry in shown],
                "error_y": _errors(
                    [entry for _, _, entry in shown], scale, colour=colour, thickness=1
                ),
                "marker": {"size": 8, "color": colour},
                "line": {
                    "width": 1.8,
                    "color": colour,
                    "dash": DASHES[number // len(COLOURS) % len(DASHES)],
                },
                "hovertemplate": [
                    _hover(row, column, entry) + "<extra></extra>" for _, column, entry in shown
                ],
            }
        )
    return {
        "data": data,
        "layout": {
            "height": 430,
            "legend": {"orientation": "h", "y": 1.14},
            "xaxis": {
                "type": "log",
                "title": {"text": escape(axis)},
                "tickvals": list(places),
                "ticktext": [f"{place:,g}" for place in places],
            },
            "yaxis": {"title": {"text": "%" if share else escape(table.columns[0].unit)}},
        },
    }


def loss_plot(statistics: Sequence[Mapping[str, float]]) -> Plot:
    """Every loss term of a run over the images seen: a panel a side, a line a term.

    Args:
        statistics: the lines of a run's ``statistics.jsonl``, with ``images`` and terms as
            ``G/cycle``; what is no term, or not finite, is passed over.
    """
    data = []
    layout: dict[str, Any] = {"height": 430, "legend": {"groupclick": "toggleitem"}}
    for panel, (side, title) in enumerate(SIDES.items()):
        axis = _suffix(panel)
        names = dict.fromkeys(
            name for line in statistics for name in line if name.startswith(f"{side}/")
        )
        for number, name in enumerate(names):
            seen = [
                (line["images"], line[name])
                for line in statistics
                if math.isfinite(line.get(name, math.nan))
            ]
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": escape(name),
                    "legendgroup": title,
                    "x": [images for images, _ in seen],
                    "y": [value for _, value in seen],
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                    "line": {
                        "width": 1.5,
                        "color": COLOURS[number % len(COLOURS)],
                        "dash": DASHES[number // len(COLOURS) % len(DASHES)],
                    },
                    "hovertemplate": f"{escape(name)}<br>%{{x:,}} images: %{{y:.4g}}"
                    "<extra></extra>",
                }
            )
        low, high = _share_of(panel, len(SIDES), 0.08)
        layout[f"xaxis{axis}"] = {
            "domain": [low, high],
            "anchor": f"y{axis}",
            "title": {"text": f"terms of the {title}, by images seen"},
        }
        layout[f"yaxis{axis}"] = {"anchor": f"x{axis}"}
    return {"data": data, "layout": layout}


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
                _hover(row, column, entry) + "<extra></extra>" for _, column, entry in shown
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
                "error_y": _errors(
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
        lines.append(_line(f"x{axis}", f"y{axis} domain", at, at, 0, 1))
    if moved is not None:
        lines.append(_line(f"x{axis} domain", f"y{axis}", 0, 1, moved.value, moved.value))
    return lines


def _line(x: str, y: str, left: float, right: float, low: float, high: float) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": x,
        "yref": y,
        "x0": left,
        "x1": right,
        "y0": low,
        "y1": high,
        "line": {"color": INK, "width": 1.2, "dash": "dot"},
    }


def _errors(
    entries: Sequence[Entry],
    scale: float = 1.0,
    *,
    colour: str = QUIET,
    thickness: float = 1.2,
    width: int = 3,
) -> dict[str, Any]:
    """Intervals as the two lengths each that plotly wants; none is of no length."""
    reach = [(entry.interval or (entry.value, entry.value), entry.value) for entry in entries]
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(high - value, 0.0) * scale for (_, high), value in reach],
        "arrayminus": [max(value - low, 0.0) * scale for (low, _), value in reach],
        "color": colour,
        "thickness": thickness,
        "width": width,
    }


def _hover(row: TableRow, column: Column, entry: Entry) -> str:
    seeds = ""
    if len(entry.by_seed) > 1:
        seeds = f"<br>by seed: {', '.join(value_text(value, column) for value in entry.by_seed)}"
    return _literal(f"<b>{escape(row.title)}</b><br>{_shown(column, entry)}{seeds}")


def _shown(column: Column, entry: Entry) -> str:
    unit = " %" if column.unit == "share" else ""
    figure = f"{value_text(entry.value, column)}{unit} {interval_text(entry, column)}".strip()
    return _literal(f"{escape(column.title)}: {figure}")


def _literal(text: str) -> str:
    """Text in which plotly finds no ``%{…}`` to fill in."""
    return text.replace("%{", "%&#123;")


def _symbol(row: TableRow) -> str:
    return "circle" if row.kind is Kind.METHOD else "diamond-open"


def _suffix(panel: int) -> str:
    """What plotly appends to the names of a panel's axes."""
    return "" if panel == 0 else str(panel + 1)


def _share_of(number: int, of: int, gap: float) -> tuple[float, float]:
    """Where one of several equal parts begins and ends between 0 and 1, with gaps between."""
    width = (1 - gap * (of - 1)) / of
    start = number * (width + gap)
    return start, min(start + width, 1.0)
