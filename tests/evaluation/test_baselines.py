"""Doing nothing, and the 3-D face as an editor, against the renders that a studio set holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.evaluation.aligned_faces import find_landmarks
from lgpgan.evaluation.baselines import IdentityBaseline
from lgpgan.evaluation.changes import region_differences
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.evaluation.studio_baseline import StudioBaseline
from lgpgan.expressions.expression import Expression
from lgpgan.faces.alignment import align, warp
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.faces.regions import mouth_box
from lgpgan.photos.reading import read_photo
from lgpgan.recognisers.contempt import read_contempt

Renders = tuple[NDArray[np.uint8], NDArray[np.float64]]

ALL = tuple(Expression)
NEUTRAL = Expression.NEUTRAL
TOPS = np.full(len(ALL) - 1, 64)


@pytest.fixture(scope="module")
def studio(small_head_file: Path) -> StudioBaseline:
    return StudioBaseline(small_head_file)


@pytest.fixture(scope="module")
def renders(studio_set: PreparedSet) -> Renders:
    """Take 0 of the test photo: its eight faces in the order of the classes, and landmarks."""
    by_class = {r.expression: r for r in studio_set.split("test") if r.photo.endswith("_0")}
    records = [by_class[expression] for expression in ALL]
    return load_faces(studio_set, records), np.array([record.landmarks for record in records])


def error(editor: FaceEditor, renders: Renders, source: Expression, called: str) -> float:
    """Mean error of the other classes made from one source, which is said to be ``called``."""
    faces, _ = renders
    others = [expression for expression in ALL if expression is not source]
    given, points = (np.repeat(x[[source.position]], len(others), axis=0) for x in renders)
    made = editor(given, points, [called] * len(others), others)
    exact = faces[[expression.position for expression in others]]
    return float(region_differences(made, exact, TOPS).whole.mean())


def test_doing_nothing_returns_a_copy(renders: Renders) -> None:
    faces, landmarks = renders
    made = IdentityBaseline()(faces, landmarks, ALL, ["happy"] * len(ALL))
    np.testing.assert_array_equal(made, faces)
    assert not np.shares_memory(made, faces)


def test_near_the_renders_from_a_neutral_face(studio: StudioBaseline, renders: Renders) -> None:
    """Near 0, but not 0: the set's renders are drawn from the photo, these from its small face."""
    nothing = error(IdentityBaseline(), renders, NEUTRAL, NEUTRAL)
    assert 0 < error(studio, renders, NEUTRAL, NEUTRAL) < 0.3 * nothing


@pytest.mark.parametrize("source", [Expression.SURPRISED, Expression.CONTEMPTUOUS])
def test_an_expression_is_taken_away_first(
    studio: StudioBaseline, renders: Renders, source: Expression
) -> None:
    known = error(studio, renders, source, source)
    assert known < 0.8 * error(IdentityBaseline(), renders, source, source)
    assert known < 0.8 * error(studio, renders, source, NEUTRAL)


def test_what_is_there_already_stays(studio: StudioBaseline, renders: Renders) -> None:
    faces, landmarks = renders
    np.testing.assert_array_equal(studio(faces, landmarks, ALL, ALL), faces)


def test_skin_that_does_not_move_stays_as_it_was(studio: StudioBaseline, renders: Renders) -> None:
    faces, landmarks = renders
    neutral = [NEUTRAL.position]
    made = studio(faces[neutral], landmarks[neutral], [NEUTRAL], ["contemptuous"])
    difference = np.abs(made.astype(int) - faces[neutral])
    assert difference[0, :10].max() <= 1
    assert difference[0, 60:100, 64:].max() > 20


def test_a_face_does_not_depend_on_the_others_and_is_not_changed(
    studio: StudioBaseline, renders: Renders
) -> None:
    faces, landmarks = (values[:2].copy() for values in renders)
    given = faces.copy()
    both = studio(faces, landmarks, ["angry", "contemptuous"], ["sad", "happy"])
    np.testing.assert_array_equal(faces, given)
    alone = studio(faces[1:], landmarks[1:], ["contemptuous"], ["happy"])
    np.testing.assert_array_equal(both[1:], alone)


@pytest.mark.parametrize("kind", ["identity", "studio"])
def test_refuses_unusable_arguments(kind: str, studio: StudioBaseline, renders: Renders) -> None:
    editor = {"identity": IdentityBaseline(), "studio": studio}[kind]
    faces, landmarks = (values[:1] for values in renders)
    with pytest.raises(InputError, match="uint8"):
        editor(faces / 255, landmarks, ["sad"], ["happy"])
    with pytest.raises(InputError, match="1 faces need landmarks"):
        editor(faces, landmarks[0], ["sad"], ["happy"])
    with pytest.raises(InputError, match="1 and 2"):
        editor(faces, landmarks, ["sad"], ["happy", "happy"])


def test_the_studio_says_which_classes_it_knows(studio: StudioBaseline, renders: Renders) -> None:
    faces, landmarks = (values[:1] for values in renders)
    with pytest.raises(InputError, match=r"'bored'.*choose one of angry"):
        studio(faces, landmarks, ["sad"], ["bored"])


def test_a_real_person_is_seen_to_smile_and_to_be_contemptuous(shared: Path) -> None:
    pixels = read_photo(shared / "data" / "canada_neutral" / "010f.jpg").pixels
    (found,) = DlibDetector().detect(pixels)
    transform = align(found.landmarks)
    face, points = warp(pixels, transform, 128)[None], transform(found.landmarks)[None]
    editor = StudioBaseline(shared / "facekit" / "ict_facekit.npz")
    wanted = ("contemptuous", "happy", "sad")
    faces, landmarks = np.repeat(face, 3, axis=0), np.repeat(points, 3, axis=0)
    made = editor(faces, landmarks, ["neutral"] * 3, wanted)
    seen, neutral = find_landmarks(made), find_landmarks(faces)
    assert read_contempt(seen, neutral).contemptuous.tolist() == [True, False, False]
    corners = (seen - neutral)[:, [48, 54], 1]
    assert (corners[1] < -3).all()
    tops = np.full(3, mouth_box(points[0]).top)
    change = region_differences(made, faces, tops)
    assert (change.mouth > 3 * change.outside).all()
