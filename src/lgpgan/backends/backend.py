"""What an editor asks of whatever runs the generators."""

from __future__ import annotations

import os
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lgpgan.methods.weights_info import WeightsInfo
from lgpgan.parallel.processes import wanted_threads

__all__ = ["Backend", "ChangeArrays", "Faces", "InsideArrays", "threads"]


class Faces(NamedTuple):
    """Aligned faces and what they are to show.

    Attributes:
        image: (B, 3, 128, 128) float32, −1 to 1.
        mouth: (B, N + A) float32, labels of the lower half: shares of the classes, then intensities
            of the action units that the weights know.
        eyes: (B, N + A) float32, labels of the upper half.
        mouth_top: (B,) int64, first row of each face's mouth region.
    """

    image: NDArray[np.float32]
    mouth: NDArray[np.float32]
    eyes: NDArray[np.float32]
    mouth_top: NDArray[np.int64]


class InsideArrays(NamedTuple):
    """What a mouth's inside is drawn with; see :class:`lgpgan.methods.change.Inside`.

    Attributes:
        flow: (B, 2, 128, 128) float32, pixels (x, y), into the picture of an open mouth.
        lit: (B, 3, 128, 128) float32, 0 to 2, the share of the colour that it is laid over.
    """

    flow: NDArray[np.float32]
    lit: NDArray[np.float32]


class ChangeArrays(NamedTuple):
    """What generators do to faces: :class:`lgpgan.methods.change.Change` as arrays.

    Attributes:
        flow: (B, 2, 128, 128) float32, pixels (x, y).
        keep: (B, 1, 128, 128) float32, 0 to 1, the share of the input.
        colour: (B, 3, 128, 128) float32, −1 to 1 times ``1 − keep``.
        inside: what of the colour is drawn with a picture of an open mouth; None without.
        shade: (B, 1, 128, 128) float32, factor of the light of what is kept; None for 1.
    """

    flow: NDArray[np.float32]
    keep: NDArray[np.float32]
    colour: NDArray[np.float32]
    inside: InsideArrays | None = None
    shade: NDArray[np.float32] | None = None


class Backend(Protocol):
    """Runs the generators of one weights file. The same faces give the same numbers."""

    @property
    def name(self) -> str:
        """As on the command line."""
        ...

    @property
    def info(self) -> WeightsInfo:
        """What the weights say of themselves."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what the user should know of how the networks were loaded."""
        ...

    def change(self, faces: Faces) -> ChangeArrays:
        """What the generators do to faces, in one batch."""
        ...


def threads() -> int:
    """How many threads to use: ``$OMP_NUM_THREADS``, or as many cores as this process may use.

    Torch reads the same variable; neither ONNX Runtime nor OpenVINO does.
    """
    wanted = wanted_threads()
    if wanted is not None:
        return wanted
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
