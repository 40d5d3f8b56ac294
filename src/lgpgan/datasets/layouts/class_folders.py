"""Where the classes' folders are in a tree: below those of the splits, and below a wrapping one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lgpgan.datasets.labels import expression_called
from lgpgan.datasets.layouts.listing import Source, split_called

__all__ = ["Place", "all_known", "classes_in", "place_photos"]

_GENERAL = ("images", "image", "faces", "data", "aligned", "cropped", "photos")
"""What a folder is called that says nothing of what is in it."""
_CLIP = re.compile(r"\d{5,}|.*[_-]\d{5,}")
"""What the folder of a film's frames is called: a person has no name of so many digits."""


@dataclass(frozen=True)
class Place:
    """What the folders above a photo say of it.

    Attributes:
        label: the class's folder.
        parent: the folder in which those of the classes are.
        split: ``train``, ``test`` or empty.
        person: the folder within the class's; empty where there is none.
        clip: the same, where it holds the frames of a film.
    """

    label: str
    parent: str
    split: str
    person: str
    clip: str


def place_photos(source: Source) -> dict[str, Place]:
    """Every photo that lies in a class's folder, and what its folders say.

    The folders of the splits are passed, also within those of the classes, and folders that do
    nothing but wrap everything else: the only one in its place, with no photo of its own, and no
    name of an expression.
    """
    found: dict[str, Place] = {}
    photos = [(photo, PurePosixPath(photo).parts) for photo in source.photos]
    _descend(photos, 0, "", found)
    return found


def _descend(
    photos: Sequence[tuple[str, tuple[str, ...]]],
    depth: int,
    split: str,
    found: dict[str, Place],
) -> None:
    inner: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for photo, parts in photos:
        if len(parts) > depth + 1:
            inner.setdefault(parts[depth], []).append((photo, parts))
    inside = {parts[depth + 1] for _, parts in photos if len(parts) > depth + 2}
    splits_inside = bool(inside) and not split and all(map(split_called, inside))
    loose = len(photos) > sum(map(len, inner.values()))
    if inner and not split and all(map(split_called, inner)):
        for name, below in inner.items():
            _descend(below, depth + 1, split_called(name), found)
        return
    for name, below in inner.items():
        wraps = not expression_called(name) and all(len(parts) > depth + 2 for _, parts in below)
        general = name.casefold() in _GENERAL or bool(split_called(name))
        if wraps and len(inner) == 1 and not loose and (general or not split):
            _descend(below, depth + 1, split, found)
            continue
        for photo, parts in below:
            below_class = parts[depth + 1 : -1]
            own_split = split_called(below_class[0]) if splits_inside and below_class else ""
            within = "".join(below_class[1 if own_split else 0 :][:1])
            clip = bool(_CLIP.fullmatch(within))
            found[photo] = Place(
                label=name,
                parent="/".join(parts[:depth]),
                split=split or own_split,
                person="" if clip else within,
                clip="/".join(parts[: depth + (3 if own_split else 2)]) if clip else "",
            )


def classes_in(places: Mapping[str, Place]) -> set[str]:
    """Names of the classes' folders."""
    return {place.label for place in places.values()}


def all_known(places: Mapping[str, Place]) -> bool:
    """Whether there are classes, and all of them have usual names of expressions."""
    classes = classes_in(places)
    return bool(classes) and all(map(expression_called, classes))
