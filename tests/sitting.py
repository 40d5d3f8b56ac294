"""A photo in the studio, as the tests of this folder are given it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lgpgan.face3d.fitting import Fit
from lgpgan.face3d.scene import Placement, Scene

UNVARIED = dict.fromkeys(
    (
        *("gain", "tint", "gamma", "side_light", "cast", "contrast", "pale", "grey"),
        *("blur", "low_resolution", "noise", "jpeg"),
        *("glasses", "fringe", "side_hair", "hat", "held", "make_up", "beard"),
        *("exchanged", "darker"),
    ),
    0.0,
)
"""Options that leave pairs as they are, but for their place."""


class Sitting(NamedTuple):
    """The photo aligned at 256×256, its landmarks in the 128×128 template, and the fit."""

    photo: NDArray[np.uint8]
    landmarks: NDArray[np.float64]
    fit: Fit
    scene: Scene

    def place(self, weights: dict[str, float] | None = None) -> Placement:
        return self.scene.place(self.fit, self.fit, weights or {})
