"""FER2013: faces of 48×48 grey pixels, written as numbers into a CSV file.

``fer2013.csv`` has the columns ``emotion``, ``pixels`` and ``Usage``, ``icml_face_data.csv`` the
same in another order; the challenge's ``train.csv`` is a part of them without the last one. CK+ is
passed around in this form, too: ``ckextended.csv`` has contempt as its label 7.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    Listing,
    Source,
    numbered_label,
)
from lgpgan.errors import InputError
from lgpgan.files import regular_file

__all__ = ["CITATION", "FER2013", "SPLITS", "read_face", "rows_of"]

COLUMNS = {"emotion", "pixels"}
SIDE = 48
LABELS = {0: "angry", 1: "disgust", 2: "fear", 3: "happy", 4: "sad", 5: "surprise", 6: "neutral"}
CONTEMPT = {7: "contempt"}
SPLITS = {"": "", "Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
CITATION = (
    "Goodfellow, I. J., et al. (2013). Challenges in representation learning: A report on three "
    "machine learning contests. ICONIP. doi:10.1007/978-3-642-42051-1_16"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether there is a CSV file with FER2013's columns."""
    name = next(iter(_tables(source)), "")
    return name and f"{name} has the columns of FER2013"


def entries(source: Source, choices: Choices) -> Listing:
    """The rows; their pixels are read when they are worked on.

    Raises:
        InputError: when a row makes no sense; the message names it.
    """
    found = []
    surplus = []
    for name in _tables(source):
        table = source.folder / name
        labels = LABELS | (CONTEMPT if "ck" in name.lower() else {})
        for row in rows_of(table):
            usage = row.cells.get("Usage", "")
            place = f"{table}, row {row.number}"
            if usage not in SPLITS:
                known = ", ".join(filter(None, SPLITS))
                raise InputError(f"{place}: '{usage}' is not a usage; there are {known}.")
            values = row.cells.get("pixels", "").count(" ") + 1
            if values > SIDE * SIDE:
                surplus.append(f"{name}, row {row.number} ({values} values)")
            found.append(
                Entry(
                    photo=f"{name.removesuffix('.csv')}-{row.number:05}",
                    path=table,
                    label=numbered_label(labels, row.cells.get("emotion", ""), place),
                    split=SPLITS[usage],
                    offset=row.offset,
                    cropped=True,
                    source=CITATION,
                )
            )
    notes = []
    if surplus:
        more = f" and {len(surplus) - 5} more" if len(surplus) > 5 else ""
        notes.append(
            f"of {', '.join(surplus[:5])}{more} the first {SIDE * SIDE} values are taken: there "
            "are more than a face has"
        )
    return Listing(found, notes=notes)


@dataclass(frozen=True)
class Row:
    """A row of a file with pixels.

    Attributes:
        number: counted as a person would, the header is 1.
        offset: where it begins, in bytes.
        cells: column to what it holds.
    """

    number: int
    offset: int
    cells: Mapping[str, str]


def rows_of(table: Path) -> Iterator[Row]:
    """The rows of a file with pixels that are not empty."""
    with regular_file(table).open("rb") as file:
        columns = _columns(file)
        offset = file.tell()
        for number, line in enumerate(file, start=2):
            start, offset = offset, offset + len(line)
            if line.strip():
                cells = dict(zip(columns, next(_rows(line), []), strict=False))
                yield Row(number, start, cells)


def read_face(table: Path, offset: int) -> NDArray[np.uint8]:
    """The face (48, 48, 3) uint8 in the row that begins ``offset`` bytes into the file.

    Raises:
        InputError: when the row does not hold one.
    """
    with regular_file(table).open("rb") as file:
        columns = _columns(file)
        file.seek(offset)
        row = dict(zip(columns, next(_rows(file.readline()), []), strict=False))
    try:
        values = np.array(row["pixels"].split()[: SIDE * SIDE], np.uint8).reshape(SIDE, SIDE)
    except (KeyError, ValueError, OverflowError) as error:
        raise InputError(
            f"{table}: the row does not hold {SIDE}×{SIDE} values from 0 to 255; copy it again."
        ) from error
    if np.ptp(values) == 0:
        raise InputError(f"{table}: all pixels of the row are {values[0, 0]}; there is no face.")
    return np.repeat(values[..., np.newaxis], 3, axis=2)


def _columns(table: BinaryIO) -> list[str]:
    """Names of the columns; one of the releases has spaces before them."""
    return [name.strip() for name in next(_rows(table.readline()))]


def _rows(line: bytes) -> Iterator[list[str]]:
    return csv.reader([line.decode("utf-8-sig", errors="replace")])


def _tables(source: Source) -> list[str]:
    """The files with pixels; those without splits only where no other file has them as well."""
    found = [name for name, header in source.headers.items() if header >= COLUMNS]
    whole = [name for name in found if "Usage" in source.headers[name]]
    return whole[:1] or found


FER2013 = Layout(
    name="fer2013",
    title="FER2013",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
)
