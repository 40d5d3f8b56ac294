"""Fitting the 3-D face to a photo: pose and identity from 68 landmarks, then what is left over.

Weak perspective, a ridge-regularised identity and, where the photo is not neutral, the blendshapes
it shows are solved in turn; the remaining 2-D residual is taken up by a thin-plate spline that
fades out beyond the face, so that the mesh meets every landmark of the photo.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.optimize import lsq_linear

from lgpgan.expressions.expression import MAXIMUM_INTENSITY, RECIPES, Expression
from lgpgan.face3d.face_model import FaceModel

__all__ = ["Fit", "fit", "recipe_bounds", "shown_bounds"]

Bounds = Mapping[str, tuple[float, float]]
"""Blendshape to the least and the greatest weight; a name without side stands for both."""

IDENTITY_MODES = 40
ALTERNATIONS = 6
RIDGE = 0.9
"""Weight of the squared identity coefficients against squared residuals in centimetres."""
JAW_WEIGHT = 0.3
"""The jaw line slides along the cheek as the head turns: its landmarks count for less."""
SPLINE_SMOOTHING = 1.25
EXPRESSION_RIDGE = 0.05
"""Weight of the squared blendshape weights, likewise."""
MOUTH_AND_LIDS = (
    *("mouthSmile", "mouthUpperUp", "mouthLowerDown", "mouthStretch", "mouthDimple"),
    *("mouthShrugUpper", "mouthShrugLower", "mouthRollUpper", "mouthRollLower"),
    *("jawOpen", "cheekSquint", "eyeSquint"),
)
"""What is looked for in every photo that is not neutral, and that a camera took."""
LOWER_FACE = ("mouth", "jaw")
"""How the names of the other blendshapes begin."""
RESIDUAL_REACH = (0.6, 1.6)
"""The residual fades from 1 to 0 between these distances from the face's middle, in face widths."""


@dataclass(frozen=True)
class Fit:
    """A face model placed in an aligned face.

    Attributes:
        projection: (2, 3) scaled rotation from centimetres to template pixels (x right, y down).
        translation: (2,) template pixels.
        identity: (K,) coefficients of the identity modes.
        residual: (V, 2) template pixels, what pose, identity and expression leave unexplained.
        expression: the blendshape weights that the photo shows; none where it is neutral.
    """

    projection: NDArray[np.float64]
    translation: NDArray[np.float64]
    identity: NDArray[np.float64]
    residual: NDArray[np.float32]
    expression: Mapping[str, float] = field(default_factory=dict)

    @property
    def scale(self) -> float:
        """Template pixels per centimetre."""
        return float(np.linalg.norm(self.projection[0]))

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3) from model axes to picture axes: x right, y down, z towards the camera."""
        x, y = self.projection / self.scale
        return np.stack([x, y, -np.cross(x, y)])

    def shape(self, model: FaceModel) -> NDArray[np.float32]:
        """Neutral vertices (V, 3) of this person, in centimetres."""
        modes = model.identity[: len(self.identity)]
        offset = np.tensordot(self.identity.astype(np.float32), modes, axes=1)
        shape: NDArray[np.float32] = model.neutral + offset
        return shape

    def project(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        """Place vertices (V, 3) in the template: (V, 3) of x, y and depth towards the camera."""
        placed = vertices @ (self.rotation.T * self.scale).astype(np.float32)
        placed[:, :2] += self.translation.astype(np.float32) + self.residual
        return placed

    def with_identity(self, change: NDArray[np.float64]) -> Fit:
        """The same pose with other identity coefficients: ``change`` (K,) is added."""
        return replace(self, identity=self.identity + change)


def recipe_bounds(expression: Expression) -> Bounds:
    """What may be seen of an expression's recipe: nothing to the strongest that there is."""
    return {
        name: (min(0.0, MAXIMUM_INTENSITY * weight), max(0.0, MAXIMUM_INTENSITY * weight))
        for name, weight in RECIPES[expression].items()
    }


def shown_bounds(expression: str) -> Bounds:
    """What may be seen in a camera's photo of an expression; nothing where it is neutral.

    Mouth and lids as people move them, and what the recipe does to brows, lids and nose, if it is
    one of the eight.
    """
    if expression == Expression.NEUTRAL:
        return {}
    recipe = recipe_bounds(Expression(expression)) if expression in RECIPES else {}
    above = {name: bounds for name, bounds in recipe.items() if not name.startswith(LOWER_FACE)}
    return above | dict.fromkeys(MOUTH_AND_LIDS, (0.0, 1.0))


