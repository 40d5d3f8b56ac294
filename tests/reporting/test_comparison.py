"""Tables of a comparison: which rows and columns there are, and what stands in them."""

from __future__ import annotations

import pytest
from made_up import made_up_cell, made_up_cells

from lgpgan.errors import InputError
from lgpgan.reporting.comparison import (
    accuracy_tables,
    breakdown_table,
    comparison_table,
    table_rows,
)
from lgpgan.reporting.results_model import cell_from_json
from lgpgan.reporting.tables import Entry, Kind, Standing, Table


def titles(table: Table) -> list[str]:
    return [column.title for column in table.columns]


def test_rows_are_methods_then_baselines_then_real_images() -> None:
    cells = made_up_cells()
    table = comparison_table(cells[::-1])
    kinds = [row.kind for row in table.rows]
    assert kinds == [Kind.METHOD] * 5 + [Kind.BASELINE] * 2 + [Kind.REAL]
    assert [cell.seed for cell in table_rows(cells[::-1])[0].cells] == [0, 1]


def test_without_inception_the_stand_in_is_shown_with_its_floor() -> None:
    table = comparison_table(made_up_cells())
    assert titles(table)[:2] == ["Fréchet, MobileNetV2", "accuracy, fer"]
    floor = table.rows[-1].entries[0]
    assert floor is not None
    assert (floor.value, floor.interval) == (25.8, (24.1, 27.6))


def test_with_inception_the_columns_are_the_papers_first() -> None:
    table = comparison_table(made_up_cells(inception=True))
    assert titles(table)[:3] == ["IS", "FID", "accuracy, fer"]
    assert [column.better for column in table.columns[:2]] == ["higher", "lower"]
    assert "Fréchet, MobileNetV2" not in titles(table)


def test_facts_say_what_a_row_is() -> None:
    table = comparison_table(made_up_cells())
    facts = dict(
        zip(titles(table), zip(*(row.entries for row in table.rows), strict=True), strict=True)
    )
    pairs = [entry and entry.value for entry in facts["saw pairs"]]
    assert pairs == [1.0, 0.0, 0.0, 0.0, 0.0, None, None, None]
    assert facts["images trained"][0] == Entry(41_616)
    assert facts["seeds"][0] == Entry(2)


def test_a_measure_that_a_seed_lacks_is_not_shown_for_its_row() -> None:
    lacking = made_up_cell("attgan/narrow", 1)
    del lacking["evaluation"]["measures"]["paired_whole"]
    cells = [*made_up_cells(1), cell_from_json(lacking)]
    table = comparison_table(cells, ["paired_whole"])
    shown = {row.title for row, _ in table.entries(0)}
    assert "AttGAN" not in shown
    assert "StarGAN" in shown


def test_baselines_and_real_images_are_never_marked() -> None:
    table = comparison_table(made_up_cells())
    for row in table.rows:
        marks = {entry.standing for entry in row.entries if entry is not None}
        assert row.kind is Kind.METHOD or marks == {Standing.OTHER}
    column = titles(table).index("identity distance")  # which doing nothing would win
    marked = [row.title for row, entry in table.entries(column) if entry.standing != "other"]
    assert marked == ["LGP-GAN, studio"]


def test_cells_of_different_faces_are_refused() -> None:
    other = made_up_cell("attgan/narrow")
    other["evaluation"]["data"]["faces_hash"] = "other"
    with pytest.raises(InputError, match="'attgan/narrow' was evaluated on other faces"):
        comparison_table([*made_up_cells(1), cell_from_json(other)])
    with pytest.raises(InputError, match="no finished cells"):
        comparison_table([])


def test_rows_of_one_title_are_told_apart() -> None:
    studio, narrow = made_up_cell("lgp-gan/studio"), made_up_cell("lgp-gan/narrow")
    rows = table_rows([cell_from_json(cell | {"title": "LGP-GAN"}) for cell in (studio, narrow)])
    assert [row.title for row in rows] == ["LGP-GAN (lgp-gan/studio)", "LGP-GAN (lgp-gan/narrow)"]


def test_accuracy_by_class_has_real_images_beside_it() -> None:
    cell = made_up_cell("stargan/narrow")
    confusion = cell["evaluation"]["confusion"]["fer"]
    confusion["real"] = [[3, 1, 0, 0, 0, 0, 0], [0] * 7, [0, 0, 5, 0, 0, 0, 0], *[[0] * 7] * 4]
    table = breakdown_table([cell_from_json(cell)], "accuracy_fer", "target")
    real = table.rows[-1]
    assert real.kind is Kind.REAL
    by_class = {
        name: entry for name, entry in zip(titles(table), real.entries, strict=True) if entry
    }
    assert {name: entry.value for name, entry in by_class.items()} == {
        "angry": 0.75,
        "fearful": 1.0,
        "all": 0.802,
    }


def test_other_groupings_have_real_images_only_overall() -> None:
    table = breakdown_table(made_up_cells(), "accuracy_fer", "gender")
    assert titles(table) == ["female", "male", "all"]
    assert [entry is None for entry in table.rows[-1].entries] == [True, True, False]
    assert table.title == "Accuracy, fer, by gender"


def test_what_was_not_measured_cannot_be_broken_down() -> None:
    with pytest.raises(InputError, match="'contempt_read' by 'gender'"):
        breakdown_table(made_up_cells(), "contempt_read", "gender")
    assert len(accuracy_tables(made_up_cells())) == 2


def test_the_caption_says_what_intervals_are() -> None:
    assert "lowest lower to the highest upper" in comparison_table(made_up_cells()).caption
    one = comparison_table(made_up_cells(1)).caption
    assert one.startswith("1,920 outputs of 240 images of 30 people. One seed; 95 % intervals")
