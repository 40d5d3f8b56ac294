"""The options of a training run, whatever its method."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import Annotated, Any, ClassVar, Literal, Protocol

import torch
import tyro
from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass
from torch import nn

from lgpgan.datasets.batches import LabelledBatch, PairBatch
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.methods.change import Fake
from lgpgan.methods.objective import Objective
from lgpgan.methods.registry import METHODS, Shape
from lgpgan.training.validation import Validation

__all__ = [
    "HOUSEKEEPING",
    "STRICT",
    "Batch",
    "Batches",
    "DecayRate",
    "LearningRate",
    "TrainingConfig",
]

Batch = PairBatch | LabelledBatch
DecayRate = Annotated[float, Field(ge=0, lt=1)]
LearningRate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
STRICT = ConfigDict(extra="forbid", hide_input_in_errors=True)
STEP = 0.1
"""Factor of the learning rates after a ``step``."""


MOST = 10**15
"""Images, and whatever else is counted, that no run comes near: larger counts fit no tensor."""
MOST_THREADS = 4096
HOUSEKEEPING = (
    "report_every",
    "save_every",
    "save_minutes",
    "validate_every",
    "tensorboard",
    "compile",
    "deterministic",
    "threads",
)
"""Options that change nothing of what a run learns; they may differ when a run goes on."""


class Batches(Protocol):
    """The batches of a run; see :class:`lgpgan.datasets.labelled.LabelledFaces`."""

    def batch(self, step: int, size: int, part: slice = ...) -> Batch:
        """The batch of a step, or a part of it."""
        ...


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrainingConfig(ABC):
    """The options of a training run; each method has a subclass, each preset is an instance.

    Lengths and intervals are counted in images, so batch size changes nothing else.

    Attributes:
        preset: name of the preset that the values come from.
        weights: weights of the loss terms.
        images: length of the run: images that the discriminators see.
        batch: images in each step, over all processes.
        accumulate: number of parts in which a process works through its share of the batch; more
            parts need less memory.
        networks: ``paper``, as published, or ``narrow``, about a tenth of the arithmetic.
        generator_rate: Adam's learning rate for the generators.
        discriminator_rate: Adam's learning rate for the discriminators.
        betas: Adam's decay rates.
        warm_up: images over which the learning rates rise from 0.
        decay_share: share of the run, at its end, over which the learning rates fall.
        decay: ``linear`` falls to 0; ``step`` falls to a tenth at once.
        average_half_life: half-life, in images, of the exponential moving average of the
            generators' weights; 0 for no average.
        discriminator_updates: updates of the discriminators for each of the generators.
        penalty_every: steps between two gradient penalties.
        precision: precision of matrix products; ``auto`` is bf16 where the hardware multiplies it,
            and ``fp32`` is float32 in full, without TF32.
        compile: compile the generators first, which is worth it on a GPU.
        threads: threads of torch; 0 for its own choice.
        seed: seed of the first weights and of every draw.
        report_every: images between two lines of statistics.
        save_every: images between two checkpoints.
        save_minutes: minutes after which a checkpoint is written in any case; 0 for never.
        validate_every: images between two validations on the people kept out, with a sample sheet.
        tensorboard: write the statistics for TensorBoard too, where it is installed.
        deterministic: on a GPU, use only operations that give the same bits every time, which are
            slower; on a CPU all are such. The networks with a flow have none for a GPU.
    """

    method: ClassVar[str]
    objective_type: ClassVar[type[Any]]

    sees_pairs: ClassVar[bool]
    """Whether the run learns from exact pairs of renders, and not from labels alone."""
    learns_units: ClassVar[bool] = False
    """Whether labels are action units in place of classes; faces of any strength are shown then."""

    preset: Annotated[str, tyro.conf.Suppress]
    weights: Any
    images: int = Field(default=96_000, gt=0, le=MOST)
    batch: int = Field(default=16, gt=0, le=MOST)
    accumulate: int = Field(default=1, gt=0, le=MOST)
    networks: str = "narrow"
    generator_rate: LearningRate = 5e-4
    discriminator_rate: LearningRate = 2.5e-4
    betas: tuple[DecayRate, DecayRate] = (0.5, 0.99)
    warm_up: int = Field(default=800, ge=0, le=MOST)
    decay_share: float = Field(default=0.4, ge=0, le=1)
    decay: Literal["linear", "step"] = "linear"
    average_half_life: float = Field(default=2500.0, ge=0)
    discriminator_updates: int = Field(default=1, gt=0, le=MOST)
    penalty_every: int = Field(default=16, gt=0, le=MOST)
    precision: Literal["auto", "bf16", "fp32", "fp64"] = "auto"
    compile: bool = False
    threads: int = Field(default=0, ge=0, le=MOST_THREADS)
    seed: int = Field(default=0, ge=0, lt=2**63)
    report_every: int = Field(default=1600, gt=0, le=MOST)
    save_every: int = Field(default=8_000, gt=0, le=MOST)
    save_minutes: float = Field(default=5.0, ge=0, allow_inf_nan=False)
    validate_every: int = Field(default=8_000, gt=0, le=MOST)
    tensorboard: bool = True
    deterministic: bool = False

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

    def leaving_out(self, parts: Collection[str]) -> TrainingConfig:
        """The same run without some parts of the method.

        Raises:
            InputError: when it has no such part.
        """
        raise InputError(
            f"{self.method}, preset {self.preset}, has no part to leave out: {', '.join(parts)}."
        )

    def learnt(self) -> dict[str, Any]:
        """The options that decide what a run learns, as plain values."""
        values = TypeAdapter(type(self)).dump_python(self, mode="json")
        return {name: value for name, value in values.items() if name not in HOUSEKEEPING}

    @property
    def learnt_hash(self) -> str:
        """SHA-256 of :meth:`learnt`."""
        return hashlib.sha256(json.dumps(self.learnt(), sort_keys=True).encode()).hexdigest()

    @property
    def loss_weights(self) -> Any:
        """Weights of the loss terms, as the objective takes them."""
        return self.weights

    def objective(self, generators: nn.Module, discriminators: nn.Module) -> Objective[Any, Fake]:
        """The losses of the networks."""
        losses: Objective[Any, Fake] = self.objective_type(
            generators, discriminators, self.loss_weights
        )
        return losses

    @abstractmethod
    def training_faces(self, prepared: PreparedSet) -> int:
        """Number of faces of the set that the run keeps in memory.

        Raises:
            InputError: when the method cannot be trained on such a set.
        """

    @abstractmethod
    def batches(self, prepared: PreparedSet, shape: Any, device: torch.device) -> Batches:
        """The batches of the training split.

        Args:
            prepared: the set.
            shape: of the networks.
            device: where the networks are trained.

        Raises:
            InputError: when the set does not suit the run, or is damaged.
        """

    @abstractmethod
    def validation(self, prepared: PreparedSet, shape: Any) -> Validation:
        """The validation on the people kept out of training.

        Args:
            prepared: a set that keeps people out.
            shape: of the networks.

        Raises:
            InputError: when the set does not suit the run, or is damaged.
        """

    @abstractmethod
    def example_batch(self, shape: Any) -> Batch:
        """A batch of one image without values, on the device ``meta``, to count operations with."""

    def rate(self, images: int) -> float:
        """Factor of the learning rates after ``images`` images, 0 to 1."""
        rising = min(1.0, (images + self.batch) / self.warm_up) if self.warm_up else 1.0
        decay = self.decay_share * self.images
        left = max(0.0, min(1.0, (self.images - images) / decay)) if decay else 1.0
        falling = left if self.decay == "linear" or left == 1 else STEP
        return min(rising, falling)

    def moving_average_decay(self, images: int) -> float:
        """Decay of the moving average for one step; faster while few images have been seen."""
        if not self.average_half_life:
            return 0.0
        half_life = min(self.average_half_life, 0.1 * images + self.batch)
        return float(0.5 ** (self.batch / half_life))

    def moves_generators(self, step: int) -> bool:
        """Whether the generators are updated in a step, counted from 0."""
        return (step + 1) % self.discriminator_updates == 0
