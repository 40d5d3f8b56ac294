"""FER+, new labels for the faces of FER2013: the votes of ten people for each.

``fer2013new.csv`` has a column of votes for each of ``neutral``, ``happiness``, ``surprise``,
``sadness``, ``anger``, ``disgust``, ``fear``, ``contempt``, ``unknown`` and ``NF`` (no face). The
pictures lie below it by the names in its column ``Image name``; or ``fer2013.csv``, whose rows are
in the same order, holds their pixels. As its authors do, a face counts as what more than half of
the votes say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from lgpgan.datasets.layouts import fer2013
from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    LeftOut,
    Listing,
    Reason,
    Source,
)
from lgpgan.datasets.layouts.pixel_rows import rows_of
from lgpgan.datasets.layouts.votes import numbers_in, shares_of, strongest
from lgpgan.datasets.tables import read_table
from lgpgan.errors import InputError

__all__ = ["FER_PLUS"]

CLASSES = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear"),
    "contempt",
)
OTHERS = ("unknown", "NF")
COLUMNS = {"Usage", *CLASSES, *OTHERS}
NAME = "Image name"
CITATION = (
    "Barsoum, E., Zhang, C., Canton Ferrer, C., & Zhang, Z. (2016). Training deep networks for "
    "facial expression recognition with crowd-sourced label distribution. ICMI. "
    "doi:10.1145/2993148.2993165"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether there is a list with FER+'s columns."""
    name = _list(source)
    return name and f"{name} has the columns of FER+"


def entries(source: Source, choices: Choices) -> Listing:
    """The faces that the list names.

    Raises:
        InputError: when the list or what holds the pictures is missing, or a row makes no sense;
            the message names it.
    """
    name = _list(source)
    if not name:
        raise InputError(f"{source.path} holds no fer2013new.csv; name the folder that does.")
    table = source.folder / name
    rows = read_table(table)
    places = list(_places(source, rows))
    if not any(isinstance(place, Entry) for place in places):
        raise InputError(
            f"{source.path} holds none of the pictures that {name} names, or several of each name, "
            f"and no fer2013.csv with {len(rows)} rows; put one of them there."
        )
    found = []
    left_out = {}
    for number, (row, place) in enumerate(zip(rows, places, strict=True), start=2):
        try:
            votes = numbers_in({column: row[column] or "" for column in (*CLASSES, *OTHERS)})
        except InputError as error:
            raise InputError(f"{table}, row {number}: {error}") from None
        usage = (row["Usage"] or "").strip()
        if usage not in fer2013.SPLITS:
            raise InputError(f"{table}, row {number}: '{usage}' is not a usage of FER2013.")
        problem = _problem(votes, soft=choices.soft_labels)
        if isinstance(place, LeftOut):
            left_out[_name_in(row) or f"{name}, row {number}"] = problem or place
            continue
        if problem is not None:
            left_out[place.photo] = problem
            continue
        classes = {column: votes[column] for column in CLASSES}
        found.append(
            replace(
                place,
                label=strongest(classes)[0],
                split=fer2013.SPLITS[usage],
                shares=shares_of(classes),
            )
        )
    return Listing(found, left_out)


def _problem(votes: Mapping[str, float], *, soft: bool) -> LeftOut | None:
    """Why a row counts as none of the classes; None where it counts as one."""
    most = strongest(votes)
    if not most or most[0] in OTHERS:
        what = "no face" if most[:1] == ["NF"] else "unknown"
        return LeftOut(Reason.NO_LABEL, f"most votes say '{what}'.")
    if not soft and 2 * votes[most[0]] <= sum(votes.values()):
        return LeftOut(
            Reason.SEVERAL_LABELS,
            "no class has more than half of the votes; --soft-labels takes such faces.",
        )
    return None


def _places(source: Source, rows: list[dict[str, str | None]]) -> Iterator[Entry | LeftOut]:
    """Where the face of each row is, or why it is not there."""
    pixels: list[Entry] = []
    for name, header in source.headers.items():
        if not pixels and header >= fer2013.COLUMNS:
            table = source.folder / name
            pixels = [
                _entry(f"{name.removesuffix('.csv')}-{row.number:05}", table, row.offset)
                for row in rows_of(table)
            ]
    for number, row in enumerate(rows):
        photo = source.photo_named(_name_in(row))
        if isinstance(photo, str):
            yield _entry(photo, source.folder / photo, None)
        else:
            yield pixels[number] if len(pixels) == len(rows) else photo


def _name_in(row: Mapping[str, str | None]) -> str:
    """The name of the picture that a row is about; empty where it has none."""
    return (row.get(NAME) or "").strip()


def _entry(photo: str, path: Path, offset: int | None) -> Entry:
    return Entry(photo=photo, path=path, label="", offset=offset, cropped=True, source=CITATION)


def _list(source: Source) -> str:
    return next((name for name, header in source.headers.items() if header >= COLUMNS), "")


FER_PLUS = Layout(
    name="fer+",
    title="FER+",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
)
