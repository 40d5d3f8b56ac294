"""StarGAN's networks as in its authors' code, and equations 5, 6 and 8 on a small one."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from objective_terms import (
    all_terms,
    check_that_parts_average_to_the_whole,
    check_that_steps_keep_apart,
    check_that_weights_stand_before_their_terms,
    check_the_penalty,
    moved_by,
)
from torch import Tensor, nn

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.expressions.expression import Expression, label_vector
from lgpgan.methods.change import WholeFaceSynthesis
from lgpgan.methods.stargan import (
    StarGan,
    StarGanConfig,
    StarGanDiscriminators,
    StarGanObjective,
    StarGanWeights,
)
from lgpgan.networks.discriminator import DiscriminatorConfig
from lgpgan.networks.flow_generator import FlowGeneratorConfig
from lgpgan.networks.generator import GeneratorConfig

SMALL = StarGanConfig(
    GeneratorConfig(width=4, residual_blocks=1, kernel=3),
    DiscriminatorConfig(128, 128, layers=5, channels=4),
)


@pytest.fixture
def objective() -> StarGanObjective:
    torch.manual_seed(2)
    return StarGanObjective(StarGan(SMALL), StarGanDiscriminators(SMALL), StarGanWeights())


class TestNetworks:
    def test_the_default_is_the_papers(self) -> None:
        assert StarGanConfig() == StarGanConfig.paper()
        assert StarGanConfig.paper(labels=5).labels == 5
        assert StarGanConfig.paper(labels=5).discriminator.labels == 5

    def test_the_generator_is_lgp_gans_global_one_without_a_mask_head(self) -> None:
        """8,443,072 parameters as in Table II, less 64 · 7 · 7 of the mask head."""
        with torch.device("meta"):
            generator = StarGan(StarGanConfig.paper())
        assert sum(p.numel() for p in generator.parameters()) == 8_443_072 - 64 * 7 * 7
        assert not any("mask" in name for name in generator.state_dict())
        assert generator.config.generator == GeneratorConfig()

    def test_the_discriminator_is_lgp_gans_global_one(self) -> None:
        with torch.device("meta"):
            whole = StarGanDiscriminators(StarGanConfig.paper()).whole
        assert whole.config == DiscriminatorConfig(128, 128, layers=6)
        assert sum(p.numel() for p in whole.parameters()) == 44_786_624

    def test_the_narrow_ones(self) -> None:
        narrow = StarGanConfig.narrow(labels=7)
        assert narrow.generator == GeneratorConfig(
            labels=7, width=32, residual_blocks=6, kernel=5, fold=2
        )
        assert narrow.discriminator == DiscriminatorConfig(
            128, 128, layers=5, channels=32, labels=7, slope=0.01
        )

    def test_nothing_is_kept_between_faces(self) -> None:
        """Running statistics ruin the authors' generator in evaluation mode."""
        generator = StarGan(SMALL)
        assert list(generator.buffers()) == []
        image, label = torch.rand(2, 3, 128, 128), torch.eye(8)[:2]
        trained = generator.train()(image, label).output
        assert torch.equal(generator.eval()(image, label).output, trained)

    @pytest.mark.parametrize("config", [StarGanConfig.paper(7), StarGanConfig.narrow()])
    def test_values_make_the_same_configuration(self, config: StarGanConfig) -> None:
        assert StarGanConfig.from_values(json.loads(json.dumps(asdict(config)))) == config

    def test_unknown_values_are_refused(self) -> None:
        values = asdict(SMALL)
        with pytest.raises(TypeError, match="depth"):
            StarGanConfig.from_values({**values, "depth": 1})
        with pytest.raises(KeyError):
            StarGanConfig.from_values({})

    def test_values_of_earlier_versions_make_the_same_configuration(self) -> None:
        """They described every generator by the values of one with further heads."""
        values = asdict(SMALL)
        further = asdict(FlowGeneratorConfig(masked=False))
        old = {**values, "generator": {**further, **values["generator"]}}
        assert StarGanConfig.from_values(old) == SMALL
        for name, value in (("masked", True), ("flow_limit", 8.0)):
            wrong = {**old, "generator": {**old["generator"], name: value}}
            with pytest.raises(ValueError, match=name):
                StarGanConfig.from_values(wrong)


class TestEditing:
    def test_the_output_is_the_colour_head_and_nothing_of_the_input(
        self, objective: StarGanObjective, faces: LabelledBatch
    ) -> None:
        made = objective.synthesise(faces)
        assert torch.equal(made.output, objective.generators.generator(faces.image, faces.target))
        assert not made.change.keep.any()
        assert made.change.keep.shape == (2, 1, 128, 128)
        assert made.change.flow is None
        assert torch.equal(made.change.apply(faces.image), made.output)

    def test_eyes_and_mouth_apart_are_asked_for_by_their_mean(self, faces: LabelledBatch) -> None:
        generator = StarGan(SMALL)
        apart = generator(faces.image, faces.label, faces.mouth_top, faces.target)
        mean = generator(faces.image, (faces.label + faces.target) / 2)
        assert torch.equal(apart.output, mean.output)


