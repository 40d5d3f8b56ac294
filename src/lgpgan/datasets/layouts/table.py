"""A list of photos: a path and a label a row, and whatever else is known of them.

Paths are relative to the list, or to the folder above it; or else the one file below the collection
is the photo whose path ends so.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from lgpgan.datasets.labels import expression_called
from lgpgan.datasets.layouts.class_folders import all_known, place_photos
from lgpgan.datasets.layouts.columns import Columns, box_of
from lgpgan.datasets.layouts.listing import (
    NO_FILE,
    Choices,
    Entry,
    Layout,
    LeftOut,
    Listing,
    Reason,
    Source,
    called,
    split_called,
)
from lgpgan.datasets.layouts.numbers import meaning_of_numbers
from lgpgan.datasets.layouts.votes import numbers_in, several_labels, shares_of, strongest
from lgpgan.datasets.tables import parse_age, read_table
from lgpgan.errors import InputError

__all__ = ["TABLE", "Places", "in_lists", "lists_of"]

_SEPARATOR = re.compile(r"\s*[;|+,/&]\s*")
"""What may stand between several labels of a cell."""


def lists_of(source: Source, choices: Choices) -> list[str]:
    """The lists with a column of paths and one of labels, or several of shares.

    Where there are some on top of the collection, those further down do not count.
    """
    found = [
        name
        for name, header in source.headers.items()
        if Columns.choose(header, choices).found_in(header)
    ]
    top = [name for name in found if "/" not in name]
    return top or found


def recognise(source: Source, choices: Choices) -> str:
    """Whether there is one list of photos, or one for each split."""
    lists = lists_of(source, choices)
    if all_known(place_photos(source)) and not choices.label_column:
        return ""  # folders say what their photos show, and a list beside them what else is known
    if not lists or (len(lists) > 1 and not all(map(split_called, lists))):
        return ""
    header = source.headers[lists[0]]
    columns = Columns.choose(header, choices)
    label = columns.label or ", ".join(columns.shares)
    return f"{', '.join(lists[:4])} has the columns '{columns.path}' and '{label}'"


def entries(source: Source, choices: Choices) -> Listing:
    """The photos that the lists name.

    Raises:
        InputError: when there is no such list or several, columns are missing, or a row makes no
            sense; the message names the row.
    """
    lists = lists_of(source, choices) or [name for name in source.tables if "/" not in name]
    if len(lists) != 1 and not (lists and all(map(split_called, lists))):
        raise InputError(f"{source.path} holds {len(lists)} lists; name the one that is meant.")
    found = in_lists(source, lists, choices)
    meaning, note = meaning_of_numbers((entry.label for entry in found.entries), source, choices)
    if not note:
        return found
    return replace(
        found,
        entries=[
            replace(entry, label=meaning.get(entry.label, entry.label)) for entry in found.entries
        ],
        notes=[*found.notes, note],
    )


def in_lists(source: Source, lists: list[str], choices: Choices) -> Listing:
    """The photos that some lists name, with the labels as they stand there.

    Raises:
        InputError: as `entries`.
    """
    rows = _Rows(Places(source))
    for name in lists:
        _read(source, name, choices, rows, split_called(name) if len(lists) > 1 else "")
    notes = []
    if rows.repeated:
        notes.append(
            f"{rows.repeated} rows name a photo that was named before with the same label; it is "
            "taken once"
        )
    return Listing(list(rows.entries.values()), rows.left_out, notes)


@dataclass
class _Rows:
    """What the rows that were read so far say."""

    places: Places
    entries: dict[str, Entry] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    repeated: int = 0

    def add(self, entry: Entry, labels: list[str], *, soft: bool) -> None:
        """Take a row; a photo that is named with other labels is left out, or keeps them all."""
        if not labels:
            self.left_out[entry.photo] = LeftOut(Reason.NO_LABEL, "the list has no label for it.")
            return
        if len(labels) > 1 and not soft:
            self.left_out[entry.photo] = several_labels(labels)
            return
        before = self.entries.get(entry.photo)
        if before is None or entry.photo in self.left_out:
            self.entries.setdefault(entry.photo, entry)
        elif before.label == entry.label and before.shares == entry.shares:
            self.repeated += 1
        elif soft:
            both = Counter(before.shares or {before.label: 1})
            both.update(entry.shares or {entry.label: 1})
            shares = shares_of(both)
            self.entries[entry.photo] = replace(before, label=strongest(shares)[0], shares=shares)
        else:
            self.left_out[entry.photo] = several_labels([before.label, entry.label])

    def settle(self) -> None:
        """Drop the photos that are left out for a later row."""
        for photo in self.left_out:
            self.entries.pop(photo, None)


def _read(source: Source, name: str, choices: Choices, rows: _Rows, split: str) -> None:
    """Read a list; ``split`` is that of its rows that name none."""
    table = source.folder / name
    header = source.headers.get(name, frozenset())
    content = read_table(table)
    columns = Columns.choose(header, choices)
    wanted = [columns.path or "path", columns.person, columns.split]
    if not columns.shares:
        wanted.append(columns.label or "label")
    missing = sorted(filter(None, set(wanted) - header))
    if missing or not content:
        raise InputError(
            f"{table} needs rows and a column '{missing[0] if missing else columns.path}'; it has "
            f"{', '.join(sorted(header))}. Name others with --path-column, --label-column, "
            "--person-column and --split-column."
        )
    for number, row in enumerate(content, start=1 if table.suffix.lower() == ".jsonl" else 2):
        try:
            written = _text(row, columns.path)
            if not written:
                raise InputError(f"its column '{columns.path}' is empty.")
            place = rows.places.find(name, written)
            if isinstance(place, LeftOut):
                rows.left_out[written] = place
                continue
            entry, labels = _entry(row, columns, *place)
            if split:
                entry = replace(entry, split=entry.split or split)
        except InputError as error:
            raise InputError(f"{table}, row {number}: {error}") from None
        rows.add(entry, labels, soft=choices.soft_labels)
    rows.settle()


def _text(row: Mapping[str, str | None], column: str) -> str:
    """What a row says in a column; empty where there is none."""
    return (row.get(column) or "").strip() if column else ""


def _entry(
    row: Mapping[str, str | None], columns: Columns, photo: str, path: Path
) -> tuple[Entry, list[str]]:
    """What a row says, and its labels: several where it has more than one of the same strength.

    A row without a label has none.
    """
    text = partial(_text, row)
    shares: dict[str, float] | None = None
    if columns.shares:
        votes = numbers_in({name: text(column) for name, column in columns.shares.items()})
        labels = strongest(votes)
        shares = shares_of(votes) if labels else None
    else:
        labels = _labels(text(columns.label))
        if len(labels) > 1:
            shares = shares_of(dict.fromkeys(labels, 1.0))
    split = text(columns.split)
    if split and not split_called(split):
        raise InputError(f"'{split}' is not a split; write train, test or nothing.")
    box = box_of([text(name) for name in columns.box], sides=columns.sides)
    entry = Entry(
        photo=called(photo, box),
        path=path,
        label=labels[0] if labels else "",
        person=text(columns.person),
        split=split_called(split),
        box=box,
        shares=shares,
        source=text("source"),
        licence=text("licence"),
        age=parse_age(text("age")),
        gender=text("gender") or None,
        ethnicity=text("ethnicity") or None,
    )
    return entry, labels


def _labels(cell: str) -> list[str]:
    """The labels in a cell: several only where each of them is a usual name of an expression."""
    parts = list(dict.fromkeys(filter(None, _SEPARATOR.split(cell))))
    if len(parts) > 1 and all(map(expression_called, parts)):
        return parts
    return [cell] if cell else []


class Places:
    """Finds the photos that a collection's lists name.

    Args:
        source: the collection.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.folder = source.folder
        self.files = frozenset(source.files)

    def find(self, table: str, written: str) -> tuple[str, Path] | LeftOut:
        """What a photo is called, and its file, which need not be there.

        Args:
            table: the list, relative to the collection.
            written: the path in it; Windows' strokes are read, too.

        Returns:
            Both; or why the photo is left out: several have its name.
        """
        plain = written.replace("\\", "/")
        parent = PurePosixPath(table).parent
        for place in (parent, parent.parent, PurePosixPath()):
            name = os.path.normpath(place / plain)
            if name in self.files:
                return name, self.folder / name
        beside = self.folder / parent / plain
        for path in (beside, (self.folder / parent).parent / plain):
            if path.is_file():
                return plain, path
        named = self.source.photo_named(plain)
        if named is NO_FILE:
            return plain, beside
        return named if isinstance(named, LeftOut) else (named, self.folder / named)


TABLE = Layout(
    name="csv",
    title="list of photos",
    recognise=recognise,
    entries=entries,
)
