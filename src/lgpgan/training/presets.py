"""The presets: each a named set of values for everything that a run of a method can be told.

``paper`` is a method as published. ``narrow`` is the same objective on networks with about a tenth
of the arithmetic, with settings that suit hours on a CPU rather than days on a GPU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from lgpgan.choices import check_choice
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import SHOWN_UNITS
from lgpgan.methods.attgan import AttGanObjective, AttGanWeights
from lgpgan.methods.ganimation import GanimationConfig, GanimationObjective, GanimationWeights
from lgpgan.methods.lgpgan import LgpGanConfig
from lgpgan.methods.lgpgan.ablation import Part, shape_without, weights_without
from lgpgan.methods.lgpgan.paper_objective import PaperObjective, PaperWeights
from lgpgan.methods.lgpgan.studio_objective import StudioObjective, StudioWeights
from lgpgan.methods.objective import Objective
from lgpgan.methods.registry import Shape
from lgpgan.methods.stargan import StarGanObjective, StarGanWeights
from lgpgan.studio.augmentation import Augmentation
from lgpgan.training.config import STRICT, DecayRate, LearningRate, TrainingConfig

__all__ = ["PRESETS", "NarrowConfig", "PaperConfig", "StudioConfig", "find_preset"]


def _each_once(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    twice = [part for number, part in enumerate(parts) if part in parts[:number]]
    if twice:
        raise ValueError(f"'{twice[0]}' is to be left out twice; name each part once.")
    return parts


@dataclass(frozen=True, config=STRICT)
class StudioConfig(TrainingConfig):
    """LGP-GAN on exact pairs from ``lgpgan studio``, on a CPU within hours.

    Attributes:
        networks: ``flow``, half as wide as Tables II and III, at half the resolution, with further
            heads for flow and shade; ``narrow``, without those heads; or ``paper``.
        without: a part to leave out, to see what it is worth: ``local``, generators and
            discriminators of eyes and mouth; ``masks``, so that every pixel is drawn; ``flow``; or
            ``pairs``, the L1 to the exact render and its shade.
        weights: of the loss terms.
        augmentation: how pairs are varied.
    """

    method: ClassVar[str] = "lgp-gan"
    preset: ClassVar[str] = "studio"

    networks: Literal["narrow", "flow", "paper"] = "flow"
    without: Annotated[tuple[Part, ...], AfterValidator(_each_once)] = ()
    weights: StudioWeights = Field(default_factory=StudioWeights)
    augmentation: Augmentation = Field(default_factory=Augmentation)

    def shape(self, classes: Sequence[str], *, exact_units: bool = False) -> LgpGanConfig:
        """Shape of the networks, but for the parts to leave out."""
        whole: Any = super().shape(classes, exact_units=exact_units)
        return shape_without(whole, self.without)

    def shape_for(self, prepared: PreparedSet) -> LgpGanConfig:
        """Shape of the networks that are trained on a set.

        Where it shows any action unit on top of a class, they are told of all that there may be, so
        that networks trained on one such set fit another.
        """
        shape = self.shape(prepared.classes, exact_units=prepared.knows_units)
        return shape.with_units(SHOWN_UNITS if prepared.added_units else ())

    def objective(self, generators: Any, discriminators: Any) -> Objective[Any, Any]:
        """Exact pairs, exact flow, hinge and class terms, but for the parts to leave out."""
        weights = weights_without(self.weights, self.without)
        return StudioObjective(generators, discriminators, weights)


@dataclass(frozen=True, config=STRICT)
class Published(TrainingConfig):
    """What LGP-GAN adopted from StarGAN, and GANimation all but the length.

    200,000 discriminator steps of 16 images, five to one of the generators; Adam with 1e-4 for the
    first half, then linearly to 0.
    """

    preset: ClassVar[str] = "paper"

    images: int = Field(default=3_200_000, gt=0)
    networks: str = "paper"
    generator_rate: LearningRate = 1e-4
    discriminator_rate: LearningRate = 1e-4
    betas: tuple[DecayRate, DecayRate] = (0.5, 0.999)
    warm_up: int = Field(default=0, ge=0)
    decay_share: float = Field(default=0.5, ge=0, le=1)
    average_half_life: float = Field(default=0.0, ge=0)
    discriminator_updates: int = Field(default=5, gt=0)
    penalty_every: int = Field(default=1, gt=0)
    report_every: int = Field(default=16_000, gt=0)
    save_every: int = Field(default=160_000, gt=0)
    validate_every: int = Field(default=160_000, gt=0)


@dataclass(frozen=True, config=STRICT)
class Narrowed(TrainingConfig):
    """What makes a published objective learn something on a CPU within an hour or so.

    Smaller batches, higher rates and fewer discriminator steps to one of the generators than the
    papers' 5: in so short a run the generators must move more often. The moving average is for the
    unsteady outputs of a run that is cut short.
    """

    preset: ClassVar[str] = "narrow"

    images: int = Field(default=32_000, gt=0)
    batch: int = Field(default=8, gt=0)
    generator_rate: LearningRate = 4e-4
    discriminator_rate: LearningRate = 2e-4
    betas: tuple[DecayRate, DecayRate] = (0.5, 0.999)
    discriminator_updates: int = Field(default=2, gt=0)
    penalty_every: int = Field(default=1, gt=0)


@dataclass(frozen=True, config=STRICT)
class LabelledLgpGan(TrainingConfig):
    """LGP-GAN's published objective, equations 1 to 9, on any labelled faces.

    Attributes:
        networks: ``paper``, Tables II and III; ``narrow``, half as wide at half the resolution; or
            ``flow``, narrow with further heads for flow and shade.
        weights: of the loss terms.
    """

    method: ClassVar[str] = "lgp-gan"

    networks: Literal["narrow", "flow", "paper"] = "narrow"
    weights: PaperWeights = Field(default_factory=PaperWeights)

    def objective(self, generators: Any, discriminators: Any) -> Objective[Any, Any]:
        """Equations 2 to 9."""
        return PaperObjective(generators, discriminators, self.weights)


@dataclass(frozen=True, config=STRICT)
class PaperConfig(Published, LabelledLgpGan):
    """LGP-GAN as published."""

    networks: Literal["narrow", "flow", "paper"] = "paper"


@dataclass(frozen=True, config=STRICT)
class NarrowConfig(Narrowed, LabelledLgpGan):
    """LGP-GAN's published objective, narrowed."""

    networks: Literal["narrow", "flow", "paper"] = "narrow"


