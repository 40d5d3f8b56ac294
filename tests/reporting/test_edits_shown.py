"""Which faces pages and figures show, and what is shown of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lgpgan.evaluation.baselines import IdentityBaseline
from lgpgan.evaluation.trials import Trials
from lgpgan.reporting.edits_shown import show_edits
from small_set import Entry, everybody, made_up_face, write_small_set

CLASSES = ("happy", "neutral", "sad")
EDITORS = {"doing nothing": IdentityBaseline(), "the same": IdentityBaseline()}


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    people = ("ann", "ben", "cat", "dan", "eve", "fay")
    entries = everybody(*people, split="test", classes=CLASSES)
    return Trials.of(write_small_set(tmp_path, entries, CLASSES, exact=True))


def test_neutral_faces_of_people_spread_over_the_set(trials: Trials) -> None:
    shown = show_edits(trials, EDITORS)
    assert [face.name for face in shown] == ["ann", "cat", "dan", "fay"]
    assert {face.source for face in shown} == {"neutral"}
    first = shown[0]
    np.testing.assert_array_equal(first.face, made_up_face("ann", 1))
    assert first.mouth_top == 65
    assert list(first.outputs) == list(EDITORS)
    assert list(first.outputs["the same"]) == list(CLASSES)
    np.testing.assert_array_equal(first.outputs["the same"]["sad"], first.face)
    assert first.exact is not None
    np.testing.assert_array_equal(first.exact["sad"], made_up_face("ann", 2))


def test_only_faces_that_are_edited(tmp_path: Path) -> None:
    entries = [Entry("ann", "neutral"), Entry("ann", "sad"), Entry("ben", "sad")]
    trials = Trials.of(write_small_set(tmp_path, entries, CLASSES), sources="sad")
    shown = show_edits(trials, EDITORS)
    assert [(face.name, face.source) for face in shown] == [("ann", "sad"), ("ben", "sad")]
    assert shown[0].exact is None


def test_without_editors_there_is_nothing_to_show(trials: Trials) -> None:
    assert show_edits(trials, {}) == []
