"""Every gate on faces whose verdict is known, and what is said of gates that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fake_judges import FakeEmbedder, FakeRecogniser
from lgpgan.augmentation import gates as gates_module
from lgpgan.augmentation.gates import (
    Candidates,
    ChangeGate,
    ExpressionGate,
    FaceGate,
    Gate,
    Gates,
    IdentityGate,
)
from lgpgan.augmentation.options import GateLimits
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.faces.alignment import align, warp
from lgpgan.faces.detection import Face
from small_set import landmarks_of, made_up_face

HAPPY, NEUTRAL, SAD = (Expression(name).position for name in ("happy", "neutral", "sad"))


def candidates(
    faces: Sequence[NDArray[np.uint8]],
    sources: Sequence[NDArray[np.uint8]] | None = None,
    shares: Sequence[dict[str, float]] | None = None,
) -> Candidates:
    count = len(faces)
    return Candidates(
        np.stack(faces),
        np.stack(sources or faces),
        np.full(count, 64),
        shares or [{"happy": 1.0}] * count,
        np.ones(count, bool),
        np.zeros(count, bool),
    )


def test_faces_that_are_their_source_over_again() -> None:
    """A change of 5 grey levels is one of 5 / 127.5 = 0.039 in [−1, 1]."""
    source = np.full((128, 128, 3), 100, np.uint8)
    eyes, mouth, elsewhere = source.copy(), source.copy(), source.copy()
    eyes[14:62, 16:112] += 5
    mouth[64:112, 32:96] += 5
    elsewhere[:10] += 5
    judged = candidates([source, eyes, mouth, elsewhere], [source] * 4)
    assert ChangeGate(GateLimits(change=0.039))(judged).tolist() == [False, True, True, False]
    assert not ChangeGate(GateLimits(change=0.04))(judged).any()
    assert ChangeGate(GateLimits(change=0.0))(judged).all()
    again = replace(judged, redrawn=np.array([True, False, False, False]))
    assert ChangeGate(GateLimits(change=0.039))(again).tolist() == [True, True, True, False]


def test_faces_that_are_none(astronaut: NDArray[np.uint8], astronaut_face: Face) -> None:
    aligned = warp(astronaut, align(astronaut_face.landmarks), 128)
    grey = np.full_like(aligned, 128)
    moved = np.roll(aligned, 60, axis=1)
    found = FaceGate(GateLimits())(candidates([aligned, grey, moved]))
    assert found.tolist() == [True, False, False]


def test_overlap_of_boxes() -> None:
    """Two squares of 4, one moved by half of its side: 2 of the 6 that they cover are shared."""
    square = np.array([0.0, 0.0, 2.0, 2.0])
    assert gates_module._overlap(square, square) == 1
    assert gates_module._overlap(square, square + np.array([1, 0, 1, 0])) == pytest.approx(1 / 3)
    assert gates_module._overlap(square, square + 5) == 0


def test_faces_of_another_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann and Ben are 0.8 apart, a class from the next 0.1."""
    monkeypatch.setattr(gates_module, "IdentityEmbedder", FakeEmbedder)
    source, ben = made_up_face("ann", NEUTRAL), made_up_face("ben", NEUTRAL)
    judged = candidates([made_up_face("ann", HAPPY), ben], [source, source])
    assert IdentityGate(GateLimits())(judged).tolist() == [True, False]
    assert IdentityGate(GateLimits(identity=0.9))(judged).tolist() == [True, True]
    assert IdentityGate(GateLimits(identity=0.05))(judged).tolist() == [False, False]


def test_faces_that_are_not_read() -> None:
    gate = ExpressionGate(GateLimits(), [FakeRecogniser()])
    faces = [made_up_face("ann", place) for place in (HAPPY, SAD, SAD, NEUTRAL)]
    shares = [{"happy": 1.0}, {"happy": 1.0}, {"happy": 0.6, "sad": 0.3}, {"happy": 0.5}]
    assert gate(candidates(faces, None, shares)).tolist() == [True, False, True, False]


def test_one_recogniser_is_enough() -> None:
    blind = FakeRecogniser("blind", [Expression.NEUTRAL])
    face = made_up_face("ann", HAPPY)
    assert ExpressionGate(GateLimits(), [blind, FakeRecogniser()])(candidates([face])).all()


def test_classes_that_no_recogniser_knows_pass() -> None:
    gate = ExpressionGate(GateLimits(), [FakeRecogniser("fer", [Expression.SAD])])
    shares = [{"happy": 1.0}, {"bored": 1.0}, {"happy": 0.7, "sad": 0.3}, {"sad": 1.0}]
    judged = candidates([made_up_face("ann", HAPPY)] * 4, None, shares)
    assert gate(judged).tolist() == [True, True, True, False]


def test_contempt_is_read_from_the_mouth(monkeypatch: pytest.MonkeyPatch) -> None:
    """The left corner is raised by 4 pixels, 2.8 along its way up and out, the right one by 0."""
    raised, level = landmarks_of(0), landmarks_of(0)
    raised[54] += (0, -4)
    where = {1: raised, 2: level, 3: level}
    monkeypatch.setattr(
        gates_module,
        "find_landmarks",
        lambda faces: np.stack([where[int(face[0, 0, 0])] for face in faces]),
    )
    lopsided, even, source = (np.full((128, 128, 3), level, np.uint8) for level in (1, 2, 3))
    contempt = {"contemptuous": 1.0}
    judged = candidates([lopsided, even], [source] * 2, [contempt] * 2)
    gate = ExpressionGate(GateLimits(), [FakeRecogniser()])
    assert gate(judged).tolist() == [True, False]
    unread = replace(judged, from_neutral=np.zeros(2, bool))
    assert gate(unread).all()


class Seeing(Gate):
    """Lets only some grey levels pass, and remembers how many faces it was shown."""

    def __init__(self, *levels: int) -> None:
        self.levels = levels
        self.seen = 0

    def __call__(self, candidates: Candidates) -> NDArray[np.bool_]:
        self.seen += len(candidates)
        return np.isin(candidates.faces[:, 0, 0, 0], self.levels)


def test_the_first_reason_counts() -> None:
    first, second = Seeing(1, 2), Seeing(2, 3)
    faces = [np.full((128, 128, 3), level, np.uint8) for level in (1, 2, 3, 4)]
    verdicts = Gates({"a": first, "b": second}).judge(candidates(faces))
    assert verdicts == ["b", "", "a", "a"]
    assert (first.seen, second.seen) == (4, 2)


def test_without_gates_everything_passes() -> None:
    assert Gates({}).judge(candidates([made_up_face("ann", HAPPY)])) == [""]


def test_missing_recognisers_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    gates = Gates.load(GateLimits(left_out=["no face"]))
    assert list(gates.in_use) == ["too near", "other person"]
    left_out, missing = gates.notes(["happy"])
    assert left_out == "The gate 'no face' is left out as asked."
    assert missing.startswith("The gate 'not read' is left out: The expression recogniser 'fer'")
    assert "lgpgan assets --fetch face-api" in missing


def test_what_no_recogniser_reads_is_said() -> None:
    gate = ExpressionGate(GateLimits(), [FakeRecogniser()])
    notes: Any = Gates({"not read": gate}).notes(["happy", "bored", "contemptuous"])
    assert notes[0] == "No recogniser here knows 'bored': its faces passed unread."
    assert "mouth's corners" in notes[1]
    assert len(notes) == 2


def test_a_gate_that_there_is_not() -> None:
    with pytest.raises(InputError, match="no gate 'ugly' to leave out; there are too near, no"):
        Gates.load(GateLimits(left_out=["ugly"]))
