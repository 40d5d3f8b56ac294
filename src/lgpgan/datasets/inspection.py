"""Inspecting a prepared set: counts, problems, and a sheet of its regions."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.contact_sheet import contact_sheet
from lgpgan.datasets.aligned_faces import read_aligned_face
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record
from lgpgan.datasets.splits import in_usual_order
from lgpgan.errors import InputError
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import EYE_BOX, mouth_box, regions_above_each_other
from lgpgan.photos.marks import marked_png, read_provenance

__all__ = ["Inspection", "inspect_set", "region_sheet"]

SHEET_PEOPLE = 3
SHEET_WIDTH = 192
"""Width at which the sheet shows the eyes, in pixels."""


@dataclass(frozen=True)
class Inspection:
    """Counts and problems of a prepared set.

    Attributes:
        splits: their names, ``train`` first.
        counts: class to split to the number of faces.
        blended: split to the number of faces that are of no single class.
        people: split to the number of people, as far as they are known.
        in_both: people who are in more than one split.
        duplicates: file names of faces that are the same, byte for byte.
    """

    splits: Sequence[str]
    counts: Mapping[str, Mapping[str, int]]
    blended: Mapping[str, int]
    people: Mapping[str, int]
    in_both: Sequence[str]
    duplicates: Sequence[Sequence[str]]


def inspect_set(prepared: PreparedSet) -> Inspection:
    """Verify and count a prepared set.

    Raises:
        InputError: when a file was changed since the set was made.
    """
    checksums = prepared.verify()
    splits = in_usual_order(record.split for record in prepared.records)
    counts = Counter((record.expression, record.split) for record in prepared.records)
    people: defaultdict[str, set[str]] = defaultdict(set)
    for record in prepared.records:
        if record.person:
            people[record.person].add(record.split)
    same: defaultdict[str, list[str]] = defaultdict(list)
    for file_name, checksum in checksums.items():
        same[checksum].append(file_name)
    return Inspection(
        splits=splits,
        counts={
            name: {split: counts[name, split] for split in splits} for name in prepared.classes
        },
        blended={split: len(prepared.blended_split(split)) for split in splits},
        people={split: sum(split in where for where in people.values()) for split in splits},
        in_both=sorted(person for person, where in people.items() if len(where) > 1),
        duplicates=[names for names in same.values() if len(names) > 1],
    )


def region_sheet(prepared: PreparedSet) -> bytes:
    """Eye and mouth regions of every class, a few people below each other: the paper's Figure 3.

    Returns:
        A PNG, which is marked as synthetic where any of the faces is.

    Raises:
        InputError: when the set is empty, or a face is missing or damaged.
    """
    if not prepared.records:
        raise InputError(f"{prepared.folder} holds no face.")
    of_class: defaultdict[str, list[Record]] = defaultdict(list)
    of_person: defaultdict[str, dict[str, Record]] = defaultdict(dict)
    for record in prepared.records:
        of_class[record.expression].append(record)
        of_person[record.person].setdefault(record.expression, record)
    complete = sorted(of_person, key=lambda person: (-len(of_person[person]), person))
    classes = [name for name in prepared.classes if of_class[name]]
    shown = [
        of_person[person].get(name, of_class[name][number % len(of_class[name])])
        for number, person in enumerate(complete[:SHEET_PEOPLE])
        for name in classes
    ]
    cells = [(str(record.expression), _regions(prepared, record)) for record in shown]
    sheet = contact_sheet(cells, columns=len(classes))
    if any(read_provenance(prepared.folder / record.file_name) is not None for record in shown):
        return marked_png(sheet, "Eyes and mouths of faces, some of which are synthetic.")
    content = io.BytesIO()
    Image.fromarray(sheet).save(content, format="PNG")
    return content.getvalue()


def _regions(prepared: PreparedSet, record: Record) -> NDArray[np.uint8]:
    """The eye region of a face above its mouth region, on white."""
    face = read_aligned_face(prepared.folder / record.file_name, prepared.size)
    mouth = mouth_box(record.landmarks * (TEMPLATE_SIZE / prepared.size))
    eyes = EYE_BOX.scaled(prepared.size / TEMPLATE_SIZE)
    return regions_above_each_other(face, mouth, scale=SHEET_WIDTH / eyes.width)
