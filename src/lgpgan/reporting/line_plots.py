"""Interactive plots of lines: figures over the size of a set, losses over the images seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from lgpgan.reporting.figures import COLOURS, row_colours
from lgpgan.reporting.plot_parts import (
    DASHES,
    Plot,
    axis_suffix,
    error_bars,
    hover_text,
    part_of_axis,
)
from lgpgan.reporting.tables import Table

__all__ = ["lines_plot", "loss_plot"]

SIDES = {"D": "discriminators", "G": "generators"}
"""What the terms of a run's statistics begin with, and whose they are."""


def lines_plot(table: Table, places: Sequence[float], axis: str) -> Plot:
    """A line for each row of a table whose columns stand for numbers above 0, on a log scale.

    Args:
        table: whose columns share a unit.
        places: the number of each column, rising.
        axis: title of the axis.
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
                "error_y": error_bars(
                    [entry for _, _, entry in shown], scale, colour=colour, thickness=1
                ),
                "marker": {"size": 8, "color": colour},
                "line": {
                    "width": 1.8,
                    "color": colour,
                    "dash": DASHES[number // len(COLOURS) % len(DASHES)],
                },
                "hovertemplate": [
                    hover_text(row, column, entry) + "<extra></extra>" for _, column, entry in shown
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
    """Every loss term of a run over the images seen: a panel for each side, a line for each term.

    Args:
        statistics: the lines of a run's ``statistics.jsonl``, with ``images`` and terms as
            ``G/cycle``; what is no term, or not finite, is passed over.
    """
    data = []
    layout: dict[str, Any] = {"height": 430, "legend": {"groupclick": "toggleitem"}}
    for panel, (side, title) in enumerate(SIDES.items()):
        axis = axis_suffix(panel)
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
        low, high = part_of_axis(panel, len(SIDES), 0.08)
        layout[f"xaxis{axis}"] = {
            "domain": [low, high],
            "anchor": f"y{axis}",
            "title": {"text": f"terms of the {title}, by images seen"},
        }
        layout[f"yaxis{axis}"] = {"anchor": f"x{axis}"}
    return {"data": data, "layout": layout}
