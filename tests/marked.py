"""Pictures that do not say that they are synthetic, wherever a command puts them."""

from __future__ import annotations

import base64
import importlib
import io
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from lgpgan.photos.marks import SourceType, mark_of, read_provenance

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".avif", ".gif", ".mp4")
HOLDERS = (".tar", ".parquet", ".html")
"""Files that hold pictures. Of a page some may be photographs: see :func:`marks_in`."""
IN_A_PAGE = re.compile(rb"data:image/\w+;base64,([A-Za-z0-9+/=]+)")


def unmarked_pictures(folder: Path) -> list[str]:
    """Pictures, animations and figures under a folder without the mark; fails where there are none.

    Those within shards and tables count, those within pages do not. Of PDF files, whose mark is in
    their information dictionary, the digital source type is looked for.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    pictures = [path for path in files if path.suffix.lower() in (*PICTURES, *HOLDERS[:2])]
    figures = [path for path in files if path.suffix == ".pdf"]
    assert pictures
    unmarked = [path for path in pictures if not all(marks_in(path))]
    unmarked += [path for path in figures if SourceType.EDITED.encode() not in path.read_bytes()]
    return [str(path.relative_to(folder)) for path in unmarked]


def marks_in(path: Path) -> list[str | None]:
    """The mark of a picture, or those of the pictures that a page, a shard or a table holds."""
    if path.suffix.lower() in PICTURES:
        return [read_provenance(path)]
    found = []
    for content in _pictures_in(path):
        with Image.open(io.BytesIO(content)) as image:
            found.append(mark_of(image))
    return found


def _pictures_in(path: Path) -> Iterator[bytes]:
    if path.suffix == ".html":
        yield from map(base64.b64decode, IN_A_PAGE.findall(path.read_bytes()))
    elif path.suffix == ".tar":
        with tarfile.open(path) as shard:
            for member in shard:
                if Path(member.name).suffix in PICTURES:
                    yield shard.extractfile(member).read()  # type: ignore[union-attr]
    else:
        table = importlib.import_module("pyarrow.parquet").read_table(path)
        for row in table.column("image").to_pylist():
            yield row["bytes"]
