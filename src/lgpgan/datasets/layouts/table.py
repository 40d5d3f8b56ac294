"""A CSV file that lists photos: a path and a label, and whatever else is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    Listing,
    Source,
    split_called,
)
from lgpgan.datasets.tables import parse_age, read_header, read_table
from lgpgan.errors import InputError

__all__ = ["TABLE"]

PATH_COLUMNS = ("path", "file", "file_name", "filename", "image", "photo")
LABEL_COLUMNS = ("label", "expression", "emotion", "class")
PERSON_COLUMNS = ("person", "subject", "identity")
SPLIT_COLUMNS = ("split", "partition", "usage")


@dataclass(frozen=True)
class Columns:
    """Which columns of a file say what; empty where none does."""

    path: str
    label: str
    person: str
    split: str

    @classmethod
    def choose(cls, header: frozenset[str], choices: Choices) -> Columns:
        """The columns that were named, or else the usual ones as far as they are there."""

        def column(named: str, usual: tuple[str, ...]) -> str:
            return named or next((name for name in usual if name in header), "")

        return cls(
            path=column(choices.path_column, PATH_COLUMNS),
            label=column(choices.label_column, LABEL_COLUMNS),
            person=column(choices.person_column, PERSON_COLUMNS),
            split=column(choices.split_column, SPLIT_COLUMNS),
        )


def recognise(source: Source, choices: Choices) -> str:
    """Whether there is one CSV file with a column of paths and one of labels."""
    top = [name for name in source.tables if "/" not in name]
    if len(top) != 1:
        return ""
    header = read_header(source.folder / top[0])
    columns = Columns.choose(header, choices)
    if not {columns.path, columns.label} <= header:
        return ""
    return f"{top[0]} has the columns '{columns.path}' and '{columns.label}'"


def entries(source: Source, choices: Choices) -> Listing:
    """The photos that the file lists; paths are relative to it.

    Raises:
        InputError: when there is no such file or several, columns are missing, or a row makes no
            sense; the message names the row.
    """
    top = [name for name in source.tables if "/" not in name]
    if len(top) != 1:
        raise InputError(f"{source.path} holds {len(top)} .csv files; name the one that is meant.")
    table = source.folder / top[0]
    rows = read_table(table)
    header = read_header(table)
    columns = Columns.choose(header, choices)
    wanted = {columns.path or "path", columns.label or "label", columns.person, columns.split}
    missing = sorted(filter(None, wanted - header))
    if missing or not rows:
        raise InputError(
            f"{table} needs rows and a column '{missing[0] if missing else columns.path}'; it has "
            f"{', '.join(sorted(header))}. Name others with --path-column, --label-column, "
            "--person-column and --split-column."
        )
    found = []
    for number, row in enumerate(rows, start=2):
        try:
            found.append(_entry(table.parent, row, columns))
        except InputError as error:
            raise InputError(f"{table}, row {number}: {error}") from None
    return Listing(found)


def _entry(folder: Path, row: Mapping[str, str | None], columns: Columns) -> Entry:
    def text(name: str) -> str:
        return (row.get(name) or "").strip()

    for name in (columns.path, columns.label):
        if not text(name):
            raise InputError(f"its column '{name}' is empty.")
    split = text(columns.split)
    if split and not split_called(split):
        raise InputError(f"'{split}' is not a split; write train, test or nothing.")
    return Entry(
        photo=text(columns.path),
        path=folder / text(columns.path),
        label=text(columns.label),
        person=text(columns.person),
        split=split_called(split),
        source=text("source"),
        licence=text("licence"),
        age=parse_age(text("age")),
        gender=text("gender") or None,
        ethnicity=text("ethnicity") or None,
    )


TABLE = Layout(
    name="csv",
    title="CSV file",
    recognise=recognise,
    entries=entries,
)
