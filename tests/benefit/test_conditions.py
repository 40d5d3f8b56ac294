"""Rows and sizes of the result."""

from __future__ import annotations

import pytest

from lgpgan.benefit.conditions import conditions_with, people_counts
from lgpgan.errors import InputError


def test_each_synthetic_set_stands_with_real_faces_varied_ones_and_alone() -> None:
    assert [condition.name for condition in conditions_with(["gan", "studio"])] == [
        "real",
        "real+classical",
        "real+gan",
        "real+classical+gan",
        "gan",
        "real+studio",
        "real+classical+studio",
        "studio",
    ]


def test_titles_for_people() -> None:
    assert [condition.title for condition in conditions_with(["gan"])] == [
        "real alone",
        "real + classical augmentation",
        "real + gan",
        "real + classical augmentation + gan",
        "gan alone",
    ]


def test_every_use_is_a_row_beside_varied_faces() -> None:
    """Without classical augmentation a set is used in the first way named, but for ``auto``."""
    names = [one.name for one in conditions_with(["gan"], ["auto", "mixed-20"])]
    assert names[2:] == [
        "real+gan+mixed-20",
        "real+classical+gan+auto",
        "real+classical+gan+mixed-20",
        "gan",
    ]
    titles = [one.title for one in conditions_with(["gan"], ["auto"])]
    assert titles[2:4] == ["real + gan", "real + classical augmentation + gan, auto"]
    with pytest.raises(InputError, match="name one use"):
        conditions_with(["gan"], [])


def test_a_use_without_variation_is_no_row_with_it() -> None:
    """As they are, faces are trained on once, and the title says so."""
    found = conditions_with(["gan"], ["pretrained-plain", "pretrained", "mixed-plain"])
    assert [one.title for one in found[2:]] == [
        "real + gan, pretrained",
        "real + classical augmentation + gan, pretrained",
        "real + gan, mixed-plain",
        "gan alone",
    ]


@pytest.mark.parametrize("names", [["gan", "gan"], ["real"], ["gan", "classical"]])
def test_names_that_tell_nothing_apart_are_refused(names: list[str]) -> None:
    with pytest.raises(InputError, match="may not be called"):
        conditions_with(names)


def test_shares_become_people() -> None:
    # 0.05 of 30 is 1.5, rounded to the even 2; 0.01 is 0.3 and still somebody.
    assert people_counts("1, 0.25,0.05,0.01", 30, shares=True) == [1, 2, 8, 30]
    assert people_counts("0.5,all", 30, shares=True) == [15, 30]


def test_counts_are_people() -> None:
    assert people_counts("1,4,2,all,30", 30, shares=False) == [1, 2, 4, 30]


@pytest.mark.parametrize(
    ("text", "shares", "message"),
    [
        ("0.1,half", True, "'half' is no size of the real set; write shares"),
        ("1.5", False, "'1.5' is no size of the real set; write counts"),
        ("0", True, "above 0 and at most 1, not 0"),
        ("2", True, "above 0 and at most 1, not 2"),
        ("31", False, "has 30 people; 31 cannot be drawn"),
        ("0", False, "has 30 people; 0 cannot be drawn"),
    ],
)
def test_sizes_that_cannot_be(text: str, shares: bool, message: str) -> None:
    with pytest.raises(InputError, match=message):
        people_counts(text, 30, shares=shares)
