"""GANimation: a face is moved by its action units (AUs), through colour and attention.

Pumarola, Agudo, Martinez, Sanfeliu, Moreno-Noguer: *GANimation: Anatomically-aware Facial Animation
from a Single Image*, ECCV 2018, doi:10.1007/978-3-030-01249-6_50. Equations are numbered as there,
settings are those of the authors' code at 128×128.

The generator is StarGAN's with two heads, ``I_out = (1 − A) C + A I_in``, as LGP-GAN's stage II.
The condition is no class but the intensity, 0 to 1, of each action unit, and the critic's second
head measures these. So in training the labels and targets of a batch are intensities (B, A), and
:meth:`Ganimation.edit_units` is what is trained. In use, as all methods, it is asked for classes:
each class is a vector of intensities (:func:`conditions_of`), intensity u of a class is u times its
vector, and neutral has none.

- On a studio set the intensities are exact, and a class is its recipe's action units.
- A set that knows classes only has no intensities to learn from: every face is then taken to have
  the units of Table I of LGP-GAN for its class, at full strength.

An action unit has no side, so the side of contempt cannot be asked for. Where the authors' code is
not followed:

- it makes an optimiser's step for the critic's loss and another for the gradient penalty; here they
  are one loss, as in the paper;
- its term of the action units divides a mean over the batch by the batch once more, and its total
  variation is a sum over the batch: both change with the size of the batch. Their weights here, of
  means over the batch, are those that give the same at its batch of 25;
- it adds noise of ±0.1 to the units of the face that is to be imitated: targets are drawn with the
  batch, and taken here as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from lgpgan.methods import losses, whole_face
from lgpgan.methods.change import Change, Edited
from lgpgan.methods.objective import Terms
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
"""Faces in a batch of the authors' code, for which its weights were chosen."""

FIRST_WEIGHTS = 0.02
"""Standard deviation of the authors' first weights."""


@dataclass(frozen=True)
class GanimationConfig:
    """Shape of GANimation, and what classes mean to it; the defaults are the paper's networks.

    Attributes:
        units: A numbers of action units, in the order of a condition's values.
        conditions: for every class the A intensities that it stands for.
        generator: with a plane an action unit.
        discriminator: of whole faces, with an output an action unit.
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
        """Half as wide, stem and heads at half the resolution: a tenth of the arithmetic."""
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
        """What ``dataclasses.asdict`` made of a configuration, back, also by way of JSON.

        Raises:
            TypeError: when there are unknown values.
            KeyError: when some are missing.
        """
        own = {
            "units": tuple(values["units"]),
            "conditions": tuple(map(tuple, values["conditions"])),
            "generator": GeneratorConfig(**values["generator"]),
            "discriminator": DiscriminatorConfig(**values["discriminator"]),
        }
        return cls(**{**values, **own})


def conditions_of(
    classes: Sequence[str], *, exact_units: bool
) -> tuple[tuple[int, ...], tuple[tuple[float, ...], ...]]:
    """The action units behind classes.

    Args:
        classes: names of expressions, in the order of the labels.
        exact_units: the intensities of a studio set's recipes; otherwise the units of Table I of
            LGP-GAN, at 1.

    Returns:
        The A numbers of all units in play, ascending, and A intensities a class.

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


