"""Tables of a comparison: which rows and columns there are, and what stands in them."""

from __future__ import annotations

import pytest
from made_up import made_up_cell, made_up_cells

from lgpgan.errors import InputError
from lgpgan.reporting.comparison import (
    accuracy_tables,
    breakdown_table,
    comparison_table,
    protocol_table,
    table_rows,
)
from lgpgan.reporting.results_model import Cell, cell_from_json
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


def protocol_cells() -> list[Cell]:
    """Two rows with FID by two protocols."""
    made = []
    for row in ("stargan/narrow", "identity"):
        cell = made_up_cell(row)
        figure = {"title": "FID", "value": 20.0, "count": 1288, "people": 30}
        cell["evaluation"]["distances"] = {
            "fid": {**figure, "mode": "all against all", "reference_count": 1608},
            "fid_equal": {**figure, "count": 161, "mode": "equal", "reference_count": 1447},
            "inception_score": {**figure, "mode": "all, in 10 parts", "reference_count": 0},
            "kid": {**figure, "mode": "all against all", "reference_count": 1608},
        }
        made.append(cell_from_json(cell))
    return made


def test_columns_of_protocols_say_how_many_images_they_are_of() -> None:
    """Regression: FID was of 161 of 1,288 outputs, and the table did not say so."""
    found = titles(comparison_table(protocol_cells()))
    assert found[:4] == [
        "IS (1,288)",
        "FID (1,288 to 1,608)",
        "KID (1,288 to 1,608)",
        "FID, equal N (161 to 1,447)",
    ]
    table = protocol_table(protocol_cells())
    assert table is not None
    assert set(titles(table)) == set(found[:4])
    assert protocol_table(made_up_cells(1)) is None


def test_figures_by_other_rules_are_refused() -> None:
    other = made_up_cell("attgan/narrow")
    other["evaluation"]["protocol"] = 2
    with pytest.raises(InputError, match="'attgan/narrow' were taken by other rules"):
        comparison_table([*made_up_cells(1), cell_from_json(other)])


def test_who_was_told_what_is_a_column_where_anybody_was() -> None:
    """On a studio set GANimation is told exact units, and sees faint faces."""
    assert "told units" not in titles(comparison_table(made_up_cells(1)))
    told = made_up_cell("attgan/narrow")
    told["training"] |= {"sees_units": True, "sees_faint": True}
    rest = [cell for cell in made_up_cells(1) if cell.row != "attgan/narrow"]
    table = comparison_table([*rest, cell_from_json(told)])
    for title in ("told units", "saw faint"):
        column = titles(table).index(title)
        yes = [row.title for row, entry in table.entries(column) if entry.value]
        assert yes == ["AttGAN"]
