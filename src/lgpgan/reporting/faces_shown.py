"""The faces that figures and pages show, and their eye and mouth regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgpgan.evaluation.aligned_faces import check_faces
from lgpgan.faces.regions import mouth_box_at, regions_above_each_other

__all__ = ["ShownFace", "credit", "regions_of"]


@dataclass(frozen=True, eq=False)
class ShownFace:
    """An input and what every row of a comparison made of it.

    Attributes:
        name: name of the person or the picture, for captions; may be empty.
        source: the expression that the input shows.
        face: the input, (128, 128, 3) uint8 RGB.
        mouth_top: first row of its mouth region, which is looked at in the outputs too.
        outputs: title of a row, as :func:`~lgpgan.reporting.comparison.table_rows` has it, to
            the expression asked for to the output, of the input's form.
        exact: the expression to the exact target, where it is known.

    Raises:
        InputError: when a picture is of another shape or type.
    """

    name: str
    source: str
    face: NDArray[np.uint8]
    mouth_top: int
    outputs: Mapping[str, Mapping[str, NDArray[np.uint8]]]
    exact: Mapping[str, NDArray[np.uint8]] | None = None

    def __post_init__(self) -> None:
        made = [face for of_row in self.outputs.values() for face in of_row.values()]
        for picture in (self.face, *made, *(self.exact or {}).values()):
            check_faces(picture[None])

    @property
    def title(self) -> str:
        """The person, if named, and what the input shows."""
        return f"{self.name}, {self.source}" if self.name else self.source


def regions_of(face: NDArray[np.uint8], mouth_top: int) -> NDArray[np.uint8]:
    """Eye region above mouth region of an aligned face (128, 128, 3), on white, twice as large."""
    return regions_above_each_other(face, mouth_box_at(mouth_top), scale=2.0)


def credit(citations: Sequence[str], *, altered: bool) -> str:
    """The line below every picture of people: where they come from, and that they were changed.

    Args:
        citations: citations of the set.
        altered: whether what is shown was changed by a method, as outputs and renders are.
    """
    of_whom = f"Faces from {'; '.join(citations)}." if citations else "Faces: no source is named."
    return f"{of_whom} Altered: expressions were changed by computer." if altered else of_whom
