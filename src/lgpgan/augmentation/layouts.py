"""The layouts in which trainers can read the new faces.

The faces always lie in one folder a class, ``train/<class>/``; a layout adds what else its readers
need.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lgpgan.choices import check_choice
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import BlendedFace, Record
from lgpgan.datasets.tables import write_table
from lgpgan.errors import LgpganError
from lgpgan.expressions.action_units import SHOWN_UNITS, unit_vector
from lgpgan.files import replacing
from lgpgan.packages import needed

__all__ = ["LAYOUTS", "LabelledFace", "check_layout", "labelled_faces", "lay_out"]

SHARD = 1000
"""Faces in a shard."""


@dataclass(frozen=True)
class LabelledFace:
    """The columns of one face, for trainers.

    Attributes:
        file_name: path of the PNG inside the set.
        label: its class; of a mixture, the stronger one.
        intensity: intensity of that class, 1 the class itself.
        second_label: the other class of a mixture; None where there is none.
        second_intensity: its intensity.
        person: the person; empty where not known.
        made_from: file of the face that it was made from, in the set that it lies in.
        made_from_label: the class which that face shows.
        synthetic: true.
        source: who published the original photo.
        licence: under what terms.
        age: in years, where known.
        gender: as the person gave it, where known.
        ethnicity: as the person gave it, where known.
        action_units: intensity, 0 to 1, of every one of :data:`SHOWN_UNITS` as ``AU6``; empty where
            a method does not know them.
    """

    file_name: str
    label: str
    intensity: float
    second_label: str | None
    second_intensity: float | None
    person: str
    made_from: str
    made_from_label: str
    synthetic: bool
    source: str
    licence: str
    age: float | None
    gender: str | None
    ethnicity: str | None
    action_units: Mapping[str, float]

    @property
    def columns(self) -> dict[str, Any]:
        """Every column by its name, those of action units last."""
        values = asdict(self)
        units: dict[str, float] = values.pop("action_units")
        return values | units

    @property
    def caption(self) -> str:
        """A caption, as ``happy 0.60 + sad 0.30``."""
        second = "" if self.second_label is None else f" + {self.second_label}"
        more = "" if self.second_intensity is None else f" {self.second_intensity:.2f}"
        return f"{self.label} {self.intensity:.2f}{second}{more}"

    @classmethod
    def of(cls, face: Record | BlendedFace) -> LabelledFace:
        """The columns of a new face."""
        if isinstance(face, Record):
            shares = {face.expression: face.intensity}
        else:
            shares = {str(name): share for name, share in face.mouth.items()}
        (label, intensity), *second = sorted(shares.items(), key=lambda share: -share[1])
        second_label, second_intensity = second[0] if second else (None, None)
        return cls(
            file_name=face.file_name,
            label=str(label),
            intensity=intensity,
            second_label=second_label,
            second_intensity=second_intensity,
            person=face.person,
            made_from=face.photo,
            made_from_label=str(face.photographed),
            synthetic=True,
            source=face.source,
            licence=face.licence,
            age=face.age,
            gender=face.gender,
            ethnicity=face.ethnicity,
            action_units=_by_unit(face.action_units),
        )


def _by_unit(known: Mapping[int, float] | None) -> dict[str, float]:
    if known is None:
        return {}
    return dict(zip(map("AU{}".format, SHOWN_UNITS), unit_vector(known, SHOWN_UNITS), strict=True))


def labelled_faces(prepared: PreparedSet) -> list[LabelledFace]:
    """The columns of all faces of a set of new faces, in the order of their files."""
    everything: list[Record | BlendedFace] = [*prepared.records, *prepared.blended]
    return sorted(map(LabelledFace.of, everything), key=lambda face: face.file_name)


def check_layout(layout: str) -> None:
    """Check that a layout can be written, before any face is made.

    Raises:
        InputError: when there is no such layout.
        MissingPartError: when a package is not installed.
    """
    check_choice(layout, LAYOUTS, "layout")
    if layout == "parquet":
        _pyarrow()


def lay_out(prepared: PreparedSet, layout: str) -> list[Path]:
    """Add to a set of new faces what a layout's readers need; returns what was written.

    Raises:
        InputError: when there is no such layout.
        MissingPartError: when a package is not installed.
        LgpganError: when a file cannot be written.
    """
    check_layout(layout)
    try:
        return LAYOUTS[layout](prepared, labelled_faces(prepared))
    except OSError as error:
        raise LgpganError(
            f"{prepared.folder} cannot be written ({error.strerror}); make room, and run the same "
            "command again."
        ) from error


def _folders(prepared: PreparedSet, faces: Sequence[LabelledFace]) -> list[Path]:
    """Nothing more: ``train/<class>/`` is the layout."""
    return [prepared.folder / "train"]


def _imagefolder(prepared: PreparedSet, faces: Sequence[LabelledFace]) -> list[Path]:
    """``train/metadata.jsonl``: Hugging Face looks for it inside the folder of a split."""
    path = prepared.folder / "train" / "metadata.jsonl"
    with replacing(path) as unfinished:
        lines = (
            face.columns | {"file_name": face.file_name.removeprefix("train/")} for face in faces
        )
        unfinished.write_text(
            "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines),
            encoding="utf-8",
            newline="\n",
        )
    return [path]


def _csv(prepared: PreparedSet, faces: Sequence[LabelledFace]) -> list[Path]:
    """``labels.csv``: a row a face, paths relative to it."""
    path = prepared.folder / "labels.csv"
    columns = [face.columns for face in faces]
    write_table(path, list(columns[0]), [list(row.values()) for row in columns])
    return [path]


def _webdataset(prepared: PreparedSet, faces: Sequence[LabelledFace]) -> list[Path]:
    """``shards/train-000000.tar`` and so on: of every face ``.png``, ``.cls`` and ``.json``.

    ``.cls`` is the number of the class in ``dataset.json``. The same faces give the same bytes.
    """
    folder = prepared.folder / "shards"
    folder.mkdir(exist_ok=True)
    classes = [str(name) for name in prepared.classes]
    written = []
    for number, part in enumerate(_parts(faces)):
        path = folder / f"train-{number:06}.tar"
        with replacing(path) as unfinished, tarfile.open(unfinished, "w") as archive:
            for face in part:
                key = Path(face.file_name).stem
                told = json.dumps(face.columns, ensure_ascii=False).encode()
                for suffix, content in (
                    ("png", (prepared.folder / face.file_name).read_bytes()),
                    ("cls", str(classes.index(face.label)).encode()),
                    ("json", told),
                ):
                    member = tarfile.TarInfo(f"{key}.{suffix}")
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
        written.append(path)
    return written


def _parquet(prepared: PreparedSet, faces: Sequence[LabelledFace]) -> list[Path]:
    """``data/train-000000.parquet`` and so on, pictures inside, as Hugging Face has them."""
    pyarrow, parquet = _pyarrow()
    types = dict.fromkeys(
        ("intensity", "second_intensity", "age", *faces[0].action_units), "float64"
    )
    types |= {"synthetic": "bool"}
    columns = {name: types.get(name, "string") for name in faces[0].columns if name != "file_name"}
    picture = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    arrow = {"float64": pyarrow.float64(), "string": pyarrow.string(), "bool": pyarrow.bool_()}
    features = {"image": {"_type": "Image"}} | {
        name: {"dtype": kind, "_type": "Value"} for name, kind in columns.items()
    }
    schema = pyarrow.schema(
        [("image", picture), *((name, arrow[kind]) for name, kind in columns.items())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    folder = prepared.folder / "data"
    folder.mkdir(exist_ok=True)
    written = []
    for number, part in enumerate(_parts(faces)):
        path = folder / f"train-{number:06}.parquet"
        rows = []
        for face in part:
            content = (prepared.folder / face.file_name).read_bytes()
            image = {"bytes": content, "path": Path(face.file_name).name}
            rows.append({"image": image} | face.columns)
        with replacing(path) as unfinished:
            parquet.write_table(pyarrow.Table.from_pylist(rows, schema), unfinished)
        written.append(path)
    return written


def _pyarrow() -> tuple[Any, Any]:
    """The package and its module of parquet files."""
    with needed("The layout 'parquet' needs"):
        import pyarrow
        from pyarrow import parquet
    return pyarrow, parquet


def _parts(faces: Sequence[LabelledFace]) -> Iterator[Sequence[LabelledFace]]:
    """The faces of each shard."""
    for start in range(0, len(faces), SHARD):
        yield faces[start : start + SHARD]


LAYOUTS: Mapping[str, Callable[[PreparedSet, Sequence[LabelledFace]], list[Path]]] = {
    "imagefolder": _imagefolder,
    "folders": _folders,
    "csv": _csv,
    "webdataset": _webdataset,
    "parquet": _parquet,
}
"""Every layout by its name."""
