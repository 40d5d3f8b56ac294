"""The similarity to the template and the warp, to the half pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.faces.alignment import Similarity, align, eye_centres, resample, warp
from lgpgan.faces.detection import Face


def similarity(scale: float, angle: float, x: float, y: float) -> Similarity:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return Similarity(np.array([[cos, -sin, x], [sin, cos, y]]))


def noise(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture
def landmarks(astronaut_face: Face) -> NDArray[np.float64]:
    return astronaut_face.landmarks


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("size", [128, 256, 100])
def test_eyes_come_to_lie_on_the_template(
    landmarks: NDArray[np.float64], seed: int, size: int
) -> None:
    rng = np.random.default_rng(seed)
    placed = similarity(
        np.exp(rng.uniform(-2, 3)), rng.uniform(-np.pi, np.pi), *rng.uniform(-500, 3000, 2)
    )(landmarks)
    right, left = eye_centres(align(placed, size)(placed))
    unit = size / 128
    np.testing.assert_allclose(right, np.array([45, 42]) * unit, atol=1e-8)
    np.testing.assert_allclose(left, np.array([83, 42]) * unit, atol=1e-8)


def test_the_aligned_face_does_not_depend_on_the_photos_pose(
    landmarks: NDArray[np.float64],
) -> None:
    moved = similarity(7.3, 0.4, -30, 900)(landmarks)
    np.testing.assert_allclose(align(moved)(moved), align(landmarks)(landmarks), atol=1e-9)


def test_eye_centres_are_means_of_six_the_left_of_the_picture_first() -> None:
    points = np.zeros((68, 2))
    points[36:42] = [[0, 0], [6, 0], [0, 6], [6, 6], [3, 3], [3, 3]]
    points[42:48] = points[36:42] + np.array([20, 1])
    right, left = eye_centres(points)
    np.testing.assert_allclose(right, [3, 3])
    np.testing.assert_allclose(left, [23, 4])


def test_alignment_never_mirrors(landmarks: NDArray[np.float64]) -> None:
    transform = align(landmarks)
    linear = transform.matrix[:, :2]
    assert np.linalg.det(linear) == pytest.approx(transform.scale**2)
    np.testing.assert_allclose(linear @ linear.T, np.eye(2) * transform.scale**2, atol=1e-12)


def test_inverse_undoes_and_scaled_follows() -> None:
    transform = similarity(0.17, 0.7, 31.25, -8.5)
    points = np.random.default_rng(1).uniform(-100, 4000, (5, 3, 2))
    np.testing.assert_allclose(transform.inverse()(transform(points)), points, atol=1e-8)
    assert transform.inverse().scale == pytest.approx(1 / 0.17)
    np.testing.assert_allclose(transform.scaled(2)(points), 2 * transform(points))


def test_a_shift_by_whole_pixels_is_a_crop() -> None:
    photo = noise(200, 240, 3)
    cut = warp(photo, Similarity(np.array([[1.0, 0, -30], [0, 1.0, -11]])), 128)
    np.testing.assert_array_equal(cut, photo[11 : 11 + 128, 30 : 30 + 128])


def test_a_shift_by_half_a_pixel_is_the_mean_of_neighbours() -> None:
    photo = noise(140, 140, 3)
    cut = warp(photo, Similarity(np.array([[1.0, 0, -0.5], [0, 1.0, 0]])), 128)
    wanted = (photo[:128, :128].astype(float) + photo[:128, 1:129]) / 2
    assert np.abs(cut - wanted).max() <= 1


def test_a_quarter_turn_is_exact() -> None:
    """Pixel centres at +0.5 turn onto pixel centres: half a pixel off, a row would be missing."""
    photo = noise(128, 128, 3)
    turn = Similarity(np.array([[0.0, -1, 128], [1, 0, 0]]))  # (x, y) to (128 − y, x)
    np.testing.assert_array_equal(warp(photo, turn, 128), np.rot90(photo, -1))


@pytest.mark.parametrize("finer", [2, 4, 16])
def test_shrinking_averages_the_pixels_that_fall_together(finer: int) -> None:
    """Noise becomes the blocks' means, in place: any offset would mix blocks that do not agree."""
    size = 64
    photo = noise(size * finer, size * finer, 3)
    small = warp(photo, Similarity(np.array([[1 / finer, 0, 0], [0, 1 / finer, 0]])), size)
    blocks = photo.reshape(size, finer, size, finer, 3).mean(axis=(1, 3))
    assert np.abs(small - blocks).max() <= 1


