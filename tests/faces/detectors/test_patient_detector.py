"""Faces that one look does not find: small, tight, dark, on their side; and what is no face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from lgpgan.errors import MissingPartError
from lgpgan.faces.detection import Face, Look
from lgpgan.faces.detectors import patient_detector
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.faces.detectors.mediapipe_detector import MediapipeDetector
from lgpgan.faces.detectors.patient_detector import PatientDetector

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def alone() -> PatientDetector:
    """Without MediaPipe's networks."""
    return PatientDetector(networks=False)


@pytest.fixture(scope="module")
def both() -> PatientDetector:
    """With them."""
    try:
        return PatientDetector(networks=True)
    except MissingPartError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def tight(astronaut: Pixels, astronaut_face: Face) -> tuple[Pixels, NDArray[np.float64]]:
    """The demo photo cut at brows and chin, and the landmarks in it."""
    landmarks = astronaut_face.landmarks
    left, top = (landmarks.min(axis=0) + 2).astype(int)
    right, bottom = (landmarks.max(axis=0) - 2).astype(int)
    return astronaut[top:bottom, left:right].copy(), landmarks - (left, top)


@pytest.fixture(scope="module")
def inner(astronaut: Pixels, astronaut_face: Face) -> tuple[Pixels, NDArray[np.float64]]:
    """The demo photo cut at brows and mouth, and the landmarks in it."""
    landmarks = astronaut_face.landmarks
    left, top = (landmarks[17:].min(axis=0) - 3).astype(int)
    right, bottom = (landmarks[17:].max(axis=0) + 3).astype(int)
    return np.ascontiguousarray(astronaut[top:bottom, left:right]), landmarks - (left, top)


def error(face: Face, landmarks: NDArray[np.float64]) -> float:
    """Mean distance of the inner landmarks from where they are, in eye distances."""
    off = np.linalg.norm(face.landmarks - landmarks, axis=1)[17:]
    return float(off.mean() / face.eye_distance)


def test_the_first_look_is_dlibs(alone: PatientDetector, astronaut: Pixels) -> None:
    (face,) = alone.detect(astronaut)
    (of_dlib,) = DlibDetector().detect(astronaut)
    assert face.look is Look.FIRST
    assert face.box == of_dlib.box
    np.testing.assert_array_equal(face.landmarks, of_dlib.landmarks)


def test_the_networks_are_loaded_when_the_first_look_finds_nobody(
    astronaut: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were loaded at every start of lgpgan edit."""
    loaded = []
    monkeypatch.setattr(patient_detector, "_networks", loaded.append)
    detector = PatientDetector()
    assert detector.detect(astronaut)
    assert not loaded
    detector.detect(astronaut[300:420, :120])
    assert loaded == [None]


@pytest.mark.parametrize("side", [64, 96])
def test_a_small_tight_crop_is_found(
    alone: PatientDetector, tight: tuple[Pixels, NDArray[np.float64]], side: int
) -> None:
    """dlib alone found none: it wants eighty pixels of a face and margin around them."""
    pixels, landmarks = tight
    scale = side / pixels.shape[0]
    small = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    (face,) = alone.detect(small)
    assert error(face, landmarks * scale) < 0.08
    assert not face.hides_features(*small.shape[:2])
    assert 0.1 < face.cut(*small.shape[:2]) < 0.7


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_that_lies_on_its_side_is_found(
    alone: PatientDetector, astronaut: Pixels, astronaut_face: Face, quarters: int
) -> None:
    photo = np.ascontiguousarray(np.rot90(astronaut[:300, 80:380], quarters))
    (face,) = alone.detect(photo)
    assert face.look is Look.TURNED
    right, left = face.landmarks[36:42].mean(axis=0), face.landmarks[42:48].mean(axis=0)
    across = (left - right) / np.linalg.norm(left - right)
    assert across @ {1: (0, -1), 2: (-1, 0), 3: (0, 1)}[quarters] > 0.9
    assert abs(face.eye_distance / astronaut_face.eye_distance - 1) < 0.05


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_flat_picture_shows_nobody(alone: PatientDetector, value: int) -> None:
    """A black row of FER2013 became a face."""
    assert not alone.detect(np.full((48, 48, 3), value, np.uint8))


def test_no_face_is_invented(alone: PatientDetector, astronaut: Pixels) -> None:
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 256, (90, 90, 3), np.uint8)
    for pixels in (noise, astronaut[300:420, :120], astronaut[0:100, 380:480]):
        assert not alone.detect(np.ascontiguousarray(pixels))


def test_half_the_face_of_a_cat_is_none(both: PatientDetector) -> None:
    """Regression: the networks took its ear and its eye for a face, but not in the mirror."""
    pixels = np.ascontiguousarray(data.chelsea()[59:271, 42:254])
    assert MediapipeDetector(check_mirror=False).search(pixels)
    assert not both.detect(pixels)
    assert not MediapipeDetector().search(pixels)  # regression: by themselves they still did


def test_the_mesh_that_tells_a_face_is_not_looked_at_again(
    both: PatientDetector,
    inner: tuple[Pixels, NDArray[np.float64]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Regression: a face that a further look found was looked at twice by the mesh."""
    pixels, landmarks = inner
    found = both.search(pixels)
    assert [one.look for one in found] == [Look.NETWORKS]
    monkeypatch.setattr(MediapipeDetector, "mesh", None)
    (face,) = (both.read(pixels, one) for one in found)
    assert error(face, landmarks) < 0.08


def test_the_networks_look_where_dlib_finds_nobody(
    both: PatientDetector, inner: tuple[Pixels, NDArray[np.float64]]
) -> None:
    pixels, landmarks = inner
    assert not DlibDetector().detect(pixels)
    (face,) = both.detect(pixels)
    assert face.look is Look.NETWORKS
    assert error(face, landmarks) < 0.08
