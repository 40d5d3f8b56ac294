"""How the takes of one photo differ: in strength, single action units, sides, gaze and shape.

Beside the eight classes a take holds faces that show two of them at once, one above the nose and
another below it, one in another way than its recipe does, or single action units on top of one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lgpgan.expressions.action_units import SHOWN_UNITS, blendshapes_of
from lgpgan.expressions.expression import (
    MAXIMUM_INTENSITY,
    RECIPES,
    UPPER_FACE,
    VARIANTS,
    Expression,
)
from lgpgan.face3d.face_model import FaceModel

__all__ = ["Blend", "Take", "Variation", "draw_take", "draw_weights", "shown_intensity"]


MIXTURE_SHARE = (0.2, 0.8)
"""Range of the share of a mixture's first class."""
VARIANT_WEAKEST = 0.5
"""Least intensity of a class that is shown in another way than its recipe does."""
UNIT_WEAKEST = 0.1
"""Least intensity of an action unit on top of a class."""
UNITS_AT_ONCE = (0.6, 0.25, 0.15)
"""Share of the faces with action units that show one of them, two, or three."""
UNITS_ALONE = 0.6
"""Share of the faces with action units that show them on top of neutral."""
OPPOSITE: Mapping[int, int] = {62: 61, 64: 63}
"""Units of the gaze that are not shown beside the one that they would take back."""
STRONGEST_WEIGHT = 1.3
"""Greatest weight of a blendshape that both a class and an action unit use."""


@dataclass(frozen=True)
class Variation:
    """How far the takes of a photo differ from the recipes; take 0 never does.

    Attributes:
        weakest: lower end of the uniform range of intensities.
        strongest: its upper end.
        mixtures: faces of a take that show two classes at once.
        halves: faces of a take whose eyes show another class than their mouth.
        variants: faces of a take that show a class in another way than its recipe's.
        units: faces of a take that show action units on top of a class, mostly of neutral.
        turned: share of the takes in which the head is turned.
        yaw: how far at most it is turned sideways, in degrees.
        pitch: how far at most it is turned up or down, in degrees.
        blendshape: standard deviation of each blendshape's factor about 1.
        side: standard deviation of the factor between its two sides.
        gaze: standard deviation of the gaze, 1 being as far as eyes turn.
        identity: standard deviation added to the identity coefficients.
    """

    weakest: float = 0.05
    strongest: float = MAXIMUM_INTENSITY
    mixtures: int = 2
    halves: int = 2
    variants: int = 2
    units: int = 4
    turned: float = 1 / 3
    yaw: float = 22.0
    pitch: float = 10.0
    blendshape: float = 0.12
    side: float = 0.08
    gaze: float = 0.15
    identity: float = 0.3