def fit(
    model: FaceModel, landmarks: NDArray[np.floating], *, blendshapes: Bounds | None = None
) -> Fit:
    """Fit pose and identity of ``model`` to a photo, and its expression unless it is neutral.

    Args:
        model: the 3-D face.
        landmarks: (68, 2) in template coordinates (128×128).
        blendshapes: what the face may show, and how strongly; None where it is at rest.

    Raises:
        InputError: when the model lacks a blendshape.
    """
    target = np.asarray(landmarks, np.float64)
    modes = model.identity[:IDENTITY_MODES, model.landmarks].astype(np.float64)
    base = model.neutral[model.landmarks].astype(np.float64)
    bounds = {
        side: limits for name, limits in (blendshapes or {}).items() for side in model.sides(name)
    }
    names = tuple(bounds)
    shapes = np.array([model.blendshapes[name][model.landmarks] for name in names], np.float64)
    shapes = shapes.reshape(-1, *base.shape)
    weight = np.ones(len(base))
    weight[:17] = JAW_WEIGHT
    identity, expression = np.zeros(len(modes)), np.zeros(len(names))
    for _ in range(ALTERNATIONS):
        person = base + np.tensordot(identity, modes, axes=1)
        moved = np.tensordot(expression, shapes, axes=1)
        projection, translation = _weak_perspective(person + moved, target, weight)
        wanted = target - translation
        identity = _identity(base + moved, modes, wanted, projection, weight)
        if names:
            person = base + np.tensordot(identity, modes, axes=1)
            limits = np.array(list(bounds.values()))
            expression = _expression(person, shapes, wanted, projection, weight, limits)
    found = Fit(
        projection,
        translation,
        identity,
        np.zeros((len(model.neutral), 2), np.float32),
        dict(zip(names, expression.tolist(), strict=True)),
    )
    shown = found.shape(model) + model.offsets(found.expression)
    placed = found.project(shown)[:, :2]
    return replace(found, residual=_residual(placed, model.landmarks, target))


def _weak_perspective(
    points: NDArray[np.float64], target: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least-squares scaled rotation (2, 3) and translation (2,): the best affine map made rigid."""
    design = np.column_stack([points, np.ones(len(points))])
    affine = np.linalg.lstsq(design * weight[:, None], target * weight[:, None], rcond=None)[0]
    u, singular, vt = np.linalg.svd(affine[:3].T, full_matrices=False)
    projection = (u @ vt) * singular.mean()
    share = weight**2 / (weight**2).sum()
    return projection, ((target - points @ projection.T) * share[:, None]).sum(axis=0)


def _identity(
    base: NDArray[np.float64],
    modes: NDArray[np.float64],
    target: NDArray[np.float64],
    projection: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Ridge regression of the identity coefficients (K,) at a given pose."""
    jacobian, wanted = _linearised(base, modes, target, projection, weight)
    ridge = RIDGE * np.linalg.norm(projection[0]) ** 2
    normal = jacobian.T @ jacobian + ridge * np.eye(len(modes))
    return np.asarray(np.linalg.solve(normal, jacobian.T @ wanted), np.float64)


def _expression(
    base: NDArray[np.float64],
    shapes: NDArray[np.float64],
    target: NDArray[np.float64],
    projection: NDArray[np.float64],
    weight: NDArray[np.float64],
    limits: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Ridge regression of the blendshape weights (E,), within limits (E, 2), at a given pose."""
    jacobian, wanted = _linearised(base, shapes, target, projection, weight)
    ridge = np.sqrt(EXPRESSION_RIDGE) * np.linalg.norm(projection[0]) * np.eye(len(shapes))
    design = np.concatenate([jacobian, ridge])
    right = np.concatenate([wanted, np.zeros(len(shapes))])
    solved = lsq_linear(design, right, bounds=(limits[:, 0], limits[:, 1]))
    return np.asarray(solved.x, np.float64)


def _linearised(
    base: NDArray[np.float64],
    modes: NDArray[np.float64],
    target: NDArray[np.float64],
    projection: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted design (136, K) and right side (136,) for coefficients of ``modes`` (K, 68, 3)."""
    jacobian = np.einsum("ij,knj->nik", projection, modes) * weight[:, None, None]
    wanted = (target - base @ projection.T) * weight[:, None]
    return jacobian.reshape(2 * len(base), -1), wanted.ravel()


def _residual(
    placed: NDArray[np.float32], vertices: NDArray[np.int32], target: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Thin-plate spline (V, 2) through what the landmarks are still off, faded beyond the face."""
    at_landmarks = placed[vertices].astype(np.float64)
    spline = RBFInterpolator(
        at_landmarks,
        target - at_landmarks,
        kernel="thin_plate_spline",
        smoothing=SPLINE_SMOOTHING,
    )
    width = np.ptp(target[:, 0])
    distance = np.linalg.norm(placed - at_landmarks.mean(axis=0), axis=1) / width
    near, far = RESIDUAL_REACH
    fade = np.clip((far - distance) / (far - near), 0.0, 1.0)
    inside = fade > 0
    residual = np.zeros_like(placed)
    residual[inside] = spline(placed[inside].astype(np.float64)) * fade[inside, None]
    return residual
