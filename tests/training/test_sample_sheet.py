from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lgpgan.contact_sheet import contact_sheet
from lgpgan.training import sample_sheet
from lgpgan.training.sample_sheet import SheetRow, save_sample_sheet
from marked import unmarked_pictures

CLASSES = ("happy", "contemptuous")


def rows() -> list[SheetRow]:
    torch.manual_seed(0)
    source, outputs, exact = (torch.rand(n, 3, 16, 16) * 2 - 1 for n in (1, 2, 2))
    return [SheetRow(source, outputs * 3), SheetRow(source, exact, kind="exact")]


def test_every_face_has_its_name_above_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets had no labels: nobody could tell which column was which class."""
    laid_out: list[Any] = []

    def remember(cells: Any, *, columns: int) -> Any:
        laid_out.append((cells, columns))
        return contact_sheet(cells, columns=columns)

    monkeypatch.setattr(sample_sheet, "contact_sheet", remember)
    save_sample_sheet(tmp_path / "sheet.png", CLASSES, rows())
    ((cells, columns),) = laid_out
    names = ["source", "happy", "contemptuous", "source", "exact happy", "exact contemptuous"]
    assert [name for name, _ in cells] == names
    assert columns == 3
    source, happy = cells[0][1], cells[1][1]
    assert np.array_equal(source, cells[3][1])
    assert happy.min() == 0  # values beyond black and white are cut, not wrapped
    assert happy.max() == 255


def test_two_sheets_of_the_same_faces_are_the_same(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        save_sample_sheet(tmp_path / name, CLASSES, rows())
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.format == "PNG"


def test_a_sheet_says_that_it_is_synthetic(tmp_path: Path) -> None:
    """Sheets had no mark."""
    save_sample_sheet(tmp_path / "sheet.png", CLASSES, rows())
    assert unmarked_pictures(tmp_path) == []