@dataclass(frozen=True)
class Blend:
    """A face that does not show one class as its recipe has it.

    Attributes:
        eyes: class to its intensity in the upper half; neutral is the rest.
        mouth: the same of the lower half.
        weights: blendshape weights, gaze included.
        variant: name of the way in which it shows its class; None where that is its recipe's.
        added_units: intensity, 0 to 1, of action units on top of what it shows, by their numbers.
    """

    eyes: Mapping[Expression, float]
    mouth: Mapping[Expression, float]
    weights: Mapping[str, float]
    variant: str | None = None
    added_units: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Take:
    """One draw for a photo: what to render.

    Attributes:
        intensity: expression to its intensity.
        weights: expression to its blendshape weights, intensity and gaze included.
        identity: (K,) change of the identity coefficients.
        blends: what it shows beside the eight classes.
        turn: yaw and pitch of the head in degrees, in addition to the photo's.
    """

    intensity: Mapping[Expression, float]
    weights: Mapping[Expression, Mapping[str, float]]
    identity: NDArray[np.float64]
    blends: tuple[Blend, ...] = ()
    turn: tuple[float, float] = (0.0, 0.0)

    @property
    def faces(self) -> list[Mapping[str, float]]:
        """Blendshape weights of all its faces: the eight classes, in their order, come first."""
        classes = [self.weights[expression] for expression in Expression]
        return [*classes, *(blend.weights for blend in self.blends)]

    def showing(
        self, expression: Expression, weights: Mapping[str, float], intensity: float
    ) -> Take:
        """The same, but for how one class is shown."""
        return replace(
            self,
            weights={**self.weights, expression: weights},
            intensity={**self.intensity, expression: intensity},
        )


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
    rng = _generator(f"{key}/{number}")
    gaze = tuple(rng.normal(0, variation.gaze, 2).tolist())
    intensity: dict[Expression, float] = {}
    weights: dict[Expression, Mapping[str, float]] = {}
    for expression in Expression:
        drawn = float(rng.uniform(variation.weakest, variation.strongest))
        strength = 1.0 if expression is Expression.NEUTRAL else round(drawn, 4)
        intensity[expression] = strength
        sided = _jittered(model, RECIPES[expression], strength, variation, rng)
        weights[expression] = _with_gaze(sided, *gaze)
    identity = rng.normal(0, variation.identity, modes)
    blends = tuple(
        replace(blend, weights=_with_gaze(blend.weights, *gaze))
        for blend in (
            *_draw_blends(model, variation, _generator(f"{key}/{number}/blends")),
            *_draw_units(model, variation, _generator(f"{key}/{number}/units")),
        )
    )
    return Take(intensity, weights, identity, blends, _draw_turn(variation, f"{key}/{number}"))


def _draw_turn(variation: Variation, key: str) -> tuple[float, float]:
    """Yaw and pitch in degrees; 0 in most takes."""
    rng = _generator(f"{key}/turn")
    if rng.random() >= variation.turned:
        return 0.0, 0.0
    yaw, pitch = rng.uniform(-1, 1, 2) * (variation.yaw, variation.pitch)
    return round(float(yaw), 2), round(float(pitch), 2)


