"""Parquet files with the pictures inside, as Hugging Face has them.

``data/train-00000-of-00001.parquet`` has a column of pictures (``bytes`` and ``path``), and one of
labels: names, or numbers whose names the file's own description lists.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image, UnidentifiedImageError

from lgpgan.datasets.layouts.columns import Columns
from lgpgan.datasets.layouts.listing import Choices, Entry, Layout, Listing, Source, split_called
from lgpgan.datasets.layouts.numbers import meaning_of_numbers
from lgpgan.errors import InputError
from lgpgan.files import regular_file
from lgpgan.packages import needed
from lgpgan.photos.photo import Photo
from lgpgan.photos.reading import read_photo

__all__ = ["PARQUET", "SUFFIX", "read_picture"]

SUFFIX = ".parquet"
CHUNK = 64
"""How many pictures are read at once."""


def recognise(source: Source, choices: Choices) -> str:
    """Whether there is a parquet file, and no photo beside it."""
    name = next(iter(_files(source)), "")
    return name if not name or source.photos else f"{name} is a parquet file"


def entries(source: Source, choices: Choices) -> Listing:
    """The rows of all files; their pictures are read when they are worked on.

    Raises:
        InputError: when a file cannot be read, or has no column of pictures or of labels.
        MissingPartError: when pyarrow is not installed.
    """
    names = _files(source)
    if not names:
        raise InputError(f"{source.path} holds no {SUFFIX} file; name the folder that does.")
    found = []
    for name in names:
        file = _opened(source.folder / name)
        schema = file.schema_arrow
        picture = _picture_column(schema)
        header = [column for column in schema.names if column != picture]
        columns = Columns.choose(header, choices)
        if not picture or columns.label not in header:
            raise InputError(
                f"{source.folder / name} needs a column of pictures and one of labels; it has "
                f"{', '.join(schema.names)}. Name the latter with --label-column."
            )
        wanted = [column for column in (columns.label, columns.person, columns.split) if column]
        classes = _class_names(schema, columns.label)
        for number, row in enumerate(file.read(columns=wanted).to_pylist()):
            label = row[columns.label]
            if label is None or label == "":
                raise InputError(f"{source.folder / name}, row {number + 1}: it has no label.")
            person = row.get(columns.person)
            found.append(
                Entry(
                    photo=f"{name.removesuffix(SUFFIX)}-{number:06}",
                    path=source.folder / name,
                    label=classes.get(label, str(label)),
                    person="" if person is None else str(person),
                    split=split_called(str(row.get(columns.split) or PurePosixPath(name).name)),
                    offset=number,
                )
            )
    meaning, note = meaning_of_numbers((entry.label for entry in found), source, choices)
    if meaning:
        found = [replace(entry, label=meaning[entry.label]) for entry in found]
    return Listing(found, notes=[note] if note else [])


def read_picture(path: Path, row: int) -> Photo:
    """The picture in a row of a parquet file.

    Raises:
        InputError: when there is none, or it cannot be read.
    """
    start = row - row % CHUNK
    content = _pictures(path, start)[row - start]
    if not content:
        raise InputError(f"{path}, row {row + 1} holds no picture.")
    try:
        with Image.open(io.BytesIO(content)) as image:
            return read_photo(image)
    except (OSError, UnidentifiedImageError) as error:
        raise InputError(f"the picture in {path}, row {row + 1} is damaged.") from error


@lru_cache(maxsize=2)
def _pictures(path: Path, start: int) -> list[bytes | None]:
    """The bytes of the pictures of some rows, from ``start`` on."""
    file = _opened(path)
    picture = _picture_column(file.schema_arrow)
    passed = 0
    for batch in file.iter_batches(CHUNK, columns=[picture]):
        if passed == start:
            return [(value or {}).get("bytes") for value in batch.column(0).to_pylist()]
        passed += len(batch)
    raise InputError(f"{path} has no row {start + 1} any more; it was changed meanwhile.")


def _opened(path: Path) -> Any:
    """A parquet file, of which nothing is read yet.

    Raises:
        InputError: when it cannot be read.
        MissingPartError: when pyarrow is not installed.
    """
    with needed("Reading a parquet file needs"):
        import pyarrow
        from pyarrow import parquet
    try:
        return parquet.ParquetFile(regular_file(path))
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"{path} cannot be read as a parquet file; copy it again.") from error


def _picture_column(schema: Any) -> str:
    """The first column that holds pictures' bytes; empty where there is none."""
    for field in schema:
        kind = field.type
        inner = [kind.field(i).name for i in range(getattr(kind, "num_fields", 0))]
        if "bytes" in inner:
            return str(field.name)
    return ""


def _class_names(schema: Any, column: str) -> Mapping[int, str]:
    """Number to name of the classes, as the file's own description lists them."""
    try:
        told = json.loads((schema.metadata or {})[b"huggingface"])
        names = told["info"]["features"][column]["names"]
    except (KeyError, TypeError, ValueError):
        return {}
    return dict(enumerate(map(str, names))) if isinstance(names, list) else {}


def _files(source: Source) -> list[str]:
    return [name for name in source.files if name.lower().endswith(SUFFIX)]


PARQUET = Layout(
    name="parquet",
    title="parquet files",
    recognise=recognise,
    entries=entries,
)
