"""One folder a class: ``happy/1.jpg``, under ``train`` and ``test`` where there are splits.

A folder within a class stands for a person: ``happy/ann/1.jpg``.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    LeftOut,
    Listing,
    Reason,
    Source,
    split_called,
)
from lgpgan.errors import InputError

__all__ = ["FOLDERS"]


def recognise(source: Source, choices: Choices) -> str:
    """Whether photos lie in two folders at least, and none beside these."""
    classes = _classes(source)
    loose = any("/" not in photo for photo in source.photos)
    if not source.photos or loose or len(classes) < 2:
        return ""
    return f"its photos lie in folders: {', '.join(sorted(classes)[:8])}"


def entries(source: Source, choices: Choices) -> Listing:
    """The photos in the folders of the classes.

    Raises:
        InputError: when a class has no images.
    """
    depth = _depth(source)
    found = []
    left_out = {}
    for photo in source.photos:
        folders = PurePosixPath(photo).parts[:-1]
        if len(folders) <= depth:
            left_out[photo] = LeftOut(Reason.NO_LABEL, "it lies in no class's folder.")
            continue
        found.append(
            Entry(
                photo=photo,
                path=source.folder / photo,
                label=folders[depth],
                person=folders[depth + 1] if len(folders) > depth + 1 else "",
                split=split_called(folders[0]) if depth else "",
            )
        )
    empty = sorted(_classes(source) - {entry.label for entry in found})
    if empty:
        raise InputError(
            f"the class '{empty[0]}' has no images in {source.path}; put some into its folder, or "
            "delete the folder."
        )
    return Listing(found, left_out)


def _depth(source: Source) -> int:
    """How many folders, 0 or 1, the classes lie in: those of the splits."""
    top = [folder for folder in source.folders if "/" not in folder]
    return int(bool(top) and all(map(split_called, top)))


def _classes(source: Source) -> set[str]:
    depth = _depth(source)
    parts = (PurePosixPath(folder).parts for folder in source.folders)
    return {folders[depth] for folders in parts if len(folders) == depth + 1}


FOLDERS = Layout(
    name="folders",
    title="folders, one a class",
    recognise=recognise,
    entries=entries,
)
