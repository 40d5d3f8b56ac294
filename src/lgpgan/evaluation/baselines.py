"""The baseline ``identity``: it returns its input.

It scores best in every figure that asks for no change. A method that is worse than this baseline
in a figure does harm there. The other baseline is in :mod:`lgpgan.evaluation.studio_baseline`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lgpgan.evaluation.face_editor import FaceEditor, check_arguments

__all__ = ["IdentityBaseline"]


class IdentityBaseline(FaceEditor):
    """Returns its input."""

    def __call__(
        self,
        faces: NDArray[np.uint8],
        landmarks: NDArray[np.floating],
        sources: Sequence[str],
        targets: Sequence[str],
    ) -> NDArray[np.uint8]:
        """Return a copy of ``faces``, for every target.

        Raises:
            InputError: when an argument is of another shape or type, or the numbers differ.
        """
        check_arguments(faces, landmarks, sources, targets)
        return faces.copy()
