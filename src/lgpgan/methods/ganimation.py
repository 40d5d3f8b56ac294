"""GANimation: action units (AUs) are the condition, a colour and an attention mask the output.

Pumarola, Agudo, Martinez, Sanfeliu, Moreno-Noguer: *GANimation: Anatomically-aware Facial Animation
from a Single Image*, ECCV 2018, doi:10.1007/978-3-030-01249-6_50. Equations are numbered as there,
settings are those of the authors' code at 128×128.

The generator is StarGAN's with two heads, ``I_out = (1 − A) C + A I_in``: that of LGP-GAN's Table
II. Its condition is the intensity, 0 to 1, of each action unit, and no class. The critic's second
head estimates these intensities. So in training the labels and targets of a batch are intensities
(B, A), and :meth:`Ganimation.edit_units` is trained. In use, like every method, it is asked for
classes. Each class is a vector of intensities (:func:`conditions_of`), intensity u of a class is u
times its vector, and neutral has none.

- On a studio set the intensities are exact, and a class is the action units of its recipe.
- A set with classes only has no intensities. Every face is then taken to have the action units of
  Table I of LGP-GAN for its class, at full strength.

An action unit has no side, so the side of contempt cannot be asked for. Where the authors' code is
not followed:

- it makes one optimiser step for the critic's loss and another one for the gradient penalty. Here
  they are one loss, as in the paper;
- its term of the action units divides a mean over the batch by the batch once more, and its total
  variation is a sum over the batch, so both change with the size of the batch. Here they are means
  over the batch, with the weights that give the same at its batch of 25.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lgpgan.datasets.batches import LabelledBatch
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import action_units, unit_vector
from lgpgan.expressions.expression import RECIPES, TABLE_I, Expression
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.methods import losses
from lgpgan.methods.change import Change, WholeFaceSynthesis
from lgpgan.methods.diagnostics import diagnose
from lgpgan.methods.objective import Terms
from lgpgan.methods.stored_shapes import plain_generator
from lgpgan.methods.whole_face import (
    WholeFaceDiscriminators,
    WholeFaceGenerator,
    WholeFaceObjective,
)
from lgpgan.networks.blocks import draw_weights
from lgpgan.networks.discriminator import Discriminator, DiscriminatorConfig
from lgpgan.networks.generator import Generator, GeneratorConfig

__all__ = [
    "Ganimation",
    "GanimationConfig",
    "GanimationDiscriminators",
    "GanimationObjective",
    "GanimationWeights",
]

EXPRESSIONS = tuple(map(str, Expression))

OFFICIAL_BATCH = 25
"""Faces in a batch of the authors' code, for which its loss weights were chosen."""

FIRST_WEIGHTS = 0.02
"""Standard deviation of the authors' first weights."""


@dataclass(frozen=True)
class GanimationConfig:
    """Shape of GANimation, and the action units that each class stands for.

    Attributes:
        units: numbers of the A action units, in the order of a condition's values.
        conditions: for each of the N classes, the A intensities that it stands for.
        generator: shape of the generator, with one label plane for each action unit.
        discriminator: shape of the critic, whose second head has one output for each action unit.
    """

    units: tuple[int, ...]
    conditions: tuple[tuple[float, ...], ...]
    generator: GeneratorConfig
    discriminator: DiscriminatorConfig

    @property
    def labels(self) -> int:
        """Number of classes."""
        return len(self.conditions)

    @classmethod
    def paper(
        cls, classes: Sequence[str] = EXPRESSIONS, *, exact_units: bool = True
    ) -> GanimationConfig:
        """The paper's networks at full width; for the arguments see :func:`conditions_of`."""
        units, conditions = conditions_of(classes, exact_units=exact_units)
        return cls(
            units,
            conditions,
            GeneratorConfig(labels=len(units)),
            DiscriminatorConfig(TEMPLATE_SIZE, TEMPLATE_SIZE, layers=6, labels=len(units)),
        )

    @classmethod
    def narrow(
        cls, classes: Sequence[str] = EXPRESSIONS, *, exact_units: bool = True
    ) -> GanimationConfig:
        """Half as wide, first and last layers at half the resolution: a tenth of the arithmetic.

        For the arguments see :func:`conditions_of`.
        """
        units, conditions = conditions_of(classes, exact_units=exact_units)
        size = TEMPLATE_SIZE
        return cls(
            units,
            conditions,
            GeneratorConfig(labels=len(units), width=32, kernel=5, fold=2),
            DiscriminatorConfig(size, size, layers=5, channels=32, labels=len(units)),
        )

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> GanimationConfig:
        """The configuration of which ``dataclasses.asdict`` made ``values``, also through JSON.

        Raises:
            TypeError: when there are unknown values.
            KeyError: when some are missing.
            ValueError: when they are of a generator with other heads.
        """
        own = {
            "units": tuple(values["units"]),
            "conditions": tuple(map(tuple, values["conditions"])),
            "generator": plain_generator(values["generator"]),
            "discriminator": DiscriminatorConfig(**values["discriminator"]),
        }
        return cls(**{**values, **own})


