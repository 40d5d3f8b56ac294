"""The studio's list of photos: a folder, or a CSV that also says who is on each."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lgpgan.errors import InputError
from lgpgan.expressions import Expression
from lgpgan.faces.photo import photos_in

__all__ = ["PhotoEntry", "list_photos", "split_by_person"]


@dataclass(frozen=True)
class PhotoEntry:
    """A photo and what is known of it.

    Attributes:
        path: the file.
        person: who is on it.
        expression: what the photo shows; neutral unless the list says otherwise.
        split: ``train``, ``test``, or empty where it is to be drawn.
        source: citation.
        licence: terms.
        age: in years.
        gender: as the person gave it.
        ethnicity: as the person gave it.
    """

    path: Path
    person: str
    expression: Expression = Expression.NEUTRAL
    split: str = ""
    source: str = ""
    licence: str = ""
    age: float | None = None
    gender: str | None = None
    ethnicity: str | None = None


def list_photos(source: Path) -> list[PhotoEntry]:
    """The photos of a folder, the file's name being the person's, or those that a CSV lists.

    The CSV needs the columns ``file`` (relative to it) and ``person``; ``expression``, ``split``,
    ``source``, ``licence``, ``age``, ``gender`` and ``ethnicity`` are read where there.

    Raises:
        InputError: when there is no such file or folder, columns are missing, or a row makes no
            sense; the message names the row.
    """
    if source.suffix.lower() != ".csv":
        if not source.is_dir():
            raise InputError(f"{source} is neither a folder of photos nor a .csv that lists some.")
        return [PhotoEntry(path=path, person=path.stem) for path in photos_in([source])]
    try:
        with source.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{source} is not text in UTF-8; save it as such.") from error
    if not rows or not {"file", "person"} <= rows[0].keys():
        raise InputError(f"{source} needs a header with the columns 'file' and 'person', and rows.")
    entries = []
    for number, row in enumerate(rows, start=2):
        try:
            entries.append(_entry(source.parent, row))
        except InputError as error:
            raise InputError(f"{source}, row {number}: {error}") from None
    return entries


def _entry(folder: Path, row: dict[str, str | None]) -> PhotoEntry:
    def text(name: str) -> str:
        return (row.get(name) or "").strip()

    for name in ("file", "person"):
        if not text(name):
            raise InputError(f"it names no {name}.")
    if text("split") not in ("", "train", "test"):
        raise InputError(f"'{text('split')}' is not a split; write train, test or nothing.")
    return PhotoEntry(
        path=folder / text("file"),
        person=text("person"),
        expression=Expression.parse(text("expression") or Expression.NEUTRAL),
        split=text("split"),
        source=text("source"),
        licence=text("licence"),
        age=_age(text("age")),
        gender=text("gender") or None,
        ethnicity=text("ethnicity") or None,
    )


def _age(text: str) -> float | None:
    if not text:
        return None
    try:
        age = float(text)
    except ValueError:
        age = math.nan
    if not math.isfinite(age):
        raise InputError(f"'{text}' is not an age; write years or nothing.")
    return age


def split_by_person(
    entries: Sequence[PhotoEntry], *, test_share: float, seed: int
) -> list[PhotoEntry]:
    """Give every entry without a split one: its person's, or else whole people are drawn.

    Args:
        entries: the photos.
        test_share: share of the people who are kept out of training, 0–1.
        seed: of the draw.

    Raises:
        InputError: when the share is none.
    """
    if not 0 <= test_share <= 1:
        raise InputError(f"the share of people kept out is from 0 to 1, not {test_share:g}.")
    given = {entry.person: entry.split for entry in entries if entry.split}
    people = sorted({entry.person for entry in entries} - given.keys())
    kept_out = set(random.Random(seed).sample(people, round(test_share * len(people))))
    drawn = {person: "test" if person in kept_out else "train" for person in people}
    return [
        entry if entry.split else replace(entry, split=(given | drawn)[entry.person])
        for entry in entries
    ]
