"""Which columns of a list say what: its own names, the usual ones, or those that were chosen."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lgpgan.datasets.labels import expression_called
from lgpgan.datasets.layouts.listing import Choices
from lgpgan.errors import InputError

__all__ = ["Columns", "box_of"]

PATHS = (
    *("path", "pth", "file", "filename", "filepath", "image", "imagepath", "imagename"),
    *("img", "imgpath", "imgname", "photo", "picture", "imagefile", "imageid"),
)
LABELS = (
    *("label", "labels", "expression", "emotion", "emotions", "class", "classname", "category"),
    *("emotionlabel", "expressionlabel", "labelname", "emotionname", "target"),
)
PEOPLE = (
    *("person", "personid", "subject", "subjectid", "identity", "identityid", "participant"),
    *("participantid", "actor", "actorid"),
)
SPLITS = ("split", "partition", "usage", "set", "subset", "phase")
BOXES = (
    ("left", "top", "right", "bottom"),
    ("faceboxleft", "faceboxtop", "faceboxright", "faceboxbottom"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("x1", "y1", "x2", "y2"),
)
"""Columns of a box's corners."""
SIDES = (
    ("x", "y", "w", "h"),
    ("x", "y", "width", "height"),
    ("facex", "facey", "facewidth", "faceheight"),
    ("left", "top", "width", "height"),
)
"""Columns of a box's first corner and its sides."""
WHOLE = ("bbox", "box", "facebox")
"""Columns that hold a whole box: its corners."""


@dataclass(frozen=True)
class Columns:
    """Which columns of a list say what; empty where none does.

    Attributes:
        path: where the photo is.
        label: what it shows.
        person: who is on it.
        split: which split it is in.
        shares: label to the column that holds its votes or its share; empty where there is a
            column of labels.
        box: the four columns of the face's box, or the one that holds it whole.
        sides: whether the box is a corner and two sides, not two corners.
    """

    path: str
    label: str
    person: str
    split: str
    shares: Mapping[str, str]
    box: tuple[str, ...]
    sides: bool

    @classmethod
    def choose(cls, header: Collection[str], choices: Choices) -> Columns:
        """The columns that were named, or else the usual ones as far as they are there.

        Case, spaces and underscores do not matter. A column without a name is a table's index: it
        says nothing.
        """
        plain = {_plain(name): name for name in sorted(header) if name}

        def column(named: str, usual: tuple[str, ...]) -> str:
            return named or next((plain[name] for name in usual if name in plain), "")

        label = column(choices.label_column, LABELS)
        shares = {
            name: name for name in sorted(header) if expression_called(name) and len(name) > 2
        }
        box, sides = _box(plain)
        return cls(
            path=column(choices.path_column, PATHS),
            label=label,
            person=column(choices.person_column, PEOPLE),
            split=column(choices.split_column, SPLITS),
            shares={} if label or len(shares) < 2 else shares,
            box=box,
            sides=sides,
        )

    def found_in(self, header: Collection[str]) -> bool:
        """Whether a list has what is needed at least: photos and their labels."""
        return self.path in header and bool(self.shares or self.label in header)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _box(plain: Mapping[str, str]) -> tuple[tuple[str, ...], bool]:
    for names, sides in (*((names, False) for names in BOXES), *((names, True) for names in SIDES)):
        if all(name in plain for name in names):
            return tuple(plain[name] for name in names), sides
    return tuple(plain[name] for name in WHOLE if name in plain)[:1], False


def box_of(values: list[str], *, sides: bool) -> tuple[float, float, float, float] | None:
    """The box, left, top, right and bottom in pixels, that the cells of a row hold.

    Args:
        values: the four cells, or one with four numbers.
        sides: whether the last two are width and height.

    Returns:
        None where they are empty.

    Raises:
        InputError: when they are no box.
    """
    text = " ".join(values)
    if not text.strip():
        return None
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
    if len(numbers) != 4:
        raise InputError(f"'{text}' is not a box; write four numbers.")
    left, top, right, bottom = map(float, numbers)
    if sides:
        right, bottom = left + right, top + bottom
    if right <= left or bottom <= top:
        raise InputError(f"the box '{text}' holds no pixel; write left, top, right and bottom.")
    return left, top, right, bottom
