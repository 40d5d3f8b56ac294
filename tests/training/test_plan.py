"""The arithmetic of a step against counts worked out by hand, and what is told of a run."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_methods import SHAPES, tiny

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.methods.lgpgan.ablation import Part
from lgpgan.methods.weights import default_weights
from lgpgan.training import plan as plan_module
from lgpgan.training.arithmetic import StepArithmetic, count_step, matrix_product_rate
from lgpgan.training.config import TrainingConfig
from lgpgan.training.options import StudioConfig
from lgpgan.training.plan import expected_seconds, plan
from lgpgan.training.presets import find_preset
from small_set import everybody, write_small_set


def generator_operations(
    height: int, width: int, blocks: int, *, labels: int = 8, heads: int = 3 + 1
) -> int:
    """Of Table II: 2 · k² · inputs · outputs for each place of each layer's output."""
    full, half, quarter = (height * width // area for area in (1, 4, 16))
    down = 49 * 3 * 64 * full + 16 * 64 * 128 * half + 16 * 128 * 256 * quarter
    told = 49 * labels * 64 * 7 * 7  # the planes, at the places that differ
    residual = blocks * 2 * 9 * 256 * 256 * quarter
    # A transposed convolution of stride 2 does a quarter of its kernel for each output place.
    up = 4 * 256 * 128 * half + 4 * 128 * 64 * full
    return 2 * (down + told + residual + up + 49 * 64 * heads * full)


def discriminator_layers(labels: int) -> list[int]:
    """Of Table III, the global one: operations of each layer, 128×128 pixels becoming 2×2."""
    channels = [3, 64, 128, 256, 512, 1024, 2048]
    body = [
        16 * inputs * outputs * (64 >> layer) ** 2
        for layer, (inputs, outputs) in enumerate(itertools.pairwise(channels))
    ]
    return [2 * count for count in [*body, 9 * 2048 * 4, 4 * 2048 * labels]]


def attgan_layers() -> tuple[list[int], list[int]]:
    """Of the authors' encoder and decoder, with 8 labels put in twice and a skip at 8×8."""
    encoder = [(3, 64, 64), (64, 128, 32), (128, 256, 16), (256, 512, 8), (512, 1024, 4)]
    decoder = [(1032, 1024, 8), (1544, 512, 16), (512, 256, 32), (256, 128, 64), (128, 3, 128)]
    return (
        [2 * 16 * inputs * outputs * side**2 for inputs, outputs, side in encoder],
        [2 * 4 * inputs * outputs * side**2 for inputs, outputs, side in decoder],
    )


def test_the_papers_cascade_by_hand() -> None:
    config = find_preset("lgp-gan", "paper")
    counted = count_step(config, config.shape(tuple(Expression)))
    by_hand = (
        generator_operations(128, 128, 6)
        + generator_operations(48, 96, 3)
        + generator_operations(48, 64, 3)
    )
    assert counted.synthesis == by_hand
    assert counted.generator_parameters == 8_443_072 + 2 * 4_901_056
    assert counted.discriminator_parameters == 44_786_624 + 2_834_880 + 2_810_304


class TestAblations:
    """Of Table II's networks, with the objective on exact pairs."""

    @staticmethod
    @cache
    def count(*parts: Part, networks: str = "paper") -> StepArithmetic:
        config = StudioConfig(networks=networks, without=parts)
        return count_step(config, config.shape(tuple(Expression)))

    def test_without_local_the_global_generator_is_left(self) -> None:
        counted, whole = self.count("local"), self.count()
        assert counted.synthesis == generator_operations(128, 128, 6)
        assert counted.generator_parameters == 8_443_072
        assert counted.discriminator_parameters == 44_786_624
        assert counted.generators < whole.generators
        assert counted.discriminators < whole.discriminators
        assert counted.penalty < whole.penalty

    def test_without_masks_three_heads_of_one_channel_are_gone(self) -> None:
        counted, whole = self.count("masks"), self.count()
        pixels = 128 * 128 + 48 * 96 + 48 * 64
        assert whole.synthesis - counted.synthesis == 2 * 49 * 64 * pixels
        assert whole.generator_parameters - counted.generator_parameters == 3 * 49 * 64
        assert counted.discriminators == whole.discriminators

    def test_without_flow_the_arithmetic_is_the_narrow_networks(self) -> None:
        counted, narrow = self.count("flow", networks="flow"), self.count(networks="narrow")
        assert counted.synthesis == narrow.synthesis
        assert counted.generator_parameters == narrow.generator_parameters

    def test_without_pairs_the_networks_have_as_much_to_do(self) -> None:
        assert replace(self.count("pairs"), activations=0) == replace(self.count(), activations=0)


def count_published(method: str) -> StepArithmetic:
    config = find_preset(method, "paper")
    return count_step(config, config.shape(tuple(Expression), exact_units=True))


def test_stargan_by_hand() -> None:
    counted, layers = count_published("stargan"), discriminator_layers(labels=8)
    forward = generator_operations(128, 128, 6, heads=3)
    assert counted.synthesis == forward
    assert counted.generator_parameters == 8_443_072 - 64 * 49
    assert counted.discriminator_parameters == 44_786_624
    # Both images forward; backward a slope by the weights of each layer, and one by the input of
    # each but the first.
    assert counted.discriminators == 2 * (3 * sum(layers) - layers[0])
    # The generator, there: backward alone, as forward is the synthesis. And back: forward, and
    # slopes by weights and by the image, but not by the label. The discriminator: forward, and
    # slopes by inputs.
    stem, told = 2 * 49 * 3 * 64 * 128**2, 2 * 49 * 8 * 64 * 7**2
    there, back = 2 * forward - stem - told, 3 * forward - told
    assert counted.generators == there + back + 2 * sum(layers)


def test_ganimation_by_hand() -> None:
    counted = count_published("ganimation")
    assert counted.synthesis == generator_operations(128, 128, 6, labels=19)
    layers = discriminator_layers(labels=19)
    assert counted.discriminators == 2 * (3 * sum(layers) - layers[0])


def test_attgan_by_hand() -> None:
    counted, (encoder, decoder) = count_published("attgan"), attgan_layers()
    assert counted.synthesis == sum(encoder) + sum(decoder)
    # The latent is decoded twice and encoded once.
    channels = [3, 64, 128, 256, 512, 1024]
    body = [
        2 * 16 * inputs * outputs * (64 >> layer) ** 2
        for layer, (inputs, outputs) in enumerate(itertools.pairwise(channels))
    ]
    heads = 2 * (2 * 16_384 * 1024 + 1024 * (1 + 8))
    assert counted.discriminators == 2 * (3 * (sum(body) + heads) - body[0])
    assert counted.generators == (
        (2 * sum(encoder) - encoder[0]) + (2 + 3) * sum(decoder) + 2 * (sum(body) + heads)
    )


MADE_UP = StepArithmetic(
    synthesis=1e9,
    discriminators=2e9,
    penalty=4e9,
    generators=8e9,
    generator_parameters=10,
    discriminator_parameters=20,
    activations=400,
)


def test_operations_are_averaged_over_the_kinds_of_steps() -> None:
    config, of = find_preset("lgp-gan", "paper"), MADE_UP
    usual = of.synthesis + of.discriminators + of.penalty
    assert of.operations(config) == usual + of.generators / 5
    lazy = replace(config, penalty_every=4, discriminator_updates=1, accumulate=2)
    expected = 2 * of.synthesis + of.discriminators + of.penalty / 4 + of.generators
    assert of.operations(lazy) == expected


def test_memory_falls_with_the_parts() -> None:
    config, of = StudioConfig(), MADE_UP
    whole, parts = of.memory(config), of.memory(replace(config, accumulate=4))
    assert whole - parts == pytest.approx(12 * of.activations)
    assert whole - of.memory(config, processes=2) == pytest.approx(8 * of.activations)


def test_a_plan_says_what_a_run_would_take(tiny_set: PreparedSet) -> None:
    planned = plan(StudioConfig(images=1600), tiny_set, "cpu")
    assert planned.config["preset"] == "studio"
    assert planned.config["images"] == 1600
    assert planned.steps == 100
    assert planned.faces == dict.fromkeys(tiny_set.classes, 3)
    text = "\n".join(planned.lines())
    assert "training faces: 24 (angry 3" in text
    assert "generators 4,675,584, discriminators 4,304,288" in text
    assert planned.seconds > 0


class TestWhatTheRunWouldRefuse:
    """A dry run said how long a run would take that could not begin."""

    def refusal(self, prepared: PreparedSet, config: TrainingConfig, **options: Any) -> str:
        with pytest.raises(InputError) as refused:
            plan(config, prepared, "cpu", **options)
        return str(refused.value)

    def test_weights_to_begin_with(self, tiny_set: PreparedSet, tmp_path: Path) -> None:
        nowhere = self.refusal(tiny_set, StudioConfig(), warm_start=tmp_path / "nowhere")
        assert "no weights at" in nowhere
        narrow = find_preset("stargan", "narrow")
        other = self.refusal(tiny_set, narrow, warm_start=default_weights())
        assert "are of lgp-gan, and this run is of stargan" in other
        shape = self.refusal(
            tiny_set, find_preset("lgp-gan", "narrow"), warm_start=default_weights()
        )
        assert "networks of another shape" in shape

    def test_batches_that_cannot_be_divided(self, tiny_set: PreparedSet) -> None:
        batch = StudioConfig(batch=16)
        assert "a multiple of 3" in self.refusal(tiny_set, batch, processes=3)
        assert "a multiple of 32" in self.refusal(tiny_set, batch, processes=4, nodes=8)
        assert "--processes 0" in self.refusal(tiny_set, batch, processes=0)

    def test_sets_without_exact_pairs(self, tmp_path: Path) -> None:
        entries = everybody("ann", "ben", split="train", classes=["happy", "sad"])
        labelled = write_small_set(tmp_path / "set", entries, ["happy", "sad"])
        assert "add --preset narrow" in self.refusal(labelled, StudioConfig())


def test_a_run_that_needs_more_memory_than_there_is(
    tiny_set: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Millions of GiB were told without a word on it."""
    monkeypatch.setattr(plan_module, "probed_rate", lambda *asked: 1e12)
    large = plan(StudioConfig(batch=100_000_000), tiny_set, "cpu", 2)
    (warning,) = large.warnings()
    assert "choose a smaller --batch" in warning
    assert large.lines()[-1] == warning
    assert large.to_json()["warnings"] == [warning]
    assert replace(large, room=large.memory * 2).warnings() == []
    just = replace(large, room=large.memory * 1.5)
    assert len(just.warnings()) == 1  # processes without GPUs share the main memory
    assert replace(just, on_gpus=True).warnings() == []


def test_the_rate_of_a_matrix_product_is_measured() -> None:
    assert matrix_product_rate(dtype=torch.float32, size=256) > 1e8


def test_a_device_that_is_not_here_cannot_be_measured(tiny_set: PreparedSet) -> None:
    """Regression: a dry run on a GPU that was not there said what should not have happened."""
    with pytest.raises(InputError, match="no device 'abacus'"):
        plan(StudioConfig(), tiny_set, "abacus")


def test_machines_divide_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: a run on several machines was said to take as long as on one."""
    config, shape = tiny("stargan"), SHAPES["stargan"]
    counted = count_step(config, shape)
    monkeypatch.setattr(plan_module, "probed_rate", lambda *asked: 1e9)
    cpu, cards = torch.device("cpu"), torch.device("cuda")
    one = expected_seconds(config, shape, counted, cpu)
    assert one == pytest.approx(config.images * counted.operations(config) / 1e9)
    assert expected_seconds(config, shape, counted, cpu, 2) == one  # they share the cores
    assert expected_seconds(config, shape, counted, cpu, 2, nodes=3) == pytest.approx(one / 3)
    assert expected_seconds(config, shape, counted, cards, 2, nodes=3) == pytest.approx(one / 6)
