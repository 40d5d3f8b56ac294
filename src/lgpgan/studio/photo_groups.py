"""The faces of a studio set by their photo: which of them are targets, and their labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.prepared import CORRESPONDENCE, PreparedSet
from lgpgan.datasets.records import BlendedFace, Record
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import unit_vector
from lgpgan.expressions.expression import Expression, label_vector, mixture_vector
from lgpgan.face3d.correspondence import Correspondence

__all__ = [
    "faces_by_photo",
    "half_labels",
    "how_often",
    "load_correspondence",
    "targets_of",
]

OLDER = 30
"""Age in years from which on people count as older."""


def faces_by_photo(prepared: PreparedSet, split: str) -> dict[str, list[Record | BlendedFace]]:
    """The faces of each photo: the eight expressions in their order, then the others.

    Raises:
        InputError: when there are no exact pairs.
    """
    classes: defaultdict[str, dict[Expression, Record]] = defaultdict(dict)
    exact = prepared.classes == tuple(Expression)
    for record in prepared.split(split) if exact else ():
        classes[record.photo][Expression(record.expression)] = record
    if not classes or any(len(group) < len(Expression) for group in classes.values()):
        raise InputError(
            f"{prepared.folder} holds no exact pairs in its split '{split}'; "
            "the studio preset trains on sets made by: lgpgan studio PHOTOS DEST. For labelled "
            "faces add --preset narrow (on a CPU), or --preset paper --device cuda (on a GPU)."
        )
    groups: dict[str, list[Record | BlendedFace]] = {
        photo: [group[expression] for expression in Expression] for photo, group in classes.items()
    }
    for face in prepared.blended_split(split):
        groups[face.photo].append(face)
    return groups


def how_often(faces: Sequence[Record | BlendedFace], balance: float) -> NDArray[np.float64]:
    """The share (P,) of the draws that each photo gets.

    Photos of people of a large group (gender, ethnicity, younger or older than 30) are drawn less
    often than those of a small one.

    Args:
        faces: one of each photo.
        balance: 0 draws every photo as often, 1 every group.
    """
    groups = [(face.gender, face.ethnicity, (face.age or 0) >= OLDER) for face in faces]
    sizes = Counter(groups)
    weights = np.array([sizes[group] ** -balance for group in groups])
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def targets_of(
    faces: Sequence[Record | BlendedFace], units: Sequence[int], *, added: bool
) -> list[int]:
    """Numbers of a photo's faces that can be targets, beside the eight expressions.

    Args:
        faces: the faces of the photo.
        units: numbers of the action units that labels hold.
        added: True for the faces with action units on top of a class, False for those without.
    """
    return [
        number
        for number, face in enumerate(faces)
        if isinstance(face, BlendedFace)
        and face.variant is None
        and bool(face.added_units) is added
        and set(face.added_units or ()) <= set(units)
    ]


def half_labels(
    face: Record | BlendedFace, units: Sequence[int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Labels (8 + A,) of a face's eyes and of its mouth: the classes, then the action units."""
    if isinstance(face, Record):
        eyes = mouth = label_vector(face.expression, face.intensity)
        added: Mapping[int, float] = {}
    else:
        eyes, mouth = mixture_vector(face.eyes), mixture_vector(face.mouth)
        added = face.added_units or {}
    behind = np.array(unit_vector(added, units), np.float32)
    return np.concatenate([eyes, behind]), np.concatenate([mouth, behind])


def load_correspondence(prepared: PreparedSet, photo: str, faces: int) -> Correspondence:
    """The exact flow between the faces of a photo.

    Args:
        prepared: the set.
        photo: name of the photo.
        faces: how many faces the set has of it.

    Raises:
        InputError: when it is missing or damaged, or belongs to another number of faces.
    """
    path = prepared.folder / CORRESPONDENCE / f"{photo}.npz"
    try:
        loaded = Correspondence.load(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is missing or damaged.") from error
    if len(loaded.triangle) != faces:
        raise InputError(
            f"{path} belongs to {len(loaded.triangle)} faces, and the set has {faces}."
        )
    return loaded
