"""Faces of 48×48 grey pixels, written as numbers into the rows of a CSV file.

FER2013 has them in one column, ``pixels``; others in 2304 columns, ``pixel0`` to ``pixel2303``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.tables import delimiter_of
from lgpgan.errors import InputError
from lgpgan.files import regular_file

__all__ = ["PIXELS", "Row", "holds_pixels", "read_face", "rows_of"]

SIDE = 48
PIXELS = SIDE * SIDE
"""How many values a face has."""
LABELS = ("emotion", "emotions", "label", "labels", "expression", "class")
USAGES = ("usage", "split", "set")
WHOLE = ("pixels", "pixel")
_ONE = re.compile(r"pixel[ _]?\d+")


def holds_pixels(header: Collection[str]) -> bool:
    """Whether columns of these names hold faces and their labels."""
    return _Columns.named(tuple(header)) is not None


@dataclass(frozen=True)
class Row:
    """A row with a face.

    Attributes:
        number: counted as a person would, the header is 1.
        offset: where it begins, in bytes.
        label: as it stands there.
        usage: which split it is in, as it stands there; empty where there is no such column.
        values: of the pixels, as they stand there.
    """

    number: int
    offset: int
    label: str
    usage: str
    values: Sequence[str]


@dataclass(frozen=True)
class _Columns:
    """Where a row holds what.

    Attributes:
        label: number of the column with the label.
        usage: number of that with the split; None where there is none.
        pixels: number of that with all pixels, or numbers of those with one each.
        delimiter: sign between columns.
    """

    label: int
    usage: int | None
    pixels: tuple[int, ...]
    delimiter: str = ","

    @classmethod
    def named(cls, names: Sequence[str], delimiter: str = ",") -> _Columns | None:
        """The columns of these names; None where they hold no faces."""
        plain = [name.strip().casefold() for name in names]

        def first(usual: Sequence[str]) -> int | None:
            return next((plain.index(name) for name in usual if name in plain), None)

        label, whole = first(LABELS), first(WHOLE)
        pixels = tuple(number for number, name in enumerate(plain) if _ONE.fullmatch(name))
        if whole is not None:
            pixels = (whole,)
        elif len(pixels) != PIXELS:
            return None
        return None if label is None else cls(label, first(USAGES), pixels, delimiter)

    @classmethod
    def of(cls, table: BinaryIO) -> _Columns:
        """The columns of a file whose header is read next.

        Raises:
            InputError: when they hold no faces.
        """
        header = table.readline().decode("utf-8-sig", errors="replace")
        delimiter = delimiter_of(header)
        columns = cls.named(next(csv.reader([header], delimiter=delimiter), []), delimiter)
        if columns is None:
            raise InputError(f"{table.name} has no columns with a label and pixels.")
        return columns

    def row(self, number: int, offset: int, line: bytes) -> Row:
        """What a line says; a cell that it lacks is empty."""
        text = line.decode("utf-8-sig", errors="replace")
        cells = next(csv.reader([text], delimiter=self.delimiter), [])

        def cell(column: int | None) -> str:
            return cells[column].strip() if column is not None and column < len(cells) else ""

        pixels = [cell(column) for column in self.pixels]
        values = pixels[0].split() if len(pixels) == 1 else pixels
        return Row(number, offset, cell(self.label), cell(self.usage), values)


def rows_of(table: Path) -> Iterator[Row]:
    """The rows of a file with pixels that are not empty.

    Raises:
        InputError: when it has no columns for them.
    """
    with regular_file(table).open("rb") as file:
        columns = _Columns.of(file)
        offset = file.tell()
        for number, line in enumerate(file, start=2):
            start, offset = offset, offset + len(line)
            if line.strip():
                yield columns.row(number, start, line)


def read_face(table: Path, offset: int) -> NDArray[np.uint8]:
    """The face (48, 48, 3) uint8 in the row that begins ``offset`` bytes into the file.

    Raises:
        InputError: when the row does not hold one.
    """
    with regular_file(table).open("rb") as file:
        columns = _Columns.of(file)
        file.seek(offset)
        row = columns.row(0, offset, file.readline())
    try:
        values = np.array(row.values[:PIXELS], np.uint8).reshape(SIDE, SIDE)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{table}: the row does not hold {SIDE}×{SIDE} values from 0 to 255; copy it again."
        ) from error
    if np.ptp(values) == 0:
        raise InputError(f"{table}: all pixels of the row are {values[0, 0]}; there is no face.")
    return np.repeat(values[..., np.newaxis], 3, axis=2)
