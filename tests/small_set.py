"""Prepared sets of a few made-up faces, whose every number can be worked out by hand.

A face is a level of grey that tells its class, with a person's own fine noise, and a pixel in the
corner that tells the person. :mod:`fake_judges` reads both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.prepared import CORRESPONDENCE, PreparedSet, write_prepared_set
from lgpgan.datasets.records import Record
from lgpgan.expressions.expression import Expression

STEP = 25
"""Grey levels between two classes."""
NOISE = 6
PEOPLE = ("", "ann", "ben", "cat", "dan", "eve", "fay")


@dataclass(frozen=True)
class Entry:
    """A face to be made.

    Attributes:
        person: one of :data:`PEOPLE`.
        shown: its class.
        split: ``train`` or ``test``.
        photo: that it was made from; one of its own if empty.
        details: whatever else its record says.
    """

    person: str
    shown: str
    split: str = "test"
    photo: str = ""
    details: tuple[tuple[str, Any], ...] = ()


def made_up_face(person: str, position: int) -> NDArray[np.uint8]:
    """The face (128, 128, 3) of a person with the class at this position of the set's."""
    number = PEOPLE.index(person)
    noise = np.random.default_rng(number).integers(-NOISE, NOISE + 1, (128, 128, 3))
    face = np.asarray(STEP * (position + 1) + noise, np.uint8)
    face[0, 0] = 40 * number
    return face


def landmarks_of(position: int) -> NDArray[np.float64]:
    """Landmarks (68, 2): eyes where the template has them, a mouth that differs between classes."""
    return np.array([(64.0, 42.0)] * 48 + [(64.0, 84.0 + position)] * 20)


def write_small_set(
    folder: Path,
    entries: Sequence[Entry],
    classes: Sequence[str] = tuple(Expression),
    *,
    exact: bool = False,
) -> PreparedSet:
    """Write the faces and what is known of them.

    Args:
        folder: of the set; it is made.
        entries: the faces.
        classes: of the set.
        exact: whether it passes for a set of the studio, whose renders are exact pairs.
    """
    names = [str(name) for name in classes]
    if exact:
        (folder / CORRESPONDENCE).mkdir(parents=True)
    records = []
    for number, entry in enumerate(entries):
        position = names.index(entry.shown)
        file_name = f"{entry.split}/{number:03}.png"
        (folder / entry.split).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / file_name), made_up_face(entry.person, position)[..., ::-1])
        records.append(
            Record(
                file_name=file_name,
                person=entry.person,
                photo=entry.photo or f"photo{number}",
                expression=entry.shown,
                intensity=1.0,
                action_units=None,
                landmarks=landmarks_of(position),
                split=entry.split,
                source="Nobody: made-up faces",
                **dict(entry.details),
            )
        )
    return write_prepared_set(folder, records, size=128, details={}, classes=classes)


def everybody(*people: str, split: str, classes: Sequence[str] = tuple(Expression)) -> list[Entry]:
    """A face of every class of each of some people, as the studio makes them of one photo."""
    return [Entry(who, str(name), split, f"{who}_0") for who in people for name in classes]
