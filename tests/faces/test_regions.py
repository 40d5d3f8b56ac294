"""Where the eye and mouth regions lie, and the windows that join them."""

from __future__ import annotations

import numpy as np
import pytest

from generic_face import generic_face
from lgpgan.faces.alignment import align
from lgpgan.faces.detection import Face
from lgpgan.faces.regions import (
    EYE_BOX,
    folding_area,
    mouth_box,
    mouth_box_at,
    regions_above_each_other,
    window,
)


def landmarks_with_mouth_at(row: float) -> np.ndarray:
    points = np.full((68, 2), 40.0)
    rng = np.random.default_rng(0)
    mouth = rng.normal(0, 5, (20, 2))
    points[48:] = mouth - mouth.mean(axis=0) + (64, row)
    return points


def test_the_eyes_box_is_the_papers() -> None:
    assert (EYE_BOX.rows, EYE_BOX.columns) == (slice(14, 62), slice(16, 112))
    assert np.zeros((128, 128))[EYE_BOX.rows, EYE_BOX.columns].shape == (48, 96)


def test_the_mouths_box_is_centred_four_rows_below_its_landmarks() -> None:
    box = mouth_box(landmarks_with_mouth_at(84.0))
    assert (box.rows, box.columns) == (slice(64, 112), slice(32, 96))
    assert mouth_box(landmarks_with_mouth_at(84.4)).top == 64
    assert mouth_box(landmarks_with_mouth_at(84.6)).top == 65


def test_only_the_mouths_rows_count() -> None:
    points = landmarks_with_mouth_at(80.0)
    moved = points + np.array([9.0, 0.0])
    moved[:48] += 30
    assert mouth_box(moved) == mouth_box(points)


@pytest.mark.parametrize(("row", "top"), [(5.0, 0), (20.0, 0), (100.0, 80), (140.0, 80)])
def test_the_box_stays_in_the_frame(row: float, top: int) -> None:
    box = mouth_box(landmarks_with_mouth_at(row))
    assert box.top == top
    assert np.zeros((128, 128))[box.rows, box.columns].shape == (48, 64)


def test_a_box_is_named_by_its_first_row() -> None:
    assert mouth_box_at(61).rows == slice(61, 109)
    assert mouth_box_at(-3).top == 0
    assert mouth_box_at(99).top == 80


def test_a_real_mouth_is_inside_its_box(astronaut_face: Face) -> None:
    points = align(astronaut_face.landmarks)(astronaut_face.landmarks)
    box = mouth_box(points)
    x, y = points[48:].T
    assert box.left + 8 < x.min()
    assert x.max() < box.left + box.width - 8
    assert box.top + 8 < y.min()
    assert y.max() < box.top + box.height - 8


@pytest.mark.parametrize(("height", "width", "fade"), [(48, 96, 8), (48, 64, 12.5), (20, 31, 3)])
def test_windows_are_one_inside_and_fall_smoothly_to_the_border(
    height: int, width: int, fade: float
) -> None:
    weight = window(height, width, fade)
    assert weight.shape == (height, width)
    assert weight.dtype == np.float32
    inner = int(np.ceil(fade))
    assert (weight[inner:-inner, inner:-inner] == 1).all()
    assert weight.min() >= 0
    assert max(weight[0].max(), weight[:, 0].max()) < 3 * (0.5 / fade) ** 2 + 1e-6
    np.testing.assert_allclose(weight, weight[::-1], atol=1e-6)
    np.testing.assert_allclose(weight, weight[:, ::-1], atol=1e-6)
    rise = np.diff(weight[: height // 2, width // 2])
    assert (rise >= 0).all()
    assert rise.max() <= 1.5 / fade + 1e-6


def test_half_way_in_the_weight_is_a_half() -> None:
    assert window(40, 40, 9)[4, 20] == pytest.approx(0.5)


def test_a_window_without_fade_is_one() -> None:
    assert (window(5, 7, 0) == 1).all()


def test_regions_are_shown_above_each_other() -> None:
    face = np.zeros((128, 128, 3), np.uint8)
    face[14:62, 16:112] = (10, 20, 30)  # the eyes
    face[70:118, 32:96] = (40, 50, 60)  # the mouth
    shown = regions_above_each_other(face, mouth_box_at(70))
    assert shown.shape == (48 + 5 + 48, 96, 3)
    np.testing.assert_array_equal(shown[:48], np.broadcast_to([10, 20, 30], (48, 96, 3)))
    np.testing.assert_array_equal(shown[53:, 16:80], np.broadcast_to([40, 50, 60], (48, 64, 3)))
    assert (shown[48:53] == 255).all()
    assert (shown[53:, :16] == 255).all()


def test_regions_are_enlarged_and_found_in_larger_faces() -> None:
    face = np.zeros((256, 256, 3), np.uint8)
    shown = regions_above_each_other(face, mouth_box_at(64), scale=0.5)
    assert shown.shape == (48 + 5 + 48, 96, 3)
    assert (shown[:48] == 0).all()


def test_what_folds_is_beside_nose_and_mouth() -> None:
    face = generic_face()
    area = folding_area(face)
    for landmark in (31, 33, 35, 48, 54, 62, 66, 36, 45):
        column, row = np.rint(face[landmark] - 0.5).astype(int)
        assert not area[row, column]
    for corner, wing in ((48, 31), (54, 35)):
        between = (face[corner] + face[wing]) / 2 + [2 * np.sign(face[corner, 0] - 64), 0]
        column, row = np.rint(between - 0.5).astype(int)
        assert area[row, column]
    assert not area[: int(face[30, 1]) - 1].any(), "the rims of glasses are no folds"
