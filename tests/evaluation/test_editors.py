"""A method's generators as an editor: what comes out depends on nothing else in the stack."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lgpgan.datasets.faces import mouth_tops, to_pixels, to_signed
from lgpgan.errors import InputError
from lgpgan.evaluation import editors
from lgpgan.evaluation.editors import MethodEditor
from lgpgan.expressions.expression import Expression
from lgpgan.methods.weights import LoadedMethod, load_method
from small_set import landmarks_of, made_up_face

TARGETS = ["happy", "sad", "neutral"]


@pytest.fixture(scope="module")
def method(weights: Path) -> LoadedMethod:
    return load_method(weights)


@pytest.fixture(scope="module")
def faces() -> NDArray[np.uint8]:
    return np.stack([made_up_face(who, 4) for who in ("ann", "ben", "cat")])


LANDMARKS = np.stack([landmarks_of(place) for place in (0, 3, 7)])
SOURCES = ["happy"] * 3


def test_is_the_generators_output(method: LoadedMethod, faces: NDArray[np.uint8]) -> None:
    made = MethodEditor(method)(faces, LANDMARKS, SOURCES, TARGETS)
    assert (made.shape, made.dtype) == (faces.shape, np.uint8)
    for row, target in enumerate(TARGETS):
        label = torch.zeros(1, 8)
        label[0, Expression(target).position] = 1.0
        # The mouth's landmarks lie in rows 84, 87 and 91.
        top = mouth_tops(torch.tensor([84.0 + (0, 3, 7)[row]]))
        with torch.inference_mode():
            output = method.generator(to_signed(faces[row : row + 1]), label, top).output
        wanted = to_pixels(output)[0].astype(int)
        assert np.abs(made[row] - wanted).max() <= 1
    assert not np.array_equal(made, faces)


def test_does_not_depend_on_the_other_faces(
    method: LoadedMethod, faces: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = MethodEditor(method)
    whole = editor(faces, LANDMARKS, SOURCES, TARGETS).astype(int)
    monkeypatch.setattr(editors, "BATCH", 2)
    assert np.abs(editor(faces, LANDMARKS, SOURCES, TARGETS) - whole).max() <= 1
    last = editor(faces[2:], LANDMARKS[2:], SOURCES[2:], TARGETS[2:])
    assert np.abs(last - whole[2:]).max() <= 1


def test_leaves_its_input_alone(method: LoadedMethod, faces: NDArray[np.uint8]) -> None:
    before = faces.copy()
    MethodEditor(method)(faces, LANDMARKS, SOURCES, TARGETS)
    np.testing.assert_array_equal(faces, before)


def test_a_class_that_the_weights_do_not_know(
    method: LoadedMethod, faces: NDArray[np.uint8]
) -> None:
    with pytest.raises(
        InputError, match=r"do not know the class 'joyful', only angry, .*surprised"
    ):
        MethodEditor(method)(faces, LANDMARKS, SOURCES, ["happy", "joyful", "sad"])


def test_faces_of_another_size(method: LoadedMethod) -> None:
    with pytest.raises(InputError, match="align them to lgpgan's template"):
        MethodEditor(method)(np.zeros((1, 64, 64, 3), np.uint8), LANDMARKS[:1], ["sad"], ["sad"])
