"""Landmarks found on aligned faces, and what is refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from aligned_face import AlignedFace
from lgpgan.errors import InputError
from lgpgan.evaluation.aligned_faces import check_mouth_tops, enlarge, find_landmarks


def test_landmarks_are_those_of_the_photo(aligned: AlignedFace) -> None:
    found = find_landmarks(aligned.face[None])
    assert found.shape == (1, 68, 2)
    assert np.linalg.norm(found[0] - aligned.landmarks, axis=1).mean() < 0.6


def test_landmarks_follow_the_face(aligned: AlignedFace) -> None:
    shift = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]])
    moved = cv2.warpAffine(aligned.face, shift, (128, 128), borderMode=cv2.BORDER_REPLICATE)
    here, there = find_landmarks(np.stack([aligned.face, moved]))
    np.testing.assert_allclose((there - here).mean(axis=0), (2, -1), atol=0.3)


def test_a_face_does_not_depend_on_the_others(aligned: AlignedFace) -> None:
    mirrored = aligned.face[:, ::-1]
    both = find_landmarks(np.stack([mirrored, aligned.face]))
    np.testing.assert_array_equal(both[1:], find_landmarks(aligned.face[None]))


def test_no_faces_have_no_landmarks() -> None:
    assert find_landmarks(np.zeros((0, 128, 128, 3), np.uint8)).shape == (0, 68, 2)


def test_enlarging_keeps_places() -> None:
    face = np.zeros((128, 128, 3), np.uint8)
    face[40, 30] = 200
    rows, columns = np.indices((512, 512)) + 0.5
    weight = enlarge(face)[..., 0].astype(float)
    assert (weight * columns).sum() / weight.sum() == pytest.approx(30.5 * 4, abs=0.01)
    assert (weight * rows).sum() / weight.sum() == pytest.approx(40.5 * 4, abs=0.01)


@pytest.mark.parametrize(
    "faces",
    [
        np.zeros((128, 128, 3), np.uint8),
        np.zeros((1, 64, 64, 3), np.uint8),
        np.zeros((1, 128, 128, 3), np.float32),
    ],
)
def test_what_is_no_stack_of_faces_is_refused(faces: NDArray) -> None:
    with pytest.raises(InputError, match=r"\(N, 128, 128, 3\), uint8"):
        find_landmarks(faces)


@pytest.mark.parametrize("tops", [np.array([64]), np.array([64.0, 64.0])])
def test_mouth_regions_belong_to_the_faces(tops: NDArray) -> None:
    faces = np.zeros((2, 128, 128, 3), np.uint8)
    check_mouth_tops(faces, np.array([64, 70]))
    with pytest.raises(InputError, match="2 faces"):
        check_mouth_tops(faces, tops)
