"""What the takes of a photo differ in, and what they never do."""

from __future__ import annotations

import numpy as np
import pytest

from lgpgan.expressions.action_units import SHOWN_UNITS, blendshapes_of
from lgpgan.expressions.expression import RECIPES, VARIANTS, Expression
from lgpgan.face3d.face_model import FaceModel
from lgpgan.studio.variation import (
    Take,
    Variation,
    draw_take,
    draw_weights,
    shown_intensity,
)


def takes(model: FaceModel, count: int, variation: Variation | None = None) -> list[Take]:
    options = variation or Variation()
    return [draw_take(model, 6, options, key=f"0/person{n}", number=1) for n in range(count)]


def test_take_zero_is_the_recipes(small_head: FaceModel) -> None:
    take = draw_take(small_head, 6, Variation(), key="anyone", number=0)
    assert take.weights == RECIPES
    assert set(take.intensity.values()) == {1.0}
    assert set(take.intensity) == set(Expression)
    assert not take.identity.any()
    assert take.identity.shape == (6,)


def test_the_same_key_gives_the_same_take(small_head: FaceModel) -> None:
    one, same = (draw_take(small_head, 6, Variation(), key="7/ann", number=2) for _ in range(2))
    assert one.intensity == same.intensity
    assert one.weights == same.weights
    np.testing.assert_array_equal(one.identity, same.identity)


@pytest.mark.parametrize(("key", "number"), [("7/bob", 2), ("8/ann", 2), ("7/ann", 3)])
def test_another_key_or_number_gives_another_take(
    small_head: FaceModel, key: str, number: int
) -> None:
    one = draw_take(small_head, 6, Variation(), key="7/ann", number=2)
    other = draw_take(small_head, 6, Variation(), key=key, number=number)
    assert one.intensity != other.intensity
    assert one.weights != other.weights
    assert (one.identity != other.identity).all()


def test_weights_of_a_mixture_add_up(small_head: FaceModel) -> None:
    """Half a smile and a quarter of sadness: 0.5 · 0.2 + 0.25 · 0 of dimples, and so on."""
    still, rng = Variation(blendshape=0, side=0), np.random.default_rng(0)
    shares = {Expression.HAPPY: 0.5, Expression.SAD: 0.25}
    drawn = draw_weights(small_head, shares, still, rng)
    assert drawn["mouthDimple_L"] == pytest.approx(0.1)
    assert drawn["mouthFrown_R"] == pytest.approx(0.225)
    assert drawn["mouthPress_L"] == pytest.approx(0.5 * 0.16 + 0.25 * 0.09)
    assert draw_weights(small_head, {Expression.NEUTRAL: 1.0}, still, rng) == {}


def test_contempt_stays_on_the_left(small_head: FaceModel) -> None:
    both = {"mouthPress_L", "mouthPress_R"}
    for take in takes(small_head, 20):
        weights = take.weights[Expression.CONTEMPTUOUS]
        assert weights["mouthSmile_L"] > 0
        sided = {name for name in weights if name.endswith("_R")} - both
        assert all(name.startswith("eyeLook") for name in sided)


def test_intensities_scale_the_recipes(small_head: FaceModel) -> None:
    still = Variation(blendshape=0, side=0, gaze=0, identity=0)
    for take in takes(small_head, 10, still):
        for expression, intensity in take.intensity.items():
            if expression is Expression.NEUTRAL:
                assert intensity == 1
            else:
                assert 0.05 <= intensity <= 1.3
            for name, weight in RECIPES[expression].items():
                for side in small_head.sides(name):
                    drawn = take.weights[expression][side]
                    assert drawn == pytest.approx(weight * intensity, rel=1e-6)
        assert not take.identity.any()


def test_intensities_fill_their_range(small_head: FaceModel) -> None:
    drawn = [t.intensity[e] for t in takes(small_head, 40) for e in Expression if e != "neutral"]
    assert min(drawn) < 0.1
    assert max(drawn) > 1.25
    assert np.mean(drawn) == pytest.approx(0.675, abs=0.06)


