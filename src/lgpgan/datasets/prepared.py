"""The prepared set: a folder of aligned faces with one line of metadata each.

The layout follows that of Hugging Face ``imagefolder``, so other tools read it: PNG faces and
``metadata.jsonl``, where the ``file_name`` of each line names its face. ``dataset.json`` says how
the set was made. With ``SHA256SUMS``, ``sha256sum --check`` and :meth:`PreparedSet.verify` find
files that were changed since; changed metadata and faces are refused when they are read.

A set made by the studio also holds faces that show several expressions, and under
``correspondence`` one file for each photo with the exact flow between its renders.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import lgpgan
from lgpgan.datasets.records import BlendedFace, Face, Record, class_called, read_face
from lgpgan.datasets.splits import TEST, VALIDATION
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.faces.alignment import EYE_DISTANCE, EYE_MIDPOINT, TEMPLATE_SIZE
from lgpgan.files import regular_file, replacing

__all__ = [
    "CORRESPONDENCE",
    "PreparedSet",
    "is_prepared",
    "template_description",
    "write_prepared_set",
]

SET_FORMAT = 1
METADATA = "metadata.jsonl"
DESCRIPTION = "dataset.json"
CHECKSUMS = "SHA256SUMS"
CORRESPONDENCE = "correspondence"
_DAMAGE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What values of the wrong type raise: text for a number, a list for a mapping, 1e999, [[[[…."""


@dataclass(frozen=True)
class PreparedSet:
    """A prepared set on disk.

    Attributes:
        folder: its folder.
        records: its faces of one class each, in the order of ``metadata.jsonl``.
        description: the content of ``dataset.json``.
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
            description = dict(json.loads(regular_file(folder / DESCRIPTION).read_text("utf-8")))
            if description.get("format") != SET_FORMAT:
                raise InputError(
                    f"{folder} was made by another version of lgpgan; prepare it again."
                )
            with regular_file(folder / METADATA).open(encoding="utf-8") as lines:
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
        return tuple(class_called(name) for name in self.description["classes"])

    @property
    def content_hash(self) -> str:
        """SHA-256 over metadata and faces, as written when the set was made."""
        return str(self.description["content_hash"])

    @property
    def has_pairs(self) -> bool:
        """Whether it holds the exact flow between the renders of each photo."""
        return (self.folder / CORRESPONDENCE).is_dir()

    @property
    def knows_units(self) -> bool:
        """Whether the intensity of every face's action units is known."""
        return all(record.action_units is not None for record in self.records)

    @property
    def added_units(self) -> tuple[int, ...]:
        """Numbers of the action units that faces show on top of a class, ascending."""
        return tuple(sorted({unit for face in self.blended for unit in face.added_units or ()}))

    @property
    def chosen_on(self) -> str:
        """The split on which weights are chosen: ``validation``; ``test`` where there is none."""
        return VALIDATION if self.split(VALIDATION) else TEST

    def split(self, name: str) -> list[Record]:
        """The faces of one class each of ``train``, ``validation`` or ``test``."""
        return [record for record in self.records if record.split == name]

    def blended_split(self, name: str) -> list[BlendedFace]:
        """The other faces of ``train``, ``validation`` or ``test``."""
        return [face for face in self.blended if face.split == name]

    def person_of(self, record: Face) -> str:
        """Who is on a face; one that names nobody is a person of its own, known by its file."""
        stand_in = f"{self.folder.resolve().name}-{self.content_hash[:8]}/{record.file_name}"
        return record.person or stand_in

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
            lines = regular_file(path).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise InputError(f"{path} is damaged ({error}); prepare the set again.") from error
        return {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}

    def _read(self, name: str) -> bytes:
        try:
            return regular_file(self.folder / name).read_bytes()
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
    """Whether a folder holds the two files that make a prepared set, damaged or not."""
    return (folder / DESCRIPTION).is_file() and (folder / METADATA).is_file()


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


def _check_classes(records: Sequence[Record], classes: Sequence[str]) -> None:
    """Refuse a face whose class is not one of ``classes``."""
    for record in records:
        if record.expression not in classes:
            raise InputError(
                f"{record.file_name} is of the class '{record.expression}', which is none of the "
                f"set's: {', '.join(classes)}; map it to one of them, or prepare the set again."
            )
