"""CK+, the Extended Cohn-Kanade Dataset: sequences from neutral to the peak of an expression.

``cohn-kanade-images/S005/001/S005_001_00000011.png`` are the frames of person S005's sequence 001;
``Emotion/S005/001/S005_001_00000011_emotion.txt`` holds the number of its expression. Not every
sequence has one.
"""

from __future__ import annotations

import re
from collections import defaultdict

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

FRAME = re.compile(r"(?:.*/)?(?P<person>S\d{3})_(?P<sequence>\d{3})_(?P<number>\d{8})\.png")
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
    return name and f"{name} is named as CK+'s labels are"


def entries(source: Source, choices: Choices) -> Listing:
    """The last frames of every labelled sequence, and its first one as neutral.

    Raises:
        InputError: when a label is none of CK+'s numbers, or cannot be read.
    """
    labels = {}
    for file in source.files:
        if name := LABEL.fullmatch(file):
            labels[name["person"], name["sequence"]] = _label(source, file)
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
