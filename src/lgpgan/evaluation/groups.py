"""Groups of people for which figures are given apart: gender, age, ethnicity."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from lgpgan.datasets.prepared import Face

__all__ = ["UNKNOWN", "people_groups"]

AGES = (25, 35, 45)
"""Where the bands of age begin, in years; one more is below the first."""
UNKNOWN = "not known"
"""Group of those of whom it is not known which they belong to."""


def people_groups(faces: Sequence[Face]) -> dict[str, list[str]]:
    """The group of the person on each face, by grouping.

    What is known of nobody is no way to group.
    """
    found = {
        "gender": [face.gender or UNKNOWN for face in faces],
        "age": [_band(face.age) for face in faces],
        "ethnicity": [face.ethnicity or UNKNOWN for face in faces],
    }
    return {name: of for name, of in found.items() if set(of) != {UNKNOWN}}


def _band(age: float | None) -> str:
    """The band that an age in years falls into."""
    if age is None:
        return UNKNOWN
    if age < AGES[0]:
        return f"under {AGES[0]}"
    for low, high in itertools.pairwise(AGES):
        if age < high:
            return f"{low} to {high - 1}"
    return f"{AGES[-1]} and over"
