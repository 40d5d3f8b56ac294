"""Plots of lines over a number, as data."""

from __future__ import annotations

import pytest
from made_up import PLACES, made_up_size_table

from lgpgan.reporting.line_plots import lines_plot, loss_plot


def test_a_row_is_a_line_over_what_columns_stand_for() -> None:
    plot = lines_plot(made_up_size_table(), PLACES, "people")
    first, second = plot["data"]
    assert first["name"] == "with &lt;b&gt;"
    assert (first["x"], first["y"]) == ([1, 4, 16], [50, 75, 90])
    assert (second["x"], second["y"]) == ([4, 16], [25, 30])
    assert first["error_y"]["array"][:2] == pytest.approx([20, 5])
    assert first["error_y"]["arrayminus"] == pytest.approx([10, 5, 0])
    assert plot["layout"]["xaxis"]["type"] == "log"
    assert plot["layout"]["xaxis"]["ticktext"] == ["1", "4", "16"]


def test_losses_are_a_line_a_term_in_the_panel_of_their_side() -> None:
    lines = [
        {"images": 8, "seconds": 1.0, "D/real": -0.5, "G/<cycle>": 2.0, "diagnostics/change": 1.0},
        {"images": 16, "seconds": 2.0, "D/real": 0.25},
        {"images": 24, "seconds": 3.0, "D/real": float("nan"), "G/<cycle>": 1.0},
    ]
    plot = loss_plot(lines)
    drawn = [(line["name"], line["xaxis"], line["x"], line["y"]) for line in plot["data"]]
    assert drawn == [
        ("D/real", "x", [8, 16], [-0.5, 0.25]),
        ("G/&lt;cycle&gt;", "x2", [8, 24], [2.0, 1.0]),
    ]
    assert {"xaxis", "xaxis2", "yaxis", "yaxis2"} <= plot["layout"].keys()


def test_eight_terms_of_a_side_can_be_told_apart() -> None:
    plot = loss_plot([{"images": 8, **{f"G/{number}": 1.0 for number in range(8)}}])
    looks = {(line["line"]["color"], line["line"]["dash"]) for line in plot["data"]}
    assert len(looks) == 8
