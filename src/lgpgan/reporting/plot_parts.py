"""Parts that several plots share: lines, error bars, texts, and where panels lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from lgpgan.reporting.table_forms import interval_text, value_text
from lgpgan.reporting.tables import Column, Entry, Kind, TableRow

__all__ = [
    "DASHES",
    "INK",
    "QUIET",
    "Plot",
    "axis_suffix",
    "error_bars",
    "figure_text",
    "hover_text",
    "marker_symbol",
    "part_of_axis",
    "straight_line",
]

Plot = Mapping[str, Any]
"""``data`` and ``layout``."""
INK, QUIET = "@ink", "@quiet"
"""Colours that the page puts in: of text, and of thin lines."""
DASHES = ("solid", "dash", "dot")
"""Styles of lines whose colours repeat."""


def straight_line(
    x: str, y: str, left: float, right: float, low: float, high: float
) -> dict[str, Any]:
    """A dotted line for real images, in the coordinates of the axes ``x`` and ``y``."""
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


def error_bars(
    entries: Sequence[Entry],
    scale: float = 1.0,
    *,
    colour: str = QUIET,
    thickness: float = 1.2,
    width: int = 3,
) -> dict[str, Any]:
    """Intervals as plotly takes them: a length above and one below each value; 0 for none."""
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


def hover_text(row: TableRow, column: Column, entry: Entry) -> str:
    """What a reader sees of an entry under the mouse: row, figure, values of the seeds."""
    seeds = ""
    if len(entry.by_seed) > 1:
        seeds = f"<br>by seed: {', '.join(value_text(value, column) for value in entry.by_seed)}"
    return _literal(f"<b>{escape(row.title)}</b><br>{figure_text(column, entry)}{seeds}")


def figure_text(column: Column, entry: Entry) -> str:
    """Title, value, unit and interval of an entry."""
    unit = " %" if column.unit == "share" else ""
    figure = f"{value_text(entry.value, column)}{unit} {interval_text(entry, column)}".strip()
    return _literal(f"{escape(column.title)}: {figure}")


def _literal(text: str) -> str:
    """Text in which plotly finds no ``%{…}`` to fill in."""
    return text.replace("%{", "%&#123;")


def marker_symbol(row: TableRow) -> str:
    """A dot for a method, an open diamond for a baseline."""
    return "circle" if row.kind is Kind.METHOD else "diamond-open"


def axis_suffix(panel: int) -> str:
    """What plotly appends to the names of a panel's axes."""
    return "" if panel == 0 else str(panel + 1)


def part_of_axis(number: int, of: int, gap: float) -> tuple[float, float]:
    """Where one of several equal parts begins and ends between 0 and 1, with gaps between."""
    width = (1 - gap * (of - 1)) / of
    start = number * (width + gap)
    return start, min(start + width, 1.0)
