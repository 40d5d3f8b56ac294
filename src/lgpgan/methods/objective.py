"""What the training loop asks of a method's objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from torch import Tensor, nn

from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator

__all__ = ["BaseObjective", "Objective", "Terms"]

Terms = Mapping[str, Tensor]
"""Weighted loss terms by name; their sum is the loss."""

Batch = TypeVar("Batch", contravariant=True)
Synthesised = TypeVar("Synthesised", bound=Fake)
Generators = TypeVar("Generators", bound=FaceGenerator[Any])
Discriminators = TypeVar("Discriminators", bound=nn.Module)
Weights = TypeVar("Weights")


class Objective(Protocol[Batch, Synthesised]):
    """Losses of generators and discriminators on a batch.

    All terms are means over the batch. So the terms of its parts average to those of the whole:
    several processes, or several parts one after the other, make the update of one large batch.
    """

    def synthesise(self, batch: Batch) -> Synthesised:
        """The fakes that the generators make of the batch."""
        ...

    def discriminator_terms(self, batch: Batch, fake: Synthesised) -> Terms:
        """The discriminators' loss; no gradient reaches the generators."""
        ...

    def gradient_penalty(self, batch: Batch, fake: Synthesised, every: int) -> Terms:
        """The discriminators' penalty in full precision, for every ``every``-th step."""
        ...

    def generator_terms(self, batch: Batch, fake: Synthesised) -> Terms:
        """The generators' loss."""
        ...

    def diagnostics(self, batch: Batch, fake: Synthesised) -> Terms:
        """Figures that tell whether training goes well; not part of any loss.

        ``change``: mean absolute difference of output and input. ``margin``: the whole-face
        discriminator's mean realness of real images, less that of outputs. Where the method has
        them: ``keep``, mean of the final attention mask, where 1 keeps the input;
        ``fake_accuracy``, share of outputs that the whole-face discriminator puts into their
        class; ``unit_error``, mean absolute error of the action units that it reads from outputs.
        """
        ...


class BaseObjective(Generic[Generators, Discriminators, Weights]):
    """The constructor of every objective.

    Args:
        generators: the method's generators.
        discriminators: all of its discriminators.
        weights: weights of the loss terms.
    """

    def __init__(
        self, generators: Generators, discriminators: Discriminators, weights: Weights
    ) -> None:
        self.generators = generators
        self.discriminators = discriminators
        self.weights = weights
