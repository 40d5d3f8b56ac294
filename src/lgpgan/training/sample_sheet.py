"""Sample sheets: sources, outputs and exact renders side by side, each with its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from lgpgan.contact_sheet import contact_sheet
from lgpgan.datasets.faces import to_pixels
from lgpgan.files import write_bytes
from lgpgan.photos.marks import marked_png

__all__ = ["SheetRow", "save_sample_sheet"]


class SheetRow(NamedTuple):
    """One row of a sample sheet.

    Attributes:
        source: (1, 3, H, W), −1 to 1, the face as it was.
        faces: (N, 3, H, W), −1 to 1, one for each class.
        kind: what the faces are, where they are no outputs; it stands before the class.
    """

    source: Tensor
    faces: Tensor
    kind: str = ""


def save_sample_sheet(path: Path, classes: Sequence[str], rows: Sequence[SheetRow]) -> None:
    """Write a PNG with the rows one below the other, the name of each face above it.

    Args:
        path: the file.
        classes: names of the N classes.
        rows: sources and faces.
    """
    cells = []
    for row in rows:
        names = ["source", *(f"{row.kind} {name}".strip() for name in classes)]
        pictures = [*to_pixels(row.source), *to_pixels(row.faces)]
        cells += list(zip(names, pictures, strict=True))
    sheet = contact_sheet(cells, columns=1 + len(classes))
    write_bytes(path, marked_png(sheet, "Faces and what a network in training makes of them."))
