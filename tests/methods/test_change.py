"""Equation 1 as a change that can be applied to a photo."""

from __future__ import annotations

import pytest
import torch
from cascades import equation_1
from torch import Tensor

from lgpgan.methods.change import Change, WholeFaceSynthesis
from lgpgan.networks.generator import GeneratorOutput


def heads(seed: int) -> GeneratorOutput:
    draw = torch.Generator().manual_seed(seed)
    colour = torch.rand(2, 3, 32, 32, generator=draw) * 2 - 1
    return GeneratorOutput(colour, torch.rand(2, 1, 32, 32, generator=draw))


@pytest.fixture
def image() -> Tensor:
    return torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(6))


def test_a_change_is_equation_1(image: Tensor) -> None:
    torch.testing.assert_close(Change.of(heads(1)).apply(image), equation_1(heads(1), image))


def test_one_after_the_other_is_equation_1_twice(image: Tensor) -> None:
    both = Change.of(heads(1)).then(heads(2))
    in_turn = equation_1(heads(2), equation_1(heads(1), image))
    torch.testing.assert_close(both.apply(image), in_turn)


def test_a_flow_of_zero_moves_nothing(image: Tensor) -> None:
    change = Change.of(heads(1))
    assert change.flow is None
    still = change._replace(flow=change.flow_or_zero())
    assert still.flow_or_zero() is still.flow
    assert still.flow_or_zero().shape == (2, 2, 32, 32)
    assert torch.equal(still.apply(image), change.apply(image))


def test_faces_that_are_drawn_anew_keep_nothing_of_the_input(image: Tensor) -> None:
    made = WholeFaceSynthesis.drawn(heads(1).colour)
    assert not made.change.keep.any()
    assert torch.equal(made.change.apply(image), made.output)
