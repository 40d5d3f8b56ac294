"""Sentences made from the data: who leads, who loses, what is not proved."""

from __future__ import annotations

from dataclasses import replace

from made_up import made_up_cell, made_up_cells

from lgpgan.reporting.comparison import comparison_table
from lgpgan.reporting.results_model import Cell, cell_from_json
from lgpgan.reporting.statements import limits, missing, standings, what_was_compared
from lgpgan.reporting.table_forms import to_markdown


def said_of(column: str, cells: list[Cell]) -> str:
    return dict(standings(comparison_table(cells), cells))[column]


def test_a_winner_that_saw_pairs_does_not_hide_the_others() -> None:
    said = said_of("accuracy, fer", made_up_cells())
    assert said.startswith("LGP-GAN, studio leads, apart from all the others' intervals: 76.1 %")
    assert "It saw pairs; the best that did not is StarGAN" in said
    assert (
        "Here the paper's method loses: LGP-GAN (row lgp-gan/narrow) is number 2 of the 4 rows that"
        " saw no pairs, with"
    ) in said


def test_a_lost_column_stays_lost() -> None:
    cells = [cell for cell in made_up_cells() if cell.row != "lgp-gan/studio"]
    said = said_of("Fréchet, MobileNetV2", cells)
    assert said.startswith("GANimation is ahead, but not apart from the others' intervals: 36.7")
    assert "loses: LGP-GAN (row lgp-gan/narrow) is number 2 of the 4 methods, with" in said
    assert "saw pairs" not in said


def test_a_won_column_names_no_defeat() -> None:
    assert "loses" not in said_of("contempt read", made_up_cells())


def test_the_papers_method_is_one_row() -> None:
    """LGP-GAN on exact pairs was called the paper's method where it was the better of both."""
    cells = [cell for cell in made_up_cells() if cell.row != "lgp-gan/narrow"]
    said = [sentence for _, sentence in standings(comparison_table(cells), cells)]
    assert said
    assert not any("paper's method" in sentence for sentence in said)


def test_short_runs_are_called_short() -> None:
    """Regression: a page of runs too short to learn anything did not say that they were."""
    cells = made_up_cells()
    assert not any("publications" in sentence for sentence in limits(cells)[1])
    runs = [(one, one.training) for one in cells if one.training is not None]
    lengths = zip(runs, (3_200_000, 36_400_000), strict=False)
    short = [
        replace(one, training=replace(run, images=1_000, published_images=published))
        for (one, run), published in lengths
    ]
    assert limits(short)[1][0] == (
        "What the methods are worth: a run saw 1,000 images here, and 3,200,000 to 36,400,000 in"
        " the publications."
    )
    whole = [replace(one, training=replace(run, published_images=run.images)) for one, run in runs]
    assert not any("publications" in sentence for sentence in limits(whole)[1])


def test_of_two_people_no_order_is_claimed() -> None:
    """One of two people was enough to lead, "apart from all the others' intervals"."""
    cells = [of_few(row) for row in ("lgp-gan/narrow", "stargan/narrow", "identity")]
    table = comparison_table(cells)
    said = dict(standings(table, cells))
    assert said["accuracy, fer"] == (
        "The figures are of 2 people. No order is claimed of fewer than 6 people."
    )
    assert set(said.values()) == {said["accuracy, fer"]}
    assert "(2 people)" in to_markdown(table)
    assert "*" not in to_markdown(table)
    assert "stands beside them" in table.caption
    proves, not_proved = limits(cells)
    assert not any("intervals lie apart" in sentence for sentence in proves)
    assert any("No order is claimed of fewer than 6" in sentence for sentence in not_proved)


def of_few(row: str) -> Cell:
    """A cell whose figures are of two people, as evaluation writes them now."""
    values = made_up_cell(row)
    evaluation = values["evaluation"]
    for measure in evaluation["measures"].values():
        for figure in (measure["overall"], measure["real"]):
            if figure:
                figure |= {"interval": None, "people": 2}
    for distance in evaluation["distances"].values():
        distance |= {"interval": None, "floor_interval": None, "people": 2, "floor_people": 2}
    return cell_from_json(values)


def test_methods_that_are_no_better_than_doing_nothing_are_named() -> None:
    cells = made_up_cells()
    assert said_of("paired error", cells).endswith("No better than doing nothing: StarGAN; AttGAN.")
    assert "Doing nothing would win this column: 0.000" in said_of("identity distance", cells)
    assert "doing nothing" not in said_of("accuracy, fer", cells)


def test_columns_without_a_best_are_passed_over() -> None:
    cells = made_up_cells()
    titles = [title for title, _ in standings(comparison_table(cells), cells)]
    assert "change" not in titles
    assert "parameters" not in titles
    assert standings(comparison_table(cells[-2:]), cells[-2:]) == []


def test_what_was_compared_is_counted() -> None:
    first, second, third = what_was_compared(made_up_cells())
    assert "trained twice, with two seeds, every run within the same 350 TFLOP" in first
    assert second == "Beside them, not trained: 3-D face; doing nothing."
    assert third == (
        "Judged on 1,920 outputs: 240 images of 30 people, each edited to 8 expressions."
    )
    small = [replace(cell, budget=6e11) for cell in made_up_cells()]
    assert "the same 0.6 TFLOP" in what_was_compared(small)[0]  # it was "the same 1 TFLOP"
    uneven = [*made_up_cells(1), cell_from_json(made_up_cell("attgan/narrow", 1))]
    assert "trained 1 to 2 times" in what_was_compared(uneven)[0]


def test_limits_follow_from_the_data() -> None:
    proves, not_proved = limits(made_up_cells())
    assert "faces of 30 people" in proves[0]
    text = " ".join(not_proved)
    assert "with 2 seeds" in text
    assert "accuracy, fer: 80 %; accuracy, face-api: 74 %" in text
    assert "240 real images get 25.8, and doing nothing 26.4" in text
    assert "That the objective of LGP-GAN, studio is better" in text
    without = [cell for cell in made_up_cells(1) if cell.row != "lgp-gan/studio"]
    text = " ".join(limits(without)[1])
    assert "some rows have one seed" in text
    assert "photographs" in text  # of renders, since exact targets are known
    photos = [
        replace(cell, evaluation=replace(cell.evaluation, measures={})) for cell in made_up_cells()
    ]
    assert "photographs" not in " ".join(limits(photos)[1])
    assert "objective" not in text


def test_what_is_missing_is_said_once() -> None:
    evaluations = [cell.evaluation for cell in made_up_cells()]
    assert len(missing(evaluations)) == 1
    assert missing([]) == []