def _generator(key: str) -> np.random.Generator:
    digest = hashlib.sha256(key.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def _jittered(
    model: FaceModel,
    recipe: Mapping[str, float],
    strength: float,
    variation: Variation,
    rng: np.random.Generator,
) -> dict[str, float]:
    """A recipe at a strength, by sided name, each blendshape and side a little off."""
    sided: dict[str, float] = {}
    for name, weight in recipe.items():
        common = max(0.0, rng.normal(1, variation.blendshape))
        for side in model.sides(name):
            factor = max(0.0, rng.normal(1, variation.side)) * common
            sided[side] = sided.get(side, 0.0) + weight * strength * factor
    return sided


def draw_weights(
    model: FaceModel,
    shares: Mapping[Expression, float],
    variation: Variation,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Draw the blendshape weights of a face that shows one class, or several at once.

    Args:
        model: the 3-D face, which knows the blendshapes with two sides.
        shares: class to its intensity.
        variation: how far blendshapes and sides are off the recipes.
        rng: what is drawn from.

    Returns:
        Weights by sided name, the gaze as the recipes have it.
    """
    total: dict[str, float] = {}
    for expression, share in shares.items():
        drawn = _jittered(model, RECIPES[expression], share, variation, rng)
        for name, weight in drawn.items():
            total[name] = total.get(name, 0.0) + weight
    return total


def _draw_blends(
    model: FaceModel, variation: Variation, rng: np.random.Generator
) -> Iterator[Blend]:
    """The faces of a take beside the eight classes, without gaze."""
    shown = [expression for expression in Expression if expression is not Expression.NEUTRAL]

    def drawn(expression: Expression, strength: float) -> dict[str, float]:
        return _jittered(model, RECIPES[expression], strength, variation, rng)

    def strength() -> float:
        return round(float(rng.uniform(variation.weakest, variation.strongest)), 4)

    for _ in range(variation.mixtures):
        first, second = (shown[i] for i in rng.choice(len(shown), 2, replace=False))
        whole, share = strength(), rng.uniform(*MIXTURE_SHARE)
        shares = {first: round(whole * share, 4), second: round(whole * (1 - share), 4)}
        yield Blend(shares, shares, draw_weights(model, shares, variation, rng))
    for _ in range(variation.halves):
        above, below = (list(Expression)[i] for i in rng.choice(len(Expression), 2, replace=False))
        eyes, mouth = strength(), strength()
        upper, lower = drawn(above, eyes), drawn(below, mouth)
        yield Blend(
            _shares(above, eyes),
            _shares(below, mouth),
            {name: weight for name, weight in upper.items() if name.startswith(UPPER_FACE)}
            | {name: weight for name, weight in lower.items() if not name.startswith(UPPER_FACE)},
        )
    ways = [(expression, name) for expression in Expression for name in VARIANTS[expression]]
    for number in rng.permutation(len(ways))[: variation.variants]:
        expression, name = ways[number]
        strong = round(float(rng.uniform(VARIANT_WEAKEST, 1.0)), 4)
        weights = _jittered(model, VARIANTS[expression][name], strong, variation, rng)
        yield Blend(_shares(expression, strong), _shares(expression, strong), weights, name)


def _draw_units(
    model: FaceModel, variation: Variation, rng: np.random.Generator
) -> Iterator[Blend]:
    """The faces of a take that show action units on top of a class, without gaze."""
    for _ in range(variation.units):
        count = 1 + int(rng.choice(len(UNITS_AT_ONCE), p=UNITS_AT_ONCE))
        drawn_units = {
            int(number): round(float(rng.uniform(UNIT_WEAKEST, 1.0)), 4)
            for number in sorted(rng.choice(SHOWN_UNITS, count, replace=False))
        }
        units = {n: value for n, value in drawn_units.items() if OPPOSITE.get(n) not in drawn_units}
        alone, shown = rng.random() < UNITS_ALONE, rng.integers(len(Expression))
        strength = round(float(rng.uniform(variation.weakest, 1.0)), 4)
        shares = {} if alone else _shares(list(Expression)[shown], strength)
        total = draw_weights(model, shares, variation, rng)
        drawn = _jittered(model, blendshapes_of(units), 1.0, variation, rng)
        for name, weight in drawn.items():
            total[name] = min(total.get(name, 0.0) + weight, STRONGEST_WEIGHT)
        yield Blend(shares, shares, total, added_units=units)


def _shares(expression: Expression, strength: float) -> dict[Expression, float]:
    return {} if expression is Expression.NEUTRAL else {expression: strength}


def shown_intensity(blendshapes: Mapping[str, float], expression: Expression) -> float:
    """How strongly a photo shows an expression: its blendshapes projected on the recipe.

    Args:
        blendshapes: weights found by the fit, by sided name; what it did not look for does not
            count against the photo.
        expression: what the photo is said to show.

    Returns:
        0.2 to `MAXIMUM_INTENSITY`; 1 for neutral, and where the fit looked for nothing of it.
    """
    shown: dict[str, float] = {}
    for name in RECIPES[expression]:
        sides = [s for s in (name, f"{name}_L", f"{name}_R") if s in blendshapes]
        if sides:
            shown[name] = float(np.mean([blendshapes[side] for side in sides]))
    recipe = {name: RECIPES[expression][name] for name in shown}
    if not recipe:
        return 1.0
    along = sum(weight * shown[name] for name, weight in recipe.items())
    strength = along / sum(w * w for w in recipe.values())
    return round(float(np.clip(strength, 0.2, MAXIMUM_INTENSITY)), 4)


def _with_gaze(weights: Mapping[str, float], x: float, y: float) -> dict[str, float]:
    """Add a gaze towards the person's left (x > 0) and up (y > 0), the same for both eyes."""
    gazed = dict(weights)
    turned = {61: x, 62: -x, 63: y, 64: -y}
    added = blendshapes_of({unit: amount for unit, amount in turned.items() if amount > 0})
    for name, amount in added.items():
        gazed[name] = gazed.get(name, 0.0) + float(amount)
    return gazed
