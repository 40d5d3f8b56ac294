"""Boxes of faces as YOLO has them: a text file a photo, a line a face.

``train/labels/a.txt`` belongs to ``train/images/a.jpg``; or ``a.txt`` lies beside ``a.jpg``. A line
holds the number of the class and the box's middle, width and height, as shares of the photo's
sides. The names of the classes stand in ``data.yaml``, or one a line in ``classes.txt``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

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
from lgpgan.datasets.layouts.numbers import meaning_of_numbers
from lgpgan.datasets.tables import read_text
from lgpgan.errors import InputError
from lgpgan.files import regular_file

__all__ = ["YOLO"]

LINE = re.compile(r"\s*(\d{1,4})((?:\s+\d*\.?\d+(?:[eE]-?\d+)?){4,5})\s*")
NAMES = (".names", ".labels", "classes.txt", "labels.txt")
ORIENTATION, LYING = 0x0112, 5
"""Tag of EXIF that says how a photo is turned, and from which value its sides change places."""


def recognise(source: Source, choices: Choices) -> str:
    """Whether most photos have a text file with boxes."""
    texts = _texts(source)
    if not texts or 2 * len(texts) < len(source.photos):
        return ""
    for text in texts.values():
        try:
            if _lines(source.folder / text):
                return f"{text} holds boxes as YOLO has them"
        except InputError:
            return ""
    return ""


def entries(source: Source, choices: Choices) -> Listing:
    """The faces that the text files name.

    Raises:
        InputError: when a line makes no sense; the message names it.
    """
    found: list[Entry] = []
    left_out = {}
    texts = _texts(source)
    for photo in source.photos:
        path = source.folder / photo
        boxes = _lines(source.folder / texts[photo]) if photo in texts else []
        if not boxes:
            left_out[photo] = LeftOut(Reason.NO_LABEL, "no box of a face is listed for it.")
            continue
        try:
            width, height = _size(path)
        except InputError as error:
            left_out[photo] = LeftOut(Reason.UNREADABLE, str(error))
            continue
        splits = filter(None, map(split_called, PurePosixPath(photo).parts[:-1]))
        split = next(splits, "")
        for label, (x, y, across, down) in boxes:
            half = (across / 2, down / 2)
            box = (
                *((x - half[0]) * width, (y - half[1]) * height),
                *((x + half[0]) * width, (y + half[1]) * height),
            )
            found.append(
                Entry(photo=called(photo, box), path=path, label=label, split=split, box=box)
            )
    return _named(source, Listing(found, left_out), choices)


def _named(source: Source, listing: Listing, choices: Choices) -> Listing:
    """The faces with the names of their classes."""
    names, notes = _class_names(source), []
    if not names or choices.numbers:
        numbers = (entry.label for entry in listing.entries)
        names, note = meaning_of_numbers(numbers, source, choices)
        notes = [note] if note else []
    faces = [replace(entry, label=names.get(entry.label, entry.label)) for entry in listing.entries]
    return Listing(faces, listing.left_out, notes)


def _class_names(source: Source) -> dict[str, str]:
    """Number to the name of its class; empty where no file lists them."""
    for file in source.files:
        lower = file.lower()
        if not lower.endswith((".yaml", ".yml", *NAMES)):
            continue
        try:
            text = read_text(source.folder / file)
        except (InputError, OSError):
            continue
        if lower.endswith(NAMES):
            names = [line.strip() for line in text.splitlines() if line.strip()]
            return {str(number): name for number, name in enumerate(names)}
        found = _in_yaml(text)
        if found:
            return found
    return {}


def _in_yaml(text: str) -> dict[str, str]:
    """What stands behind ``names:``, a list in brackets, or an item a line."""
    _, sign, rest = f"\n{text}".partition("\nnames:")
    if not sign:
        return {}
    inline = re.match(r"\s*(\[.*?\])", rest, re.DOTALL)
    if inline:
        try:
            values = ast.literal_eval(inline[1])
        except (ValueError, SyntaxError):
            values = [part.strip(" '\"\n") for part in inline[1][1:-1].split(",")]
        return {str(number): str(name) for number, name in enumerate(values)}
    names: dict[str, str] = {}
    for line in rest.splitlines():
        item = re.fullmatch(r"\s*(?:-|(\d+)\s*:)\s*['\"]?(.*?)['\"]?\s*", line)
        if item:
            names[item[1] or str(len(names))] = item[2]
        elif line.strip():
            break
    return names


def _texts(source: Source) -> Mapping[str, str]:
    """Photo to its text file; photos without one are left out."""
    files = {file for file in source.files if file.endswith(".txt")}
    texts: dict[str, str] = {}
    if not files:
        return texts
    for photo in source.photos:
        path = PurePosixPath(photo).with_suffix(".txt")
        places = [path]
        for number, part in enumerate(path.parts[:-1]):
            if part.casefold() == "images":
                parts = (*path.parts[:number], "labels", *path.parts[number + 1 :])
                places.append(PurePosixPath(*parts))
        text = next((str(place) for place in places if str(place) in files), "")
        if text:
            texts[photo] = text
    return texts


def _lines(path: Path) -> list[tuple[str, tuple[float, float, float, float]]]:
    """The class and the box, x, y, width and height, of every line of a text file.

    Raises:
        InputError: when a line holds something else, or the file cannot be read.
    """
    try:
        lines = read_text(path).splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise InputError(
                f"{path}, line {number}: it holds no class and box; write the class's number, and "
                "x, y, width and height of the box as shares of the photo."
            )
        x, y, width, height = map(float, match[2].split()[:4])
        if not (width > 0 and height > 0):
            raise InputError(f"{path}, line {number}: the box holds no pixel.")
        found.append((match[1], (x, y, width, height)))
    return found


def _size(path: Path) -> tuple[int, int]:
    """Width and height of a photo as it is looked at.

    Raises:
        InputError: when it cannot be read.
    """
    try:
        with regular_file(path).open("rb") as file, Image.open(file) as image:
            lies = image.getexif().get(ORIENTATION, 1) >= LYING
            return (image.height, image.width) if lies else (image.width, image.height)
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a photo; copy it again.") from error


YOLO = Layout(
    name="yolo",
    title="boxes as YOLO has them",
    recognise=recognise,
    entries=entries,
)