class Ganimation(whole_face.WholeFaceGenerator):
    """The generator."""

    units: Tensor

    def __init__(self, config: GanimationConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = Generator(config.generator)
        self.register_buffer("units", torch.tensor(config.conditions), persistent=False)
        draw_weights(self, _draw)

    def edit(self, image: Tensor, label: Tensor) -> Edited:
        """Give faces (B, 3, 128, 128), −1 to 1, the expressions ``label`` (B, N).

        With action units on top of them it is (B, N + A); no unit comes to more than 1 by that.
        """
        classes, units = label[:, : self.config.labels], label[:, self.config.labels :]
        condition = classes @ self.units
        if units.shape[1]:
            condition = torch.where(units > 0, (condition + units).clamp(max=1), condition)
        return self.edit_units(image, condition)

    def edit_units(self, image: Tensor, units: Tensor) -> Edited:
        """Give faces (B, 3, 128, 128) the intensities ``units`` (B, A), 0 to 1."""
        change = Change.of(self.generator(image, units))
        return Edited(change.apply(image), change)

    def compile(self, *options: Any, **named: Any) -> None:
        """Compile the network itself, since training calls :meth:`edit_units`; see torch's."""
        self.generator.compile(*options, **named)

    def take_over(self, trained: Ganimation, planes: Mapping[int, int]) -> None:
        """Begin with trained weights; see :meth:`lgpgan.networks.generator.Generator.take_over`.

        ``planes``, of classes, are not looked at: the networks know action units alone, and those
        of the same number are taken over.
        """
        theirs = trained.config.units
        known = {here: unit for here, unit in enumerate(self.config.units) if unit in theirs}
        self.generator.take_over(
            trained.generator, {here: theirs.index(unit) for here, unit in known.items()}
        )


class GanimationDiscriminators(nn.Module):
    """The critic: real or not, patch by patch, and the intensity of every action unit."""

    def __init__(self, config: GanimationConfig) -> None:
        super().__init__()
        self.whole = Discriminator(config.discriminator)
        draw_weights(self, _draw)


@dataclass(frozen=True)
class GanimationWeights:
    """Weights of the terms; the adversarial ones have 1.

    Attributes:
        gradient_penalty: λ_gp of equation 1.
        units: of the squared error of the action units; 4000 in the authors' code, by the batch.
        cycle: λ_idt.
        attention: λ_A, of each mask's mean (the paper writes its norm).
        smoothness: λ_A λ_TV, of each mask's total variation, a mean over the batch; in the authors'
            code 1e-5, of a sum.
    """

    gradient_penalty: float = 10.0
    units: float = 4000.0 / OFFICIAL_BATCH
    cycle: float = 10.0
    attention: float = 0.1
    smoothness: float = 1e-5 * OFFICIAL_BATCH


class GanimationObjective:
    """Losses of generator and critic on faces whose action units are known.

    The labels and targets of a batch are intensities (B, A).

    Args:
        generators: the generator.
        discriminators: the critic.
        weights: of the terms.
    """

    def __init__(
        self,
        generators: Ganimation,
        discriminators: GanimationDiscriminators,
        weights: GanimationWeights,
    ) -> None:
        self.generators = generators
        self.discriminators = discriminators
        self.weights = weights

    def synthesise(self, batch: LabelledBatch) -> Edited:
        """Give the faces their target action units."""
        return self.generators.edit_units(batch.image, batch.target)

    def discriminator_terms(self, batch: LabelledBatch, fake: Edited) -> Terms:
        """Equation 1 but for the penalty, and the action units of real faces (equation 3)."""
        terms, units = whole_face.critic_terms(self.discriminators.whole, batch, fake)
        return {**terms, "D/units": self.weights.units * F.mse_loss(units, batch.label)}

    def gradient_penalty(self, batch: LabelledBatch, fake: Edited, every: int) -> Terms:
        """The last term of equation 1."""
        weight = self.weights.gradient_penalty * every
        return whole_face.critic_penalty(self.discriminators.whole, batch, fake, weight)

    def generator_terms(self, batch: LabelledBatch, fake: Edited) -> Terms:
        """Adversarial term, action units (equation 3), the masks (2), the way back (4)."""
        weights, judged = self.weights, self.discriminators.whole(fake.output)
        back = self.generators.edit_units(fake.output, batch.label)
        there_mask, back_mask = fake.change.keep, back.change.keep
        return {
            "G/adversarial": losses.generator_adversarial(judged.realness),
            "G/units": weights.units * F.mse_loss(judged.classes, batch.target),
            "G/cycle": weights.cycle * losses.cycle(back.output, batch.image),
            "G/attention": weights.attention * (there_mask.mean() + back_mask.mean()),
            "G/smoothness": weights.smoothness
            * (losses.total_variation(there_mask) + losses.total_variation(back_mask)),
        }

    def diagnostics(self, batch: LabelledBatch, fake: Edited) -> Terms:
        """Figures that tell whether training goes well."""
        critic, image = self.discriminators.whole, batch.image
        figures, units = whole_face.diagnose(critic, image, image, fake)
        keep, error = fake.change.keep.mean(), (units - batch.target).abs().mean()
        return {"keep": keep, **figures, "unit_error": error}


def _draw(weight: Tensor) -> None:
    nn.init.normal_(weight, std=FIRST_WEIGHTS)
