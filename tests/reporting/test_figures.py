"""Figures: as many panels as there are faces, matrices and bars; a credit below people."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up import CLASSES, KNOWN, PLACES, made_up_cells, made_up_size_table
from numpy.typing import NDArray

from lgpgan.errors import InputError, MissingPartError
from lgpgan.reporting.comparison import breakdown_table, comparison_table
from lgpgan.reporting.faces_shown import ShownFace, credit, regions_of
from lgpgan.reporting.figures import (
    bars_figure,
    confusion_figure,
    expressions_figure,
    lines_figure,
    methods_figure,
    row_colours,
    save_figure,
)
from marked import unmarked_pictures

CREDIT = credit(["NASA"], altered=True)


def texts(figure: object) -> list[str]:
    return [text.get_text() for text in figure.texts]  # type: ignore[attr-defined]


def pictures(figure: object) -> list[NDArray[np.uint8]]:
    (axis,) = figure.axes  # type: ignore[attr-defined]
    return [image.get_array() for image in axis.images]


def test_figure_4_shows_an_input_and_its_outputs_a_row(shown: ShownFace) -> None:
    figure = expressions_figure([shown, shown], "StarGAN", CLASSES, caption=CREDIT)
    first, second, *others = pictures(figure)
    assert len(others) == 2 * 9 - 2
    np.testing.assert_array_equal(first, shown.face)
    np.testing.assert_array_equal(second, shown.outputs["StarGAN"]["angry"])
    assert {"input", "surprised", "astronaut, happy", CREDIT} <= set(texts(figure))


def test_figure_5_shows_methods_side_by_side(shown: ShownFace) -> None:
    figure = methods_figure(shown, ["StarGAN", "AttGAN"], ["sad", "angry"], caption=CREDIT)
    assert len(pictures(figure)) == 2 * 3
    assert {"input", "StarGAN", "AttGAN", "happy → sad"} <= set(texts(figure))
    known = replace(shown, exact={"sad": shown.face})
    for target, count in (("sad", 3), ("angry", 2)):
        figure = methods_figure(known, ["StarGAN"], [target], caption=CREDIT)
        assert len(pictures(figure)) == count


def test_regions_are_enlarged_instead_of_faces(shown: ShownFace) -> None:
    figure = methods_figure(shown, ["StarGAN"], ["sad"], caption=CREDIT, regions=True)
    _, array = pictures(figure)
    np.testing.assert_array_equal(array, regions_of(shown.outputs["StarGAN"]["sad"], 66))
    assert array.shape == (96 + 10 + 96, 192, 3)  # eyes and mouth twice as large, and a gap


def test_what_is_missing_is_named(shown: ShownFace) -> None:
    with pytest.raises(InputError, match="no output of 'StarGAN' for 'bored'"):
        expressions_figure([shown], "StarGAN", ["bored"], caption=CREDIT)
    with pytest.raises(InputError, match="no faces"):
        expressions_figure([], "StarGAN", CLASSES, caption=CREDIT)
    with pytest.raises(InputError, match="align them"):
        replace(shown, face=shown.face[:64])


def test_confusion_has_outputs_and_real_images_of_each_recogniser() -> None:
    evaluation = made_up_cells(1)[0].evaluation
    figure = confusion_figure(evaluation)
    shares = [np.asarray(axis.images[0].get_array()) for axis in figure.axes]
    assert [share.shape for share in shares] == [(8, 7), (7, 7)] * 2
    for share in shares:
        np.testing.assert_allclose(share.sum(axis=1), 100)
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == KNOWN
    with pytest.raises(InputError, match="No recogniser"):
        confusion_figure(replace(evaluation, confusion={}))


def test_bars_stand_for_every_row_and_group() -> None:
    table = breakdown_table(made_up_cells(), "accuracy_fer", "target")
    (axis,) = bars_figure(table).axes
    assert len(axis.patches) == 7 * 8  # rows without real images; seven classes and all
    heights = [patch.get_height() for patch in axis.patches[:8]]
    values = [100 * entry.value for entry in table.rows[0].entries if entry]
    np.testing.assert_allclose(heights, values)
    legend = axis.get_legend()
    assert legend is not None
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == [row.title for row in table.rows]
    with pytest.raises(InputError, match="one unit"):
        bars_figure(comparison_table(made_up_cells()))


def test_a_row_is_a_line_over_what_columns_stand_for() -> None:
    figure = lines_figure(made_up_size_table(), PLACES, "people")
    (axis,) = figure.axes
    first, second = axis.get_lines()
    assert np.allclose(first.get_ydata(), [50, 75, 90])
    assert np.allclose(second.get_ydata(), [25, 30])
    assert np.allclose(first.get_xdata(), PLACES, rtol=0.01)
    assert len(axis.collections) == 4  # one whisker an interval
    assert axis.get_xscale() == "log"
    assert axis.get_xlabel() == "people"


def test_every_row_has_a_colour_of_its_own() -> None:
    colours = row_colours(comparison_table(made_up_cells()))
    assert len(colours) == len(set(colours.values())) == 7


def test_figures_are_written_twice_and_alike(shown: ShownFace, tmp_path: Path) -> None:
    def write(folder: str) -> list[bytes]:
        figure = methods_figure(shown, ["StarGAN"], ["sad"], caption=CREDIT)
        files = save_figure(figure, tmp_path / folder / "figure.5")
        assert [file.name for file in files] == ["figure.5.png", "figure.5.pdf"]
        return [file.read_bytes() for file in files]

    assert write("one") == write("other")


def test_figures_with_synthetic_faces_are_marked(shown: ShownFace, tmp_path: Path) -> None:
    """They said nothing of it, against the README."""
    figure = methods_figure(shown, ["StarGAN"], ["sad"], caption=CREDIT)
    save_figure(figure, tmp_path / "figure", synthetic="Synthetic faces.")
    assert unmarked_pictures(tmp_path) == []
    assert b"Synthetic faces." in (tmp_path / "figure.pdf").read_bytes()


def test_the_credit_names_source_and_alteration() -> None:
    assert credit(["A", "B"], altered=False) == "Faces from A; B."
    assert "Altered" in credit([], altered=True)


def test_without_matplotlib_it_says_how_to_get_it(
    shown: ShownFace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingPartError, match=r"lgpgan\[report\]"):
        methods_figure(shown, ["StarGAN"], ["sad"], caption=CREDIT)
