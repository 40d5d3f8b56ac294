"""CK+, the Extended Cohn-Kanade Dataset: sequences from neutral to the peak of an expression.

``cohn-kanade-images/S005/001/S005_001_00000011.png`` are the frames of person S005's sequence 001;
``Emotion/S005/001/S005_001_00000011_emotion.txt`` holds the number of its expression. Not every
sequence has one.

CK+48 is what is passed around: the last three frames of the labelled sequences, cut to the face, in
one folder a class.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

from lgpgan.datasets.layouts import folders
from lgpgan.datasets.layouts.class_folders import all_known, place_photos
from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    LeftOut,
    Listing,
    Reason,
    Source,
    numbered_label,
)
from lgpgan.errors import InputError
from lgpgan.files import regular_file

__all__ = ["CK_PLUS"]

FRAME = re.compile(
    r"(?:.*/)?(?P<person>S\d{3})_(?P<sequence>\d{3})_(?P<number>\d{8})\.png", re.IGNORECASE
)
LABEL = re.compile(r"(?:.*/)?(?P<person>S\d{3})_(?P<sequence>\d{3})_\d{8}_emotion\.txt")
LABELS = {
    1: "anger",
    2: "contempt",
    3: "disgust",
    4: "fear",
    5: "happy",
    6: "sadness",
    7: "surprise",
}
PEAK_FRAMES = 3
"""How many frames at the end of a sequence count as its expression."""
CITATION = (
    "Lucey, P., Cohn, J. F., Kanade, T., Saragih, J., Ambadar, Z., & Matthews, I. (2010). The "
    "Extended Cohn-Kanade Dataset (CK+): A complete dataset for action unit and emotion-specified "
    "expression. CVPR Workshops. doi:10.1109/CVPRW.2010.5543262"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether there is a file with the expression of a sequence."""
    name = next((file for file in source.files if LABEL.fullmatch(file)), "")
    if name:
        return f"{name} is named as CK+'s labels are"
    places = place_photos(source)
    named = [photo for photo in places if FRAME.fullmatch(photo)]
    if named and 2 * len(named) >= len(places) and all_known(places):
        return f"{named[0]} is named as CK+'s frames are, and lies in a folder of its class"
    return ""


def entries(source: Source, choices: Choices) -> Listing:
    """The last frames of every labelled sequence, and its first one as neutral; or all of CK+48.

    Raises:
        InputError: when a label is none of CK+'s numbers, or cannot be read.
    """
    labels = {}
    for file in source.files:
        if name := LABEL.fullmatch(file):
            labels[name["person"], name["sequence"]] = _label(source, file)
    if not labels and all_known(place_photos(source)):
        return _in_folders(source, choices)
    frames = defaultdict(list)
    for file in source.files:
        if name := FRAME.fullmatch(file):
            frames[name["person"], name["sequence"]].append(file)
    found: list[Entry] = []
    left_out = {}
    for (person, sequence), files in sorted(frames.items()):
        label = labels.get((person, sequence))
        if label is None:
            folder = files[0].rpartition("/")[0]
            left_out[folder] = LeftOut(Reason.NO_LABEL, "the sequence has no label.")
            continue
        files.sort(key=lambda file: file.rpartition("/")[2])
        peak = files[1:][-PEAK_FRAMES:]
        for file, shown in [(files[0], "neutral"), *((file, label) for file in peak)]:
            found.append(
                Entry(
                    photo=file,
                    path=source.folder / file,
                    label=shown,
                    person=f"ck-{person}",
                    sequence=f"ck-{person}-{sequence}",
                    source=CITATION,
                )
            )
    return Listing(found, left_out)


def _in_folders(source: Source, choices: Choices) -> Listing:
    """The frames in folders of their classes."""
    found = folders.entries(source, choices)
    faces = []
    for entry in found.entries:
        name = FRAME.fullmatch(entry.photo)
        person = entry.person if name is None else f"ck-{name['person']}"
        sequence = "" if name is None else f"{person}-{name['sequence']}"
        faces.append(
            replace(entry, cropped=True, source=CITATION, person=person, sequence=sequence)
        )
    return replace(found, entries=faces)


def _label(source: Source, file: str) -> str:
    try:
        text = regular_file(source.folder / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{source.folder / file} cannot be read; copy it again.") from error
    return numbered_label(LABELS, text, str(source.folder / file))


CK_PLUS = Layout(
    name="ck+",
    title="CK+",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
    terms="non-commercial research by whom it was given to, not to be passed on",
)
