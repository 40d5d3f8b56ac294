"""The fit finds again what landmarks were projected from, and meets them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.expressions.expression import Expression
from lgpgan.face3d import fitting
from lgpgan.face3d.face_model import FaceModel
from lgpgan.face3d.fitting import RESIDUAL_REACH, Fit, fit, recipe_bounds, shown_bounds
from sitting import Sitting


def pose(scale: float, yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """Projection (2, 3) of a head that is turned by these angles; y points down in the picture."""
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (np.cos, np.sin))
    turn_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    turn_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    turn_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return scale * (np.diag([1.0, -1.0, 1.0]) @ turn_z @ turn_x @ turn_y)[:2]


def posed(model: FaceModel, projection: NDArray[np.float64], identity: NDArray[np.float64]) -> Fit:
    residual = np.zeros((len(model.neutral), 2), np.float32)
    return Fit(projection, np.array([63.0, 59.0]), identity, residual)


def seen_head(model: FaceModel, seed: int) -> tuple[Fit, NDArray[np.float64]]:
    """Some head in some pose, and its landmarks."""
    rng = np.random.default_rng(seed)
    identity = rng.uniform(-1, 1, len(model.identity))
    truth = posed(model, pose(rng.uniform(5, 7), *rng.uniform(-0.2, 0.2, 3)), identity)
    return truth, truth.project(truth.shape(model))[model.landmarks, :2].astype(np.float64)


def angle_between(one: Fit, other: Fit) -> float:
    """In degrees."""
    cosine = (np.trace(one.rotation @ other.rotation.T) - 1) / 2
    return float(np.degrees(np.arccos(min(cosine, 1))))


@pytest.mark.parametrize("seed", range(5))
def test_pose_and_identity_are_found_again(
    small_head: FaceModel, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the pull towards the mean face, the fit solves for exactly what was projected."""
    monkeypatch.setattr(fitting, "RIDGE", 1e-4)
    monkeypatch.setattr(fitting, "ALTERNATIONS", 100)
    truth, landmarks = seen_head(small_head, seed)
    found = fit(small_head, landmarks)
    assert found.scale == pytest.approx(truth.scale, rel=2e-3)
    assert angle_between(found, truth) < 0.3
    np.testing.assert_allclose(found.identity, truth.identity, atol=0.05)
    assert np.abs(found.residual[small_head.landmarks]).max() < 0.1


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_leans_towards_the_mean_face(small_head: FaceModel, seed: int) -> None:
    truth, landmarks = seen_head(small_head, seed)
    found = fit(small_head, landmarks)
    assert found.scale == pytest.approx(truth.scale, rel=0.05)
    assert angle_between(found, truth) < 6
    along = found.identity @ truth.identity / (truth.identity @ truth.identity)
    assert 0.2 < along < 1
    placed = found.project(found.shape(small_head))[small_head.landmarks, :2]
    assert np.abs(placed - landmarks).max() < 0.1


def test_a_frontal_pose_is_read_right(small_head: FaceModel) -> None:
    truth = posed(small_head, pose(6, 0, 0, 0), np.zeros(0))
    found = fit(small_head, truth.project(truth.shape(small_head))[small_head.landmarks, :2])
    np.testing.assert_allclose(found.rotation, np.diag([1, -1, 1]), atol=1e-3)
    np.testing.assert_allclose(found.translation, [63, 59], atol=1e-2)
    nose, ear = found.project(found.shape(small_head))[small_head.landmarks[[30, 0]]]
    assert nose[2] > ear[2] + 20  # depth grows towards the camera


def test_the_rotation_is_one(sitting: Sitting) -> None:
    rotation = sitting.fit.rotation
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(rotation[:2] * sitting.fit.scale, sitting.fit.projection, atol=1e-9)
    assert rotation[2, 2] > 0.9


def test_the_residual_meets_the_landmarks(small_head: FaceModel) -> None:
    """Landmarks 1.5 pixels from what any head has are met but for a fraction of a pixel."""
    truth = posed(small_head, pose(6, 0.05, -0.1, 0), np.full(len(small_head.identity), 0.3))
    landmarks = truth.project(truth.shape(small_head))[small_head.landmarks, :2]
    rng = np.random.default_rng(0)
    shaken = landmarks + rng.normal(0, 1.5, (68, 2))
    shaken[61:64], shaken[[67, 66, 65]] = landmarks[61:64], landmarks[[67, 66, 65]]
    found = fit(small_head, shaken)
    placed = found.project(found.shape(small_head))[small_head.landmarks, :2]
    assert np.abs(placed - shaken).mean() < 0.15
    without = dataclasses.replace(found, residual=np.zeros_like(found.residual))
    bare = without.project(without.shape(small_head))[small_head.landmarks, :2]
    assert np.abs(bare - shaken).mean() > 0.7


