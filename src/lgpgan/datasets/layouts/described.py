"""What is said of a collection whose layout is not known: what was seen, and what would fit."""

from __future__ import annotations

from pathlib import PurePosixPath

from lgpgan.datasets.labels import expression_called
from lgpgan.datasets.layouts.listing import ARCHIVES, Source

__all__ = ["describe"]

MOST = 6
FILMS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv")
SHEETS = (".xlsx", ".xls", ".ods")
OTHER_LISTS = (".txt", ".json", ".lst", ".mat", ".pkl", ".pickle", ".npz", ".npy", ".h5", ".hdf5")
"""What else may hold labels, in forms that only their maker knows."""
NO_LISTS = ("classes", "readme", "licen", "label_map", "requirements")
"""What files are called that list no photos."""


def describe(source: Source) -> str:
    """Sentences for the person who named the collection."""
    seen = _seen(source)
    return (
        f"{source.path} is laid out in no way that lgpgan knows. It has {seen}. {_advice(source)}"
    )


def _seen(source: Source) -> str:
    photos = source.photos
    if not photos:
        parts = ["no photo"]
    else:
        folders = sorted({str(PurePosixPath(photo).parent) for photo in photos} - {"."})
        loose = sum("/" not in photo for photo in photos)
        where = f" in {len(folders)} folders ({_some(folders)})" if folders else ""
        beside = f", {loose} of them in no folder" if folders and loose else ""
        parts = [f"{len(photos)} pictures{where}{beside}"]
    for name in source.tables[:3]:
        header = sorted(filter(None, source.headers[name]))
        parts.append(
            f"a list {name} with the columns {_some(header)}" if header else f"an empty {name}"
        )
    for title, suffixes in (("archives", ARCHIVES), ("films", FILMS), ("sheets", SHEETS)):
        named = _files(source, suffixes)
        if named:
            parts.append(f"the {title} {_some(named)}")
    others = [name for name in _files(source, OTHER_LISTS) if "/" not in name]
    if others:
        parts.append(f"besides them {_some(others)}")
    return ", ".join(parts)


def _files(source: Source, suffixes: tuple[str, ...]) -> list[str]:
    return [name for name in source.files if name.lower().endswith(suffixes)]


def _advice(source: Source) -> str:
    """The commands that would fit."""
    packed, films = _files(source, ARCHIVES), _files(source, FILMS)
    if packed and not source.photos:
        return f"Unpack {packed[0]}, and run the same command again."
    if films and not source.photos:
        return (
            "lgpgan reads pictures: take some frames out of every film first, into a folder for "
            f"each, as with ffmpeg -i {films[0]} -vf fps=1 FOLDER/%04d.png"
        )
    commands = []
    sheets = _files(source, SHEETS)
    if sheets:
        commands.append(f"if {sheets[0]} lists the photos: save it as CSV and run this again")
    others = [
        name
        for name in _files(source, OTHER_LISTS)
        if "/" not in name and not name.casefold().startswith(NO_LISTS)
    ]
    if others and source.photos and not source.tables:
        commands.append(
            f"if {others[0]} lists the photos: write it as a .csv whose first line is path,label, "
            "or as a .jsonl with one JSON object a line"
        )
    lists = [name for name in source.tables if len(source.headers[name]) > 1]
    if lists:
        where = source.folder / lists[0]
        commands.append(
            f"if {lists[0]} lists the photos: lgpgan prepare {where} DEST --path-column COLUMN "
            "--label-column COLUMN"
        )
    if expression_called(source.folder.resolve().name) and source.photos:
        commands.append(
            f"if this folder is one class: lgpgan prepare {source.folder.resolve().parent} DEST"
        )
    inner = [name for name in source.folders if "/" not in name]
    if len(inner) > 1 or (inner and len(source.folders) > 1):
        commands.append(
            f"if folders are classes: lgpgan prepare {source.path} DEST --layout folders"
        )
    if source.photos:
        commands.append(
            "if nothing says what they show: put the photos into one folder a class, or list them "
            "in a .csv with the columns path and label"
        )
    return (
        f"What would fit: {'; '.join(commands)}."
        if commands
        else ("Name the folder that holds the photos.")
    )


def _some(names: list[str]) -> str:
    return f"{', '.join(names[:MOST])}{', …' if len(names) > MOST else ''}"
