"""The prepared set: a folder of aligned faces with one line of metadata each.

The layout follows that of Hugging Face ``imagefolder``, so other tools read it: PNG faces and
``metadata.jsonl``, whose ``file_name`` says of which face a line tells. ``dataset.json``
says how the set was made, and ``SHA256SUMS`` lets ``sha256sum --check`` and
:meth:`PreparedSet.verify` find what was changed since; metadata and faces that were changed are not
read in the first place. A set made by the studio also holds faces that show several expressions,
and under ``correspondence`` one file a photo with the exact flow between its renders.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lgpgan
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.faces.alignment import EYE_DISTANCE, EYE_MIDPOINT, TEMPLATE_SIZE
from lgpgan.files import replacing

__all__ = [
    "CORRESPONDENCE",
    "BlendedFace",
    "Face",
    "PreparedSet",
    "Record",
    "is_first_take",
    "is_prepared",
    "read_face",
    "template_description",
    "write_prepared_set",
]

SET_FORMAT = 1
METADATA = "metadata.jsonl"
DESCRIPTION = "dataset.json"
CHECKSUMS = "SHA256SUMS"
CORRESPONDENCE = "correspondence"
FIRST_TAKE = "_0"
"""Ending of the name of a photo's first take."""
_EXPRESSIONS = {str(expression): expression for expression in Expression}
_ORDER = (
    *("file_name", "person", "photo", "expression", "intensity"),
    *("mixture", "eyes", "mouth", "variant", "added_units", "action_units", "landmarks", "split"),
    "photographed",
    *("source", "licence", "age", "gender", "ethnicity", "gaze", "camera", "turn", "blendshapes"),
)
"""What is said of a face, in the order of its line."""
_DAMAGE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What values of the wrong kind lead to: text for a number, a list for a mapping, 1e999, [[[[…."""
_SHARED = {"person", "photo", "split", "source", "licence"}
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
        split: ``train`` or ``test``.
        photographed: the class of the original photo; of the eight, the member of `Expression`.
        source: who published the original.
        licence: under what terms.
        age: in years, where known.
        gender: as the person gave it, where known.
        ethnicity: as the person gave it, where known.
        gaze: where the person looks, as the collection names it, where known.
        camera: where the camera stood, as the collection names it, where known.
        turn: yaw and pitch, in degrees, by which the studio turned the head; None where it did not.
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
    """

    expression: str
    intensity: float

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
    """A face that shows several expressions, or one in another way than its class's.

    Where eyes and mouth show the same, its line says ``mixture`` in place of both.

    Attributes:
        eyes: expression to its intensity in the upper half, eyes and brows; neutral is the rest.
        mouth: the same of the lower half.
        variant: the name of the other way; such a face is what edits start from, never their goal.
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
    values["photographed"] = _class_called(values.get("photographed", Expression.NEUTRAL))
    values["action_units"] = _units(values.get("action_units"))
    values["landmarks"] = _landmarks(values["landmarks"])
    if not isinstance(values["file_name"], str):
        raise TypeError("the file name of a face is no text")
    for name in _SHARED & values.keys():
        values[name] = sys.intern(values[name])
    if "blendshapes" in values:
        weights = values["blendshapes"].items()
        values["blendshapes"] = {sys.intern(name): float(weight) for name, weight in weights}
    if "turn" in values:
        values["turn"] = tuple(map(float, values["turn"]))
    if "expression" in values:
        values["expression"] = _class_called(values["expression"])
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


def _units(values: Mapping[str, float] | None) -> dict[int, float] | None:
    return None if values is None else {int(unit): float(value) for unit, value in values.items()}


@dataclass(frozen=True)
class PreparedSet:
    """A prepared set on disk.

    Attributes:
        folder: where it lies.
        records: its faces of one class each, in the order of ``metadata.jsonl``.
        description: what ``dataset.json`` says.
        blended: its other faces, in the same order.
    """

    folder: Path
    records: Sequence[Record]
    description: Mapping[str, Any] = field(default_factory=dict)
    blended: Sequence[BlendedFace] = ()

    @classmethod
    def load(cls, folder: Path) -> PreparedSet:
        """Read a prepared set.

        Raises:
            InputError: when the folder is none, is damaged, was made by another version of the
                format, or its metadata were changed since.
        """
        if not is_prepared(folder):
            raise InputError(
                f"{folder} is not a prepared set (it has no {METADATA} and {DESCRIPTION}); "
                "make one with: lgpgan prepare SOURCE DEST, or lgpgan studio PHOTOS DEST"
            )
        try:
            description = dict(json.loads((folder / DESCRIPTION).read_text(encoding="utf-8")))
            if description.get("format") != SET_FORMAT:
                raise InputError(
                    f"{folder} was made by another version of lgpgan; prepare it again."
                )
            with (folder / METADATA).open(encoding="utf-8") as lines:
                records, blended = _by_kind(map(read_face, lines))
            description["size"] = int(description["size"])
            description["content_hash"] = str(description["content_hash"])
            description["classes"] = [sys.intern(name) for name in description["classes"]]
            _check_classes(records, description["classes"])
        except _DAMAGE as error:
            raise InputError(f"{folder} is damaged ({error}); prepare it again.") from error
        except OSError as error:
            raise InputError(f"{folder} cannot be read ({error.strerror}).") from error
        prepared = cls(folder, records, description, blended)
        with (folder / METADATA).open("rb") as lines:
            prepared._compare(METADATA, hashlib.file_digest(lines, "sha256").hexdigest())
        return prepared

    @property
    def size(self) -> int:
        """Side of the faces in pixels."""
        return int(self.description["size"])

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the label vector."""
        return tuple(_class_called(name) for name in self.description["classes"])

    @property
    def content_hash(self) -> str:
        """SHA-256 over metadata and faces, as written when the set was made."""
        return str(self.description["content_hash"])

    @property
    def has_pairs(self) -> bool:
        """Whether it knows how exactly one expression of a photo becomes another."""
        return (self.folder / CORRESPONDENCE).is_dir()

    @property
    def knows_units(self) -> bool:
        """Whether the intensity of every face's action units is known."""
        return all(record.action_units is not None for record in self.records)

    @property
    def added_units(self) -> tuple[int, ...]:
        """Numbers of the action units that faces show on top of a class, ascending."""
        return tuple(sorted({unit for face in self.blended for unit in face.added_units or ()}))

    def split(self, name: str) -> list[Record]:
        """The faces of one class each of ``train`` or ``test``."""
        return [record for record in self.records if record.split == name]

    def blended_split(self, name: str) -> list[BlendedFace]:
        """The other faces of ``train`` or ``test``."""
        return [face for face in self.blended if face.split == name]

    def face(self, record: Face) -> bytes:
        """The PNG of a face, as it was when the set was made.

        Raises:
            InputError: when it was changed since (a set without ``SHA256SUMS`` cannot tell), or
                cannot be read.
        """
        content = self._read(record.file_name)
        self._compare(record.file_name, hashlib.sha256(content).hexdigest())
        return content

    def verify(self) -> dict[str, str]:
        """Check that metadata and faces are what they were when the set was made.

        Returns:
            SHA-256 of every face by its file name.

        Raises:
            InputError: naming the first file that was changed or is missing. In a set without
                ``SHA256SUMS``, made by an early lgpgan, a changed file cannot be named.
        """
        metadata = self._read(METADATA)
        self._compare(METADATA, hashlib.sha256(metadata).hexdigest())
        digest = hashlib.sha256()
        found = {}
        for line in metadata.splitlines():
            name = json.loads(line)["file_name"]
            face = self._read(name)
            found[name] = hashlib.sha256(face).hexdigest()
            self._compare(name, found[name])
            digest.update(line)
            digest.update(face)
        if digest.hexdigest() != self.content_hash:
            raise InputError(
                f"{self.folder} was changed since it was made: its content does not have the hash "
                f"that {DESCRIPTION} records; prepare it again."
            )
        return found

    @cached_property
    def _checksums(self) -> dict[str, str]:
        """File name to SHA-256, as written when the set was made; empty where nothing was."""
        path = self.folder / CHECKSUMS
        if not path.exists():
            return {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise InputError(f"{path} is damaged ({error}); prepare the set again.") from error
        return {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise InputError(
                f"{self.folder / name} cannot be read ({error.strerror}); restore it, or prepare "
                "the set again."
            ) from error

    def _compare(self, name: str, checksum: str) -> None:
        """Refuse a file that does not have the checksum that was written when the set was made."""
        if self._checksums.get(name, checksum) != checksum:
            raise InputError(
                f"{self.folder / name} was changed since the set was made; restore it, or prepare "
                "the set again."
            )


def is_prepared(folder: Path) -> bool:
    """Whether a folder holds a prepared set, or what is left of one."""
    return (folder / DESCRIPTION).is_file() and (folder / METADATA).is_file()


def is_first_take(photo: str) -> bool:
    """Whether a record's ``photo`` names the first take of a studio's photo.

    The first take follows the recipes of the expressions exactly.
    """
    return photo.endswith(FIRST_TAKE)


def template_description() -> dict[str, Any]:
    """The alignment template, as ``dataset.json`` and weights record it."""
    return {
        "size": TEMPLATE_SIZE,
        "eye_distance": EYE_DISTANCE,
        "eye_midpoint": list(EYE_MIDPOINT),
        "pixel_centre": 0.5,
    }


def write_prepared_set(
    folder: Path,
    faces: Iterable[Record | BlendedFace],
    *,
    size: int,
    details: Mapping[str, Any],
    classes: Sequence[str] = tuple(Expression),
) -> PreparedSet:
    """Write what makes a set of the faces that already lie in ``folder``.

    Args:
        folder: the set.
        faces: what is known of them.
        size: their side in pixels.
        details: what else ``dataset.json`` should say: how the set was made, citations.
        classes: names of the classes, in the order of the label vector.

    Raises:
        InputError: when a face's class is not one of them.
    """
    everything = sorted(faces, key=lambda face: face.file_name)
    records, blended = _by_kind(everything)
    _check_classes(records, classes)
    content_hash = _write_faces(folder, everything)
    counts = Counter((record.split, record.expression) for record in records)
    description = {
        "format": SET_FORMAT,
        "lgpgan": lgpgan.__version__,
        "template": template_description(),
        "size": size,
        "classes": [str(name) for name in classes],
        "counts": {
            split: {str(name): counts[split, name] for name in classes if counts[split, name]}
            for split in sorted({record.split for record in records})
        },
        **({"blended": dict(Counter(face.split for face in blended))} if blended else {}),
        "people": len({record.person for record in records if record.person}),
        "citations": sorted({record.source for record in records if record.source}),
        "content_hash": content_hash,
        **details,
    }
    with replacing(folder / DESCRIPTION) as unfinished:
        text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
        unfinished.write_text(text, encoding="utf-8", newline="\n")
    return PreparedSet(folder, records, description, blended)


def _write_faces(folder: Path, faces: Iterable[Face]) -> str:
    """Write the metadata and the checksums of a set, face by face; returns its content hash."""
    content, metadata = hashlib.sha256(), hashlib.sha256()
    with (
        replacing(folder / CHECKSUMS) as checksums_path,
        replacing(folder / METADATA) as metadata_path,
        checksums_path.open("w", encoding="utf-8", newline="\n") as checksums,
        metadata_path.open("wb") as lines,
    ):
        for face in faces:
            line = face.to_json().encode()
            picture = (folder / face.file_name).read_bytes()
            lines.write(line + b"\n")
            checksums.write(f"{hashlib.sha256(picture).hexdigest()}  {face.file_name}\n")
            metadata.update(line + b"\n")
            content.update(line)
            content.update(picture)
        checksums.write(f"{metadata.hexdigest()}  {METADATA}\n")
    return content.hexdigest()


def _by_kind(faces: Iterable[Face]) -> tuple[list[Record], list[BlendedFace]]:
    """Faces of one class each, and the others."""
    records: list[Record] = []
    blended: list[BlendedFace] = []
    for face in faces:
        if isinstance(face, Record):
            records.append(face)
        elif isinstance(face, BlendedFace):
            blended.append(face)
    return records, blended


def _class_called(name: str) -> str:
    """The class of this name: of the eight, the member of `Expression`."""
    return _EXPRESSIONS.get(name, name)


def _landmarks(pairs: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Landmarks (68, 2) as JSON holds them; raises ValueError where something else is held."""
    landmarks = np.array(pairs, np.float64)
    if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ValueError("the landmarks of a face are not 68 pairs of numbers")
    return landmarks


def _check_classes(records: Sequence[Record], classes: Sequence[str]) -> None:
    """Refuse a face whose class is not one of ``classes``."""
    for record in records:
        if record.expression not in classes:
            raise InputError(
                f"{record.file_name} is of the class '{record.expression}', which is none of the "
                f"set's: {', '.join(classes)}; map it to one of them, or prepare the set again."
            )
