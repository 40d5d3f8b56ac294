"""FER2013: faces of 48×48 grey pixels, written as numbers into a CSV file.

``fer2013.csv`` has the columns ``emotion``, ``pixels`` and ``Usage``; the challenge's ``train.csv``
is the same without the last one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
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
from lgpgan.datasets.tables import read_header
from lgpgan.errors import InputError
from lgpgan.files import regular_file

__all__ = ["FER2013", "read_face"]

COLUMNS = {"emotion", "pixels"}
SIDE = 48
LABELS = {0: "angry", 1: "disgust", 2: "fear", 3: "happy", 4: "sad", 5: "surprise", 6: "neutral"}
SPLITS = {"": "", "Training": "train", "PublicTest": "test", "PrivateTest": "test"}
CITATION = (
    "Goodfellow, I. J., et al. (2013). Challenges in representation learning: A report on three "
    "machine learning contests. ICONIP. doi:10.1007/978-3-642-42051-1_16"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether there is a CSV file with FER2013's columns."""
    name = next(_tables(source), "")
    return name and f"{name} has the columns of FER2013"


def entries(source: Source, choices: Choices) -> Listing:
    """The rows; their pixels are read when they are worked on.

    Raises:
        InputError: when a row makes no sense; the message names it.
    """
    found = []
    for name in _tables(source):
        table = source.folder / name
        with regular_file(table).open("rb") as file:
            columns = _columns(file)
            offset = file.tell()
            for number, line in enumerate(file, start=2):
                start, offset = offset, offset + len(line)
                if not line.strip():
                    continue
                row = dict(zip(columns, next(_rows(line), []), strict=False))
                usage = row.get("Usage", "")
                place = f"{table}, row {number}"
                if usage not in SPLITS:
                    known = ", ".join(filter(None, SPLITS))
                    raise InputError(f"{place}: '{usage}' is not a usage; there are {known}.")
                found.append(
                    Entry(
                        photo=f"{name.removesuffix('.csv')}-{number:05}",
                        path=table,
                        label=numbered_label(LABELS, row.get("emotion", ""), place),
                        split=SPLITS[usage],
                        offset=start,
                        cropped=True,
                        source=CITATION,
                    )
                )
    return Listing(found)


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
        values = np.array(row["pixels"].split(), np.uint8).reshape(SIDE, SIDE)
    except (KeyError, ValueError, OverflowError) as error:
        raise InputError(
            f"{table}: the row does not hold {SIDE}×{SIDE} values from 0 to 255; copy it again."
        ) from error
    return np.repeat(values[..., np.newaxis], 3, axis=2)


def _columns(table: BinaryIO) -> list[str]:
    """Names of the columns; one of the releases has spaces before them."""
    return [name.strip() for name in next(_rows(table.readline()))]


def _rows(line: bytes) -> Iterator[list[str]]:
    return csv.reader([line.decode("utf-8-sig", errors="replace")])


def _tables(source: Source) -> Iterator[str]:
    return (name for name in source.tables if read_header(source.folder / name) >= COLUMNS)


FER2013 = Layout(
    name="fer2013",
    title="FER2013",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
)
