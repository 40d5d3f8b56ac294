"""Results read back: what is accepted, what is refused and how."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_up import CLASSES, KNOWN, made_up_cell

from lgpgan.errors import InputError
from lgpgan.reporting.results_model import (
    Confusion,
    cell_from_json,
    evaluation_from_json,
    read_cells,
    read_evaluation,
)


def test_a_cell_is_read_back() -> None:
    cell = cell_from_json(made_up_cell("stargan/narrow", seed=1))
    assert (cell.row, cell.seed, cell.is_baseline) == ("stargan/narrow", 1, False)
    assert cell.training is not None
    assert cell.training.images == 41_616
    measure = cell.evaluation.measures["accuracy_fer"]
    assert measure.real is not None
    assert (measure.better, measure.unit, measure.real.count) == ("higher", "share", 210)
    assert measure.by["gender"]["female"].interval is not None
    assert cell.evaluation.distances["frechet_mobilenet"].floor == 25.8


def test_a_baseline_has_no_training() -> None:
    cell = cell_from_json(made_up_cell("identity"))
    assert cell.is_baseline
    assert cell.training is None
    assert cell.budget is None


def test_what_a_later_version_adds_is_passed_over() -> None:
    values = made_up_cell("identity")
    values["mood"] = values["evaluation"]["mood"] = "cheerful"
    assert cell_from_json(values) == cell_from_json(made_up_cell("identity"))


def test_files_are_read_in_order(tmp_path: Path) -> None:
    for seed in (1, 0):
        values = made_up_cell("attgan/narrow", seed)
        (tmp_path / f"attgan-{seed}.json").write_text(json.dumps(values))
    assert [cell.seed for cell in read_cells(tmp_path)] == [0, 1]
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(made_up_cell("identity")["evaluation"]))
    assert read_evaluation(path).subject.method == "identity"


def test_damage_is_named(tmp_path: Path) -> None:
    values = made_up_cell("identity")["evaluation"]
    values["measures"]["paired_whole"]["better"] = "sideways"
    with pytest.raises(InputError, match=r"damaged \(measures\.paired_whole\.better"):
        evaluation_from_json(values)
    values = made_up_cell("identity")
    values["evaluation"]["measures"]["paired_whole"]["overall"]["value"] = float("nan")
    with pytest.raises(InputError, match="finite number"):
        cell_from_json(values)
    path = tmp_path / "cell.json"
    path.write_text("{")
    with pytest.raises(InputError, match=r"cell\.json is damaged"):
        read_cells(tmp_path)
    with pytest.raises(InputError, match=r"absent\.json cannot be read"):
        read_evaluation(tmp_path / "absent.json")


def test_other_versions_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="another version"):
        cell_from_json(made_up_cell("identity") | {"format": 2})
    with pytest.raises(InputError, match="no finished cells"):
        read_cells(tmp_path)


def test_rows_of_confusion_are_named_whatever_their_number() -> None:
    of_all = [[number == column for column in range(7)] for number in range(8)]
    confusion = Confusion(tuple(KNOWN), of_all, of_all)
    assert list(confusion.rows_of_real(CLASSES)) == CLASSES[:7]  # nothing is in the eighth
    assert list(Confusion(tuple(KNOWN), of_all, of_all[:7]).rows_of_real(CLASSES)) == KNOWN
    assert confusion.rows_of_outputs(CLASSES)["contemptuous"] == [0, 1, 0, 0, 0, 0, 0]
