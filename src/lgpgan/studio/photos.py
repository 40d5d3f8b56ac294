"""The studio's list of photos: a folder, or a CSV file that also names the people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lgpgan.datasets.collecting import KEEP, CollectionOptions, collect
from lgpgan.datasets.splits import SPLIT_NAMES, split_by_person
from lgpgan.datasets.tables import parse_age, read_table
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.photos.photo import PHOTO_SUFFIXES, photos_in

__all__ = ["PhotoEntry", "list_photos", "split_by_person"]


@dataclass(frozen=True)
class PhotoEntry:
    """A photo and what is known of it.

    Attributes:
        path: the file.
        person: who is on it.
        expression: what the photo shows; neutral unless the list says otherwise.
        split: ``train``, ``validation``, ``test``, or empty where it is to be drawn.
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
    """The photos of a folder, each of the person that its file is named after, or of a CSV file.

    A folder without photos of its own may be a collection that `lgpgan.datasets.layouts` knows. Of
    it those of the eight expressions are taken, each of the person that the collection names; where
    it names none, every photo counts as a person of its own.

    The CSV needs the columns ``file`` (relative to it) and ``person``; ``expression``, ``split``,
    ``source``, ``licence``, ``age``, ``gender`` and ``ethnicity`` are read where there.

    Raises:
        InputError: when there is no such file or folder, columns are missing, or a row makes no
            sense; the message names the row.
    """
    if source.suffix.lower() != ".csv":
        if not source.is_dir():
            raise InputError(f"{source} is neither a folder of photos nor a .csv that lists some.")
        if _holds_only_folders(source):
            return _of_collection(source)
        return [PhotoEntry(path=path, person=path.stem) for path in photos_in([source])]
    rows = read_table(source)
    if not rows or not {"file", "person"} <= rows[0].keys():
        raise InputError(f"{source} needs a header with the columns 'file' and 'person', and rows.")
    entries = []
    for number, row in enumerate(rows, start=2):
        try:
            entries.append(_entry(source.parent, row))
        except InputError as error:
            raise InputError(f"{source}, row {number}: {error}") from None
    return entries


def _holds_only_folders(folder: Path) -> bool:
    """Whether there are folders and no photo beside them; not where it cannot be listed."""
    try:
        inner = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:
        return False
    photos = any(path.suffix.lower() in PHOTO_SUFFIXES for path in inner)
    return not photos and any(path.is_dir() for path in inner)


def _of_collection(source: Path) -> list[PhotoEntry]:
    """The photos of a collection that show one of the eight expressions."""
    known = set(map(str, Expression))
    return [
        PhotoEntry(
            path=entry.path,
            person=entry.person or Path(entry.photo).with_suffix("").as_posix(),
            expression=Expression(entry.label),
            split="",
            source=entry.source,
            licence=entry.licence,
            age=entry.age,
            gender=entry.gender,
            ethnicity=entry.ethnicity,
        )
        for entry in collect(source, CollectionOptions(split=KEEP)).entries
        if entry.label in known and entry.offset is None and entry.box is None
    ]


def _entry(folder: Path, row: dict[str, str | None]) -> PhotoEntry:
    def text(name: str) -> str:
        return (row.get(name) or "").strip()

    for name in ("file", "person"):
        if not text(name):
            raise InputError(f"it names no {name}.")
    if text("split") not in ("", *SPLIT_NAMES):
        raise InputError(
            f"'{text('split')}' is not a split; write {', '.join(SPLIT_NAMES)} or nothing."
        )
    return PhotoEntry(
        path=folder / text("file"),
        person=text("person"),
        expression=Expression.parse(text("expression") or Expression.NEUTRAL),
        split=text("split"),
        source=text("source"),
        licence=text("licence"),
        age=parse_age(text("age")),
        gender=text("gender") or None,
        ethnicity=text("ethnicity") or None,
    )
