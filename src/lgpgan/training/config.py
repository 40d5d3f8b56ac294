"""Everything that a training run can be told, and the presets."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from lgpgan.methods.lgpgan import LgpGanConfig
from lgpgan.methods.lgpgan.paper_objective import PaperWeights
from lgpgan.methods.lgpgan.studio_objective import StudioWeights
from lgpgan.studio.pairs import Augmentation

__all__ = ["PRESETS", "PaperConfig", "StudioConfig", "TrainingConfig"]

DecayRate = Annotated[float, Field(ge=0, lt=1)]
LearningRate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=STRICT)
class TrainingConfig:
    """A training run, whatever its preset.

    Lengths and cadences are counted in images, so batch size changes nothing else.

    Attributes:
        images: length of the run, in images that the discriminators are shown.
        batch: images a step, over all processes.
        accumulate: in how many parts, one after the other, a process works through its share of
            the batch; more need less memory.
        networks: ``paper``, Tables II and III, or ``narrow``, half as wide at half the resolution,
            with a flow.
        generator_rate: Adam's learning rate for the generators.
        discriminator_rate: for the discriminators.
        betas: Adam's decay rates.
        warm_up: images over which the rates rise from 0.
        decay_share: the rates fall linearly to 0 over this last share of the run.
        average_half_life: in images, of the exponential moving average of the generators' weights;
            0 for the weights themselves.
        discriminator_updates: discriminator steps to one of the generators.
        penalty_every: steps between two gradient penalties.
        precision: bf16 where the processor multiplies it in hardware, when ``auto``.
        compile: compile the generators first; worth it on a GPU.
        threads: of torch; 0 leaves its own choice.
        seed: of the first weights and every draw.
        report_every: images between two lines of statistics.
        save_every: images between two checkpoints.
        validate_every: images between two looks at the people kept out, with a sample sheet.
        tensorboard: write the statistics for TensorBoard, too, where it is installed.
    """

    images: int = Field(default=96_000, gt=0)
    batch: int = Field(default=16, gt=0)
    accumulate: int = Field(default=1, gt=0)
    networks: Literal["narrow", "paper"] = "narrow"
    generator_rate: LearningRate = 5e-4
    discriminator_rate: LearningRate = 2.5e-4
    betas: tuple[DecayRate, DecayRate] = (0.5, 0.99)
    warm_up: int = Field(default=800, ge=0)
    decay_share: float = Field(default=0.4, ge=0, le=1)
    average_half_life: float = Field(default=2500.0, ge=0)
    discriminator_updates: int = Field(default=1, gt=0)
    penalty_every: int = Field(default=16, gt=0)
    precision: Literal["auto", "bf16", "fp32", "fp64"] = "auto"
    compile: bool = False
    threads: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0)
    report_every: int = Field(default=1600, gt=0)
    save_every: int = Field(default=8_000, gt=0)
    validate_every: int = Field(default=8_000, gt=0)
    tensorboard: bool = True

    def shape(self, labels: int) -> LgpGanConfig:
        """Shape of the networks for so many classes."""
        build = LgpGanConfig.paper if self.networks == "paper" else LgpGanConfig.narrow
        return build(labels)

    def rate(self, images: int) -> float:
        """Factor of the learning rates after ``images`` images, 0 to 1."""
        rising = min(1.0, (images + self.batch) / self.warm_up) if self.warm_up else 1.0
        decay = self.decay_share * self.images
        falling = min(1.0, (self.images - images) / decay) if decay else 1.0
        return max(0.0, min(rising, falling))

    def average_decay(self, images: int) -> float:
        """Decay of the moving average for one step; faster while few images have been seen."""
        if not self.average_half_life:
            return 0.0
        half_life = min(self.average_half_life, 0.1 * images + self.batch)
        return float(0.5 ** (self.batch / half_life))

    def moves_generators(self, step: int) -> bool:
        """Whether the generators are updated in a step, counted from 0."""
        return (step + 1) % self.discriminator_updates == 0


@dataclass(frozen=True, config=STRICT)
class StudioConfig(TrainingConfig):
    """The ``studio`` preset: exact pairs from ``lgpgan studio``, on a CPU within hours.

    Attributes:
        weights: of the loss terms.
        augmentation: how pairs are varied.
    """

    preset: ClassVar[str] = "studio"

    weights: StudioWeights = Field(default_factory=StudioWeights)
    augmentation: Augmentation = Field(default_factory=Augmentation)


@dataclass(frozen=True, config=STRICT)
class PaperConfig(TrainingConfig):
    """The ``paper`` preset: equations 1 to 9 as published, on any labelled faces.

    200,000 discriminator steps of 16 images, five to one of the generators; Adam with 1e-4 for the
    first half, then linearly to 0.

    Attributes:
        weights: of the loss terms.
    """

    preset: ClassVar[str] = "paper"

    images: int = Field(default=3_200_000, gt=0)
    networks: Literal["narrow", "paper"] = "paper"
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
    weights: PaperWeights = Field(default_factory=PaperWeights)


PRESETS: Mapping[str, type[StudioConfig | PaperConfig]] = MappingProxyType(
    {preset.preset: preset for preset in (StudioConfig, PaperConfig)}
)
"""Every preset by its name; its defaults are its values."""
