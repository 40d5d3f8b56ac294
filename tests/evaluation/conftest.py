"""The demo photo's face on the template, and as the recognisers want it."""

from __future__ import annotations

import numpy as np
import pytest
from aligned_face import AlignedFace
from numpy.typing import NDArray

from lgpgan.evaluation.framing import tight_crop
from lgpgan.faces.alignment import align, warp
from lgpgan.faces.detection import Face


@pytest.fixture(scope="session")
def aligned(astronaut: NDArray[np.uint8], astronaut_face: Face) -> AlignedFace:
    transform = align(astronaut_face.landmarks)
    return AlignedFace(warp(astronaut, transform, 128), transform(astronaut_face.landmarks))


@pytest.fixture(scope="session")
def smile(aligned: AlignedFace) -> NDArray[np.uint8]:
    """The astronaut's face, tightly cropped, (128, 128, 3)."""
    return tight_crop(aligned[0])