@dataclass(frozen=True, config=STRICT)
class LabelledStarGan(TrainingConfig):
    """StarGAN's objective.

    Attributes:
        weights: of the loss terms.
    """

    method: ClassVar[str] = "stargan"

    networks: Literal["narrow", "paper"] = "narrow"
    weights: StarGanWeights = Field(default_factory=StarGanWeights)

    def objective(self, generators: Any, discriminators: Any) -> Objective[Any, Any]:
        """Adversarial and class terms, and a cycle."""
        return StarGanObjective(generators, discriminators, self.weights)


@dataclass(frozen=True, config=STRICT)
class StarGanPaperConfig(Published, LabelledStarGan):
    """StarGAN as published."""

    networks: Literal["narrow", "paper"] = "paper"


@dataclass(frozen=True, config=STRICT)
class StarGanNarrowConfig(Narrowed, LabelledStarGan):
    """StarGAN, narrowed."""

    networks: Literal["narrow", "paper"] = "narrow"


@dataclass(frozen=True, config=STRICT)
class LabelledAttGan(TrainingConfig):
    """AttGAN's objective.

    Attributes:
        weights: of the loss terms.
    """

    method: ClassVar[str] = "attgan"

    networks: Literal["narrow", "paper"] = "narrow"
    weights: AttGanWeights = Field(default_factory=AttGanWeights)

    def objective(self, generators: Any, discriminators: Any) -> Objective[Any, Any]:
        """Adversarial and class terms, and self-reconstruction from the same latent."""
        return AttGanObjective(generators, discriminators, self.weights)


