"""The condition of all optional parts, the 3-D face included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lgpgan.assets.cache import Condition, State, examine
from lgpgan.assets.registry import ASSETS
from lgpgan.errors import MissingPartError
from lgpgan.face3d.face_model import find_face_model

__all__ = ["FACE_MODEL", "survey"]

FACE_MODEL = "face-model"
"""Name of the 3-D face, which people get by hand: it is a folder of a large repository."""


def survey() -> Iterator[Condition]:
    """Examine all optional parts, the 3-D face included."""
    yield from map(examine, ASSETS.values())
    yield _face_model()


def _face_model() -> Condition:
    """Of the 3-D face, whose place people may choose and which has no one checksum."""
    place: Path | None = None
    state, remedy = State.PRESENT, ""
    try:
        place = find_face_model()
    except MissingPartError as error:
        state, remedy = State.MISSING, str(error)
    return Condition(
        name=FACE_MODEL,
        purpose="3-D face of the studio",
        size=None,
        licence="MIT",
        state=state,
        place=place,
        remedy=remedy,
    )
