from __future__ import annotations

from typing import Any

import pytest

from lgpgan.augmentation.options import AugmentationOptions, GateLimits, Range
from lgpgan.errors import InputError


def test_ranges_as_people_write_them() -> None:
    assert Range.parse("0.5..1.2") == Range(0.5, 1.2)
    assert Range.parse("0.8") == Range(0.8, 0.8)
    assert Range() == Range.parse("0.5..1.2")


@pytest.mark.parametrize("text", ["", "strong", "0.5-1.2", "0.5..", "..1"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(InputError, match=r"is no range of intensities; write 0\.5\.\.1\.2"):
        Range.parse(text)


@pytest.mark.parametrize("text", ["0..1", "1.2..0.5", "0.5..1.4", "nan", "0.5..inf", "-1..1"])
def test_ranges_that_cannot_be_made(text: str) -> None:
    with pytest.raises(InputError, match=r"out of range.*up to 1\.3"):
        Range.parse(text)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "how many faces are wanted"),
        ({"per_class": -1}, "-1 faces of a class cannot be made"),
        ({"per_class": 1, "mixtures": 1.5}, "share of mixtures is from 0 to 1"),
        ({"per_class": 1, "attempts": 0}, "allow one at least"),
        ({"per_class": 1, "seed": -1}, "whole number from 0"),
    ],
)
def test_options_that_make_no_sense(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        AugmentationOptions(**values)


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        ({"change": 2.5}, "change"),
        ({"overlap": -0.1}, "overlap"),
        ({"agreement": 1.1}, "agreement"),
        ({"identity": 0.0}, "identity"),
        ({"identity": float("nan")}, "identity"),
        ({"change": float("nan")}, "change"),
    ],
)
def test_limits_out_of_range(limits: dict[str, float], name: str) -> None:
    with pytest.raises(InputError, match=f"of '{name}' is out of range"):
        GateLimits(**limits)  # type: ignore[arg-type]
