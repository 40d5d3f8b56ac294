"""The tight framing and the scaling that all recognisers share."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.recognisers.framing import check_faces, resize, tight_crop


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


class TestResize:
    def test_shrinking_averages(self) -> None:
        image = np.array([[10, 20], [30, 40]], np.uint8).repeat(3, 0).repeat(3, 1)
        image[0, 0] = 19  # one of nine, 9 brighter
        np.testing.assert_array_equal(resize(image, 2), [[11, 20], [30, 40]])

    def test_colours_stay_apart(self) -> None:
        image = np.tile(np.array([200, 100, 0], np.uint8), (8, 8, 1))
        np.testing.assert_array_equal(resize(image, 20), np.tile(image[:1, :1], (20, 20, 1)))


def test_only_batches_of_colour_pictures_can_be_judged() -> None:
    check_faces(np.zeros((0, 5, 7, 3), np.uint8))
    with pytest.raises(InputError, match=r"\(N, H, W, 3\).*\(128, 128, 3\)"):
        check_faces(np.zeros((128, 128, 3), np.uint8))
    with pytest.raises(InputError, match=r"\(1, 8, 8, 4\)"):
        check_faces(np.zeros((1, 8, 8, 4), np.uint8))
    with pytest.raises(InputError, match=r"uint8, not .*float64"):
        check_faces(np.zeros((1, 8, 8, 3)))  # type: ignore[arg-type]
