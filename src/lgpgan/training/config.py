"""Everything that a training run can be told, whatever its method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch import nn

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.methods.change import Fake
from lgpgan.methods.objective import Objective
from lgpgan.methods.registry import METHODS, Shape

__all__ = ["STRICT", "DecayRate", "LearningRate", "TrainingConfig"]

DecayRate = Annotated[float, Field(ge=0, lt=1)]
LearningRate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
STRICT = ConfigDict(extra="forbid", hide_input_in_errors=True)
STEP = 0.1
"""Factor of the rates after a ``step``."""


@dataclass(frozen=True, config=STRICT)
class TrainingConfig:
    """A training run; each preset of each method is a subclass with defaults of its own.

    Lengths and cadences are counted in images, so batch size changes nothing else.

    Attributes:
        images: length of the run, in images that the discriminators are shown.
        batch: images a step, over all processes.
        accumulate: in how many parts, one after the other, a process works through its share of
            the batch; more need less memory.
        networks: ``paper``, as published, or ``narrow``, about a tenth of the arithmetic.
        generator_rate: Adam's learning rate for the generators.
        discriminator_rate: for the discriminators.
        betas: Adam's decay rates.
        warm_up: images over which the rates rise from 0.
        decay_share: the rates fall over this last share of the run.
        decay: ``linear``, to 0; or ``step``, at once to a tenth.
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

    method: ClassVar[str]
    preset: ClassVar[str]

    images: int = Field(default=96_000, gt=0)
    batch: int = Field(default=16, gt=0)
    accumulate: int = Field(default=1, gt=0)
    networks: str = "narrow"
    generator_rate: LearningRate = 5e-4
    discriminator_rate: LearningRate = 2.5e-4
    betas: tuple[DecayRate, DecayRate] = (0.5, 0.99)
    warm_up: int = Field(default=800, ge=0)
    decay_share: float = Field(default=0.4, ge=0, le=1)
    decay: Literal["linear", "step"] = "linear"
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

    def shape(self, classes: Sequence[str], *, exact_units: bool = False) -> Shape:
        """Shape of the networks.

        Args:
            classes: of the set.
            exact_units: whether the set knows the action units of every face.
        """
        named = METHODS[self.method].networks[self.networks]
        return named(classes, exact_units=exact_units)

    def shape_for(self, prepared: PreparedSet) -> Shape:
        """Shape of the networks that are trained on a set."""
        return self.shape(prepared.classes, exact_units=prepared.knows_units)

    def units(self, shape: Any) -> Sequence[int] | None:
        """Numbers of the action units that the method is told in place of classes, if it is."""
        return None

    def objective(self, generators: nn.Module, discriminators: nn.Module) -> Objective[Any, Fake]:
        """The losses."""
        raise NotImplementedError

    def rate(self, images: int) -> float:
        """Factor of the learning rates after ``images`` images, 0 to 1."""
        rising = min(1.0, (images + self.batch) / self.warm_up) if self.warm_up else 1.0
        decay = self.decay_share * self.images
        left = max(0.0, min(1.0, (self.images - images) / decay)) if decay else 1.0
        falling = left if self.decay == "linear" or left == 1 else STEP
        return min(rising, falling)

    def average_decay(self, images: int) -> float:
        """Decay of the moving average for one step; faster while few images have been seen."""
        if not self.average_half_life:
            return 0.0
        half_life = min(self.average_half_life, 0.1 * images + self.batch)
        return float(0.5 ** (self.batch / half_life))

    def moves_generators(self, step: int) -> bool:
        """Whether the generators are updated in a step, counted from 0."""
        return (step + 1) % self.discriminator_updates == 0
