"""MediaPipe's detector and landmarks, on scikit-image's astronaut; skipped without its files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from lgpgan.errors import MissingPartError
from lgpgan.faces.detection import NOSE_TIP, Face
from lgpgan.faces.detectors import mediapipe_detector
from lgpgan.faces.detectors.lite_network import LiteNetwork
from lgpgan.faces.detectors.loading import load_detector
from lgpgan.faces.detectors.mediapipe_detector import MediapipeDetector


@pytest.fixture(scope="module")
def detector() -> MediapipeDetector:
    try:
        return MediapipeDetector()
    except MissingPartError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("degrees", [-90, -45, 0, 25, 60, 150, 180])
def test_landmarks_agree_with_dlib(
    detector: MediapipeDetector,
    astronaut: NDArray[np.uint8],
    astronaut_face: Face,
    degrees: int,
) -> None:
    """Regression: of a head that is upside down the mouth was taken for the eyes."""
    matrix = cv2.getRotationMatrix2D((224, 130), -degrees, 1.0)
    photo = cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    (face,) = detector.detect(np.asarray(photo, np.uint8))
    wanted = astronaut_face.landmarks @ matrix[:, :2].T + matrix[:, 2]
    distances = np.linalg.norm(face.landmarks - wanted, axis=1) / astronaut_face.eye_distance
    assert distances[17:].mean() < 0.06
    face.check_editable(512, 512)


def test_an_upright_box_suffices_for_a_head_that_leans(
    detector: MediapipeDetector, astronaut: NDArray[np.uint8], astronaut_face: Face
) -> None:
    matrix = cv2.getRotationMatrix2D((224, 130), -20, 1.0)
    photo = cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    pixels = np.asarray(photo, np.uint8)
    (face,) = detector.detect(pixels)
    again = detector.landmarks(pixels, face.box)
    assert np.abs(again - face.landmarks).max() < 0.05 * astronaut_face.eye_distance


def test_faces_are_listed_from_left_to_right(
    detector: MediapipeDetector, astronaut: NDArray[np.uint8]
) -> None:
    one = astronaut[:300, 80:380]
    faces = detector.detect(np.hstack([one[:, ::-1], one, one[:, ::-1]]))
    assert [int(face.landmarks[NOSE_TIP, 0] // 300) for face in faces] == [0, 1, 2]


def test_no_face_where_there_is_none(detector: MediapipeDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert detector.detect(noise) == []
    assert detector.detect(np.zeros((1, 1, 3), np.uint8)) == []
    assert detector.detect(np.asarray(data.coffee(), np.uint8)) == []


def test_a_small_face_is_found_at_the_second_size(
    detector: MediapipeDetector, astronaut: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = np.full((1000, 1400, 3), 128, np.uint8)
    canvas[300:450, 500:650] = cv2.resize(astronaut, (150, 150), interpolation=cv2.INTER_AREA)
    (face,) = detector.detect(canvas)
    assert 500 < face.landmarks[NOSE_TIP, 0] < 650
    monkeypatch.setattr(mediapipe_detector, "SEARCH_SIDES", ((64, 128, 256, 512),))
    assert detector.detect(canvas) == []


def test_says_how_to_get_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    mediapipe_detector._networks.cache_clear()
    with pytest.raises(MissingPartError, match="lgpgan assets --fetch mediapipe"):
        load_detector("mediapipe")


def test_says_how_to_get_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(MissingPartError, match=r"pip install 'lgpgan\[mediapipe\]'"):
        LiteNetwork(Path("any.tflite"))


def test_loading_writes_nothing_and_leaves_dlib_alone(detector: MediapipeDetector) -> None:
    code = (
        "import sys\nfrom lgpgan.faces.detectors.loading import load_detector\n"
        "load_detector('mediapipe')\nassert 'dlib' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
