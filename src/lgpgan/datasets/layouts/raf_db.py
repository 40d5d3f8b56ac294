"""RAF-DB, basic expressions: a list of numbers, and faces cut out of photos from the web.

``EmoLabel/list_patition_label.txt`` has lines such as ``train_00001.jpg 5``; the faces are at
``Image/aligned/train_00001_aligned.jpg`` (100×100, one face each), the photos that they come from
at ``Image/original/train_00001.jpg``. The aligned faces are taken where they are there: the photos
often show several people.

As it is passed around, the aligned faces lie in folders of their numbers: ``train/1`` to
``train/7``, often with ``train_labels.csv`` beside them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from lgpgan.datasets.layouts import folders
from lgpgan.datasets.layouts.class_folders import classes_in, place_photos
from lgpgan.datasets.layouts.listing import (
    NO_FILE,
    Choices,
    Entry,
    Layout,
    LeftOut,
    Listing,
    Source,
    numbered_label,
    split_called,
)
from lgpgan.errors import InputError
from lgpgan.files import regular_file

__all__ = ["RAF_DB"]

LIST = "list_patition_label.txt"
LABELS = {
    1: "surprise",
    2: "fear",
    3: "disgust",
    4: "happiness",
    5: "sadness",
    6: "anger",
    7: "neutral",
}
NUMBERS = {str(number) for number in LABELS}
ALIGNED = re.compile(r"(?:train|test)_\d+_aligned", re.IGNORECASE)
CITATION = (
    "Li, S., Deng, W., & Du, J. (2017). Reliable crowdsourcing and deep locality-preserving "
    "learning for expression recognition in the wild. CVPR. doi:10.1109/CVPR.2017.277"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether RAF-DB's list of labels is there, or its aligned faces in numbered folders."""
    name = source.file_named(LIST)
    if name:
        return f"{name} is RAF-DB's list of labels"
    places = place_photos(source)
    first = next(iter(places), "")
    if classes_in(places) <= NUMBERS and first and all(map(_is_aligned, places)):
        return f"{first} is named as RAF-DB's aligned faces are, in folders numbered from 1 to 7"
    return ""


def entries(source: Source, choices: Choices) -> Listing:
    """The faces that the list names, or those in the numbered folders.

    Raises:
        InputError: when there is neither, or the list is damaged; the message names the line.
    """
    name = source.file_named(LIST)
    if name:
        return _listed(source, name)
    if not any(map(_is_aligned, source.photos)):
        raise InputError(f"{source.path} holds no {LIST}; name the folder above EmoLabel.")
    found = folders.entries(source, choices, own="raf-db", because="those are RAF-DB's own numbers")
    faces = [replace(entry, cropped=True, source=CITATION) for entry in found.entries]
    return replace(found, entries=faces)


def _is_aligned(photo: str) -> bool:
    return ALIGNED.fullmatch(PurePosixPath(photo).stem) is not None


def _listed(source: Source, name: str) -> Listing:
    """The faces that RAF-DB's own list names."""
    found = []
    left_out = {}
    lines = (
        regular_file(source.folder / name)
        .read_text(encoding="utf-8", errors="replace")
        .splitlines()
    )
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{source.folder / name}, line {number}"
        photo, _, label = line.strip().replace("\t", " ").partition(" ")
        shown = numbered_label(LABELS, label, place)
        aligned = source.photo_named(f"{PurePosixPath(photo).stem}_aligned.jpg")
        file = source.photo_named(photo) if aligned is NO_FILE else aligned
        if isinstance(file, LeftOut):
            left_out[photo] = file
            continue
        found.append(
            Entry(
                photo=file,
                path=source.folder / file,
                label=shown,
                split=split_called(photo.partition("_")[0]),
                cropped=aligned is not NO_FILE,
                source=CITATION,
            )
        )
    return Listing(found, left_out)


RAF_DB = Layout(
    name="raf-db",
    title="RAF-DB",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
    terms="non-commercial research only",
)
