"""A face on the template, as the tests of this folder are given it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class AlignedFace(NamedTuple):
    """The face (128, 128, 3), and its landmarks (68, 2) as found in the photo."""

    face: NDArray[np.uint8]
    landmarks: NDArray[np.float64]
