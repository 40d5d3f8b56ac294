"""What is said of a collection whose layout is not known: what was seen, and what would fit."""

from __future__ import annotations

from pathlib import PurePosixPath

from lgpgan.datasets.labels import expression_called
from lgpgan.datasets.layouts.listing import ARCHIVES, Source

__all__ = ["describe"]

MOST = 6


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
    packed = [name for name in source.files if name.lower().endswith(ARCHIVES)]
    if packed:
        parts.append(f"the archives {_some(packed)}")
    return ", ".join(parts)


def _advice(source: Source) -> str:
    """The commands that would fit."""
    packed = [name for name in source.files if name.lower().endswith(ARCHIVES)]
    if packed and not source.photos:
        return f"Unpack {packed[0]}, and run the same command again."
    commands = []
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
