"""Plots as data: what is drawn, where real images lie, names that cannot do harm."""

from __future__ import annotations

import json
from typing import Any

from made_up import made_up_cell, made_up_cells

from lgpgan.reporting.comparison import comparison_table
from lgpgan.reporting.line_plots import loss_plot
from lgpgan.reporting.plot_parts import Plot
from lgpgan.reporting.plots import (
    accuracy_against_identity,
    breakdown_plots,
    confusion_plots,
    overview_plot,
)
from lgpgan.reporting.results_model import Cell, cell_from_json


def every_plot(cells: list[Cell]) -> list[Plot]:
    trade = accuracy_against_identity(cells)
    assert trade is not None
    return [
        trade,
        overview_plot(comparison_table(cells)),
        *(plot for plots in breakdown_plots(cells).values() for plot in plots.values()),
        *confusion_plots(cells[0].evaluation),
        loss_plot([{"images": 8, "D/real": 1.0, "G/cycle": 2.0}]),
    ]


def named(name: str) -> dict[str, Any]:
    return made_up_cell("stargan/narrow") | {"title": name}


def test_accuracy_against_identity_has_a_panel_a_recogniser() -> None:
    plot = accuracy_against_identity(made_up_cells())
    assert plot is not None
    assert len(plot["data"]) == 2 * 7
    first = plot["data"][0]
    assert first["name"] == "LGP-GAN, studio"
    assert 70 < first["x"][0] < 80  # percent
    assert plot["layout"]["yaxis"]["autorange"] == "reversed"
    levels = {shape["y0"] for shape in plot["layout"]["shapes"]}
    assert 0.252 in levels  # of real images


def test_without_recognisers_there_is_none() -> None:
    cell = made_up_cell("stargan/narrow")
    for key in ("accuracy_fer", "accuracy_face_api"):
        del cell["evaluation"]["measures"][key]
    assert accuracy_against_identity([cell_from_json(cell)]) is None


def test_the_overview_has_a_panel_a_measured_column() -> None:
    table = comparison_table(made_up_cells())
    plot = overview_plot(table)
    assert len(plot["data"]) == len(table.columns) - 4  # the facts
    error = plot["data"][0]["error_x"]
    assert len(error["array"]) == 7
    assert min(error["array"] + error["arrayminus"]) >= 0


def test_breakdowns_are_by_measure_and_grouping() -> None:
    plots = breakdown_plots(made_up_cells())
    assert list(plots)[:2] == ["accuracy, fer", "accuracy, face-api"]
    assert list(plots["accuracy, fer"]) == ["target", "source", "gender", "age", "ethnicity"]
    bars = plots["accuracy, fer"]["gender"]["data"]
    assert bars[0]["x"] == ["female", "male", "all"]
    assert [trace["type"] for trace in bars] == ["bar"] * 7 + ["scatter"]


def test_confusion_shows_shares_of_rows() -> None:
    plot = confusion_plots(made_up_cells()[0].evaluation)[0]
    outputs, real = plot["data"]
    assert (len(outputs["z"]), len(real["z"])) == (8, 7)
    assert abs(sum(outputs["z"][0]) - 100) < 1e-9


def test_plots_can_be_written_as_json() -> None:
    for plot in every_plot(made_up_cells()):
        json.dumps(plot, allow_nan=False)


def test_names_are_escaped() -> None:
    cell = named("<a href='x'>%{x}</a>")
    cell["evaluation"]["measures"]["accuracy_fer"]["by"]["gender"] = {
        "<b>": {"value": 0.5, "interval": None, "count": 1}
    }
    for plot in every_plot([cell_from_json(cell)]):
        text = json.dumps(plot)
        assert "<a" not in text
        assert "%{x}<" not in text.replace("read %{x}<br>", "")
        # the only tags are those that lgpgan writes itself
        assert "<b>" not in json.dumps([trace.get("x") for trace in plot["data"]])
