"""What a prepared set says of its faces, one line of ``metadata.jsonl`` each."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.expressions.expression import Expression

__all__ = ["BlendedFace", "Face", "Record", "class_called", "is_first_take", "read_face"]

FIRST_TAKE = "_0"
"""Ending of the name of a photo's first take."""
_EXPRESSIONS = {str(expression): expression for expression in Expression}
_ORDER = (
    *("file_name", "person", "photo", "expression", "intensity"),
    *("mixture", "eyes", "mouth", "variant", "added_units", "action_units", "landmarks", "split"),
    *("photographed", "shares"),
    *("source", "licence", "age", "gender", "ethnicity", "gaze", "camera", "turn", "cut", "frame"),
    "look",
    "blendshapes",
)
"""What is said of a face, in the order of its line."""
_SHARED = {"person", "photo", "split", "source", "licence", "look"}
"""What many records of a set have in common, so that it is worth keeping once."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Face:
    """One face of a prepared set; equal to another when their lines in ``metadata.jsonl`` are.

    A set may hold very many, so they are kept small: 1.5 kB each, most of it landmarks; 3.5 kB
    where blendshapes are known.

    Attributes:
        file_name: path of the PNG inside the set.
        person: who it is, prefixed by the set it comes from; empty where not known.
        photo: which original it was made from; renders that share it are exact pairs.
        action_units: action unit number to intensity 0–1; None where not known.
        blendshapes: name to weight of what a 3-D face was drawn with; None where none was.
        landmarks: (68, 2) float64, x and y in template coordinates of the set's size.
        split: ``train``, ``validation`` or ``test``.
        photographed: the class of the original photo; of the eight, the member of `Expression`.
        source: who published the original.
        licence: under what terms.
        age: in years, where known.
        gender: as the person gave it, where known.
        ethnicity: as the person gave it, where known.
        gaze: where the person looks, as the collection names it, where known.
        camera: where the camera stood, as the collection names it, where known.
        turn: yaw and pitch, in degrees, by which the studio turned the head; None where it did not.
        cut: share of it, 0 to 1, that lay beyond the photo's border; None where not known.
        frame: top left, top right and bottom left corner of the photo, x and y in the landmarks'
            coordinates, where the photo ends within the face; else None.
        look: how it was found, as :class:`lgpgan.faces.detection.Look` says; None where not known.
    """

    file_name: str
    person: str
    photo: str
    action_units: Mapping[int, float] | None
    blendshapes: Mapping[str, float] | None = None
    landmarks: NDArray[np.float64]
    split: str
    photographed: str = Expression.NEUTRAL
    source: str = ""
    licence: str = ""
    age: float | None = None
    gender: str | None = None
    ethnicity: str | None = None
    gaze: str | None = None
    camera: str | None = None
    turn: tuple[float, float] | None = None
    cut: float | None = None
    frame: tuple[float, ...] | None = None
    look: str | None = None

    def _values(self) -> dict[str, Any]:
        """What its line says; what is None is left out."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def to_json(self) -> str:
        """One line of ``metadata.jsonl``."""
        values = self._values() | {"landmarks": self.landmarks.tolist()}
        known = {name: values[name] for name in _ORDER if values.get(name) is not None}
        return json.dumps(known, ensure_ascii=False)

    def __eq__(self, other: object) -> bool:
        """Whether the same is said of both faces."""
        return isinstance(other, Face) and self.to_json() == other.to_json()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Record(Face):
    """A face of one class.

    Attributes:
        expression: its class; of the eight, the member of `Expression`.
        intensity: 0 neutral, 1 the class itself.
        shares: class to its share of the votes, 0 to 1, where the set keeps them; else None.
    """

    expression: str
    intensity: float
    shares: Mapping[str, float] | None = None

    @classmethod
    def from_json(cls, line: str) -> Record:
        """Read what :meth:`to_json` wrote.

        Raises:
            Exception: as :func:`read_face`; ValueError also when the face is not of one class.
        """
        face = read_face(line)
        if not isinstance(face, Record):
            raise ValueError(f"{face.file_name} is not of one class")
        return face


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BlendedFace(Face):
    """A face that shows several expressions, or one in another way than its class does.

    Where eyes and mouth show the same, its line says ``mixture`` in place of both.

    Attributes:
        eyes: expression to its intensity in the upper half, eyes and brows; neutral is the rest.
        mouth: the same of the lower half.
        variant: name of that other way; such a face is a source of edits, never a target.
        added_units: intensity, 0–1, of action units that it shows on top of that, by their numbers.
    """

    eyes: Mapping[Expression, float]
    mouth: Mapping[Expression, float]
    variant: str | None = None
    added_units: Mapping[int, float] | None = None

    def _values(self) -> dict[str, Any]:
        values = Face._values(self)
        if self.eyes == self.mouth:
            values["mixture"] = values.pop("mouth")
            del values["eyes"]
        return values


def read_face(line: str) -> Record | BlendedFace:
    """Read what :meth:`Face.to_json` wrote.

    Raises:
        LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError: when
            the line is damaged.
    """
    values: dict[str, Any] = json.loads(line)
    if not isinstance(values, dict):
        raise ValueError("a line of the metadata does not describe a face")
    values["photographed"] = class_called(values.get("photographed", Expression.NEUTRAL))
    values["action_units"] = _units(values.get("action_units"))
    values["landmarks"] = _landmarks(values["landmarks"])
    if not isinstance(values["file_name"], str):
        raise TypeError("the file name of a face is no text")
    for name in _SHARED & values.keys():
        values[name] = sys.intern(values[name])
    if "blendshapes" in values:
        weights = values["blendshapes"].items()
        values["blendshapes"] = {sys.intern(name): float(weight) for name, weight in weights}
    if "cut" in values:
        values["cut"] = float(values["cut"])
    for name in ("turn", "frame"):
        if name in values:
            values[name] = tuple(map(float, values[name]))
    if "frame" in values and (len(values["frame"]) != 6 or not np.isfinite(values["frame"]).all()):
        raise ValueError("the corners of a photo are not six numbers")
    if "expression" in values:
        values["expression"] = class_called(values["expression"])
        if "shares" in values:
            shares = values["shares"].items()
            values["shares"] = {class_called(name): float(share) for name, share in shares}
        return Record(**values)
    if "mixture" in values:
        values["eyes"] = values["mouth"] = values.pop("mixture")
    if "added_units" in values:
        values["added_units"] = added = _units(values["added_units"]) or {}
        if not all(0 <= intensity <= 1 for intensity in added.values()):  # nor where it is NaN
            raise ValueError("the intensity of an action unit is not from 0 to 1")
    for half in ("eyes", "mouth"):
        values[half] = {Expression(name): float(u) for name, u in values[half].items()}
    return BlendedFace(**values)


def is_first_take(photo: str) -> bool:
    """Whether a record's ``photo`` names the first take of a studio's photo.

    The first take follows the recipes of the expressions exactly.
    """
    return photo.endswith(FIRST_TAKE)


def class_called(name: str) -> str:
    """The class of this name: of the eight, the member of `Expression`."""
    return _EXPRESSIONS.get(name, name)


def _units(values: Mapping[str, float] | None) -> dict[int, float] | None:
    return None if values is None else {int(unit): float(value) for unit, value in values.items()}


def _landmarks(pairs: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Landmarks (68, 2) as JSON holds them; raises ValueError where something else is held."""
    landmarks = np.array(pairs, np.float64)
    if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ValueError("the landmarks of a face are not 68 pairs of numbers")
    return landmarks
