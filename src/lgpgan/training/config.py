"""Everything that a training run can be told; the defaults are the ``studio`` preset."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from lgpgan.methods.lgpgan.studio_objective import StudioWeights
from lgpgan.studio.pairs import Augmentation

__all__ = ["TrainingConfig"]

DecayRate = Annotated[float, Field(ge=0, lt=1)]
LearningRate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class TrainingConfig:
    """A training run.

    Lengths and cadences are counted in images, so batch size changes nothing else.

    Attributes:
        images: length of the run.
        batch: images a step.
        generator_rate: Adam's learning rate for the generators.
        discriminator_rate: for the discriminators.
        betas: Adam's decay rates.
        warm_up: images over which the rates rise from 0.
        decay_share: the rates fall linearly to 0 over this last share of the run.
        average_half_life: of the exponential moving average of the generators' weights.
        penalty_every: steps between two gradient penalties.
        precision: bf16 where the processor multiplies it in hardware, when ``auto``.
        threads: of torch; 0 leaves its own choice.
        seed: of the first weights and every draw.
        report_every: images between two lines of statistics.
        save_every: images between two checkpoints.
        validate_every: images between two looks at the people kept out, with a sample sheet.
        weights: of the loss terms.
        augmentation: how pairs are varied.
    """

    images: int = Field(default=96_000, gt=0)
    batch: int = Field(default=16, gt=0)
    generator_rate: LearningRate = 5e-4
    discriminator_rate: LearningRate = 2.5e-4
    betas: tuple[DecayRate, DecayRate] = (0.5, 0.99)
    warm_up: int = Field(default=800, ge=0)
    decay_share: float = Field(default=0.4, ge=0, le=1)
    average_half_life: float = Field(default=2500.0, gt=0)
    penalty_every: int = Field(default=16, gt=0)
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    threads: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0)
    report_every: int = Field(default=1600, gt=0)
    save_every: int = Field(default=8_000, gt=0)
    validate_every: int = Field(default=8_000, gt=0)
    weights: StudioWeights = Field(default_factory=StudioWeights)
    augmentation: Augmentation = Field(default_factory=Augmentation)

    def rate(self, images: int) -> float:
        """Factor of the learning rates after ``images`` images, 0 to 1."""
        rising = min(1.0, (images + self.batch) / self.warm_up) if self.warm_up else 1.0
        decay = self.decay_share * self.images
        falling = min(1.0, (self.images - images) / decay) if decay else 1.0
        return max(0.0, min(rising, falling))

    def average_decay(self, images: int) -> float:
        """Decay of the moving average for one step; faster while few images have been seen."""
        half_life = min(self.average_half_life, 0.1 * images + self.batch)
        return float(0.5 ** (self.batch / half_life))
