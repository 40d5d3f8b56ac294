"""GANimation's networks as in its authors' code, equations 1 to 4 on a small one, and its units."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
import torch
from objective_terms import (
    all_terms,
    check_that_parts_average_to_the_whole,
    check_that_steps_keep_apart,
    check_that_weights_stand_before_their_terms,
    check_the_penalty,
)
from torch import Tensor

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import action_units, unit_vector
from lgpgan.expressions.expression import RECIPES, TABLE_I, Expression, label_vector
from lgpgan.methods.change import WholeFaceSynthesis
from lgpgan.methods.ganimation import (
    Ganimation,
    GanimationConfig,
    GanimationDiscriminators,
    GanimationObjective,
    GanimationWeights,
    conditions_of,
)
from lgpgan.networks.discriminator import DiscriminatorConfig
from lgpgan.networks.generator import GeneratorConfig

UNITS = (6, 12, 26)
SMALL = GanimationConfig(
    UNITS,
    ((0.0, 0.0, 0.0), (0.4, 1.0, 0.0), (0.0, 0.0, 0.5)),
    GeneratorConfig(labels=3, width=4, residual_blocks=1, kernel=3),
    DiscriminatorConfig(128, 128, layers=5, channels=4, labels=3),
)


@pytest.fixture
def objective() -> GanimationObjective:
    torch.manual_seed(2)
    return GanimationObjective(
        Ganimation(SMALL), GanimationDiscriminators(SMALL), GanimationWeights()
    )


@pytest.fixture
def moved(faces: LabelledBatch) -> LabelledBatch:
    """Faces with the intensities of three action units in place of classes."""
    return faces._replace(
        label=torch.tensor([[0.0, 0.0, 0.0], [0.4, 0.9, 0.1]]),
        target=torch.tensor([[0.5, 1.0, 0.0], [0.0, 0.0, 0.7]]),
    )


class TestConditions:
    def test_intensities_in_the_order_of_the_units(self) -> None:
        assert unit_vector({26: 0.5, 12: 1, 4: 0.9}, UNITS) == (0.0, 1.0, 0.5)

    def test_of_a_studio_set_they_are_the_recipes(self) -> None:
        units, conditions = conditions_of(["neutral", "happy"], exact_units=True)
        assert units == (6, 7, 12, 14, 16, 20, 24, 26)
        assert conditions == ((0,) * 8, (0.28, 0.12, 0.79, 0.2, 0.11, 0.04, 0.16, 0.12))

    def test_of_classes_alone_they_are_those_of_table_i(self) -> None:
        units, conditions = conditions_of(["happy", "surprised", "neutral"], exact_units=False)
        assert units == (1, 2, 5, 6, 12, 26)
        assert conditions == ((0, 0, 0, 1, 1, 0), (1, 1, 1, 0, 0, 1), (0,) * 6)

    @pytest.mark.parametrize("exact_units", [True, False])
    def test_all_eight(self, exact_units: bool) -> None:
        units, conditions = conditions_of(list(Expression), exact_units=exact_units)
        assert list(units) == sorted(set(units))
        for expression, condition in zip(Expression, conditions, strict=True):
            in_play = {u: x for u, x in zip(units, condition, strict=True) if x}
            assert in_play == (
                action_units(RECIPES[expression])
                if exact_units
                else dict.fromkeys(TABLE_I[expression], 1.0)
            )

    def test_classes_without_known_units_are_refused(self) -> None:
        with pytest.raises(InputError, match="does not know those of 'smirking'"):
            GanimationConfig.paper(["neutral", "smirking"])


class TestNetworks:
    def test_the_papers(self) -> None:
        """LGP-GAN's global networks, but with 19 units in place of 8 labels.

        11 · 64 · 7 · 7 more weights in the generator, 11 · 2048 · 2 · 2 in the critic.
        """
        paper = GanimationConfig.paper()
        assert len(paper.units) == 19
        assert paper.labels == 8
        assert paper.generator == GeneratorConfig(labels=19)
        assert paper.discriminator == DiscriminatorConfig(128, 128, layers=6, labels=19)
        with torch.device("meta"):
            generator = sum(p.numel() for p in Ganimation(paper).parameters())
            critic = sum(p.numel() for p in GanimationDiscriminators(paper).parameters())
        assert generator == 8_443_072 + 11 * 64 * 7 * 7
        assert critic == 44_786_624 + 11 * 2048 * 2 * 2

    def test_the_narrow_ones(self) -> None:
        narrow = GanimationConfig.narrow(["neutral", "happy", "sad"], exact_units=False)
        assert narrow.units == (1, 4, 6, 12, 15)
        assert narrow.labels == 3
        assert narrow.generator == GeneratorConfig(
            labels=5, width=32, residual_blocks=6, kernel=5, fold=2
        )
        assert narrow.discriminator == DiscriminatorConfig(
            128, 128, layers=5, channels=32, labels=5, slope=0.01
        )

    @pytest.mark.parametrize("config", [GanimationConfig.paper(), GanimationConfig.narrow()])
    def test_values_make_the_same_configuration(self, config: GanimationConfig) -> None:
        """Also by way of JSON, which knows no tuples."""
        assert GanimationConfig.from_values(asdict(config)) == config
        assert GanimationConfig.from_values(json.loads(json.dumps(asdict(config)))) == config

    def test_unknown_values_are_refused(self) -> None:
        with pytest.raises(TypeError, match="depth"):
            GanimationConfig.from_values({**asdict(SMALL), "depth": 1})

    def test_weights_begin_as_the_authors(self) -> None:
        torch.manual_seed(0)
        for network in (
            Ganimation(GanimationConfig.narrow()),
            GanimationDiscriminators(GanimationConfig.narrow()),
        ):
            state = {n: p for n, p in network.named_parameters() if p.ndim == 4}
            assert state
            for name, weight in state.items():
                assert weight.std().item() == pytest.approx(0.02, rel=0.1), name
            biases = [p for n, p in network.named_parameters() if "bias" in n]
            assert not any(bias.any() for bias in biases)

    def test_classes_are_no_weights(self) -> None:
        assert "conditions" not in Ganimation(SMALL).state_dict()


class TestEditing:
    def test_the_mask_keeps_the_input(
        self, objective: GanimationObjective, moved: LabelledBatch
    ) -> None:
        made = objective.synthesise(moved)
        heads = objective.generators.generator(moved.image, moved.target)
        assert torch.equal(made.change.keep, heads.mask)
        expected = heads.mask * moved.image + (1 - heads.mask) * heads.colour
        torch.testing.assert_close(made.output, expected)
        assert made.change.flow is None

    @pytest.mark.parametrize("intensity", [0.0, 0.5, 1.0, 1.3])
    def test_a_classs_intensity_is_that_of_its_units(
        self, faces: LabelledBatch, intensity: float
    ) -> None:
        torch.manual_seed(1)
        config = GanimationConfig.narrow()
        narrow = replace(config.generator, width=4, residual_blocks=1)
        generator = Ganimation(replace(config, generator=narrow))
        happy = action_units(RECIPES[Expression.HAPPY])
        wanted = unit_vector({u: intensity * x for u, x in happy.items()}, config.units)
        label = torch.from_numpy(label_vector(Expression.HAPPY, intensity))[None]
        made = generator(faces.image[:1], label)
        by_units = generator.edit_units(faces.image[:1], torch.tensor([wanted]))
        torch.testing.assert_close(made.output, by_units.output)

    def test_units_come_on_top_of_those_of_a_class(self, faces: LabelledBatch) -> None:
        generator = Ganimation(SMALL)
        label = torch.cat([torch.eye(3)[[1, 2]], torch.tensor([[0.0, 0.0, 0.0], [0.9, 0, 0.1]])], 1)
        made = generator(faces.image, label, faces.mouth_top)
        conditions = (torch.tensor(SMALL.conditions)[[1, 2]] + label[:, 3:]).clamp(max=1)
        torch.testing.assert_close(
            made.output, generator.edit_units(faces.image, conditions).output
        )

    def test_eyes_and_mouth_apart_are_asked_for_by_their_mean(self, faces: LabelledBatch) -> None:
        generator = Ganimation(SMALL)
        eyes, mouth = torch.eye(3)[[1, 0]], torch.eye(3)[[2, 1]]
        apart = generator(faces.image, mouth, faces.mouth_top, eyes)
        units = torch.tensor([[0.2, 0.5, 0.25], [0.2, 0.5, 0.0]])
        torch.testing.assert_close(apart.output, generator.edit_units(faces.image, units).output)


class TestObjective:
    def test_the_weights_are_the_authors_at_their_batch_of_25(self) -> None:
        weights = asdict(GanimationWeights())
        assert weights.pop("smoothness") == pytest.approx(25 * 1e-5)
        assert weights == {"gradient_penalty": 10, "units": 160, "cycle": 10, "attention": 0.1}

    def test_terms_by_hand(self, objective: GanimationObjective, moved: LabelledBatch) -> None:
        made = objective.synthesise(moved)
        judge = objective.discriminators.whole
        of_real, of_made = judge(moved.image), judge(made.output)
        back = objective.generators.edit_units(made.output, moved.label)
        masks = torch.stack([made.change.keep, back.change.keep])
        variation = masks.diff(dim=-1).abs().sum() + masks.diff(dim=-2).abs().sum()
        expected = {
            "D/real": -of_real.realness.mean(),
            "D/fake": of_made.realness.mean(),
            "D/units": 160 * (of_real.attributes - moved.label).square().mean(),
            "G/adversarial": -of_made.realness.mean(),
            "G/units": 160 * (of_made.attributes - moved.target).square().mean(),
            "G/cycle": 10 * (back.output - moved.image).abs().mean(),
            "G/attention": 0.1 * (made.change.keep.mean() + back.change.keep.mean()),
            "G/smoothness": 25e-5 * variation / 2,  # two faces
        }
        terms = all_terms(objective, moved)
        assert terms.keys() == expected.keys() | {"D/penalty"}
        for name, value in expected.items():
            torch.testing.assert_close(terms[name], value, rtol=1e-4, atol=1e-6)

    def test_at_a_batch_of_25_smoothness_is_the_authors_sum(
        self, objective: GanimationObjective, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mask = torch.rand(25, 1, 128, 128, generator=torch.Generator().manual_seed(7))
        image = torch.zeros(25, 3, 128, 128)
        made = WholeFaceSynthesis.drawn(image)
        made = made._replace(change=made.change._replace(keep=mask))
        monkeypatch.setattr(objective.generators, "edit_units", lambda *_: made)
        zeros = torch.zeros(25, 3)
        batch = LabelledBatch(image, zeros, zeros, torch.zeros(25).long(), torch.zeros(25))
        terms = objective.generator_terms(batch, made)
        down = (mask[:, :, :-1, :] - mask[:, :, 1:, :]).abs().sum()
        across = (mask[:, :, :, :-1] - mask[:, :, :, 1:]).abs().sum()
        torch.testing.assert_close(terms["G/smoothness"], 2 * 1e-5 * (down + across))

    def test_the_penalty_by_hand(
        self, objective: GanimationObjective, moved: LabelledBatch
    ) -> None:
        check_the_penalty(objective, moved, weight=10)

    def test_every_weight_stands_before_its_terms(
        self, objective: GanimationObjective, moved: LabelledBatch
    ) -> None:
        terms_of = {
            "gradient_penalty": ("D/penalty",),
            "units": ("D/units", "G/units"),
            "cycle": ("G/cycle",),
            "attention": ("G/attention",),
            "smoothness": ("G/smoothness",),
        }
        check_that_weights_stand_before_their_terms(objective, moved, terms_of)

    def test_the_two_steps_keep_apart(
        self, objective: GanimationObjective, moved: LabelledBatch
    ) -> None:
        check_that_steps_keep_apart(objective, moved)

    def test_parts_average_to_the_whole(
        self, objective: GanimationObjective, moved: LabelledBatch
    ) -> None:
        check_that_parts_average_to_the_whole(objective, moved)

    def test_the_cycle_goes_there_and_back(
        self, objective: GanimationObjective, moved: LabelledBatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake = objective.synthesise(moved)
        asked: list[tuple[Tensor, Tensor]] = []
        edit_units = objective.generators.edit_units

        def record(image: Tensor, units: Tensor) -> WholeFaceSynthesis:
            asked.append((image, units))
            return edit_units(image, units)

        monkeypatch.setattr(objective.generators, "edit_units", record)
        terms = objective.generator_terms(moved, fake)
        ((image, units),) = asked
        assert image is fake.output
        assert units is moved.label
        for name in ("G/cycle", "G/attention", "G/smoothness"):
            (slope,) = torch.autograd.grad(terms[name], fake.output, retain_graph=True)
            assert slope.any(), name

    def test_diagnostics_by_hand(
        self, objective: GanimationObjective, moved: LabelledBatch
    ) -> None:
        fake = objective.synthesise(moved)
        judged, real = (objective.discriminators.whole(i) for i in (fake.output, moved.image))
        assert objective.diagnostics(moved, fake) == {
            "keep": fake.change.keep.mean(),
            "change": (fake.output - moved.image).abs().mean(),
            "margin": real.realness.mean() - judged.realness.mean(),
            "unit_error": (judged.attributes - moved.target).abs().mean(),
        }