@dataclass(frozen=True, config=STRICT)
class AttGanPaperConfig(Published, LabelledAttGan):
    """AttGAN as published: batches of 32, 2e-4, a tenth of it in the second half.

    The authors' 200 epochs are of CelebA's 182,000 training images; a small set needs less.
    """

    images: int = Field(default=36_400_000, gt=0)
    batch: int = Field(default=32, gt=0)
    generator_rate: LearningRate = 2e-4
    discriminator_rate: LearningRate = 2e-4
    decay: Literal["linear", "step"] = "step"
    networks: Literal["narrow", "paper"] = "paper"


@dataclass(frozen=True, config=STRICT)
class AttGanNarrowConfig(Narrowed, LabelledAttGan):
    """AttGAN, narrowed."""

    networks: Literal["narrow", "paper"] = "narrow"


@dataclass(frozen=True, config=STRICT)
class LabelledGanimation(TrainingConfig):
    """GANimation's objective.

    Attributes:
        weights: of the loss terms.
    """

    method: ClassVar[str] = "ganimation"

    networks: Literal["narrow", "paper"] = "narrow"
    weights: GanimationWeights = Field(default_factory=GanimationWeights)

    def shape(self, classes: Sequence[str], *, exact_units: bool = False) -> Shape:
        """Shape of the networks, and the action units that the classes stand for."""
        build = GanimationConfig.paper if self.networks == "paper" else GanimationConfig.narrow
        return build(classes, exact_units=exact_units)

    def units(self, shape: Any) -> Sequence[int]:
        """Numbers of the action units, which take the place of classes."""
        return tuple(shape.units)

    def objective(self, generators: Any, discriminators: Any) -> Objective[Any, Any]:
        """Adversarial terms, action units, a cycle, and the attention mask's two."""
        return GanimationObjective(generators, discriminators, self.weights)


@dataclass(frozen=True, config=STRICT)
class GanimationPaperConfig(Published, LabelledGanimation):
    """GANimation as published: batches of 25; the rates fall to 0 over the last third.

    The authors' 30 epochs are of EmotioNet's 200,000 images; a small set needs less.
    """

    images: int = Field(default=6_000_000, gt=0)
    batch: int = Field(default=25, gt=0)
    decay_share: float = Field(default=1 / 3, ge=0, le=1)
    networks: Literal["narrow", "paper"] = "paper"


@dataclass(frozen=True, config=STRICT)
class GanimationNarrowConfig(Narrowed, LabelledGanimation):
    """GANimation, narrowed."""

    networks: Literal["narrow", "paper"] = "narrow"


def _by_name(*kinds: type[TrainingConfig]) -> Mapping[str, type[TrainingConfig]]:
    return MappingProxyType({kind.preset: kind for kind in kinds})


PRESETS: Mapping[str, Mapping[str, type[TrainingConfig]]] = MappingProxyType(
    {
        "lgp-gan": _by_name(StudioConfig, NarrowConfig, PaperConfig),
        "stargan": _by_name(StarGanNarrowConfig, StarGanPaperConfig),
        "attgan": _by_name(AttGanNarrowConfig, AttGanPaperConfig),
        "ganimation": _by_name(GanimationNarrowConfig, GanimationPaperConfig),
    }
)
"""Every preset by its method's name and its own; a method's first is its default."""


def find_preset(method: str, preset: str | None = None) -> type[TrainingConfig]:
    """The preset of a method, its default one if none is named; the type's defaults are its values.

    Raises:
        InputError: when there is no such method, or it has no such preset.
    """
    check_choice(method, PRESETS, "method")
    presets = PRESETS[method]
    name = next(iter(presets)) if preset is None else preset
    if name not in presets:
        raise InputError(f"{method} has no preset '{name}'; choose one of {', '.join(presets)}.")
    return presets[name]
