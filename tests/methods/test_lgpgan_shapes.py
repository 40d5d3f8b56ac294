"""Shapes of LGP-GAN's networks, and their values in files."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
import torch

from lgpgan.methods.lgpgan import (
    FlowLgpGanConfig,
    LgpGan,
    LgpGanConfig,
    LgpGanDiscriminators,
    build_generators,
)
from lgpgan.methods.lgpgan.shapes import (
    flow_networks,
    narrow_networks,
    paper_networks,
    shape_from_values,
)
from lgpgan.methods.weights_info import default_weights, open_weights
from lgpgan.networks.generator import GeneratorConfig


class TestShapes:
    def test_the_default_is_the_papers(self) -> None:
        assert LgpGanConfig() == paper_networks()
        assert paper_networks(labels=5).global_generator.labels == 5
        assert paper_networks(labels=5).local_generator.labels == 5

    def test_the_paper_has_six_and_three_blocks(self) -> None:
        paper = paper_networks()
        assert paper.global_generator == GeneratorConfig(labels=8, width=64, residual_blocks=6)
        assert paper.local_generator == GeneratorConfig(labels=8, width=64, residual_blocks=3)
        assert type(paper) is LgpGanConfig

    def test_the_whole_has_the_parameters_of_tables_ii_and_iii(self) -> None:
        with torch.device("meta"):
            networks = LgpGan(paper_networks()), LgpGanDiscriminators(paper_networks())
        counts = [sum(p.numel() for p in network.parameters()) for network in networks]
        assert counts == [8_443_072 + 2 * 4_901_056, 44_786_624 + 2_834_880 + 2_810_304]

    @pytest.mark.parametrize(
        "config", [paper_networks(), narrow_networks(7), flow_networks().with_units((4, 12))]
    )
    def test_values_make_the_same_configuration(self, config: LgpGanConfig) -> None:
        again = shape_from_values(json.loads(json.dumps(asdict(config))))
        assert (type(again), again) == (type(config), config)

    def test_values_of_earlier_versions_make_networks_with_the_same_weights(self) -> None:
        """They described the paper's networks by all values of the flow cascade's."""
        paper = paper_networks()
        old = asdict(FlowLgpGanConfig.extending(paper))
        assert old.keys() - asdict(paper).keys() == {
            *("fade", "local", "inside", "relative_colour", "units")
        }
        shape = shape_from_values(json.loads(json.dumps(old)))
        assert shape == FlowLgpGanConfig.extending(paper)
        with torch.device("meta"):
            plain, full = (build_generators(one).state_dict() for one in (paper, shape))
        assert {n: v.shape for n, v in plain.items()} == {n: v.shape for n, v in full.items()}

    def test_the_shipped_weights_keep_the_values_that_their_graph_is_named_by(self) -> None:
        info = open_weights(default_weights(), framework="np").info
        shape = shape_from_values(info.config)
        assert shape == flow_networks().with_units(info.units)
        assert json.loads(json.dumps(asdict(shape))) == info.config

    @pytest.mark.parametrize("config", [paper_networks(), flow_networks()])
    def test_unknown_values_are_refused(self, config: LgpGanConfig) -> None:
        values = asdict(config)
        with pytest.raises(TypeError, match="depth"):
            shape_from_values({**values, "depth": 1})
        local = {**values["local_generator"], "depth": 1}
        with pytest.raises(TypeError, match="depth"):
            shape_from_values({**values, "local_generator": local})

    def test_action_units_stand_behind_the_classes(self, flow_shape: FlowLgpGanConfig) -> None:
        told = flow_shape.with_units((4, 12))
        assert (told.labels, told.global_generator.labels) == (8, 10)
        assert shape_from_values(asdict(told)) == told
        assert told.with_units(()) == flow_shape
        assert LgpGanDiscriminators(told).whole.config.labels == 8
