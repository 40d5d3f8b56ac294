from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from stub_generator import stub

from lgpgan.datasets.labelled import LabelledFaces
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions.action_units import ACTION_UNITS
from lgpgan.expressions.expression import Expression
from lgpgan.studio.pairs import StudioPairs
from lgpgan.training import validation as validation_module
from lgpgan.training.sample_sheet import SheetRow
from lgpgan.training.validation import LabelledValidation, PairedValidation


def test_further_targets_are_measured_where_the_set_has_them(
    kept_out: StudioPairs, studio_set: PreparedSet
) -> None:
    told = StudioPairs(studio_set, "test", units=tuple(ACTION_UNITS))
    measured = PairedValidation(told).measure(stub())
    assert measured["blends"] == measured["units"] == pytest.approx(1)
    assert "units" not in PairedValidation(StudioPairs(studio_set, "test")).measure(stub())
    assert "blends" not in PairedValidation(kept_out).measure(stub())


def test_a_labelled_set_tells_reconstruction_cycle_and_change(tiny_set: PreparedSet) -> None:
    """The stub makes every face brighter by 0.05, and brighter once more on the way back."""
    measured = LabelledValidation(LabelledFaces(tiny_set, "test")).measure(stub(0.05))
    assert measured == pytest.approx(
        {"reconstruction": 0.05, "cycle": 0.1, "change": 0.05}, abs=1e-5
    )


Drawn = list[tuple[list[str], list[SheetRow]]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Classes and rows of every sheet, none of which is drawn."""
    sheets: Drawn = []
    monkeypatch.setattr(
        validation_module,
        "save_sample_sheet",
        lambda path, classes, rows: sheets.append((list(classes), list(rows))),
    )
    return sheets


def test_a_sheet_shows_outputs_and_below_them_exact_renders(
    kept_out: StudioPairs, tmp_path: Path, drawn: Drawn
) -> None:
    PairedValidation(kept_out).save_sheet(tmp_path / "sheet.png", stub(0.05))
    ((classes, rows),) = drawn
    assert classes == [str(expression) for expression in Expression]
    assert [row.kind for row in rows] == ["", "exact"]
    outputs, exact = rows
    assert (outputs.faces - outputs.source).mean().item() == pytest.approx(0.05, abs=1e-5)
    assert exact.source.equal(outputs.source)
    assert exact.faces[Expression.NEUTRAL.position].equal(exact.source[0])


def test_a_sheet_has_so_many_people_at_most(
    kept_out: StudioPairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: Drawn
) -> None:
    monkeypatch.setattr(validation_module, "first_takes", lambda _: [0, 1, 0, 1, 1])
    monkeypatch.setattr(validation_module, "SHEET_PEOPLE", 2)
    PairedValidation(kept_out).save_sheet(tmp_path / "sheet.png", stub())
    ((_, rows),) = drawn
    assert len(rows) == 2 * 2


def test_a_labelled_sheet_shows_every_class(
    tiny_set: PreparedSet, tmp_path: Path, drawn: Drawn
) -> None:
    LabelledValidation(LabelledFaces(tiny_set, "test")).save_sheet(tmp_path / "sheet.png", stub())
    ((classes, rows),) = drawn
    assert classes == list(tiny_set.classes)
    assert len(rows) == 6
    assert all(len(row.faces) == len(classes) for row in rows)


def test_the_file_is_a_png(kept_out: StudioPairs, tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    PairedValidation(kept_out).save_sheet(path, stub())
    with Image.open(path) as sheet:
        assert sheet.format == "PNG"
        assert np.asarray(sheet).std() > 0
