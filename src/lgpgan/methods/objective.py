"""What the training loop asks of a method's objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from torch import Tensor

__all__ = ["Objective", "Terms"]

Terms = Mapping[str, Tensor]
"""Weighted loss terms by name; their sum is the loss."""

Batch = TypeVar("Batch", contravariant=True)
Fake = TypeVar("Fake")


class Objective(Protocol[Batch, Fake]):
    """Losses of generators and discriminators on a batch.

    All terms are means over the batch, so that those of its parts average to those of the whole:
    several processes, or several parts one after the other, make the update of one large batch.
    """

    def synthesise(self, batch: Batch) -> Fake:
        """What the generators make of the batch."""
        ...

    def discriminator_terms(self, batch: Batch, fake: Fake) -> Terms:
        """The discriminators' loss; nothing flows back into the generators."""
        ...

    def gradient_penalty(self, batch: Batch, fake: Fake, every: int) -> Terms:
        """The discriminators' penalty in full precision, to be added at every ``every``-th step."""
        ...

    def generator_terms(self, batch: Batch, fake: Fake) -> Terms:
        """The generators' loss."""
        ...

    def diagnostics(self, batch: Batch, fake: Fake) -> Terms:
        """Figures that tell whether training goes well; not part of any loss.

        ``change``: mean absolute difference of output and input. ``margin``: by how much the
        whole-face discriminator holds real images for more real than outputs. ``fake_accuracy``:
        share of outputs that it puts into their class; where it measures action units instead,
        ``unit_error``: mean absolute difference of what it measures and what was asked for.
        ``keep``, where there is a mask: mean of the final one, 1 keeps the input.
        """
        ...
