"""Which of a photo's faces are edited."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from lgpgan.choices import check_choice
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.errors import InputError
from lgpgan.faces.detection import Face

__all__ = ["Select", "check_selection", "check_size", "choose", "no_such_face"]

Select = Literal["all", "largest"]
"""All faces of a photo, or the largest alone."""


def check_selection(select: Select, min_size: float) -> None:
    """Make sure that faces can be chosen so.

    Raises:
        InputError: when they cannot.
    """
    if not 0 <= min_size < math.inf:  # nor where it is no number
        raise InputError(f"a face has from 0 pixels between the eyes, not {min_size:g}.")
    check_choice(select, Select, "selection of faces")


def check_size(face: Face, min_size: float) -> None:
    """Refuse a face that is smaller than somebody wants to have edited.

    Raises:
        InputError: when it is.
    """
    if not face.eye_distance >= min_size:
        raise InputError(
            f"the face has {face.eye_distance:.0f} pixels between the eyes, fewer than the "
            f"{min_size:g} asked for."
        )


def no_such_face(name: str, number: int, found: int) -> InputError:
    """The error for a number that no face has.

    Args:
        name: of the photo.
        number: that was asked for.
        found: how many faces there are.
    """
    there = "there is one face." if found == 1 else f"there are {found} faces."
    return InputError(f"{name}: there is no face {number}; {there}")


def choose(
    opened: OpenedPhoto,
    *,
    face: int | None = None,
    select: Select = "all",
    min_size: float = 0.0,
) -> OpenedPhoto:
    """The photo with those of its faces that somebody wants to have edited.

    For a photo of which all faces were opened. :meth:`lgpgan.Editor.open` chooses in the same way
    and reads no landmarks of the others.

    Args:
        opened: the photo with all its faces.
        face: number of the one face, from 1, left to right.
        select: where no number is given, ``all`` faces or the ``largest`` alone.
        min_size: leave out faces with fewer pixels than this between the eyes.

    Raises:
        InputError: when none is left.
    """
    check_selection(select, min_size)
    name, problems = opened.photo.name, dict(opened.left_out)
    kept = []
    for one in opened.faces:
        try:
            check_size(one.face, min_size)
        except InputError as error:
            problems[one.number] = str(error)
        else:
            kept.append(one)
    found = len(opened.faces) + len(opened.left_out)
    if face is not None:
        if not 1 <= face <= found:
            raise no_such_face(name, face, found)
        kept = [one for one in kept if one.number == face]
    if not kept:
        number = min(problems) if face is None else face
        raise InputError(f"{name}, face {number}: {problems[number]}")
    chosen = replace(opened, faces=tuple(kept))
    return replace(chosen, faces=(chosen.largest_face,)) if select == "largest" else chosen
