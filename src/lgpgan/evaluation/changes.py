"""Differences of two stacks of faces in the eye region, the mouth region, and elsewhere.

Outputs and their inputs: how much an edit changed, and where. Outputs and their exact targets,
where these are known: how large the error is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.aligned_faces import check_faces, check_mouth_tops
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import EYE_BOX, mouth_box_at

__all__ = ["RegionDifferences", "region_differences"]

GREY_LEVELS_PER_UNIT = 127.5
"""Values of a byte that a difference of 1 spans, faces being −1 to 1 inside the networks."""


@dataclass(frozen=True)
class RegionDifferences:
    """Mean absolute differences of N pairs of faces, (N,) float64 each, values in [−1, 1].

    Attributes:
        whole: over the whole face.
        eyes: over the eye region.
        mouth: over the mouth region; the two may overlap by a few rows.
        outside: over all that lies in neither.
    """

    whole: NDArray[np.float64]
    eyes: NDArray[np.float64]
    mouth: NDArray[np.float64]
    outside: NDArray[np.float64]


def region_differences(
    faces: NDArray[np.uint8], references: NDArray[np.uint8], mouth_top: NDArray[np.integer]
) -> RegionDifferences:
    """Compare every face with its reference: its input, or its exact target.

    Args:
        faces: (N, 128, 128, 3) uint8.
        references: as many faces, of the same shape and type.
        mouth_top: (N,) first row of each mouth region, moved into the frame where it sticks out.

    Raises:
        InputError: when an argument is of another shape or type, or the numbers differ.
    """
    check_faces(faces)
    check_faces(references)
    check_mouth_tops(faces, mouth_top)
    if len(faces) != len(references):
        raise InputError(f"{len(faces)} faces cannot be compared with {len(references)}.")
    found = np.array(
        [_compare(*pair) for pair in zip(faces, references, mouth_top.tolist(), strict=True)]
    )
    return RegionDifferences(*found.reshape(-1, 4).T)


def _compare(
    face: NDArray[np.uint8], reference: NDArray[np.uint8], mouth_top: int
) -> tuple[float, float, float, float]:
    """Mean difference of the whole, the eyes, the mouth, and the rest."""
    apart = np.abs(face.astype(np.float64) - reference).mean(axis=-1) / GREY_LEVELS_PER_UNIT
    outside = np.ones((TEMPLATE_SIZE, TEMPLATE_SIZE), bool)
    boxes = EYE_BOX, mouth_box_at(mouth_top)
    for box in boxes:
        outside[box.rows, box.columns] = False
    eyes, mouth = (float(apart[box.rows, box.columns].mean()) for box in boxes)
    return float(apart.mean()), eyes, mouth, float(apart[outside].mean())
