"""Faces as numbers in the rows of a CSV file, in whatever columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lgpgan.datasets.layouts import detect_layout
from lgpgan.datasets.layouts.listing import Choices, Listing, Source
from lgpgan.datasets.layouts.pixel_rows import PIXELS, read_face
from lgpgan.errors import InputError

VALUES = [number % 256 for number in range(PIXELS)]
ONE_CELL = " ".join(map(str, VALUES))
WIDE = ",".join(map(str, VALUES))
WIDE_HEADER = ",".join(f"pixel{number}" for number in range(PIXELS))


def listing(table: Path, numbers: str = "") -> Listing:
    choices = Choices(numbers=numbers)
    layout, _ = detect_layout(Source.open(table), choices)
    assert layout.name == "fer2013"
    return layout.entries(Source.open(table), choices)


@pytest.mark.parametrize(
    "text",
    [
        f"emotion,pixels,Usage\n3,{ONE_CELL},Training\n",
        f"Usage;Pixels;Emotion\nTraining;{ONE_CELL};3\n",
        f"pixel,label,split\n{ONE_CELL},happiness,train\n",
        f"label,{WIDE_HEADER},set\nhappy,{WIDE},train\n",
    ],
    ids=["FER2013", "other order and delimiter", "names", "a column a pixel"],
)
def test_columns_are_known_in_many_forms(tmp_path: Path, text: str) -> None:
    """Only FER2013's own were known, and with semicolons every label was empty."""
    table = tmp_path / "faces.csv"
    table.write_text(text)
    (entry,) = listing(table).entries
    assert entry.label in ("happy", "happiness")
    assert entry.split == "train"
    pixels = read_face(entry.path, entry.offset or 0)
    np.testing.assert_array_equal(pixels[..., 0].ravel(), VALUES)


def test_numbers_of_another_file_are_not_guessed(tmp_path: Path) -> None:
    table = tmp_path / "faces.csv"
    rows = "".join(f"{ONE_CELL},{number}\n" for number in range(7))
    table.write_text(f"pixels,label\n{rows}")
    with pytest.raises(InputError, match=r"nothing there says which is which.*--numbers"):
        listing(table)
    assert listing(table, "fer2013").entries[3].label == "happy"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (f",{ONE_CELL},Training", "row 2: it has no label"),
        (f"3,{ONE_CELL},Sometimes", "row 2: 'Sometimes' is not a usage"),
    ],
)
def test_a_row_that_makes_no_sense_is_named(tmp_path: Path, row: str, told: str) -> None:
    table = tmp_path / "fer2013.csv"
    table.write_text(f"emotion,pixels,Usage\n{row}\n")
    with pytest.raises(InputError, match=told):
        listing(table)


def test_a_file_without_the_columns_is_no_table_of_faces(tmp_path: Path) -> None:
    table = tmp_path / "other.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="has no columns with a label and pixels"):
        read_face(table, 4)
