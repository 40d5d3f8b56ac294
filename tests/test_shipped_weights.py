"""The weights that come with lgpgan, on the demo photo, whose edits must show on its landmarks."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.backends.graph_format import Reading
from lgpgan.backends.graphs import find_graph, graph_name
from lgpgan.backends.loading import load_backend
from lgpgan.editing.editor import Editor
from lgpgan.editing.network_arrays import wanted
from lgpgan.expressions.action_units import LABEL_UNITS, SHOWN_UNITS
from lgpgan.expressions.expression import Expression
from lgpgan.expressions.target import Target
from lgpgan.faces.alignment import TEMPLATE_SIZE, eye_centres
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.methods.weights import default_weights, load_method
from lgpgan.methods.weights_info import PRETRAINED, open_weights

IMAGES = 53_600
"""That the longest of the runs had seen whose mean the weights are."""
LARGEST = 12_000_000
"""Bytes that the weights may add to the wheel."""


@pytest.fixture(scope="module")
def landmarks(astronaut: NDArray[np.uint8]) -> Callable[[Expression], NDArray[np.float64]]:
    """Landmarks (68, 2) of the edited demo photo, in eye distances."""
    editor = Editor.from_pretrained()
    detector = DlibDetector()
    opened = editor.open(astronaut)
    box = opened.faces[0].face.box
    found: dict[Expression, NDArray[np.float64]] = {}

    def look(expression: Expression) -> NDArray[np.float64]:
        if expression not in found:
            edit = editor.edit(astronaut, to=expression)
            points = detector.landmarks(edit.pixels, box)
            right, left = eye_centres(points)
            found[expression] = (points - (right + left) / 2) / np.linalg.norm(left - right)
        return found[expression]

    return look


def opening(points: NDArray[np.float64]) -> float:
    """Height of the mouth's opening between the inner lips."""
    return float(points[66, 1] - points[62, 1])


def width(points: NDArray[np.float64]) -> float:
    return float(points[54, 0] - points[48, 0])


def brow_height(points: NDArray[np.float64]) -> float:
    """Height of the inner brows over the middle between the eyes."""
    return float(-points[[20, 21, 22, 23], 1].mean())


def test_surprise_opens_the_mouth_and_raises_the_brows(landmarks) -> None:
    neutral, surprised = landmarks(Expression.NEUTRAL), landmarks(Expression.SURPRISED)
    assert opening(surprised) > opening(neutral) + 0.1
    assert brow_height(surprised) > brow_height(neutral) + 0.02


def test_happiness_widens_the_mouth(landmarks) -> None:
    neutral, happy = landmarks(Expression.NEUTRAL), landmarks(Expression.HAPPY)
    assert width(happy) > width(neutral) + 0.05


def test_anger_lowers_the_brows(astronaut: NDArray[np.uint8]) -> None:
    """By the flow itself: dlib takes the demo photo's fringe for brows once they are lowered."""
    editor = Editor.from_pretrained()
    (face,) = editor.open(astronaut).faces
    brows = face.transform(face.face.landmarks[[20, 21, 22, 23]]).astype(int)

    def downward(expression: Expression) -> float:
        (change,) = editor.synthesise(face, [Target.parse(expression)])
        flow = change.flow
        return float(-flow[brows[:, 1], brows[:, 0], 1].mean())

    assert downward(Expression.ANGRY) > downward(Expression.NEUTRAL) + 0.5
    assert downward(Expression.SURPRISED) < downward(Expression.NEUTRAL) - 0.5


def test_neutral_closes_a_smile(landmarks) -> None:
    """The demo photo smiles with teeth."""
    neutral, happy = landmarks(Expression.NEUTRAL), landmarks(Expression.HAPPY)
    assert opening(neutral) < opening(happy) - 0.02


def test_a_unit_on_top_of_an_expression_shows(landmarks, astronaut: NDArray[np.uint8]) -> None:
    """AU26, the jaw drops; more at 1 than at a half."""
    editor, detector = Editor.from_pretrained(), DlibDetector()
    face = editor.open(astronaut).faces[0].face

    def opened(intensity: float) -> float:
        edit = editor.edit(astronaut, to="sad", units={26: intensity})
        return opening(detector.landmarks(edit.pixels, face.box)) / face.eye_distance

    assert opened(1.0) > opened(0.5) + 0.05 > opening(landmarks(Expression.SAD)) + 0.1


def test_the_weights_say_what_they_are_and_are_small() -> None:
    path = default_weights()
    assert path.stat().st_size <= LARGEST
    info = load_method(path).info
    assert info.labels == tuple(Expression)
    assert info.template["size"] == TEMPLATE_SIZE
    assert set(LABEL_UNITS) <= set(info.units) <= set(info.offered_units)
    assert info.offered_units == SHOWN_UNITS
    assert info.images == IMAGES
    assert len(info.data_hash) == 64
    assert any("4220517" in citation for citation in info.citations)
    assert any("5047666" in citation for citation in info.citations)


class TestGraphs:
    """Made by ``make graphs``."""

    def test_those_that_come_along_are_of_these_weights(self) -> None:
        file = open_weights(default_weights(), framework="np")
        expected = {graph_name(file, reading) for reading in get_args(Reading)}
        there = set(PRETRAINED.glob("*.onnx"))
        assert {path.name for path in there} <= expected
        found = [find_graph(file, reading) for reading in get_args(Reading)]
        assert there <= {graph.path for graph in found if graph is not None}  # by their digests

    def test_the_default_backend_makes_what_torch_makes(self, astronaut: NDArray[np.uint8]) -> None:
        if find_graph(open_weights(default_weights(), framework="np"), "gather") is None:
            pytest.skip("there is no graph of the shipped weights; run: make graphs")
        default, torch = (load_backend(default_weights(), name) for name in ("auto", "torch"))
        assert default.name == "onnxruntime"
        (face,) = Editor(torch).open(astronaut).faces
        targets = [*map(Target.parse, Expression), Target.parse("sad", units={26: 1.0})]
        faces = wanted(face.aligned, face.mouth_top, targets, torch.info)
        change, expected = default.change(faces), torch.change(faces)
        for part in ("flow", "keep", "colour", "shade"):
            np.testing.assert_allclose(getattr(change, part), getattr(expected, part), atol=1e-4)
        assert change.inside is not None
        assert expected.inside is not None
        for made, wished in zip(change.inside, expected.inside, strict=True):
            np.testing.assert_allclose(made, wished, atol=1e-3)  # pixels, up to 32 of them