def test_the_residual_fades_out_beyond_the_face(small_head: FaceModel) -> None:
    far = small_head.neutral.copy()
    outer = np.abs(far[:, 0]) > 6.5
    far[outer, 0] *= np.random.default_rng(0).uniform(1, 5, outer.sum())
    far[small_head.landmarks] = small_head.neutral[small_head.landmarks]
    model = dataclasses.replace(small_head, neutral=far)
    truth = posed(model, pose(6, 0, 0, 0), np.zeros(0))
    landmarks = truth.project(far)[model.landmarks, :2]
    bent = landmarks + 0.004 * (landmarks[:, :1] - 63) ** 2 * (1.0, 0.0)  # no pose or shape does it
    found = fit(model, bent)
    placed = found.project(far)[:, :2] - found.residual
    distance = np.linalg.norm(placed - placed[model.landmarks].mean(axis=0), axis=1)
    distance /= np.ptp(bent[:, 0])
    length = np.linalg.norm(found.residual, axis=1)
    near, reach = RESIDUAL_REACH
    assert not length[distance > reach + 0.05].any()
    assert (distance > reach + 0.05).sum() > 10
    rim = (distance > reach - 0.12) & (distance < reach)
    middle = (distance > near) & (distance < near + 0.3)
    assert rim.sum() > 3
    assert length[middle].max() > 2
    assert length[rim].max() < 0.5 * length[middle].max()


def test_a_real_photos_landmarks_are_met(sitting: Sitting) -> None:
    placed = sitting.place().vertices[sitting.scene.model.landmarks, :2]
    off = np.linalg.norm(placed - sitting.landmarks, axis=1)
    lips = np.r_[61:64, 65:68]  # they lie on each other in the mesh, and apart in this smile
    assert np.delete(off, lips).max() < 1.0
    assert np.median(off) < 0.3
    assert 0.9 < sitting.fit.scale / 6 < 1.1


def test_an_expression_is_told_from_the_identity(small_head: FaceModel) -> None:
    truth = posed(small_head, pose(6, 0.05, 0.02, -0.02), np.full(len(small_head.identity), 0.2))
    shape = truth.shape(small_head)
    shown = {"mouthSmile": 0.7, "jawOpen": 0.25}
    moved = shape + small_head.offsets(shown)
    landmarks = truth.project(moved)[small_head.landmarks, :2]
    found = fit(small_head, landmarks, blendshapes=shown_bounds(Expression.HAPPY))
    weights = found.expression
    assert weights["mouthSmile_L"] == pytest.approx(0.7, abs=0.2)
    assert weights["mouthSmile_R"] == pytest.approx(weights["mouthSmile_L"], abs=0.1)
    assert weights["jawOpen"] == pytest.approx(0.25, abs=0.12)
    assert min(weights.values()) >= 0
    assert max(weights.values()) <= 1
    placed = found.project(found.shape(small_head) + small_head.offsets(weights))
    assert np.abs(placed[small_head.landmarks, :2] - landmarks).max() < 0.5
    assert not fit(small_head, landmarks).expression


def test_a_neutral_face_shows_no_expression(small_head: FaceModel) -> None:
    truth = posed(small_head, pose(6, 0, 0, 0), np.full(len(small_head.identity), -0.3))
    landmarks = truth.project(truth.shape(small_head))[small_head.landmarks, :2]
    found = fit(small_head, landmarks, blendshapes=shown_bounds(Expression.HAPPY))
    assert max(found.expression.values()) < 0.15


def test_a_head_without_identity_modes_is_posed(small_head: FaceModel) -> None:
    """The published folder with its first OBJ files only: reshaping nothing raised ValueError."""
    model = dataclasses.replace(small_head, identity=small_head.identity[:0])
    truth = posed(model, pose(5.5, 0.1, 0, 0), np.zeros(0))
    found = fit(model, truth.project(truth.shape(model))[model.landmarks, :2])
    assert found.scale == pytest.approx(5.5, rel=1e-3)
    assert found.identity.shape == (0,)


def test_another_shape_keeps_pose_and_residual(sitting: Sitting, small_head: FaceModel) -> None:
    change = np.linspace(-1, 1, len(small_head.identity))
    other = sitting.fit.with_identity(change)
    np.testing.assert_allclose(other.identity, sitting.fit.identity + change)
    assert other.projection is sitting.fit.projection
    assert other.residual is sitting.fit.residual
    moved = other.shape(small_head) - sitting.fit.shape(small_head)
    wanted = np.tensordot(change, small_head.identity, axes=1)
    np.testing.assert_allclose(moved, wanted, atol=1e-5)


def test_a_brow_that_is_drawn_down_is_found(small_head: FaceModel) -> None:
    """Weights below 0 were not looked for, so anger stayed in the residual."""
    bounds = recipe_bounds(Expression.ANGRY)
    assert bounds["browInnerUp"] == (pytest.approx(-1.69), 0.0)
    weights = {"browInnerUp_L": -1.0, "browInnerUp_R": -1.0}
    points = small_head.neutral + small_head.offsets(weights)
    landmarks = points[small_head.landmarks, :2] * [6, -6] + [64, 60]
    found = fit(small_head, landmarks, blendshapes=bounds).expression
    assert found["browInnerUp_L"] < -0.2
    assert found["browInnerUp_R"] < -0.2


def test_a_neutral_photo_shows_nothing() -> None:
    assert not shown_bounds(Expression.NEUTRAL)
    assert shown_bounds(Expression.HAPPY)["mouthSmile"] == (0.0, 1.0)
    assert shown_bounds(Expression.SAD)["browInnerUp"][1] > 1