def conditions_of(
    classes: Sequence[str], *, exact_units: bool
) -> tuple[tuple[int, ...], tuple[tuple[float, ...], ...]]:
    """The action units behind classes.

    Args:
        classes: names of expressions, in the order of the labels.
        exact_units: whether to use the intensities of a studio set's recipes; otherwise the action
            units of Table I of LGP-GAN, at 1.

    Returns:
        The numbers of the A action units that any class has, ascending; and for each class the A
        intensities.

    Raises:
        InputError: when the action units of a class are not known.
    """
    unknown = [name for name in classes if name not in EXPRESSIONS]
    if unknown:
        raise InputError(
            f"GANimation needs the action units of every class, and lgpgan does not know those of "
            f"'{unknown[0]}'; train another method, or name the classes as these: "
            f"{', '.join(EXPRESSIONS)}."
        )
    of_classes = [
        action_units(RECIPES[expression])
        if exact_units
        else dict.fromkeys(TABLE_I[expression], 1.0)
        for expression in map(Expression, classes)
    ]
    units = tuple(sorted({unit for of_class in of_classes for unit in of_class}))
    return units, tuple(unit_vector(of_class, units) for of_class in of_classes)


class Ganimation(WholeFaceGenerator):
    """The generator G(I | y)."""

    conditions: Tensor

    def __init__(self, config: GanimationConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = Generator(config.generator)
        self.register_buffer("conditions", torch.tensor(config.conditions), persistent=False)
        draw_weights(self, _draw)

    def edit(self, image: Tensor, label: Tensor) -> WholeFaceSynthesis:
        """Give faces (B, 3, 128, 128), −1 to 1, the expressions ``label`` (B, N).

        With action units on top of them it is (B, N + A). An action unit's intensity is at most 1
        after the addition.
        """
        classes, units = label[:, : self.config.labels], label[:, self.config.labels :]
        condition = classes @ self.conditions
        if units.shape[1]:
            condition = torch.where(units > 0, (condition + units).clamp(max=1), condition)
        return self.edit_units(image, condition)

    def edit_units(self, image: Tensor, units: Tensor) -> WholeFaceSynthesis:
        """Give faces (B, 3, 128, 128), −1 to 1, the intensities ``units`` (B, A), 0 to 1."""
        change = Change.of(self.generator(image, units))
        return WholeFaceSynthesis(change.apply(image), change)

    def compile(self, *options: Any, **named: Any) -> None:
        """Compile the network itself, since training calls :meth:`edit_units`; see torch's."""
        self.generator.compile(*options, **named)

    def label_planes(self, classes: Sequence[str]) -> Sequence[Hashable]:
        """The action units: the network is given no classes."""
        return self.config.units


class GanimationDiscriminators(WholeFaceDiscriminators):
    """The critic: the realness of each patch, and the intensity of every action unit."""

    def __init__(self, config: GanimationConfig) -> None:
        super().__init__(Discriminator(config.discriminator))
        draw_weights(self, _draw)


@dataclass(frozen=True)
class GanimationWeights:
    """Weights of the terms; the adversarial ones have 1.

    Attributes:
        gradient_penalty: λ_gp of equation 1.
        units: weight of the squared error of the action units; 4000, divided by the batch, in the
            authors' code.
        cycle: λ_idt.
        attention: λ_A, of each mask's mean (of its norm in the paper).
        smoothness: λ_A λ_TV, of each mask's total variation, a mean over the batch; 1e-5 of a sum
            in the authors' code.
    """

    gradient_penalty: float = 10.0
    units: float = 4000.0 / OFFICIAL_BATCH
    cycle: float = 10.0
    attention: float = 0.1
    smoothness: float = 1e-5 * OFFICIAL_BATCH


class GanimationObjective(WholeFaceObjective[Ganimation, GanimationWeights]):
    """Equations 1 to 4 on faces whose action units are known.

    The labels and targets of a batch are intensities (B, A).
    """

    def synthesise(self, batch: LabelledBatch) -> WholeFaceSynthesis:
        """Give the faces their target action units."""
        return self.generators.edit_units(batch.image, batch.target)

    def discriminator_terms(self, batch: LabelledBatch, fake: WholeFaceSynthesis) -> Terms:
        """Equation 1 but for the penalty, and the action units of real faces (equation 3)."""
        terms, units = self.critic_terms(batch, fake)
        return {**terms, "D/units": self.weights.units * F.mse_loss(units, batch.label)}

    def generator_terms(self, batch: LabelledBatch, fake: WholeFaceSynthesis) -> Terms:
        """Adversarial term, action units (equation 3), attention masks (2), and cycle (4)."""
        weights, judged = self.weights, self.discriminators.whole(fake.output)
        back = self.generators.edit_units(fake.output, batch.label)
        masks = (fake.change.keep, back.change.keep)
        return {
            "G/adversarial": losses.generator_adversarial(judged.realness),
            "G/units": weights.units * F.mse_loss(judged.attributes, batch.target),
            "G/cycle": weights.cycle * losses.cycle(back.output, batch.image),
            "G/attention": weights.attention * (masks[0].mean() + masks[1].mean()),
            "G/smoothness": weights.smoothness
            * (losses.total_variation(masks[0]) + losses.total_variation(masks[1])),
        }

    def diagnostics(self, batch: LabelledBatch, fake: WholeFaceSynthesis) -> Terms:
        """Figures that tell whether training goes well."""
        whole = self.discriminators.whole
        figures, units = diagnose(whole, batch.image, batch.image, fake)
        keep, error = fake.change.keep.mean(), (units - batch.target).abs().mean()
        return {"keep": keep, **figures, "unit_error": error}


def _draw(weight: Tensor) -> None:
    nn.init.normal_(weight, std=FIRST_WEIGHTS)
