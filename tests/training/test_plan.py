"""The arithmetic of a step against counts worked out by hand, and what is told of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions import Expression
from lgpgan.methods.lgpgan import LgpGanConfig
from lgpgan.methods.lgpgan.ablation import Part
from lgpgan.training.arithmetic import StepArithmetic, count_step, matrix_product_rate
from lgpgan.training.plan import plan
from lgpgan.training.presets import PaperConfig, StudioConfig


def generator_operations(height: int, width: int, blocks: int) -> int:
    """Of Table II: 2 · k² · inputs · outputs for each place of each layer's output."""
    full, half, quarter = (height * width // area for area in (1, 4, 16))
    down = 49 * 11 * 64 * full + 16 * 64 * 128 * half + 16 * 128 * 256 * quarter
    residual = blocks * 2 * 9 * 256 * 256 * quarter
    # A transposed convolution of stride 2 does a quarter of its kernel for each output place.
    up = 4 * 256 * 128 * half + 4 * 128 * 64 * full
    return 2 * (down + residual + up + 49 * 64 * (3 + 1) * full)


def test_the_papers_cascade_by_hand() -> None:
    config = PaperConfig()
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


def test_operations_are_averaged_over_the_kinds_of_steps() -> None:
    config = PaperConfig()
    of = count_step(config, LgpGanConfig.flow())
    usual = of.synthesis + of.discriminators + of.penalty
    assert of.operations(config) == usual + of.generators / 5
    lazy = replace(config, penalty_every=4, discriminator_updates=1, accumulate=2)
    expected = 2 * of.synthesis + of.discriminators + of.penalty / 4 + of.generators
    assert of.operations(lazy) == expected


def test_memory_falls_with_the_parts() -> None:
    config = StudioConfig()
    of = count_step(config, config.shape(tuple(Expression)))
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
    assert "generators 4,661,184, discriminators 4,304,288" in text
    assert planned.seconds > 0


def test_the_rate_of_a_matrix_product_is_measured() -> None:
    assert matrix_product_rate(dtype=torch.float32, size=256) > 1e8