def test_single_units_and_sides_vary_as_told(small_head: FaceModel) -> None:
    common, sides = [], []
    for take in takes(small_head, 150):
        weights, intensity = take.weights[Expression.HAPPY], take.intensity[Expression.HAPPY]
        left, right = weights["mouthSmile_L"], weights["mouthSmile_R"]
        common.append((left + right) / 2 / (RECIPES[Expression.HAPPY]["mouthSmile"] * intensity))
        sides.append(left / right)
        assert min(weights.values()) >= 0
    assert np.mean(common) == pytest.approx(1, abs=0.05)
    assert np.std(common) == pytest.approx(np.hypot(0.12, 0.08 / np.sqrt(2)), rel=0.2)
    assert np.std(sides) == pytest.approx(0.08 * np.sqrt(2), rel=0.25)


def test_both_eyes_look_the_same_way_in_all_expressions(small_head: FaceModel) -> None:
    together = {"eyeLookOut_L": "eyeLookIn_R", "eyeLookIn_L": "eyeLookOut_R"}
    seen = set()
    for take in takes(small_head, 40):
        gaze = {n: w for n, w in take.weights[Expression.NEUTRAL].items() if "eyeLook" in n}
        assert len(gaze) == 4
        for left, right in together.items():
            assert gaze.get(left) == gaze.get(right)
        assert gaze.get("eyeLookUp_L") == gaze.get("eyeLookUp_R")
        seen |= set(gaze)
        happy = take.weights[Expression.HAPPY]
        assert {name: happy[name] for name in gaze} == gaze
        sad = take.weights[Expression.SAD]
        if "eyeLookDown_L" in gaze:
            assert sad["eyeLookDown_L"] > gaze["eyeLookDown_L"]
    assert len(seen) == 8


def test_face_shapes_vary_as_told(small_head: FaceModel) -> None:
    drawn = np.stack([take.identity for take in takes(small_head, 100)])
    assert drawn.std() == pytest.approx(0.3, rel=0.1)
    assert abs(drawn.mean()) < 0.05


@pytest.mark.parametrize("strength", [0.3, 0.8, 1.1])
def test_a_recipe_is_seen_at_its_strength(small_head: FaceModel, strength: float) -> None:
    for expression in (Expression.HAPPY, Expression.CONTEMPTUOUS, Expression.SURPRISED):
        weights = {
            side: strength * weight
            for name, weight in RECIPES[expression].items()
            for side in small_head.sides(name)
        }
        assert shown_intensity(weights, expression) == pytest.approx(strength, abs=1e-3)


def test_the_strength_that_a_photo_shows_is_bounded() -> None:
    still = dict.fromkeys(("mouthSmile_L", "mouthSmile_R", "jawOpen"), 0.0)
    assert shown_intensity(still, Expression.HAPPY) == 0.2
    assert shown_intensity({}, Expression.HAPPY) == 1.0


def test_what_a_fit_does_not_look_for_makes_no_photo_fainter() -> None:
    """Photos of anger were taken for 0.2 of it: brows had never been looked for."""
    found = {name: RECIPES[Expression.ANGRY][name] for name in ("mouthFrown", "mouthRollLower")}
    assert shown_intensity(found, Expression.ANGRY) == pytest.approx(1)


def test_the_extremes_of_strength() -> None:
    wild = {"mouthSmile_L": 9.0, "mouthSmile_R": 9.0}
    assert shown_intensity(wild, Expression.HAPPY) == 1.3
    assert shown_intensity({"jawOpen": 1.0}, Expression.NEUTRAL) == 1.0


def test_the_eight_do_not_depend_on_the_other_faces(small_head: FaceModel) -> None:
    few = Variation(mixtures=0, halves=0, variants=0, units=0)
    for one, other in zip(takes(small_head, 5), takes(small_head, 5, few), strict=True):
        assert one.weights == other.weights
        assert one.intensity == other.intensity
        np.testing.assert_array_equal(one.identity, other.identity)
        assert not other.blends


def test_mixtures_are_the_sum_of_two_recipes(small_head: FaceModel) -> None:
    exact = Variation(blendshape=0, side=0, gaze=0, identity=0, halves=0, variants=0, units=0)
    for take in takes(small_head, 10, exact):
        assert len(take.blends) == 2
        for blend in take.blends:
            assert blend.eyes == blend.mouth
            assert Expression.NEUTRAL not in blend.eyes
            assert len(blend.eyes) == 2
            assert 0.05 <= sum(blend.eyes.values()) <= 1.3001
            shares = np.array(list(blend.eyes.values())) / sum(blend.eyes.values())
            assert shares.min() > 0.19
            for side, weight in blend.weights.items():
                name = side.removesuffix("_L").removesuffix("_R")
                expected = sum(
                    share * (RECIPES[e].get(name, 0) + RECIPES[e].get(side, 0) * (side != name))
                    for e, share in blend.eyes.items()
                )
                assert weight == pytest.approx(expected, abs=1e-6) or side.startswith("eyeLook")


