"""The landmarks of the generic 3-D face, as an aligned face has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import align
from lgpgan.faces.wrinkle_map import wrinkle_map


def generic_face() -> NDArray[np.float64]:
    """Landmarks (68, 2) of the generic face at rest, on the template: y down."""
    upright = wrinkle_map().landmarks.astype(np.float64) * [1, -1]
    return align(upright)(upright)
