"""Boxes of faces as COCO has them: a JSON file of photos, boxes and classes, one for each split."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from lgpgan.datasets.layouts.listing import (
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
from lgpgan.datasets.layouts.table import Places
from lgpgan.datasets.tables import read_text
from lgpgan.errors import InputError

__all__ = ["COCO"]

PARTS = ("images", "annotations", "categories")
SAMPLE = 1 << 16
"""Bytes of a file in which its parts are looked for."""


def recognise(source: Source, choices: Choices) -> str:
    """Whether there is a JSON file with COCO's parts."""
    name = next(_files(source), "")
    return name and f"{name} has the parts of a list of COCO"


def entries(source: Source, choices: Choices) -> Listing:
    """The faces that the lists name.

    Raises:
        InputError: when a list is missing or damaged.
    """
    files = list(_files(source))
    if not files:
        raise InputError(
            f"{source.path} holds no list of COCO (a .json); name the folder that does."
        )
    places = Places(source)
    found: dict[str, Entry] = {}
    left_out: dict[str, LeftOut] = {}
    for file in files:
        split = next(filter(None, map(split_called, reversed(PurePosixPath(file).parts))), "")
        try:
            _read(file, json.loads(read_text(source.folder / file)), places, split, found, left_out)
        except OSError as error:
            raise InputError(f"{source.folder / file} cannot be read: {error.strerror}.") from error
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(
                f"{source.folder / file} is no list of COCO, or damaged ({error}); export it again."
            ) from error
    return Listing(list(found.values()), left_out)


def _read(
    file: str,
    content: Mapping[str, Any],
    places: Places,
    split: str,
    found: dict[str, Entry],
    left_out: dict[str, LeftOut],
) -> None:
    """Take the faces of a list."""
    names = {part["id"]: str(part["name"]) for part in content["categories"]}
    of_photo: dict[Any, list[Mapping[str, Any]]] = {part["id"]: [] for part in content["images"]}
    for annotation in content["annotations"]:
        of_photo[annotation["image_id"]].append(annotation)
    for image in content["images"]:
        written = str(image["file_name"])
        place = places.find(file, written)
        if isinstance(place, LeftOut):
            left_out[written] = place
            continue
        photo, path = place
        if not of_photo[image["id"]]:
            left_out[photo] = LeftOut(Reason.NO_LABEL, "no box of a face is listed for it.")
        for annotation in of_photo[image["id"]]:
            left, top, width, height = map(float, annotation["bbox"])
            box = (left, top, left + width, top + height)
            entry = Entry(
                photo=called(photo, box),
                path=path,
                label=names[annotation["category_id"]],
                split=split,
                box=box,
            )
            found.setdefault(entry.photo, entry)


def _files(source: Source) -> Iterator[str]:
    """The JSON files that begin as a list of COCO does."""
    for file in source.files:
        if file.lower().endswith(".json"):
            try:
                text = read_text(source.folder / file, SAMPLE)
            except (InputError, OSError):
                continue
            parts = sum(f'"{part}"' in text for part in PARTS)
            if parts >= 2 or (parts and '"file_name"' in text):
                yield file


COCO = Layout(
    name="coco",
    title="boxes as COCO has them",
    recognise=recognise,
    entries=entries,
)
