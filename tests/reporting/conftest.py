"""A face and what was made of it."""

from __future__ import annotations

import numpy as np
import pytest
from made_up import CLASSES, SUBJECTS, altered
from numpy.typing import NDArray

from lgpgan.faces.alignment import align, warp
from lgpgan.faces.detection import Face
from lgpgan.reporting.faces_shown import ShownFace


@pytest.fixture(scope="session")
def shown(astronaut: NDArray[np.uint8], astronaut_face: Face) -> ShownFace:
    """The astronaut's face, and made-up outputs of every row for every class."""
    face = warp(astronaut, align(astronaut_face.landmarks), 128)
    outputs = {
        title: {name: altered(face, 8 * row + number) for number, name in enumerate(CLASSES)}
        for row, (title, *_) in enumerate(SUBJECTS.values())
    }
    outputs["doing nothing"] = dict.fromkeys(CLASSES, face)
    return ShownFace("astronaut", "happy", face, 66, outputs)
