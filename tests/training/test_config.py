from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lgpgan.expressions.expression import Expression
from lgpgan.methods.lgpgan.shapes import flow_networks, paper_networks
from lgpgan.methods.lgpgan.studio_objective import StudioWeights
from lgpgan.training.options import StudioConfig
from lgpgan.training.presets import find_preset

ADAPTER = TypeAdapter(StudioConfig)
RUN = StudioConfig(images=1000, batch=10, warm_up=100, decay_share=0.4)


@pytest.mark.parametrize(
    ("images", "rate"),
    [
        (0, 0.1),  # the first step is not in vain
        (50, 0.6),
        (90, 1.0),
        (100, 1.0),
        (500, 1.0),
        (600, 1.0),  # the last 400 images fall
        (700, 0.75),
        (800, 0.5),
        (990, 0.025),
        (1000, 0.0),
        (1005, 0.0),
    ],
)
def test_rates_rise_stay_and_fall(images: int, rate: float) -> None:
    assert RUN.rate(images) == pytest.approx(rate)


def test_rates_without_warm_up_and_decay_are_constant() -> None:
    run = replace(RUN, warm_up=0, decay_share=0.0)
    assert {run.rate(images) for images in (0, 10, 500, 990)} == {1.0}


def test_where_warm_up_and_decay_overlap_the_lower_counts() -> None:
    run = replace(RUN, warm_up=1000, decay_share=1.0)
    assert run.rate(190) == pytest.approx(0.2)
    assert run.rate(800) == pytest.approx(0.2)


def test_the_average_forgets_half_in_its_half_life() -> None:
    run = replace(RUN, average_half_life=50.0)
    decay = run.moving_average_decay(100_000)
    assert decay ** (50 / run.batch) == pytest.approx(0.5)


def test_the_average_does_not_depend_on_the_batch_size() -> None:
    large = replace(RUN, batch=40, average_half_life=80.0)
    small = replace(RUN, batch=10, average_half_life=80.0)
    assert large.moving_average_decay(100_000) == pytest.approx(
        small.moving_average_decay(100_000) ** 4
    )


def test_the_average_is_faster_while_little_was_seen() -> None:
    run = replace(RUN, average_half_life=2500.0)
    decays = [run.moving_average_decay(images) for images in (0, 100, 1000, 24_900, 30_000, 60_000)]
    assert decays[0] == 0.5
    assert decays == sorted(decays)
    assert decays[-2] == decays[-1] == pytest.approx(0.5 ** (10 / 2500))


@pytest.mark.parametrize(
    "values",
    [{"learning_rate": 1e-4}, {"weights": {"flwo": 1.0}}, {"augmentation": {"nosie": 0.1}}],
)
def test_unknown_keys_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"unexpected_keyword_argument|Unexpected keyword"):
        ADAPTER.validate_python(values)


@pytest.mark.parametrize(
    "values",
    [
        {"images": 0},
        {"batch": -1},
        {"batch": 1.5},
        {"generator_rate": 0.0},
        {"generator_rate": float("nan")},
        {"discriminator_rate": float("inf")},
        {"betas": (0.5, 1.0)},
        {"betas": (0.5,)},
        {"warm_up": -1},
        {"decay_share": 1.1},
        {"average_half_life": -1.0},
        {"penalty_every": 0},
        {"precision": "fp16"},
        {"threads": -1},
        {"seed": -1},  # numpy takes no negative seed, so the first step would fail
        {"seed": 2**63},  # nor torch one of more than 64 bits, which was no sentence
        {"save_every": 0},
        {"save_minutes": -1.0},
        {"report_every": 0},
        {"validate_every": 0},
        {"weights": {"flow": "much"}},
        {"without": ("eyes",)},
        {"without": ("local", "masks", "local")},
    ],
)
def test_bad_values_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(values)
    if not isinstance(next(iter(values.values())), dict):
        with pytest.raises(ValidationError):
            StudioConfig(**values)


def test_plain_values_make_the_same_configuration() -> None:
    run = replace(RUN, betas=(0.1, 0.2), weights=StudioWeights(flow=1.5), without=("pairs",))
    assert ADAPTER.validate_python(ADAPTER.dump_python(run, mode="json")) == run


class TestWithout:
    def test_a_part_named_twice_is_named_in_the_refusal(self) -> None:
        with pytest.raises(ValidationError, match="'masks' is to be left out twice; name each"):
            StudioConfig(without=("masks", "flow", "masks"))

    def test_the_networks_lack_it(self) -> None:
        shape = StudioConfig(without=("local", "masks")).shape(tuple(Expression))
        generator = replace(flow_networks().global_generator, masked=False, shaded=False)
        assert shape.global_generator == generator
        assert not shape.local

    def test_the_objective_lacks_it(self) -> None:
        run = StudioConfig(without=("pairs", "flow"), weights=StudioWeights(flow=1.5, r1=0.1))
        weights = run.objective(None, None).weights
        assert weights == StudioWeights(
            paired=0,
            paired_region=0,
            paired_unseen=0,
            paired_small=0,
            local_flow=0,
            flow=0,
            inside=0,
            inside_share=0,
            local_shade=0,
            shade=0,
            r1=0.1,
        )


class TestPaper:
    """The settings of the paper, an iteration being one discriminator step of 16 images."""

    PAPER = find_preset("lgp-gan", "paper")

    @pytest.mark.parametrize(
        ("iteration", "rate"), [(0, 1e-4), (100_000, 1e-4), (150_000, 0.5e-4), (200_000, 0.0)]
    )
    def test_the_learning_rate(self, iteration: int, rate: float) -> None:
        factor = self.PAPER.rate(iteration * 16)
        assert self.PAPER.generator_rate * factor == pytest.approx(rate)
        assert self.PAPER.discriminator_rate * factor == pytest.approx(rate)

    def test_length_order_and_optimiser(self) -> None:
        assert self.PAPER.images == 200_000 * 16
        assert self.PAPER.betas == (0.5, 0.999)
        moves = [self.PAPER.moves_generators(step) for step in range(10)]
        assert moves == [False, False, False, False, True] * 2
        assert self.PAPER.penalty_every == 1
        assert self.PAPER.moving_average_decay(16) == 0.0  # no moving average

    def test_the_networks_are_those_of_the_tables(self) -> None:
        assert self.PAPER.shape(tuple(Expression)) == paper_networks(8)
        assert self.PAPER.shape(tuple("abcde")).labels == 5

    def test_the_weights(self) -> None:
        weights = self.PAPER.weights
        assert (weights.gradient_penalty, weights.classification) == (10, 1)
        assert (weights.cycle, weights.reconstruction, weights.attention) == (10, 10, 0.1)


@pytest.mark.parametrize(
    "option", ["images", "batch", "accumulate", "warm_up", "save_every", "threads"]
)
def test_counts_that_fit_no_tensor_are_refused(option: str) -> None:
    """They ended in "this should not have happened" in the middle of a run."""
    with pytest.raises(ValidationError, match="less than or equal"):
        StudioConfig(**{option: 10**30})
