"""RAF-DB, basic expressions: a list of numbers, and faces cut out of photos from the web.

``EmoLabel/list_patition_label.txt`` has lines such as ``train_00001.jpg 5``; the faces are at
``Image/aligned/train_00001_aligned.jpg`` (100×100, one face each), the photos that they come from
at ``Image/original/train_00001.jpg``. The aligned faces are taken where they are there: the photos
often show several people.
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
CITATION = (
    "Li, S., Deng, W., & Du, J. (2017). Reliable crowdsourcing and deep locality-preserving "
    "learning for expression recognition in the wild. CVPR. doi:10.1109/CVPR.2017.277"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether RAF-DB's list of labels is there."""
    name = _list(source)
    return name and f"{name} is RAF-DB's list of labels"


def entries(source: Source, choices: Choices) -> Listing:
    """The faces that the list names.

    Raises:
        InputError: when the list is missing or damaged; the message names the line.
    """
    name = _list(source)
    if not name:
        raise InputError(f"{source.path} holds no {LIST}; name the folder above EmoLabel.")
    files = {PurePosixPath(file).name: file for file in source.photos}
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
        aligned = files.get(f"{PurePosixPath(photo).stem}_aligned.jpg")
        file = aligned or files.get(photo)
        if file is None:
            left_out[photo] = LeftOut(Reason.UNREADABLE, "it is listed, but there is no such file.")
            continue
        found.append(
            Entry(
                photo=file,
                path=source.folder / file,
                label=shown,
                split=split_called(photo.partition("_")[0]),
                cropped=aligned is not None,
                source=CITATION,
            )
        )
    return Listing(found, left_out)


def _list(source: Source) -> str:
    return next((file for file in source.files if PurePosixPath(file).name == LIST), "")


RAF_DB = Layout(
    name="raf-db",
    title="RAF-DB",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
    terms="non-commercial research only",
)
