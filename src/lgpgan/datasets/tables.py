"""Reading lists in text files, of any delimiter and encoding, and writing CSV files."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lgpgan.errors import InputError
from lgpgan.files import regular_file, replacing

__all__ = [
    "LIST_SUFFIXES",
    "delimiter_of",
    "parse_age",
    "read_header",
    "read_table",
    "read_text",
    "write_table",
]

LIST_SUFFIXES = (".csv", ".tsv", ".jsonl")
"""What a list must be called, in any case of letters."""
DELIMITERS = ",;\t|"
SAMPLE = 1 << 16
"""Bytes of a file in which its header is looked for."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is a formula for a spreadsheet."""


def read_table(path: Path) -> list[dict[str, str | None]]:
    """The rows of a list, each by the names in its header, without spaces around them.

    A ``.jsonl`` holds a JSON object a line. All else is a CSV file: its delimiter is a comma, a
    semicolon, a tab or a bar. Its encoding is UTF-8, the one that a byte order mark names, or else
    Latin-1.

    Raises:
        InputError: when it cannot be read, or is no text, or a line is no JSON object.
    """
    try:
        text = read_text(path)
        if path.suffix.lower() == ".jsonl":
            lines = enumerate(text.split("\n"), start=1)
            return [_json_row(path, number, line) for number, line in lines if line.strip()]
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
        rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
        return list(rows)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except csv.Error as error:
        raise InputError(f"{path} is not a list in a text file; save it as CSV.") from error


def read_header(path: Path) -> frozenset[str]:
    """Names of the columns of what may be a list; none where it is something else."""
    try:
        text = read_text(path, SAMPLE)
        if path.suffix.lower() == ".jsonl":
            return frozenset(_json_row(path, 1, text.partition("\n")[0]))
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
        return frozenset(name.strip() for name in next(rows, ()))
    except (InputError, OSError, csv.Error):
        return frozenset()


def read_text(path: Path, size: int = -1) -> str:
    """The text of a file, or of its first bytes.

    Args:
        path: the file.
        size: how many bytes at most; all of them if −1.

    Raises:
        InputError: when it is no text.
        OSError: when it cannot be read.
    """
    with regular_file(path).open("rb") as file:
        content = file.read(size)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            cut = len(content) == size and size - error.start < 4  # in the middle of a sign
            text = content[: error.start].decode("utf-8-sig") if cut else content.decode("latin-1")
    if "\0" in text:
        raise InputError(f"{path} is not text; save it as a text file in UTF-8.")
    return text


def delimiter_of(text: str) -> str:
    """The sign that parts most columns, the same number in every one of the first lines."""
    lines = text[:SAMPLE].splitlines()[:8]

    def columns(delimiter: str) -> int:
        rows = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        alike = sum(count == rows[0] for count in rows)
        return rows[0] if rows and 2 * alike >= len(rows) else 1

    return max(DELIMITERS, key=columns)


def _json_row(path: Path, number: int, line: str) -> dict[str, str | None]:
    try:
        values = json.loads(line)
        if not isinstance(values, dict):
            raise ValueError("no object")
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}, line {number} is no JSON object; write one a line.") from error
    return {
        str(name): None if value is None else value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }


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
