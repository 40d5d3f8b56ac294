"""Reading and writing lists in CSV files."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lgpgan.errors import InputError
from lgpgan.files import regular_file, replacing

__all__ = ["parse_age", "read_header", "read_table", "write_table"]

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is a formula for a spreadsheet."""


def read_table(path: Path) -> list[dict[str, str | None]]:
    """The rows of a CSV file in UTF-8, each by the names in its header, without spaces around them.

    Raises:
        InputError: when it cannot be read, or is not text in UTF-8.
    """
    try:
        with regular_file(path).open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
            return list(rows)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not text in UTF-8; save it as such.") from error


def read_header(path: Path) -> frozenset[str]:
    """Names of the columns of what may be a CSV file; none where it is something else."""
    try:
        with regular_file(path).open(newline="", encoding="utf-8-sig") as file:
            return frozenset(name.strip() for name in next(csv.reader(file), ()))
    except (InputError, OSError, UnicodeDecodeError, csv.Error):
        return frozenset()


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file in UTF-8.

    A cell that a spreadsheet would run as a formula, such as ``=1+1``, gets an apostrophe in front.

    Args:
        path: the file, in a folder that exists.
        header: names of the columns.
        rows: values of each row; None is an empty cell.

    Raises:
        OSError: when it cannot be written; an older one is untouched.
    """
    with (
        replacing(path) as unfinished,
        unfinished.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow([_harmless(name) for name in header])
        table.writerows([_harmless(value) for value in row] for row in rows)


def _harmless(value: Any) -> Any:
    """A cell's value that no spreadsheet takes for a formula; numbers are left as they are."""
    if not isinstance(value, str) or not value.startswith(FORMULA_SIGNS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def parse_age(text: str) -> float | None:
    """The age in years that a text holds; None where it is empty.

    Raises:
        InputError: when it holds something else.
    """
    if not text:
        return None
    try:
        age = float(text)
    except ValueError:
        age = math.nan
    if not math.isfinite(age):
        raise InputError(f"'{text}' is not an age; write years or nothing.")
    return age
