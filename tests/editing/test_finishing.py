"""What is done at the photo's resolution, with the shipped weights: a smile ends, or one begins."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import FoundFace
from lgpgan.expressions.target import Target
from lgpgan.faces.face_change import FaceChange

MOUTH = 140
"""First row of the wrinkles that is below the eyes of the astronaut, who smiles."""


@pytest.fixture(scope="module")
def default() -> Editor:
    return Editor.from_pretrained()


@pytest.fixture(scope="module")
def face(default: Editor, astronaut: NDArray[np.uint8]) -> FoundFace:
    return default.open(astronaut).faces[0]


def made(default: Editor, face: FoundFace, to: str) -> FaceChange:
    (change,) = default.synthesise(face, [Target.parse(to)])
    return change


def test_the_folds_of_a_smile_that_goes_are_filled_on_both_sides(
    default: Editor, face: FoundFace
) -> None:
    filling = made(default, face, "neutral").filling
    assert filling is not None
    left, right = filling.share.reshape(128, 2, 64).sum(axis=(0, 2))
    assert min(left, right) > 20


def test_a_smile_that_stays_keeps_its_folds(default: Editor, face: FoundFace) -> None:
    change = made(default, face, "happy")
    assert change.filling is None or change.filling.share.sum() < 15
    assert change.wrinkles is not None
    assert np.abs(change.wrinkles.change[MOUTH:]).max() < 0.05, "it has its creases already"


def test_contempt_creases_one_cheek(default: Editor, face: FoundFace) -> None:
    wrinkles = made(default, face, "contemptuous").wrinkles
    assert wrinkles is not None
    left, right = np.abs(wrinkles.change[MOUTH:]).reshape(-1, 2, 128).sum(axis=(0, 2))
    assert right > 3
    assert left < right / 5
