from __future__ import annotations

from typing import Literal

import pytest

from lgpgan.choices import check_choice
from lgpgan.errors import InputError

Colour = Literal["red", "green"]


def test_what_there_is_passes() -> None:
    check_choice("green", Colour, "colour")
    check_choice("b", {"a": 1, "b": 2}, "letter")
    check_choice(128, Literal[128, 256], "size")


@pytest.mark.parametrize("value", ["gren", "", "Red", None, 1])
def test_what_there_is_not_is_refused_with_the_choices(value: object) -> None:
    with pytest.raises(InputError, match=r"there is no colour .*; choose one of red, green\."):
        check_choice(value, Colour, "colour")


def test_a_value_that_is_equal_but_of_another_type_is_refused() -> None:
    with pytest.raises(InputError, match=r"no size True; choose one of 1, 2\."):
        check_choice(True, Literal[1, 2], "size")
