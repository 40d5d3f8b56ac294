"""Grids of faces on a page: the paper's Figures 4 and 5, with every picture in the page once.

The places that show a picture are filled in by the page's script. Its style cuts eyes and mouths
out of the pictures.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.faces.regions import mouth_box_at
from lgpgan.photos.marks import png_marks
from lgpgan.reporting.faces_shown import ShownFace

__all__ = ["Grid", "Picture", "Pictures", "expression_grids", "method_grids"]


@dataclass(frozen=True)
class Picture:
    """A place on a page that shows a face.

    Attributes:
        key: key of its picture in the page.
        caption: the caption.
        mouth_top: first row of its mouth region.
    """

    key: str
    caption: str
    mouth_top: int


@dataclass(frozen=True)
class Grid:
    """Faces side by side.

    Attributes:
        name: by which a reader chooses among several.
        columns: their titles.
        rows: title and faces of each.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Picture | None]]]


class Pictures:
    """The pictures of a page, each kept once however often it is shown."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        """Key to data URI."""
        self._keys: dict[bytes, str] = {}

    def place(
        self, face: NDArray[np.uint8] | None, caption: str, mouth_top: int, *, synthetic: bool
    ) -> Picture | None:
        """A place for a face, which is marked where it is an output or a render; None for none.

        Inputs come first: an output that is the input, as of doing nothing, is not marked.
        """
        if face is None:
            return None
        content = face.tobytes()
        key = self._keys.setdefault(content, f"picture-{len(self._keys)}")
        if key not in self.sources:
            self.sources[key] = _data_uri(face, caption if synthetic else "")
        return Picture(key, caption, mouth_box_at(mouth_top).top)


def _targets(faces: Sequence[ShownFace]) -> list[str]:
    """Expressions that any row was asked for, in order."""
    return list(
        dict.fromkeys(
            target for shown in faces for made in shown.outputs.values() for target in made
        )
    )


def expression_grids(
    faces: Sequence[ShownFace], titles: Sequence[str], pictures: Pictures
) -> list[Grid]:
    """Figure 4, once for every row of the comparison that made any of the faces."""
    targets = _targets(faces)
    grids = []
    for title in titles:
        rows = []
        for shown in faces:
            made = shown.outputs.get(title)
            if not made:
                continue
            places = [_input(shown, pictures)]
            for target in targets:
                caption = f"{title}: {shown.title} → {target}"
                face = made.get(target)
                places.append(pictures.place(face, caption, shown.mouth_top, synthetic=True))
            rows.append((shown.title, places))
        if rows:
            grids.append(Grid(title, ["input", *targets], rows))
    return grids


def _input(shown: ShownFace, pictures: Pictures) -> Picture | None:
    caption = f"input: {shown.title}"
    return pictures.place(shown.face, caption, shown.mouth_top, synthetic=False)


def method_grids(
    faces: Sequence[ShownFace], titles: Sequence[str], pictures: Pictures
) -> list[Grid]:
    """Figure 5, once for every input."""
    grids = []
    for number, shown in enumerate(faces, start=1):
        made = {title: shown.outputs[title] for title in titles if title in shown.outputs}
        if shown.exact:
            made["exact"] = shown.exact
        rows = []
        for target in _targets([shown]):
            places = [_input(shown, pictures)]
            for title, outputs in made.items():
                caption = f"{title}: {shown.title} → {target}"
                face = outputs.get(target)
                places.append(pictures.place(face, caption, shown.mouth_top, synthetic=True))
            rows.append((target, places))
        grids.append(Grid(f"{number}: {shown.title}", ["input", *made], rows))
    return grids


def _data_uri(face: NDArray[np.uint8], synthetic: str) -> str:
    """A face as PNG: blur is what is to be judged, so nothing is lost.

    Args:
        face: (128, 128, 3) uint8 RGB.
        synthetic: the sentence that marks it as synthetic; empty for no mark.
    """
    content = io.BytesIO()
    marks = png_marks(synthetic) if synthetic else None
    Image.fromarray(face).save(content, "PNG", optimize=True, pnginfo=marks)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
