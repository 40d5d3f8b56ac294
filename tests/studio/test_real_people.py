"""Two real people and the real 3-D face: what dlib, which knows nothing of the mesh, then sees."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lgpgan.expressions.expression import Expression
from lgpgan.face3d.correspondence import Correspondence
from lgpgan.face3d.face_model import find_face_model
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.studio.builder import StudioOptions, build_studio_set
from lgpgan.studio.photos import PhotoEntry

PEOPLE = ("london-007", "canada-010f")

Seen = dict[str, dict[Expression, NDArray[np.float64]]]


@pytest.fixture(scope="module")
def folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    photos = {
        "london-007": shared / "data" / "london_neutral" / "007_03.jpg",
        "canada-010f": shared / "data" / "canada_neutral" / "010f.jpg",
    }
    entries = [PhotoEntry(photos[person], person, split="test") for person in PEOPLE]
    destination = tmp_path_factory.mktemp("real") / "set"
    face = find_face_model(shared / "facekit" / "ict_facekit.npz")
    report = build_studio_set(
        entries, destination, face, StudioOptions(takes=1, size=256), processes=1
    )
    assert report.skipped == {}
    return destination


def picture_of(folder: Path, person: str, expression: Expression) -> NDArray[np.uint8]:
    with Image.open(folder / "test" / str(expression) / f"{person}_0.png") as picture:
        return np.asarray(picture)


@pytest.fixture(scope="module")
def seen(folder: Path) -> Seen:
    """Landmarks that dlib finds in every render, in pixels of 256."""
    detector = DlibDetector()
    found: Seen = {person: {} for person in PEOPLE}
    for person in PEOPLE:
        for expression in Expression:
            (face,) = detector.detect(picture_of(folder, person, expression))
            found[person][expression] = face.landmarks
    return found


@pytest.mark.parametrize("person", PEOPLE)
def test_expressions_are_there_for_a_stranger_to_see(seen: Seen, person: str) -> None:
    points = seen[person]
    neutral = points[Expression.NEUTRAL]
    corners, inner_brows = [48, 54], [20, 21, 22, 23]

    def opening(landmarks: NDArray[np.float64]) -> float:
        return float((landmarks[65:68, 1] - landmarks[[63, 62, 61], 1]).mean())

    happy, surprised, angry = (
        points[e] for e in (Expression.HAPPY, Expression.SURPRISED, Expression.ANGRY)
    )
    assert (happy[corners, 1] < neutral[corners, 1] - 4).all()
    assert np.ptp(happy[corners, 0]) > np.ptp(neutral[corners, 0]) + 6
    assert opening(surprised) > opening(neutral) + 10
    assert surprised[17:27, 1].mean() < neutral[17:27, 1].mean() - 3
    assert angry[inner_brows, 1].mean() > neutral[inner_brows, 1].mean() + 4
    sad = points[Expression.SAD]
    assert sad[corners, 1].mean() - sad[62, 1] > neutral[corners, 1].mean() - neutral[62, 1] + 1
    contempt = points[Expression.CONTEMPTUOUS] - neutral
    assert contempt[54, 1] < contempt[48, 1] - 3  # the person's left, on the picture's right


@pytest.mark.parametrize("person", PEOPLE)
def test_eyes_and_pose_stay(seen: Seen, person: str) -> None:
    neutral = seen[person][Expression.NEUTRAL]
    for points in seen[person].values():
        corners = points[[36, 39, 42, 45]] - neutral[[36, 39, 42, 45]]
        assert np.abs(corners).mean() < 3


@pytest.mark.parametrize("person", PEOPLE)
def test_the_neutral_face_is_the_photo(folder: Path, shared: Path, person: str) -> None:
    picture = picture_of(folder, person, Expression.NEUTRAL)
    sharp = cv2.Laplacian(picture, cv2.CV_64F).std()
    for expression in Expression:
        other = picture_of(folder, person, expression)
        assert cv2.Laplacian(other, cv2.CV_64F).std() > 0.85 * sharp  # nothing is smeared
        border = np.r_[0:6, 250:256]
        assert np.abs(other[:, border].astype(int) - picture[:, border]).mean() < 1


@pytest.mark.parametrize("person", PEOPLE)
def test_the_inside_of_an_opened_mouth_comes_from_nowhere(folder: Path, person: str) -> None:
    pair = Correspondence.load(folder / "correspondence" / f"{person}_0.npz")
    flow, visible = pair.flow(Expression.NEUTRAL.position, Expression.SURPRISED.position)
    hidden = visible == 0
    rows, columns = np.nonzero(hidden)
    assert 60 < hidden.sum() < 128 * 128 * 0.1
    middle = np.median(rows), np.median(columns)
    assert 70 < middle[0] < 110  # the open mouth
    assert 54 < middle[1] < 74
    assert np.linalg.norm(flow, axis=-1).max() > 4
