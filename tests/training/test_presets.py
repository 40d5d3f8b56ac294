"""The values of every preset against the papers and DESIGN, and how a preset is found."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.methods.lgpgan.shapes import (
    FlowLgpGanConfig,
    flow_networks,
    narrow_networks,
    paper_networks,
)
from lgpgan.methods.registry import METHODS
from lgpgan.training.config import TrainingConfig
from lgpgan.training.options import StudioConfig
from lgpgan.training.presets import PRESETS, find_preset

ALL = [(method, name) for method, presets in PRESETS.items() for name in presets]
EIGHT = tuple(map(str, Expression))


def values(method: str, preset: str) -> dict[str, Any]:
    """What a preset says, in plain values."""
    config = find_preset(method, preset)
    dumped: dict[str, Any] = TypeAdapter(type(config)).dump_python(config, mode="json")
    return dumped


class TestFinding:
    def test_every_method_has_presets(self) -> None:
        assert PRESETS.keys() == METHODS.keys()
        assert list(PRESETS["lgp-gan"]) == ["studio", "narrow", "paper"]
        for method in ("stargan", "attgan", "ganimation"):
            assert list(PRESETS[method]) == ["narrow", "paper"]

    @pytest.mark.parametrize(("method", "preset"), ALL)
    def test_a_preset_is_what_it_is_called(self, method: str, preset: str) -> None:
        config = find_preset(method, preset)
        assert (config.method, config.preset) == (method, preset)

    def test_a_methods_first_preset_is_its_default(self) -> None:
        assert find_preset("lgp-gan") == StudioConfig()
        assert find_preset("stargan") is find_preset("stargan", "narrow")

    def test_no_such_method(self) -> None:
        with pytest.raises(
            InputError,
            match=r"no method 'cyclegan'; choose one of lgp-gan, stargan, attgan, ganimation\.",
        ):
            find_preset("cyclegan", "paper")

    def test_no_such_preset(self) -> None:
        """The studio preset needs what only LGP-GAN has a use for."""
        with pytest.raises(InputError, match=r"attgan has no preset 'studio'; .* narrow, paper\."):
            find_preset("attgan", "studio")
        with pytest.raises(InputError, match=r"lgp-gan has no preset ''"):
            find_preset("lgp-gan", "")


class TestPublished:
    """Lengths in images; a step is one update of the discriminators."""

    @pytest.mark.parametrize(
        ("method", "steps", "batch", "rate"),
        [
            ("lgp-gan", 200_000, 16, 1e-4),
            ("stargan", 200_000, 16, 1e-4),
            ("attgan", 200 * 182_000 // 32, 32, 2e-4),  # 200 epochs of CelebA's training images
            ("ganimation", 30 * 200_000 // 25, 25, 1e-4),  # 30 epochs of EmotioNet's 200,000
        ],
    )
    def test_length_batch_and_rate(self, method: str, steps: int, batch: int, rate: float) -> None:
        paper = values(method, "paper")
        assert (paper["images"] // paper["batch"], paper["batch"]) == (steps, batch)
        assert paper["generator_rate"] == paper["discriminator_rate"] == rate

    @pytest.mark.parametrize("method", METHODS)
    def test_what_all_have_in_common(self, method: str) -> None:
        paper = values(method, "paper")
        assert paper["betas"] == [0.5, 0.999]
        assert paper["discriminator_updates"] == 5
        assert (paper["penalty_every"], paper["warm_up"], paper["average_half_life"]) == (1, 0, 0)
        assert paper["networks"] == "paper"

    @pytest.mark.parametrize(
        ("method", "factors"),
        [
            ("lgp-gan", {0: 1, 0.5: 1, 0.75: 0.5, 1: 0}),
            ("stargan", {0: 1, 0.5: 1, 0.75: 0.5, 1: 0}),
            ("attgan", {0: 1, 0.5: 1, 0.51: 0.1, 0.99: 0.1}),
            ("ganimation", {0: 1, 2 / 3: 1, 5 / 6: 0.5, 1: 0}),  # 20 epochs of 30, then 10 falling
        ],
    )
    def test_schedule(self, method: str, factors: dict[float, float]) -> None:
        config = find_preset(method, "paper")
        for share, factor in factors.items():
            assert config.rate(round(share * config.images)) == pytest.approx(factor), share

    @pytest.mark.parametrize(
        ("method", "weights"),
        [
            (
                "lgp-gan",
                {
                    "gradient_penalty": 10,
                    "classification": 1,
                    "cycle": 10,
                    "reconstruction": 10,
                    "attention": 0.1,
                },
            ),
            ("stargan", {"gradient_penalty": 10, "classification": 1, "cycle": 10}),
            (
                "attgan",
                {
                    "gradient_penalty": 10,
                    "reconstruction": 100,
                    "classification": 10,
                    "real_classification": 1,
                },
            ),
            (
                "ganimation",
                {
                    "gradient_penalty": 10,
                    "units": 4000 / 25,
                    "cycle": 10,
                    "attention": 0.1,
                    "smoothness": 1e-5 * 25,
                },
            ),
        ],
    )
    def test_weights_of_the_terms(self, method: str, weights: dict[str, float]) -> None:
        for preset in ("paper", "narrow"):
            assert values(method, preset)["weights"] == pytest.approx(weights)

    @pytest.mark.parametrize("method", METHODS)
    def test_networks_are_the_published_ones(self, method: str) -> None:
        paper, config = METHODS[method].networks["paper"], find_preset(method, "paper")
        by_class = config.shape(EIGHT, exact_units=False)
        assert by_class == paper(EIGHT, exact_units=False)
        assert config.shape(EIGHT[:3]).labels == 3
        if method == "ganimation":
            assert config.shape(EIGHT, exact_units=True) == paper(EIGHT, exact_units=True)
            assert config.units(by_class) == (1, 2, 4, 5, 6, 7, 9, 12, 14, 15, 16, 20, 23, 26)
        else:
            assert config.units(by_class) is None


class TestNarrow:
    @pytest.mark.parametrize("method", METHODS)
    def test_all_are_narrowed_alike(self, method: str) -> None:
        """So that methods are compared by what they do, not by how long or fast they learn."""
        own = ("networks", "weights")
        narrow, lgp_gan = values(method, "narrow"), values("lgp-gan", "narrow")
        assert {k: v for k, v in narrow.items() if k not in own} == {
            k: v for k, v in lgp_gan.items() if k not in own
        }
        assert narrow["networks"] == "narrow"

    @pytest.mark.parametrize("method", METHODS)
    def test_networks_are_the_narrow_ones(self, method: str) -> None:
        narrow, config = METHODS[method].networks["narrow"], find_preset(method, "narrow")
        assert config.shape(EIGHT, exact_units=True) == narrow(EIGHT, exact_units=True)

    def test_values_of_a_preset_do_not_touch_the_loss_weights(self) -> None:
        narrow, paper = (find_preset("lgp-gan", name) for name in ("narrow", "paper"))
        assert (narrow.images, narrow.batch, narrow.discriminator_updates) == (32_000, 8, 2)
        assert (narrow.generator_rate, narrow.discriminator_rate) == (4e-4, 2e-4)
        assert (narrow.betas, narrow.penalty_every) == ((0.5, 0.999), 1)
        # Not of the preset, so as in every configuration:
        assert (narrow.warm_up, narrow.decay_share, narrow.average_half_life) == (800, 0.4, 2500)
        assert (paper.images, paper.batch, paper.warm_up) == (3_200_000, 16, 0)
        assert narrow.weights == paper.weights
        assert (narrow.preset, paper.preset) == ("narrow", "paper")


class TestStudio:
    def test_its_networks_are_the_shipped_ones(self) -> None:
        assert StudioConfig().shape(EIGHT) == flow_networks(8)
        for name, plain in (("narrow", narrow_networks(8)), ("paper", paper_networks(8))):
            shape = StudioConfig(networks=name).shape(EIGHT)
            assert shape == FlowLgpGanConfig.extending(plain)

    def test_a_penalty_in_sixteen_and_a_generator_step_in_every_one(self) -> None:
        studio = StudioConfig()
        assert (studio.penalty_every, studio.discriminator_updates) == (16, 1)
        assert (studio.images, studio.batch, studio.betas) == (96_000, 16, (0.5, 0.99))


@pytest.mark.parametrize(("method", "preset"), ALL)
class TestOptions:
    def test_unknown_networks_and_keys_are_refused(self, method: str, preset: str) -> None:
        adapter = TypeAdapter(type(find_preset(method, preset)))
        for wrong in ({"networks": "wide"}, {"learning_rate": 1e-4}, {"weights": {"flwo": 1.0}}):
            with pytest.raises(ValidationError):
                adapter.validate_python(wrong)
        if method != "lgp-gan":  # which alone has a flow
            with pytest.raises(ValidationError, match="networks"):
                adapter.validate_python({"networks": "flow"})

    def test_plain_values_make_the_same_configuration(self, method: str, preset: str) -> None:
        config = find_preset(method, preset)
        assert TypeAdapter(type(config)).validate_python(values(method, preset)) == config

    def test_every_option_says_what_it_does(self, method: str, preset: str) -> None:
        """The command line shows these sentences."""
        config = find_preset(method, preset)
        documented = set(_attributes(type(config)))
        assert {field.name for field in dataclasses.fields(config)} <= documented
        for group in (
            getattr(config, name) for name in ("weights", "augmentation") if hasattr(config, name)
        ):
            names = {field.name for field in dataclasses.fields(group)}
            assert names == set(_attributes(type(group)))


def _attributes(kind: type[object]) -> Iterator[str]:
    """What the docstrings of a class and its parents say of its values."""
    for one in kind.__mro__:
        if one is not TrainingConfig and not dataclasses.is_dataclass(one):
            continue
        _, _, listed = (inspect.getdoc(one) or "").partition("Attributes:\n")
        yield from re.findall(r"^    (\w+):", listed, re.MULTILINE)
