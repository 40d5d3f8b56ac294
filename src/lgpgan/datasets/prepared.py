"""The prepared set: a folder of aligned faces with one line of metadata each.

The layout is that of Hugging Face ``imagefolder``, so other tools read it: PNG faces and
``metadata.jsonl``; beside them ``dataset.json`` says how the set was made. A set made by the studio
also holds, under ``correspondence``, one file a photo with the exact flow between its renders.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import lgpgan
from lgpgan.errors import InputError
from lgpgan.expressions import Expression
from lgpgan.faces.alignment import EYE_DISTANCE, EYE_MIDPOINT, TEMPLATE_SIZE

__all__ = ["CORRESPONDENCE", "PreparedSet", "Record", "template_description", "write_prepared_set"]

FORMAT = 1
METADATA = "metadata.jsonl"
DESCRIPTION = "dataset.json"
CORRESPONDENCE = "correspondence"


@dataclass(frozen=True)
class Record:
    """One face of a prepared set.

    Attributes:
        file_name: path of the PNG inside the set.
        person: who it is, prefixed by the set it comes from.
        photo: which original it was made from; renders that share it are exact pairs.
        expression: its class.
        intensity: 0 neutral, 1 the class itself.
        action_units: action unit number to intensity 0–1.
        landmarks: 68 pairs, template coordinates of the set's size.
        split: ``train`` or ``test``.
        photographed: the expression of the original photo.
        source: who published the original.
        licence: under what terms.
        age: in years, where known.
        gender: as the person gave it, where known.
        ethnicity: as the person gave it, where known.
    """

    file_name: str
    person: str
    photo: str
    expression: Expression
    intensity: float
    action_units: Mapping[int, float]
    landmarks: Sequence[tuple[float, float]]
    split: str
    photographed: Expression = Expression.NEUTRAL
    source: str = ""
    licence: str = ""
    age: float | None = None
    gender: str | None = None
    ethnicity: str | None = None

    def to_json(self) -> str:
        """One line of ``metadata.jsonl``."""
        values = {key: value for key, value in asdict(self).items() if value is not None}
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Record:
        """Read what :meth:`to_json` wrote."""
        values: dict[str, Any] = json.loads(line)
        values["expression"] = Expression(values["expression"])
        values["photographed"] = Expression(values.get("photographed", Expression.NEUTRAL))
        values["action_units"] = {int(k): float(v) for k, v in values["action_units"].items()}
        values["landmarks"] = [(float(x), float(y)) for x, y in values["landmarks"]]
        return cls(**values)


@dataclass(frozen=True)
class PreparedSet:
    """A prepared set on disk.

    Attributes:
        folder: where it lies.
        records: its faces, in the order of ``metadata.jsonl``.
        description: what ``dataset.json`` says.
    """

    folder: Path
    records: Sequence[Record]
    description: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> PreparedSet:
        """Read a prepared set.

        Raises:
            InputError: when the folder is none, is damaged, or was made by another version of the
                format.
        """
        if not (folder / DESCRIPTION).is_file() or not (folder / METADATA).is_file():
            raise InputError(
                f"{folder} is not a prepared set (it has no {METADATA} and {DESCRIPTION}); "
                "make one with: lgpgan studio PHOTOS DEST"
            )
        try:
            description = dict(json.loads((folder / DESCRIPTION).read_text(encoding="utf-8")))
            if description.get("format") != FORMAT:
                raise InputError(
                    f"{folder} was made by another version of lgpgan; prepare it again."
                )
            with (folder / METADATA).open(encoding="utf-8") as lines:
                records = [Record.from_json(line) for line in lines]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder} is damaged ({error}); prepare it again.") from error
        return cls(folder, records, description)

    @property
    def size(self) -> int:
        """Side of the faces in pixels."""
        return int(self.description["size"])

    @property
    def content_hash(self) -> str:
        """SHA-256 over metadata and faces, as written when the set was made."""
        return str(self.description["content_hash"])

    def split(self, name: str) -> list[Record]:
        """The records of ``train`` or ``test``."""
        return [record for record in self.records if record.split == name]


def template_description() -> dict[str, Any]:
    """The alignment template, as ``dataset.json`` and weights record it."""
    return {
        "size": TEMPLATE_SIZE,
        "eye_distance": EYE_DISTANCE,
        "eye_midpoint": list(EYE_MIDPOINT),
        "pixel_centre": 0.5,
    }


def write_prepared_set(
    folder: Path, records: Iterable[Record], *, size: int, details: Mapping[str, Any]
) -> PreparedSet:
    """Write ``metadata.jsonl`` and ``dataset.json`` for faces that already lie in ``folder``.

    Args:
        folder: the set.
        records: its faces.
        size: their side in pixels.
        details: what else ``dataset.json`` should say: how the set was made, citations.
    """
    records = sorted(records, key=lambda record: record.file_name)
    digest = hashlib.sha256()
    for record in records:
        digest.update(record.to_json().encode())
        digest.update((folder / record.file_name).read_bytes())
    counts = Counter((record.split, str(record.expression)) for record in records)
    description = {
        "format": FORMAT,
        "lgpgan": lgpgan.__version__,
        "template": template_description(),
        "size": size,
        "classes": [str(expression) for expression in Expression],
        "counts": {
            split: {str(e): counts[split, str(e)] for e in Expression if counts[split, str(e)]}
            for split in sorted({record.split for record in records})
        },
        "people": len({record.person for record in records}),
        "citations": sorted({record.source for record in records if record.source}),
        "content_hash": digest.hexdigest(),
        **details,
    }
    lines = "".join(record.to_json() + "\n" for record in records)
    _write(folder / METADATA, lines)
    _write(folder / DESCRIPTION, json.dumps(description, indent=2, ensure_ascii=False) + "\n")
    return PreparedSet(folder, records, description)


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
