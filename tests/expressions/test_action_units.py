"""Action units: which blendshapes they are, and how people write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lgpgan.cli.edit import edit
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import (
    ACTION_UNITS,
    BLENDSHAPE_ACTION_UNITS,
    GAZE_NAMES,
    GAZE_UNITS,
    SHOWN_UNITS,
    action_units,
    blendshapes_of,
    parse_unit,
    unit_vector,
)
from lgpgan.expressions.expression import RECIPES, TABLE_I, Expression


@pytest.mark.parametrize("expression", [Expression.HAPPY, Expression.SAD, Expression.SURPRISED])
def test_a_recipe_moves_the_action_units_of_its_class(expression: Expression) -> None:
    assert set(TABLE_I[expression]) <= set(action_units(RECIPES[expression]))


def test_every_blendshape_of_a_recipe_but_gaze_stands_for_an_action_unit() -> None:
    names = {name.removesuffix("_L") for recipe in RECIPES.values() for name in recipe}
    assert names - set(BLENDSHAPE_ACTION_UNITS) == {"eyeLookDown"}
    assert action_units({"eyeLookDown": 0.3}) == {64: 0.3}


def test_action_units_take_the_stronger_side_and_stop_at_one() -> None:
    weights = {"mouthSmile_L": 0.4, "mouthSmile_R": 0.7, "browDown": 1.1, "jawOpen": 0.2}
    assert action_units(weights) == {4: 1.0, 12: 0.7, 26: 0.2}
    assert list(action_units(weights)) == [4, 12, 26]


def test_what_does_not_move_has_no_action_unit() -> None:
    assert action_units({"jawOpen": 0.0, "eyeWide": -0.3, "eyeLookDown_L": 0.0}) == {}


@pytest.mark.parametrize("unit", SHOWN_UNITS)
def test_the_blendshapes_of_a_unit_are_the_way_back(unit: int) -> None:
    assert action_units(blendshapes_of({unit: 0.6})) == {unit: 0.6}


def test_every_unit_has_a_name_and_a_blendshape() -> None:
    assert set(ACTION_UNITS) == {*BLENDSHAPE_ACTION_UNITS.values(), *GAZE_UNITS, 23}
    assert {unit for units in TABLE_I.values() for unit in units} <= set(ACTION_UNITS)
    assert blendshapes_of({28: 0.4, 1: 1.0}) == {
        "browInnerUp": 1.0,
        "mouthRollUpper": 0.4,
        "mouthRollLower": 0.4,
    }
    with pytest.raises(KeyError, match="AU23"):
        blendshapes_of({23: 1.0})


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *[("AU12=0.8", (12, 0.8)), (" au4 = 1 ", (4, 1.0)), ("45", (45, 1.0)), ("26=0", (26, 0.0))],
        *[("gaze-left=0.5", (61, 0.5)), (" Gaze-Down ", (64, 1.0)), ("AU63=0.2", (63, 0.2))],
    ],
)
def test_a_unit_can_be_written_in_several_ways(text: str, unit: tuple[int, float]) -> None:
    assert parse_unit(text) == unit


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("smile", r"'smile' is no action unit; write it as AU12=0.8"),
        ("AU12=much", r"'AU12=much' is no action unit"),
        ("", r"'' is no action unit"),
        ("AU3=1", r"no action unit 3 here; choose one of 1, 2, 4.*45"),
        ("AU12=1.2", r"intensity 1.2 of AU12 is out of range; choose one from 0 to 1"),
        ("AU12=-0.1", r"-0.1 of AU12 is out of range"),
        ("AU12=nan", r"nan of AU12 is out of range"),
    ],
)
def test_what_is_no_unit_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_unit(text)


def test_a_gaze_has_a_name_for_each_of_its_units() -> None:
    assert set(GAZE_NAMES.values()) == set(GAZE_UNITS)
    for name, unit in GAZE_NAMES.items():
        assert name.removeprefix("gaze-") in ACTION_UNITS[unit]


def test_a_vector_has_the_order_of_its_units() -> None:
    assert unit_vector({12: 0.5, 4: 1.0}, (4, 9, 12)) == (1.0, 0.0, 0.5)


def test_help_and_docs_name_every_unit_that_can_be_asked_for() -> None:
    docs = Path(__file__).parents[2] / "docs/editing.md"
    for text in (edit.__doc__ or "", docs.read_text(encoding="utf-8")):
        words = " ".join(text.split())
        assert {f"AU{unit}" for unit in SHOWN_UNITS} <= set(re.findall(r"AU\d+", words))
        assert all(ACTION_UNITS[unit].split()[-1] in words for unit in SHOWN_UNITS)
