"""From values of faces to figures: means, medians, groups, what is not known, intervals."""

from __future__ import annotations

import numpy as np
import pytest

from lgpgan.evaluation.figures import Measure, OfReal, figures_of

NAN = float("nan")
PEOPLE = ["ann", "ann", "ben", "ben"]
GROUPS = {"target": ["happy", "sad", "happy", "sad"]}


def measure(values: list[float], **more: object) -> Measure:
    return Measure("key", "title", "about it", "higher", np.array(values), **more)


def test_of_all_and_of_every_group() -> None:
    found = figures_of(measure([1.0, 0.0, 1.0, 1.0]), PEOPLE, GROUPS)
    assert found["overall"]["value"] == 0.75
    assert found["overall"]["count"] == 4
    assert found["real"] is None
    by = found["by"]["target"]
    assert (by["happy"]["value"], by["happy"]["count"]) == (1.0, 2)
    assert (by["sad"]["value"], by["sad"]["count"]) == (0.5, 2)
    assert (found["title"], found["about"], found["better"]) == ("title", "about it", "higher")


def test_the_interval_is_over_people() -> None:
    """Six people of 0.5 or 1: whoever is drawn, the mean lies between these two."""
    overall = figures_of(measure([1.0, 0.0, 1.0, 1.0] * 3), list("aabbccddeeff"), {})["overall"]
    low, high = overall["interval"]
    assert 0.5 <= low < overall["value"] == 0.75 < high <= 1.0
    assert overall["people"] == 6


def test_few_people_have_no_interval_and_are_counted() -> None:
    """Of two people who were both read right the interval was [1, 1]."""
    few = figures_of(measure([1.0, 0.0, 1.0, 1.0]), PEOPLE, GROUPS)["overall"]
    assert (few["interval"], few["people"]) == (None, 2)
    unknown = figures_of(measure([1.0, 0.0]), ["", ""], {})["overall"]
    assert unknown["people"] == 2  # two people, for all one knows


def test_what_is_not_known_does_not_count() -> None:
    found = figures_of(measure([1.0, NAN, 0.0, NAN]), PEOPLE, GROUPS)
    assert (found["overall"]["value"], found["overall"]["count"]) == (0.5, 2)
    assert found["by"]["target"].keys() == {"happy"}


def test_a_measure_of_nothing_says_so() -> None:
    unknown = measure([NAN, NAN])
    assert not unknown.is_known
    assert measure([NAN, 0.0]).is_known
    assert figures_of(unknown, ["ann", "ben"], {})["overall"] is None


@pytest.mark.parametrize(("statistic", "value"), [("mean", 4.0), ("median", 2.0)])
def test_means_and_medians(statistic: str, value: float) -> None:
    found = figures_of(measure([1.0, 2.0, 9.0], statistic=statistic), ["a", "b", "c"], {})
    assert found["overall"]["value"] == value
    assert found["statistic"] == statistic


def test_real_faces_have_people_of_their_own() -> None:
    real = OfReal(np.array([1.0, NAN, 0.0]), ["cat", "cat", "dan"])
    found = figures_of(measure([1.0] * 4, real=real), PEOPLE, {})["real"]
    assert (found["value"], found["count"], found["people"]) == (0.5, 2, 2)
