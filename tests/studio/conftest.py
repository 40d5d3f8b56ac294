"""A photo in the studio: the demo photo aligned, and the small head fitted to it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sitting import Sitting

from lgpgan.faces.alignment import align, warp
from lgpgan.faces.detection import Face
from lgpgan.studio.face_model import FaceModel
from lgpgan.studio.fitting import fit
from lgpgan.studio.scene import Scene


@pytest.fixture(scope="session")
def scene(small_head: FaceModel) -> Scene:
    return Scene(small_head)


@pytest.fixture(scope="session")
def sitting(astronaut: NDArray[np.uint8], astronaut_face: Face, scene: Scene) -> Sitting:
    transform = align(astronaut_face.landmarks)
    landmarks = transform(astronaut_face.landmarks)
    photo = warp(astronaut, transform.scaled(2), 256)
    return Sitting(photo, landmarks, fit(scene.model, landmarks), scene)
