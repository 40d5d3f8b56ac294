"""AttGAN's networks as in its authors' code, and its losses on a small one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from objective_terms import (
    all_terms,
    check_that_steps_keep_apart,
    check_that_weights_stand_before_their_terms,
    check_the_penalty,
    moved_by,
)
from torch import Tensor, nn

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.expressions.expression import Expression, label_vector
from lgpgan.methods.attgan import (
    AttGan,
    AttGanConfig,
    AttGanDiscriminators,
    AttGanObjective,
    AttGanWeights,
    Latent,
)

SMALL = AttGanConfig(width=2, discriminator_channels=2, hidden=8)


@pytest.fixture
def objective() -> AttGanObjective:
    torch.manual_seed(2)
    return AttGanObjective(AttGan(SMALL), AttGanDiscriminators(SMALL), AttGanWeights())


def layers(network: nn.Module) -> Iterator[str]:
    """A word or two for every layer, in the order in which they were made."""
    for leaf in network.modules():
        if isinstance(leaf, (nn.Conv2d, nn.ConvTranspose2d)):
            assert (leaf.kernel_size, leaf.stride, leaf.padding) == ((4, 4), (2, 2), (1, 1))
            kind = "conv" if isinstance(leaf, nn.Conv2d) else "transposed"
            bias = "" if leaf.bias is None else " bias"
            yield f"{kind} {leaf.in_channels}→{leaf.out_channels}{bias}"
        elif isinstance(leaf, nn.Linear):
            yield f"linear {leaf.in_features}→{leaf.out_features}"
        elif isinstance(leaf, nn.BatchNorm2d):
            yield f"batch norm {leaf.num_features}"
        elif isinstance(leaf, nn.GroupNorm):
            assert leaf.num_groups == leaf.num_channels
            yield f"instance norm {leaf.num_channels}"
        elif isinstance(leaf, nn.LeakyReLU):
            yield f"leaky {leaf.negative_slope}"
        elif isinstance(leaf, nn.ReLU):
            yield "relu"


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


class TestNetworks:
    def test_the_default_is_the_papers(self) -> None:
        assert AttGanConfig() == AttGanConfig.paper()
        assert AttGanConfig.paper(labels=5).labels == 5

    def test_the_generator_layer_by_layer(self) -> None:
        with torch.device("meta"):
            generator = AttGan(AttGanConfig.paper())
        assert list(layers(generator)) == [
            *("conv 3→64", "batch norm 64", "leaky 0.2"),
            *("conv 64→128", "batch norm 128", "leaky 0.2"),
            *("conv 128→256", "batch norm 256", "leaky 0.2"),
            *("conv 256→512", "batch norm 512", "leaky 0.2"),
            *("conv 512→1024", "batch norm 1024", "leaky 0.2"),
            *("transposed 1032→1024", "batch norm 1024", "relu"),  # the code and 8 labels
            *("transposed 1544→512", "batch norm 512", "relu"),  # + the skip of 512 and 8 labels
            *("transposed 512→256", "batch norm 256", "relu"),
            *("transposed 256→128", "batch norm 128", "relu"),
            "transposed 128→3 bias",
        ]

    def test_the_discriminator_layer_by_layer(self) -> None:
        with torch.device("meta"):
            whole = AttGanDiscriminators(AttGanConfig.paper()).whole
        assert list(layers(whole)) == [
            *("conv 3→64", "instance norm 64", "leaky 0.2"),
            *("conv 64→128", "instance norm 128", "leaky 0.2"),
            *("conv 128→256", "instance norm 256", "leaky 0.2"),
            *("conv 256→512", "instance norm 512", "leaky 0.2"),
            *("conv 512→1024", "instance norm 1024", "leaky 0.2"),
            *("linear 16384→1024", "leaky 0.2", "linear 1024→1"),
            *("linear 16384→1024", "leaky 0.2", "linear 1024→8"),
        ]

    def test_parameters_by_hand(self) -> None:
        convolutions = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 1024)
        norms = 2 * (64 + 128 + 256 + 512 + 1024)
        up = 16 * (1032 * 1024 + 1544 * 512 + 512 * 256 + 256 * 128 + 128 * 3) + 3
        up_norms = 2 * (1024 + 512 + 256 + 128)
        heads = 2 * (16384 * 1024 + 1024) + (1024 + 1) + (1024 * 8 + 8)
        with torch.device("meta"):
            networks = AttGan(AttGanConfig.paper()), AttGanDiscriminators(AttGanConfig.paper())
        assert count(networks[0]) == convolutions + norms + up + up_norms == 43_336_323
        assert count(networks[1]) == convolutions + norms + heads == 44_713_865

    def test_the_narrow_ones_are_half_as_wide(self) -> None:
        assert AttGanConfig.narrow(labels=7) == AttGanConfig(
            labels=7, width=32, discriminator_channels=32, hidden=512
        )

    def test_shapes(self) -> None:
        with torch.device("meta"):
            generator = AttGan(AttGanConfig.paper())
            whole = AttGanDiscriminators(AttGanConfig.paper()).whole
            image, label = torch.empty(2, 3, 128, 128), torch.empty(2, 8)
        latent, judged = generator.encode(image), whole(image)
        assert latent.code.shape == (2, 1024, 4, 4)
        assert latent.skip.shape == (2, 512, 8, 8)
        assert generator.decode(latent, label).shape == (2, 3, 128, 128)
        assert judged.realness.shape == (2, 1)
        assert judged.attributes.shape == (2, 8)

    @pytest.mark.parametrize("config", [AttGanConfig.paper(7), AttGanConfig.narrow()])
    def test_values_make_the_same_configuration(self, config: AttGanConfig) -> None:
        assert AttGanConfig.from_values(json.loads(json.dumps(asdict(config)))) == config

    def test_unknown_values_are_refused(self) -> None:
        with pytest.raises(TypeError, match="depth"):
            AttGanConfig.from_values({**asdict(SMALL), "depth": 1})


class TestEditing:
    def test_every_pixel_is_drawn_anew(
        self, objective: AttGanObjective, faces: LabelledBatch
    ) -> None:
        made = objective.generators.eval()(faces.image, faces.target)
        assert made.output.abs().max() <= 1
        assert not made.change.keep.any()
        assert made.change.flow is None
        assert torch.equal(made.change.apply(faces.image), made.output)

    def test_labels_enter_the_decoder_twice_around_zero(self) -> None:
        generator = AttGan(SMALL)
        seen: list[Tensor] = []
        for layer in (generator.code_decoder, generator.decoder):
            layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        latent = Latent(torch.rand(1, 32, 4, 4), torch.rand(1, 16, 8, 8))
        generator.decode(latent, torch.eye(8)[[4]])
        first, second = seen
        values = torch.tensor([-0.5, -0.5, -0.5, -0.5, 0.5, -0.5, -0.5, -0.5])
        assert torch.equal(first[:, :32], latent.code)
        assert torch.equal(second[:, 32:48], latent.skip)
        for planes, side in ((first[:, 32:], 4), (second[:, 48:], 8)):
            assert torch.equal(planes, values[None, :, None, None].expand(1, 8, side, side))

    def test_eyes_and_mouth_apart_are_asked_for_by_their_mean(self, faces: LabelledBatch) -> None:
        generator = AttGan(SMALL).eval()
        apart = generator(faces.image, faces.label, faces.mouth_top, faces.target)
        mean = generator(faces.image, (faces.label + faces.target) / 2)
        assert torch.equal(apart.output, mean.output)

    def test_use_goes_by_the_running_statistics(self, faces: LabelledBatch) -> None:
        torch.manual_seed(1)
        generator = AttGan(SMALL)
        before = {name: value.clone() for name, value in generator.named_buffers()}
        for _ in range(20):
            generator(faces.image, faces.label)
        assert before
        for name, value in generator.named_buffers():
            assert not torch.equal(value, before[name]), name
        alone = generator.eval()(faces.image[:1], faces.label[:1]).output
        together = generator(faces.image, faces.label).output
        torch.testing.assert_close(together[:1], alone, rtol=1e-4, atol=1e-5)


class TestObjective:
    def test_the_weights_are_the_authors(self) -> None:
        assert asdict(AttGanWeights()) == {
            "gradient_penalty": 10,
            "reconstruction": 100,
            "classification": 10,
            "real_classification": 1,
        }

    def test_terms_by_hand(self, objective: AttGanObjective, faces: LabelledBatch) -> None:
        generator, judge = objective.generators, objective.discriminators.whole
        latent = generator.encode(faces.image)
        output = generator.decode(latent, faces.target)
        same = generator.decode(latent, faces.label)
        real, made = judge(faces.image), judge(output)
        expected = {
            "D/real": -real.realness.mean(),
            "D/fake": made.realness.mean(),
            "D/class": F.cross_entropy(real.attributes, torch.tensor([5, 0])),
            "G/adversarial": -made.realness.mean(),
            "G/class": 10 * F.cross_entropy(made.attributes, torch.tensor([4, 6])),
            "G/reconstruction": 100 * (same - faces.image).abs().mean(),
        }
        terms = all_terms(objective, faces)
        assert terms.keys() == expected.keys() | {"D/penalty"}
        for name, value in expected.items():
            torch.testing.assert_close(terms[name], value, rtol=1e-4, atol=1e-6)

    def test_the_penalty_by_hand(self, objective: AttGanObjective, faces: LabelledBatch) -> None:
        check_the_penalty(objective, faces, weight=10)

    def test_every_weight_stands_before_its_terms(
        self, objective: AttGanObjective, faces: LabelledBatch
    ) -> None:
        terms_of = {
            "gradient_penalty": ("D/penalty",),
            "reconstruction": ("G/reconstruction",),
            "classification": ("G/class",),
            "real_classification": ("D/class",),
        }
        check_that_weights_stand_before_their_terms(objective, faces, terms_of)

    def test_the_two_steps_keep_apart(
        self, objective: AttGanObjective, faces: LabelledBatch
    ) -> None:
        check_that_steps_keep_apart(objective, faces)

    def test_the_face_itself_comes_out_of_the_same_latent(
        self, objective: AttGanObjective, faces: LabelledBatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake = objective.synthesise(faces)
        asked: list[tuple[Latent, Tensor]] = []
        decode = objective.generators.decode

        def record(latent: Latent, label: Tensor) -> Tensor:
            asked.append((latent, label))
            return decode(latent, label)

        monkeypatch.setattr(objective.generators, "decode", record)
        monkeypatch.delattr(AttGan, "encode")
        loss = objective.generator_terms(faces, fake)["G/reconstruction"]
        ((latent, label),) = asked
        assert latent is fake.latent
        assert label is faces.label
        assert moved_by(loss, objective.generators.encoder)
        assert moved_by(loss, objective.generators.decoder)

    def test_class_targets_beyond_the_simplex_are_clipped(
        self, objective: AttGanObjective, faces: LabelledBatch
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
            10 * F.cross_entropy(objective.discriminators.whole(fake.output).attributes, happy),
        )

    def test_diagnostics_by_hand(self, objective: AttGanObjective, faces: LabelledBatch) -> None:
        fake = objective.synthesise(faces)
        judged, real = (objective.discriminators.whole(i) for i in (fake.output, faces.image))
        assert objective.diagnostics(faces, fake) == {
            "change": (fake.output - faces.image).abs().mean(),
            "margin": real.realness.mean() - judged.realness.mean(),
            "fake_accuracy": (judged.attributes.argmax(1) == torch.tensor([4, 6])).float().mean(),
        }
