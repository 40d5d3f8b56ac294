from __future__ import annotations

import re

import numpy as np
import pytest

from lgpgan.errors import InputError
from lgpgan.expressions.expression import (
    RECIPES,
    TABLE_I,
    VARIANTS,
    Expression,
    label_vector,
    mixture_vector,
)

PAPER_TABLE_I = """Happy 6+12 · Sad 1+4+15 · Surprised 1+2+5+26 · Disgusted 9+15+16 · Angry 4+5+7+23
· Fearful 1+2+4+5+7+20+26"""


def test_classes_are_in_alphabetical_order() -> None:
    names = [
        "angry",
        "contemptuous",
        "disgusted",
        "fearful",
        "happy",
        "neutral",
        "sad",
        "surprised",
    ]
    assert list(Expression) == names
    assert [expression.position for expression in Expression] == list(range(8))


@pytest.mark.parametrize("name", ["happy", "Happy", " HAPPY "])
def test_a_name_is_parsed_whatever_its_case(name: str) -> None:
    assert Expression.parse(name) is Expression.HAPPY


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"'smug'.*angry, contemptuous.*surprised") as refusal:
        Expression.parse("smug")
    assert refusal.value.exit_code == 2


def test_table_i_is_the_papers() -> None:
    paper = {
        match[1].lower(): tuple(map(int, match[2].split("+")))
        for match in re.finditer(r"(\w+) ([\d+]+)", PAPER_TABLE_I)
    }
    assert paper == {e: units for e, units in TABLE_I.items() if e in paper}
    assert set(TABLE_I) - set(paper) == {Expression.NEUTRAL, Expression.CONTEMPTUOUS}
    assert TABLE_I[Expression.NEUTRAL] == ()


def test_recipes_stay_within_what_faces_do() -> None:
    assert list(RECIPES) == list(Expression)
    assert RECIPES[Expression.NEUTRAL] == {}
    recipes = [*RECIPES.values(), *(way for ways in VARIANTS.values() for way in ways.values())]
    for recipe in recipes:
        for name, weight in recipe.items():
            # 1 is what the 3-D face's makers took for the strongest; a brow can be drawn down, too
            assert (-1.3 if name == "browInnerUp" else 0) <= weight <= 1.2


def test_variants_are_another_way_to_show_a_class() -> None:
    assert set(VARIANTS) == set(Expression)
    for expression, ways in VARIANTS.items():
        assert all(recipe not in (RECIPES[expression], {}) for recipe in ways.values())


def test_contempt_is_one_sided() -> None:
    smiles = {name for name in RECIPES[Expression.CONTEMPTUOUS] if name.startswith("mouthSmile")}
    assert smiles == {"mouthSmile_L"}


@pytest.mark.parametrize("intensity", [0.0, 0.25, 1.0, 1.3])
@pytest.mark.parametrize("expression", Expression)
def test_a_label_sums_to_one(expression: Expression, intensity: float) -> None:
    label = label_vector(expression, intensity)
    assert label.dtype == np.float32
    assert label.shape == (8,)
    assert label.sum() == pytest.approx(1.0, abs=1e-6)


def test_a_label_mixes_the_class_with_neutral() -> None:
    np.testing.assert_array_equal(label_vector(Expression.SAD), np.eye(8)[6])
    np.testing.assert_array_equal(label_vector(Expression.SAD, 0.0), np.eye(8)[5])
    np.testing.assert_allclose(label_vector(Expression.HAPPY, 0.25), [0, 0, 0, 0, 0.25, 0.75, 0, 0])


def test_a_strong_label_has_less_than_nothing_of_neutral() -> None:
    np.testing.assert_allclose(
        label_vector(Expression.ANGRY, 1.3), [1.3, 0, 0, 0, 0, -0.3, 0, 0], rtol=1e-6
    )


def test_a_mixture_leaves_the_rest_to_neutral() -> None:
    np.testing.assert_allclose(
        mixture_vector({"happy": 0.6, "surprised": 0.3, "neutral": 0.9}),
        [0, 0, 0, 0, 0.6, 0.1, 0, 0.3],
        atol=1e-6,
    )


def test_neutral_has_no_intensity() -> None:
    np.testing.assert_allclose(label_vector(Expression.NEUTRAL, 0.4), np.eye(8)[5], rtol=1e-6)