def test_halves_take_eyes_and_mouth_from_two_recipes(small_head: FaceModel) -> None:
    exact = Variation(blendshape=0, side=0, gaze=0, identity=0, mixtures=0, variants=0, units=0)
    seen = set()
    for take in takes(small_head, 20, exact):
        for blend in take.blends:
            (above, strong), (below, weak) = (
                next(iter(half.items()), (Expression.NEUTRAL, 1.0))
                for half in (blend.eyes, blend.mouth)
            )
            assert above is not below
            seen |= {above, below}
            for side, weight in blend.weights.items():
                if side.startswith("eyeLook"):
                    continue  # sadness looks down
                name = side.removesuffix("_L").removesuffix("_R")
                upper = side.startswith(("brow", "eye", "cheekSquint"))
                recipe, strength = (RECIPES[above], strong) if upper else (RECIPES[below], weak)
                assert weight == pytest.approx(
                    recipe.get(side, recipe.get(name, 0)) * strength, abs=1e-6
                )
    assert len(seen) == 8


def test_variants_are_named_and_never_faint(small_head: FaceModel) -> None:
    only = Variation(mixtures=0, halves=0, variants=3, units=0)
    for take in takes(small_head, 5, only):
        assert len({(tuple(b.eyes), b.variant) for b in take.blends}) == 3
        for blend in take.blends:
            expression = next(iter(blend.eyes), Expression.NEUTRAL)
            assert blend.variant in VARIANTS[expression]
            assert all(0.5 <= value <= 1 for value in blend.eyes.values())


def test_action_units_come_on_top_of_a_class_and_mostly_of_neutral(small_head: FaceModel) -> None:
    exact = Variation(
        blendshape=0, side=0, gaze=0, identity=0, mixtures=0, halves=0, variants=0, units=8
    )
    blends = [blend for take in takes(small_head, 25, exact) for blend in take.blends]
    assert len(blends) == 200
    assert 0.5 < np.mean([not blend.eyes for blend in blends]) < 0.75
    assert {len(blend.added_units) for blend in blends} == {1, 2, 3}
    assert {unit for blend in blends for unit in blend.added_units} == set(SHOWN_UNITS)
    for blend in blends:
        assert blend.eyes == blend.mouth
        assert all(0.1 <= intensity <= 1 for intensity in blend.added_units.values())
        (expression, strength), added = (
            next(iter(blend.eyes.items()), (Expression.NEUTRAL, 1.0)),
            blendshapes_of(blend.added_units),
        )
        for side, weight in blend.weights.items():
            if side.startswith("eyeLook"):
                continue
            name, recipe = side.removesuffix("_L").removesuffix("_R"), RECIPES[expression]
            of_class = (recipe.get(name, 0) + recipe.get(side, 0) * (side != name)) * strength
            assert weight == pytest.approx(min(of_class + added.get(name, 0), 1.3), abs=1e-6)


def test_a_gaze_is_never_taken_back_by_its_opposite(small_head: FaceModel) -> None:
    many = Variation(mixtures=0, halves=0, variants=0, units=20)
    drawn = [set(b.added_units) for take in takes(small_head, 60, many) for b in take.blends]
    assert not any({61, 62} <= units or {63, 64} <= units for units in drawn)
    assert all(any(unit in units for units in drawn) for unit in (61, 62, 63, 64))


def test_some_heads_are_turned_and_nothing_else_depends_on_it(small_head: FaceModel) -> None:
    drawn = takes(small_head, 90)
    turns = np.array([take.turn for take in drawn])
    assert 0.15 < np.any(turns, axis=1).mean() < 0.5
    assert np.abs(turns[:, 0]).max() == pytest.approx(20, abs=2.01)
    assert np.abs(turns[:, 1]).max() == pytest.approx(9, abs=1.01)
    never = takes(small_head, 5, Variation(turned=0))
    assert all(take.turn == (0, 0) for take in never)
    for one, other in zip(drawn, never, strict=False):
        assert one.weights == other.weights