class TestObjective:
    def test_the_weights_are_the_authors(self) -> None:
        assert asdict(StarGanWeights()) == {
            "gradient_penalty": 10,
            "classification": 1,
            "cycle": 10,
        }

    def test_terms_by_hand(self, objective: StarGanObjective, faces: LabelledBatch) -> None:
        output = objective.synthesise(faces).output
        judge = objective.discriminators.whole
        real, made = judge(faces.image), judge(output)
        back = objective.generators(output, faces.label).output
        expected = {
            "D/real": -real.realness.mean(),
            "D/fake": made.realness.mean(),
            "D/class": F.cross_entropy(real.attributes, torch.tensor([5, 0])),
            "G/adversarial": -made.realness.mean(),
            "G/class": F.cross_entropy(made.attributes, torch.tensor([4, 6])),
            "G/cycle": 10 * (back - faces.image).abs().mean(),
        }
        terms = all_terms(objective, faces)
        assert terms.keys() == expected.keys() | {"D/penalty"}
        for name, value in expected.items():
            torch.testing.assert_close(terms[name], value, rtol=1e-4, atol=1e-6)

    def test_the_penalty_by_hand(self, objective: StarGanObjective, faces: LabelledBatch) -> None:
        check_the_penalty(objective, faces, weight=10)

    def test_every_weight_stands_before_its_terms(
        self, objective: StarGanObjective, faces: LabelledBatch
    ) -> None:
        terms_of = {
            "gradient_penalty": ("D/penalty",),
            "classification": ("D/class", "G/class"),
            "cycle": ("G/cycle",),
        }
        check_that_weights_stand_before_their_terms(objective, faces, terms_of)

    def test_the_two_steps_keep_apart(
        self, objective: StarGanObjective, faces: LabelledBatch
    ) -> None:
        check_that_steps_keep_apart(objective, faces)

    def test_parts_average_to_the_whole(
        self, objective: StarGanObjective, faces: LabelledBatch
    ) -> None:
        check_that_parts_average_to_the_whole(objective, faces)

    def test_the_cycle_goes_there_and_back(
        self, objective: StarGanObjective, faces: LabelledBatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake = objective.synthesise(faces)
        asked: list[tuple[Tensor, Tensor]] = []
        forward = objective.generators.forward

        def record(image: Tensor, label: Tensor, mouth_top: Tensor) -> WholeFaceSynthesis:
            asked.append((image, label))
            return forward(image, label, mouth_top)

        monkeypatch.setattr(objective.generators, "forward", record)
        terms = objective.generator_terms(faces, fake)
        ((image, label),) = asked
        assert image is fake.output
        assert label is faces.label
        (slope,) = torch.autograd.grad(terms["G/cycle"], fake.output, retain_graph=True)
        assert slope.any()
        assert moved_by(terms["G/cycle"], objective.generators)

    def test_class_targets_beyond_the_simplex_are_clipped(
        self, objective: StarGanObjective, faces: LabelledBatch
    ) -> None:
        strong = torch.from_numpy(label_vector(Expression.HAPPY, 1.3)).expand(2, -1)
        batch = faces._replace(label=strong, target=strong)
        fake = objective.synthesise(batch)
        happy = torch.tensor([4, 4])
        torch.testing.assert_close(
            objective.discriminator_terms(batch, fake)["D/class"],
            F.cross_entropy(objective.discriminators.whole(faces.image).attributes, happy),
        )
        torch.testing.assert_close(
            objective.generator_terms(batch, fake)["G/class"],
            F.cross_entropy(objective.discriminators.whole(fake.output).attributes, happy),
        )

    def test_diagnostics_by_hand(self, objective: StarGanObjective, faces: LabelledBatch) -> None:
        nn.init.zeros_(objective.discriminators.whole.class_head.weight)
        objective.discriminators.whole.class_head.weight.data[6] = 1e-3
        fake = objective.synthesise(faces)
        judged, real = (objective.discriminators.whole(i) for i in (fake.output, faces.image))
        named = (judged.attributes.argmax(1) == torch.tensor([4, 6])).float().mean()
        assert objective.diagnostics(faces, fake) == {
            "change": (fake.output - faces.image).abs().mean(),
            "margin": real.realness.mean() - judged.realness.mean(),
            "fake_accuracy": named,
        }
