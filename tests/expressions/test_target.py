"""What a face is to be given, as people write it."""

from __future__ import annotations

import numpy as np
import pytest

from lgpgan.errors import InputError
from lgpgan.expressions.expression import RECIPES, Expression, label_vector
from lgpgan.expressions.target import Mixture, Target, Units

HAPPY = Mixture(((Expression.HAPPY, 1.0),))


def test_one_name_holds_for_both_halves() -> None:
    target = Target.parse("happy")
    assert (target.eyes, target.mouth, target.name) == (HAPPY, HAPPY, "happy")


def test_the_half_that_is_not_named_is_neutral_or_what_to_says() -> None:
    assert Target.parse(eyes="fearful").mouth == Mixture()
    assert Target.parse("sad", mouth="happy").eyes == Mixture.parse("sad")
    assert Target.parse(eyes="fearful", mouth="happy").name == "eyes-fearful_mouth-happy"


@pytest.mark.parametrize(
    "wanted",
    [
        {"happy": 0.6, "surprised": 0.4},
        {Expression.SURPRISED: 0.4, Expression.HAPPY: 0.6},
        "happy=0.6,surprised=0.4",
        " Surprised = 0.4 , happy=0.6",
    ],
)
def test_a_mixture_can_be_written_in_several_ways(wanted: str | dict[str, float]) -> None:
    mixture = Mixture.parse(wanted)
    assert mixture.shares == ((Expression.HAPPY, 0.6), (Expression.SURPRISED, 0.4))
    assert mixture.name == "happy-60+surprised-40"
    np.testing.assert_allclose(mixture.label(), [0, 0, 0, 0, 0.6, 0, 0, 0.4], atol=1e-6)
    np.testing.assert_allclose(mixture.label(0.5), [0, 0, 0, 0, 0.3, 0.5, 0, 0.2], atol=1e-6)


def test_labels_of_one_expression_are_those_there_were() -> None:
    for expression in Expression:
        label = Mixture.parse(expression).label(0.7)
        np.testing.assert_array_equal(label, label_vector(expression, 0.7))


def test_neutral_is_what_is_left() -> None:
    assert Mixture.parse("neutral") == Mixture.parse("neutral=0.5") == Mixture()
    assert Mixture.parse({"happy": 0.3, "neutral": 0.7}) == Mixture.parse("happy=0.3")
    assert Mixture.parse("happy=0.3,neutral=0.2") == Mixture.parse("happy=0.3")
    assert Mixture().name == "neutral"


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("smug", r"'smug'.*angry, contemptuous"),
        ("happy=0.5,smug=0.5", r"'smug'.*angry, contemptuous"),
        ("happy=lots", r"'happy=lots' is no expression with its share; write it as happy=0\.6"),
        ("happy=0", "the share 0 of 'happy' is out of range"),
        ("happy=nan", "the share nan of 'happy' is out of range"),
        ("happy=-1", "the share -1 of 'happy' is out of range"),
        ("happy=0.5,happy=0.5", "names an expression twice"),
        ("happy,", "'' is not an expression"),
        ({}, "one expression at least"),
        ({"happy": None}, "the share None is no number"),
        ({"happy": 0.5, "Happy": 0.5}, "names an expression twice"),
        ("happy=0.8,neutral=0.5", r"come to 1\.3 with that of neutral"),
        ("happy=0.9,sad=0.9", r"'happy-90\+sad-90' comes to 1\.8 in all"),
    ],
)
def test_what_cannot_be_read_is_said(wanted: str | dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Target.parse(wanted)


@pytest.mark.parametrize("intensity", [-0.01, 1.31, float("nan")])
def test_intensities_out_of_range_are_refused(intensity: float) -> None:
    with pytest.raises(InputError, match=r"0 to 1\.3"):
        Target.parse("happy", intensity=intensity)


def test_nothing_asked_for_is_refused() -> None:
    with pytest.raises(InputError, match="no expression was named"):
        Target.parse()


def test_another_intensity_keeps_the_halves() -> None:
    target = Target.parse(eyes="fearful=0.5", mouth={"happy": 0.6, "surprised": 0.6})
    again = target.at(0.25)
    assert (again.eyes, again.mouth, again.intensity) == (target.eyes, target.mouth, 0.25)
    assert Target.parse("neutral").at(1.3).mouth == Mixture()
    assert target.strongest == pytest.approx(1.3 / 1.2)
    assert target.at(target.strongest).intensity == target.strongest
    assert Target.parse("happy=0.5").strongest == 1.3
    with pytest.raises(InputError, match="comes to"):
        target.at(1.2)


def test_the_sentence_names_all_of_it() -> None:
    target = Target.parse(eyes="fearful", mouth="happy=0.6,sad=0.4", intensity=0.5)
    assert "eyes-fearful, mouth-happy-60+sad-40 (intensity 0.5)" in target.describe()


def test_action_units_come_on_top_of_an_expression_or_of_neutral() -> None:
    alone = Target.parse(units="AU12=0.8")
    assert (alone.eyes, alone.mouth, alone.units) == (Mixture(), Mixture(), ((12, 0.8),))
    assert alone.name == "AU12-80"
    sad = Target.parse("sad", units={45: 1, "AU4": 0.25})  # type: ignore[dict-item]
    assert sad.units == ((4, 0.25), (45, 1.0))
    assert sad.name == "sad_AU4-25+AU45"
    halves = Target.parse(eyes="fearful", units="AU26=0.5")
    assert halves.name == "eyes-fearful_mouth-neutral_AU26-50"
    assert "sad, AU4-25+AU45" in sad.describe()


def test_a_unit_at_nothing_is_none() -> None:
    assert Target.parse("happy", units="AU4=0") == Target.parse("happy")
    assert Target.parse(units={12: 0}) == Target.parse("neutral")


@pytest.mark.parametrize(
    ("units", "intensity", "sentence"),
    [
        ("AU12,AU12=0.5", 1.0, "AU12 is named twice"),
        ({12: 0.5, "AU12": 0.5}, 1.0, "AU12 is named twice"),
        ("AU12=0.9", 1.2, "AU12 comes to 1.08, and 1 is all there is; lower it or the intensity"),
        ("AU3", 1.0, "no action unit 3"),
    ],
)
def test_units_that_cannot_be_are_refused(units: Units, intensity: float, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Target.parse("happy", units=units, intensity=intensity)


def test_the_strongest_of_a_unit_is_one() -> None:
    target = Target.parse("happy", units="AU4=0.8")
    assert target.strongest == pytest.approx(1.25)
    assert target.at(1.25).units == target.units
    with pytest.raises(InputError, match="AU4 comes to"):
        target.at(1.3)
    assert Target.parse(units="AU4=0.1").strongest == 1.3


def test_the_weights_of_the_upper_half_are_those_of_its_expressions_and_units() -> None:
    target = Target.parse(
        eyes={"surprised": 0.5}, mouth="happy", units={2: 1.0, 12: 0.4}, intensity=0.8
    )
    weights = target.weights_above()
    surprised = RECIPES[Expression.SURPRISED]
    assert weights["browInnerUp"] == pytest.approx(0.4 * surprised["browInnerUp"])
    assert weights["browOuterUp"] == pytest.approx(0.8)  # the unit is stronger
    assert weights["mouthSmile"] == pytest.approx(0.32)  # the unit alone
    assert Target.parse("neutral").weights_above() == {}


def test_a_class_without_a_recipe_has_no_weights() -> None:
    assert Target.parse("bored", classes=("neutral", "bored")).weights_above() == {}
