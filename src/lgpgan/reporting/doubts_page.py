"""The page of the labels of a set that the recognisers doubt: faces to look at, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

import lgpgan
from lgpgan.datasets.aligned_faces import read_aligned_face
from lgpgan.datasets.label_doubts import UNLIKELY, Doubt
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import mouth_box
from lgpgan.photos.marks import read_provenance
from lgpgan.reporting.face_grids import Picture, Pictures
from lgpgan.reporting.faces_shown import credit
from lgpgan.reporting.page_template import render_page

__all__ = ["MOST_SHOWN", "doubts_page"]

MOST_SHOWN = 200
"""Faces on the page at most: those whose labels are least likely."""


@dataclass(frozen=True)
class Shown:
    """A doubtful face on the page.

    Attributes:
        picture: its place.
        file_name: its file in the set.
        label: its label.
        readings: what each recogniser reads, and how likely it finds the label.
    """

    picture: Picture
    file_name: str
    label: str
    readings: Sequence[str]


def doubts_page(prepared: PreparedSet, doubts: Sequence[Doubt]) -> str:
    """The page of the doubtful labels of a set: one file, which needs only a browser.

    Args:
        prepared: the set.
        doubts: the least likely label first; of these the first :data:`MOST_SHOWN` are shown.

    Returns:
        HTML.

    Raises:
        InputError: when a face is missing or damaged.
        MissingPartError: when Jinja2 is not installed.
    """
    pictures = Pictures()
    shown = [_shown(prepared, doubt, pictures) for doubt in doubts[:MOST_SHOWN]]
    panels = [("any class", shown)]
    for name in prepared.classes:
        of_class = [one for one in shown if one.label == name]
        if of_class:
            panels.append((str(name), of_class))
    return render_page(
        "doubts.html.jinja",
        {},
        credit=credit(prepared.description.get("citations", ()), altered=False),
        pictures=pictures.sources,
        panels=panels,
        sentences=_sentences(prepared, len(doubts), len(shown)),
        version=lgpgan.__version__,
    )


def _sentences(prepared: PreparedSet, count: int, shown: int) -> list[str]:
    """What the page says above the faces."""
    less = f" The {shown} least likely ones are shown." if shown < count else ""
    return [
        f"Of {len(prepared.records):,} faces of {prepared.folder.name}, {count:,} have a label "
        f"that no recogniser reads and that each finds less likely than {UNLIKELY:.0%}.{less}",
        "The recognisers are often wrong on real faces, above all on weak expressions. Look at the "
        "faces; nothing in the set was changed.",
    ]


def _shown(prepared: PreparedSet, doubt: Doubt, pictures: Pictures) -> Shown:
    record = doubt.record
    face = read_aligned_face(prepared.folder / record.file_name, prepared.size)
    side = (TEMPLATE_SIZE, TEMPLATE_SIZE)
    small = np.asarray(cv2.resize(face, side, interpolation=cv2.INTER_AREA), np.uint8)
    readings = [
        f"{name}: {read} {probability:.0%}, {record.expression} {doubt.label[name]:.1%}"
        for name, (read, probability) in doubt.read.items()
    ]
    caption = f"{record.file_name}: {record.expression}; {'; '.join(readings)}"
    top = mouth_box(record.landmarks * (TEMPLATE_SIZE / prepared.size)).top
    synthetic = read_provenance(prepared.folder / record.file_name) is not None
    picture = pictures.place(small, caption, top, synthetic=synthetic)
    assert picture is not None
    return Shown(picture, record.file_name, str(record.expression), readings)
