"""How wide the edges of lips are in a photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE, Similarity, warp
from lgpgan.faces.sharpness import (
    RANGE,
    SHARP_EDGE,
    blur_between,
    edge_width,
    focus_blur,
    in_pixels_of,
    rise_width,
)


def width_in(photo: NDArray[np.uint8], frame: Similarity, landmarks: NDArray[np.float64]) -> float:
    """The width of edges in a photo whose aligned face is cut out of it."""
    return edge_width(photo, warp(photo, frame, TEMPLATE_SIZE), frame, landmarks)


def test_the_width_of_a_blurred_step_is_that_of_its_blur() -> None:
    step = np.repeat([0.0, 100.0], 100)
    soft = cv2.GaussianBlur(step[None], (0, 0), 6)[0]
    assert rise_width(soft) == pytest.approx(2.56 * 6, rel=0.03)


def test_a_rise_that_is_none_has_no_width() -> None:
    assert rise_width(np.full(30, 80.0)) is None
    assert rise_width(np.linspace(80, 85, 30)) is None


@pytest.mark.parametrize("scale", [3, 8])
def test_a_blurred_photo_has_wider_edges(scale: int) -> None:
    photo = np.full((128 * scale, 128 * scale, 3), 150, np.uint8)
    photo[89 * scale : 91 * scale] = 40  # the line between the lips
    landmarks = np.zeros((68, 2))
    for first, across in ((60, np.linspace(48, 80, 5)), (64, np.linspace(80, 48, 5)[:4])):
        landmarks[first : first + len(across)] = np.stack(
            [across, np.full(len(across), 90)], axis=1
        )
    frame = Similarity(np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]]))
    widths = [
        width_in(cv2.GaussianBlur(photo, (0, 0), blur * scale), frame, landmarks * scale)
        for blur in (0.2, 0.4, 0.6)
    ]
    assert widths[0] < widths[1] < widths[2]
    assert widths[1] == pytest.approx(2.56 * 0.4, abs=0.25)


def mouth_in(photo_size: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A sharp mouth, open in its middle, and the landmarks of its lips."""
    photo = np.full((*photo_size, 3), 150, np.uint8)
    landmarks = np.zeros((68, 2))
    landmarks[60:68] = [
        *([48, 90], [56, 86], [64, 84], [72, 86], [80, 90]),
        *([72, 94], [64, 96], [56, 94]),
    ]
    return photo, landmarks


def test_the_line_between_open_lips_is_in_their_middle() -> None:
    """Regression: the lower lip was read from right to left, so profiles were beside the mouth."""
    photo, landmarks = mouth_in((128, 128))
    columns = np.linspace(48, 80, 33)
    upper = np.interp(columns, *landmarks[[60, 61, 62, 63, 64]].T)
    lower = np.interp(columns, *landmarks[[60, 67, 66, 65, 64]].T)
    for column, middle in zip(columns.astype(int), (upper + lower) / 2, strict=True):
        photo[round(middle) - 1 : round(middle) + 1, column] = 40
    soft = cv2.GaussianBlur(photo, (0, 0), 0.5)
    frame = Similarity(np.eye(2, 3))
    assert width_in(soft, frame, landmarks) < 1.9  # 2.0 where no edge is seen
    moved = landmarks + np.array([0, 12])
    assert width_in(soft, frame, moved) == 2.0


def test_a_photo_that_is_wider_than_opencv_reads() -> None:
    """Regression: a panorama of 32,767 pixels or more ended in an error of OpenCV's."""
    photo, landmarks = mouth_in((128, 33_000))
    assert width_in(photo, Similarity(np.eye(2, 3)), landmarks) == 2.0


def test_a_reduced_photo_cannot_show_edges_finer_than_its_pixels() -> None:
    """Regression: previews had edges under a pixel wide, which were jagged."""
    reduced = Similarity(np.array([[2.0, 0, 0], [0, 2.0, 0]]))
    assert in_pixels_of(0.5, reduced) == pytest.approx(2.8)
    assert in_pixels_of(0.5, Similarity(np.eye(2, 3) / 8)) == 0.5


def squares(blur: float) -> NDArray[np.uint8]:
    """Light squares on a dark ground, out of focus, as an aligned face."""
    aligned = np.full((128, 128, 3), 60, np.uint8)
    for left in (20, 76):
        aligned[20:60, left : left + 32] = aligned[76:116, left : left + 32] = 170
    return np.asarray(cv2.GaussianBlur(aligned, (0, 0), blur), np.uint8)


@pytest.mark.parametrize("blur", [0.9, 1.5, 2.5])
def test_how_far_a_face_is_out_of_focus(blur: float) -> None:
    assert focus_blur(squares(blur)) == pytest.approx(blur, abs=0.15)


def test_a_sharp_face_and_an_even_one_are_in_focus() -> None:
    assert focus_blur(squares(0.3)) < 0.5
    assert focus_blur(np.full((128, 128, 3), 150, np.uint8)) == 0


def test_a_soft_shadow_is_not_taken_for_a_blur_of_hundreds_of_pixels() -> None:
    """Regression: what was drawn into such a face was blurred beyond its frame."""
    shadow = np.tile(np.linspace(0, 255, 128)[:, None], (128, 1, 3)).astype(np.uint8)
    assert focus_blur(shadow) <= 6


def test_edges_of_a_face_out_of_focus_are_wider_than_a_lip_is_high() -> None:
    """Regression: no edge was believed to be wider than two template pixels, so that an open mouth
    and wrinkles were sharper than the blurred photo they were drawn into."""
    aligned = squares(2.0)
    landmarks = np.zeros((68, 2))
    width = edge_width(aligned, aligned, Similarity(np.eye(2, 3)), landmarks)
    assert width > 2 * RANGE[1]
    assert blur_between(SHARP_EDGE, width) == pytest.approx(focus_blur(aligned))
    assert blur_between(width, SHARP_EDGE) == 0
