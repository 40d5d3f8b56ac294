"""Training that begins with trained weights, whose labels may differ."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.methods.attgan import AttGan, AttGanConfig
from lgpgan.methods.face_generator import LabelInputs
from lgpgan.methods.ganimation import Ganimation, GanimationConfig
from lgpgan.methods.lgpgan import FlowLgpGan, FlowLgpGanConfig, LgpGan, LgpGanConfig
from lgpgan.methods.stargan import StarGan, StarGanConfig
from lgpgan.methods.warm_start import copied_planes, warm_start
from lgpgan.networks.discriminator import DiscriminatorConfig
from lgpgan.networks.flow_generator import FlowGeneratorConfig
from lgpgan.networks.generator import GeneratorConfig

EIGHT = tuple("abcdefgh")
"""Names of eight classes."""
SMALL = GeneratorConfig(width=4, residual_blocks=1, kernel=3)
CRITIC = DiscriminatorConfig(128, 128, layers=5, channels=4)
STARGAN = StarGanConfig(SMALL, CRITIC)
ATTGAN = AttGanConfig(width=2, discriminator_channels=2, hidden=8)
GANIMATION = GanimationConfig(
    units=(4, 6, 12),
    conditions=((0.0, 0.5, 1.0),),
    generator=replace(SMALL, labels=3),
    discriminator=replace(CRITIC, labels=3),
)


def first_weight(cascade: LgpGan | FlowLgpGan) -> Tensor:
    return cascade.state_dict()["global_generator.encoder.0.0.weight"]


@pytest.mark.parametrize("dimension", [0, 1])
def test_known_planes_are_copied_and_new_ones_stay(dimension: int) -> None:
    drawn, trained = torch.zeros(4, 5), torch.arange(30.0).view(6, 5)  # two inputs, then planes
    if dimension == 1:
        drawn, trained = drawn.T.contiguous(), trained.T.contiguous()
    made = copied_planes(drawn, trained, LabelInputs(first=2, dimension=dimension), {1: 3})
    if dimension == 1:
        made, trained = made.T, trained.T
    assert torch.equal(made[:2], trained[:2])
    assert not made[2].any()
    assert torch.equal(made[3], trained[5])
    assert not drawn.any()


class TestLgpGan:
    def test_classes_are_copied_by_their_names(self, paper_shape: LgpGanConfig) -> None:
        trained, mine = LgpGan(paper_shape), LgpGan(paper_shape)
        fresh = first_weight(mine).clone()
        warm_start(mine, trained, ("c", "new", *EIGHT[2:]), EIGHT)
        ours, theirs = first_weight(mine), first_weight(trained)
        assert torch.equal(ours[:, :3], theirs[:, :3])
        assert torch.equal(ours[:, 3], theirs[:, 3 + 2])
        assert torch.equal(ours[:, 3 + 1], fresh[:, 3 + 1])
        assert torch.equal(ours[:, 3 + 2 :], theirs[:, 3 + 2 :])

    def test_everything_else_is_copied(self, flow_shape: FlowLgpGanConfig) -> None:
        trained, mine = FlowLgpGan(flow_shape), FlowLgpGan(flow_shape)
        warm_start(mine, trained, EIGHT, EIGHT)
        for name, value in trained.state_dict().items():
            assert torch.equal(mine.state_dict()[name], value), name

    def test_action_units_are_copied_by_their_numbers(self, flow_shape: FlowLgpGanConfig) -> None:
        trained = FlowLgpGan(flow_shape.with_units((4, 12)))
        mine = FlowLgpGan(flow_shape.with_units((1, 12)))
        fresh = first_weight(mine).clone()
        warm_start(mine, trained, EIGHT, EIGHT)
        ours, theirs = first_weight(mine), first_weight(trained)
        pixels = theirs.shape[1] - 10
        assert torch.equal(ours[:, : pixels + 8], theirs[:, : pixels + 8])
        assert torch.equal(ours[:, pixels + 8], fresh[:, pixels + 8])
        assert torch.equal(ours[:, pixels + 9], theirs[:, pixels + 9])

    def test_weights_without_inside_and_shade_are_copied(
        self, flow_shape: FlowLgpGanConfig
    ) -> None:
        """So that training goes on from weights that know no picture and no shade."""

        def plain(generator: FlowGeneratorConfig) -> FlowGeneratorConfig:
            return replace(generator, shaded=False)

        less = replace(
            flow_shape,
            global_generator=plain(flow_shape.global_generator),
            local_generator=plain(flow_shape.local_generator),
            inside=False,
        )
        trained, mine = FlowLgpGan(less), FlowLgpGan(flow_shape)
        warm_start(mine, trained, EIGHT, EIGHT)
        state = mine.state_dict()
        for name, value in trained.state_dict().items():
            assert torch.equal(state[name], value), name
        assert not state["mouth_generator.inside_head.weight"].any()
        assert not state["global_generator.shade_head.weight"].any()
        with pytest.raises(RuntimeError, match=r"inside_head"):
            warm_start(trained, mine, EIGHT, EIGHT)

    @pytest.mark.parametrize("local", [True, False])
    def test_weights_with_and_without_local_generators_do_not_fit(
        self, flow_shape: FlowLgpGanConfig, local: bool
    ) -> None:
        one, other = (FlowLgpGan(replace(flow_shape, local=part)) for part in (local, not local))
        with pytest.raises(RuntimeError, match="eye_generator"):
            warm_start(one, other, EIGHT, EIGHT)


class TestRivals:
    def test_stargan(self, faces: LabelledBatch) -> None:
        torch.manual_seed(1)
        fewer = StarGan(replace(STARGAN, generator=replace(SMALL, labels=2)))
        trained = StarGan(STARGAN)
        warm_start(fewer, trained, ("e", "g"), EIGHT)
        theirs = trained(faces.image, faces.target).output  # classes 4 and 6
        torch.testing.assert_close(fewer(faces.image, torch.eye(2)).output, theirs)

    def test_attgan(self, faces: LabelledBatch) -> None:
        torch.manual_seed(1)
        fewer, trained = AttGan(replace(ATTGAN, labels=2)), AttGan(ATTGAN)
        for _ in range(3):
            trained(faces.image, faces.target)  # statistics of its own
        # Labels that were never asked for are at −0.5, not at 0: leave them without influence.
        for layer, features in ((trained.code_decoder[0], 32), (trained.decoder[0][0], 48)):
            assert isinstance(layer, nn.ConvTranspose2d)
            for label in (0, 1, 2, 3, 5, 7):
                nn.init.zeros_(layer.weight.data[features + label])
        warm_start(fewer, trained, ("e", "g"), EIGHT)
        theirs = trained.eval()(faces.image, faces.target).output  # classes 4 and 6
        mine = fewer.eval()(faces.image, torch.eye(2)).output
        torch.testing.assert_close(mine, theirs)

    def test_ganimation_copies_action_units_by_their_numbers(self, faces: LabelledBatch) -> None:
        torch.manual_seed(1)
        trained = Ganimation(GANIMATION)
        other = Ganimation(replace(GANIMATION, units=(12, 4, 6)))
        warm_start(other, trained, ("happy",), ("another name",))
        theirs = trained.edit_units(faces.image, torch.tensor([[0.3, 0.8, 0.0]]).expand(2, -1))
        mine = other.edit_units(faces.image, torch.tensor([[0.0, 0.3, 0.8]]).expand(2, -1))
        torch.testing.assert_close(mine.output, theirs.output)

    def test_networks_of_another_width_do_not_fit(self) -> None:
        wide = replace(SMALL, width=8)
        of_stargan = StarGan(STARGAN), StarGan(replace(STARGAN, generator=wide))
        of_attgan = AttGan(ATTGAN), AttGan(replace(ATTGAN, width=1))
        for mine, other in (of_stargan, of_attgan):
            with pytest.raises(RuntimeError, match="size"):
                warm_start(mine, other, EIGHT, EIGHT)