def test_shrinking_by_more_than_sixteen_still_works() -> None:
    photo = np.full((3000, 3000, 3), 77, np.uint8)
    small = warp(photo, Similarity(np.array([[1 / 40, 0, 0], [0, 1 / 40, 0]])), 64)
    assert (small == 77).all()


def test_template_sizes_show_the_same(
    astronaut: NDArray[np.uint8], landmarks: NDArray[np.float64]
) -> None:
    small = warp(astronaut, align(landmarks), 128)
    large = warp(astronaut, align(landmarks, 256), 256)
    assert large.shape == (256, 256, 3)
    averaged = cv2.resize(large, (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(averaged.astype(int) - small).mean() < 2
    shifted = np.roll(averaged, 1, axis=1)  # what a pixel's offset would look like
    assert np.abs(shifted.astype(int) - small).mean() > 4


def test_the_eyes_are_where_the_template_says(
    astronaut: NDArray[np.uint8], landmarks: NDArray[np.float64]
) -> None:
    aligned = warp(astronaut, align(landmarks, 256), 256).mean(axis=2)
    for column in (90, 166):  # irises and lashes are the darkest spots of the eye band
        eye = cv2.GaussianBlur(aligned[64:104, column - 24 : column + 24], (0, 0), 3)
        row, dark = np.unravel_index(eye.argmin(), eye.shape)
        assert abs(row - 20) <= 6
        assert abs(dark - 24) <= 8


def test_beyond_the_border_the_edge_is_repeated() -> None:
    photo = noise(50, 60, 3)
    cut = warp(photo, Similarity(np.array([[1.0, 0, 40], [0, 1.0, 30]])), 128)
    np.testing.assert_array_equal(cut[30:80, 40:100], photo)
    np.testing.assert_array_equal(cut[30:80, :40], np.repeat(photo[:, :1], 40, axis=1))
    np.testing.assert_array_equal(cut[80:, 40:100], np.repeat(photo[-1:], 48, axis=0))
    assert (cut[:30, :40] == photo[0, 0]).all()


@pytest.mark.parametrize(
    ("channels", "interpolation"),
    [(1, cv2.INTER_CUBIC), (3, cv2.INTER_CUBIC), (3, cv2.INTER_LINEAR), (6, cv2.INTER_LINEAR)],
)
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_reading_at_pixel_centres_changes_nothing(
    channels: int, interpolation: int, kind: type
) -> None:
    picture = noise(20, 30, channels).astype(kind)
    picture = picture[..., 0] if channels == 1 else picture
    where = np.stack(np.meshgrid(np.arange(30) + 0.5, np.arange(20) + 0.5), axis=-1)
    read = resample(picture, where, interpolation=interpolation)
    assert read.dtype == picture.dtype
    np.testing.assert_array_equal(read, picture)


def test_reading_a_slope_between_pixels_and_beyond_the_border() -> None:
    slope = np.tile(np.arange(40, dtype=np.float32) * 2, (10, 1))  # 2·x − 1 at the place x
    where = np.array([[[20.25, 5.0], [31.0, 4.5], [-9.0, 5.0], [60.0, 99.0]]])
    wanted = [[39.5, 61.0, 0.0, 78.0]]
    linear = resample(slope, where, interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(linear, wanted, atol=1e-5)
    np.testing.assert_allclose(resample(slope, where), wanted, atol=0.1)  # its kernel is not exact
