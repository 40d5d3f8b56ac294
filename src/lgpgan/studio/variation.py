"""What the takes of one photo differ in: strength, single action units, sides, gaze, shape."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgpgan.expressions import RECIPES, Expression
from lgpgan.studio.face_model import FaceModel

__all__ = ["Take", "Variation", "draw_take", "shown_intensity"]


@dataclass(frozen=True)
class Variation:
    """How far the takes of a photo differ from the recipes; take 0 never does.

    Attributes:
        weakest: lower end of the uniform range of intensities.
        strongest: its upper end.
        blendshape: standard deviation of each blendshape's factor about 1.
        side: standard deviation of the factor between its two sides.
        gaze: standard deviation of the gaze, 1 being as far as eyes turn.
        identity: standard deviation added to the identity coefficients.
    """

    weakest: float = 0.3
    strongest: float = 1.2
    blendshape: float = 0.12
    side: float = 0.08
    gaze: float = 0.15
    identity: float = 0.3


@dataclass(frozen=True)
class Take:
    """One draw for a photo: what to render.

    Attributes:
        intensity: expression to its intensity.
        weights: expression to its blendshape weights, intensity and gaze included.
        identity: (K,) change of the identity coefficients.
    """

    intensity: Mapping[Expression, float]
    weights: Mapping[Expression, Mapping[str, float]]
    identity: NDArray[np.float64]


def draw_take(model: FaceModel, modes: int, variation: Variation, *, key: str, number: int) -> Take:
    """Draw take ``number`` of the photo ``key``; the same arguments give the same take.

    Args:
        model: the 3-D face, which knows the blendshapes with two sides.
        modes: number of identity coefficients.
        variation: how far takes differ.
        key: names the photo and the seed.
        number: 0 is the recipes as they are, at intensity 1.
    """
    if number == 0:
        return Take(dict.fromkeys(Expression, 1.0), dict(RECIPES), np.zeros(modes))
    digest = hashlib.sha256(f"{key}/{number}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    gaze_x, gaze_y = rng.normal(0, variation.gaze, 2)
    intensity: dict[Expression, float] = {}
    weights: dict[Expression, Mapping[str, float]] = {}
    for expression in Expression:
        drawn = float(rng.uniform(variation.weakest, variation.strongest))
        strength = 1.0 if expression is Expression.NEUTRAL else round(drawn, 4)
        intensity[expression] = strength
        sided: dict[str, float] = {}
        for name, weight in RECIPES[expression].items():
            common = max(0.0, rng.normal(1, variation.blendshape))
            for side in model.sides(name):
                factor = max(0.0, rng.normal(1, variation.side)) * common
                sided[side] = sided.get(side, 0.0) + weight * strength * factor
        weights[expression] = _with_gaze(sided, gaze_x, gaze_y)
    return Take(intensity, weights, rng.normal(0, variation.identity, modes))


def shown_intensity(blendshapes: Mapping[str, float], expression: Expression) -> float:
    """How strongly a photo shows an expression: its blendshapes projected on the recipe.

    Args:
        blendshapes: weights found by the fit, by sided name.
        expression: what the photo is said to show.

    Returns:
        0.2 to 1.2; 1 for neutral.
    """
    recipe = RECIPES[expression]
    if not recipe:
        return 1.0
    shown = {
        name: blendshapes.get(name, np.mean([blendshapes.get(f"{name}_{s}", 0.0) for s in "LR"]))
        for name in recipe
    }
    along = sum(weight * shown[name] for name, weight in recipe.items())
    return round(float(np.clip(along / sum(w * w for w in recipe.values()), 0.2, 1.2)), 4)


def _with_gaze(weights: Mapping[str, float], x: float, y: float) -> dict[str, float]:
    """Add a gaze towards the person's left (x > 0) and up (y > 0), the same for both eyes."""
    gazed = dict(weights)
    sideways = ("eyeLookOut_L", "eyeLookIn_R") if x > 0 else ("eyeLookIn_L", "eyeLookOut_R")
    updown = ("eyeLookUp_L", "eyeLookUp_R") if y > 0 else ("eyeLookDown_L", "eyeLookDown_R")
    for names, amount in ((sideways, abs(x)), (updown, abs(y))):
        for name in names:
            gazed[name] = gazed.get(name, 0.0) + float(amount)
    return gazed
