"""The protocol of everything that can be evaluated: trained methods and baselines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.evaluation.aligned_faces import check_faces

__all__ = ["FaceEditor", "check_arguments"]


class FaceEditor(Protocol):
    """Gives aligned faces other expressions."""

    def __call__(
        self,
        faces: NDArray[np.uint8],
        landmarks: NDArray[np.floating],
        sources: Sequence[str],
        targets: Sequence[str],
    ) -> NDArray[np.uint8]:
        """Edit N faces. The result for a face does not depend on the other faces.

        Args:
            faces: (N, 128, 128, 3) uint8 RGB, on the template; not changed.
            landmarks: (N, 68, 2) in template pixels.
            sources: the class that each face shows.
            targets: the class that each is to show, at intensity 1.

        Returns:
            (N, 128, 128, 3) uint8 RGB.

        Raises:
            InputError: when the numbers differ, or it does not know a class.
        """
        ...


def check_arguments(
    faces: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    sources: Sequence[str],
    targets: Sequence[str],
) -> None:
    """Check the arguments of a :class:`FaceEditor`.

    Args:
        faces: (N, 128, 128, 3) uint8 RGB.
        landmarks: (N, 68, 2) in template pixels.
        sources: N classes.
        targets: N classes.

    Raises:
        InputError: when an argument is of another shape or type, or the numbers differ.
    """
    check_faces(faces)
    if landmarks.shape != (len(faces), 68, 2) or {len(sources), len(targets)} != {len(faces)}:
        raise InputError(
            f"{len(faces)} faces need landmarks of shape ({len(faces)}, 68, 2) and as many classes,"
            f" not {landmarks.shape}, {len(sources)} and {len(targets)}."
        )
