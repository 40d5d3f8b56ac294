"""AffectNet, in the forms in which it was given out, and as it is passed around.

The full one lists its photos in ``training.csv`` and ``validation.csv`` (columns
``subDirectory_filePath`` and ``expression``). The smaller one has ``train_set/images/N.jpg``, cut
to the face, with the number of the expression in ``train_set/annotations/N_exp.npy``, and
``val_set`` likewise. As it is passed around, its faces lie in folders of the classes, and
``labels.csv`` beside them has the columns ``pth``, ``label`` and ``relFCs``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from lgpgan.datasets.layouts import folders
from lgpgan.datasets.layouts.class_folders import place_photos
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
from lgpgan.datasets.tables import read_table
from lgpgan.errors import InputError
from lgpgan.files import regular_file

__all__ = ["AFFECTNET"]

COLUMNS = {"subDirectory_filePath", "expression"}
PASSED_AROUND = {"pth", "label", "relFCs"}
ANNOTATION = re.compile(
    r"(?P<set>(?:.*/)?(?P<split>train|val)_set)/annotations/(?P<number>\d+)_exp\.npy"
)
IMAGE_FOLDERS = (
    ".",
    "Manually_Annotated_Images",
    "Manually_Annotated/Manually_Annotated_Images",
    "../Manually_Annotated_Images",
    "../Manually_Annotated/Manually_Annotated_Images",
)
"""Where the photos may lie, seen from the lists."""
LABELS = {
    0: "neutral",
    1: "happy",
    2: "sad",
    3: "surprise",
    4: "fear",
    5: "disgust",
    6: "anger",
    7: "contempt",
    8: "",
    9: "",
    10: "",
}
"""8 none of these, 9 uncertain and 10 no face are left out."""
CITATION = (
    "Mollahosseini, A., Hasani, B., & Mahoor, M. H. (2019). AffectNet: A database for facial "
    "expression, valence, and arousal computing in the wild. IEEE Transactions on Affective "
    "Computing, 10(1), 18–31. doi:10.1109/TAFFC.2017.2740923"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether there are AffectNet's annotations or lists."""
    name = next((file for file in source.files if ANNOTATION.fullmatch(file)), "")
    if name:
        return f"{name} is named as AffectNet's annotations are"
    name = _passed_around(source)
    if name:
        return f"{name} has the columns of AffectNet as it is passed around"
    name = next(iter(_lists(source)), "")
    return name and f"{name} has the columns of AffectNet's lists"


def entries(source: Source, choices: Choices) -> Listing:
    """The photos with one of the eight expressions.

    Raises:
        InputError: when a label is none of AffectNet's numbers, or cannot be read.
    """
    if _passed_around(source):
        return _in_folders(source, choices)
    found: list[Entry] = []
    left_out = {}
    for entry in (*_annotated(source), *_listed(source)):
        if entry.label:
            found.append(entry)
        else:
            left_out[entry.photo] = LeftOut(
                Reason.NO_LABEL, "it is labelled as none of the eight, uncertain, or no face."
            )
    return Listing(found, left_out)


def _passed_around(source: Source) -> str:
    """The list beside folders of classes; empty where there is none."""
    lists = (name for name, header in source.headers.items() if header >= PASSED_AROUND)
    name = next(lists, "")
    return name if name and place_photos(source) else ""


def _in_folders(source: Source, choices: Choices) -> Listing:
    """The faces in folders of the classes."""
    found = folders.entries(source, choices, own="affectnet", because="those are AffectNet's own")
    faces = [replace(entry, cropped=True, source=CITATION) for entry in found.entries]
    return replace(found, entries=faces)


def _annotated(source: Source) -> Iterator[Entry]:
    for file in source.files:
        name = ANNOTATION.fullmatch(file)
        if name is None:
            continue
        annotation = source.folder / file
        try:
            text = str(np.load(regular_file(annotation), allow_pickle=False).item())
        except (OSError, EOFError, ValueError, AttributeError) as error:  # the last: an .npz
            raise InputError(f"{annotation} cannot be read; copy it again.") from error
        photo = f"{name['set']}/images/{name['number']}.jpg"
        yield Entry(
            photo=photo,
            path=source.folder / photo,
            label=numbered_label(LABELS, text, str(annotation)),
            split="train" if name["split"] == "train" else "test",
            cropped=True,
            source=CITATION,
        )


def _listed(source: Source) -> Iterator[Entry]:
    for name in _lists(source):
        table = source.folder / name
        folder: Path | None = None
        for number, row in enumerate(read_table(table), start=2):
            file = row["subDirectory_filePath"] or ""
            if folder is None:
                places = [table.parent / place for place in IMAGE_FOLDERS]
                folder = next((place for place in places if (place / file).exists()), table.parent)
            place = f"{table}, row {number}"
            yield Entry(
                photo=file,
                path=folder / file,
                label=numbered_label(LABELS, row["expression"] or "", place),
                split="test" if "validation" in name.lower() else "train",
                source=CITATION,
            )


def _lists(source: Source) -> Iterator[str]:
    """The lists with AffectNet's columns; labels that no person gave are left alone."""
    for name, header in source.headers.items():
        if "automatically" not in name.lower() and header >= COLUMNS:
            yield name


AFFECTNET = Layout(
    name="affectnet",
    title="AffectNet",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
    terms="non-commercial research by whom it was given to, not to be passed on",
)
