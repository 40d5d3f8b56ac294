"""A smiling face as the recognisers want it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.evaluation.framing import tight_crop
from lgpgan.faces.alignment import align, warp
from lgpgan.faces.detection import Face


@pytest.fixture(scope="session")
def smile(astronaut: NDArray[np.uint8], astronaut_face: Face) -> NDArray[np.uint8]:
    """The astronaut's face, tightly cropped, (128, 128, 3)."""
    return tight_crop(warp(astronaut, align(astronaut_face.landmarks, 128), 128))
