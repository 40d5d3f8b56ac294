"""The error to the exact renders of people kept out of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lgpgan.datasets.records import is_first_take
from lgpgan.expressions.expression import Expression
from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.studio.pairs import StudioPairs

__all__ = ["PairedError", "first_takes", "paired_error", "synthesise_all", "targets_ratio"]


@dataclass(frozen=True)
class PairedError:
    """Mean absolute error to the exact render, values in [−1, 1], from neutral sources.

    Attributes:
        error: mean over people and targets.
        doing_nothing: the error of the unchanged source.
        by_expression: mean error of each target.
        people: number of people it was measured on.
    """

    error: float
    doing_nothing: float
    by_expression: Mapping[Expression, float]
    people: int

    @property
    def ratio(self) -> float:
        """The error divided by the error of the unchanged source."""
        return self.error / self.doing_nothing


def first_takes(pairs: StudioPairs) -> list[int]:
    """Indices of the photos' first takes, one a photo."""
    return [i for i, photo in enumerate(pairs.photos) if is_first_take(photo)]


@torch.inference_mode()
def synthesise_all(
    generator: FaceGenerator[Fake], pairs: StudioPairs, photo: int
) -> tuple[Tensor, Tensor, Tensor]:
    """All eight expressions of a photo, from its neutral render.

    Returns:
        The source (1, 3, 128, 128), the exact renders and the outputs (8, 3, 128, 128).
    """
    count = len(Expression)
    batch = pairs.pairs(
        np.full(count, photo), np.full(count, Expression.NEUTRAL.position), np.arange(count)
    ).to(next(generator.parameters()).device)
    output = generator(batch.source, batch.label, batch.mouth_top).output
    return batch.source[:1], batch.target, output


def paired_error(generator: FaceGenerator[Fake], pairs: StudioPairs) -> PairedError:
    """Measure the error on the first take of every photo of ``pairs``."""
    photos = first_takes(pairs)
    errors, nothing = [], []
    for photo in photos:
        source, exact, output = synthesise_all(generator, pairs, photo)
        errors.append((output - exact).abs().mean(dim=(1, 2, 3)).cpu().numpy())
        nothing.append((source - exact).abs().mean(dim=(1, 2, 3)).cpu().numpy())
    by_expression = np.mean(errors, axis=0)
    return PairedError(
        error=float(by_expression.mean()),
        doing_nothing=float(np.mean(nothing)),
        by_expression={e: float(by_expression[e.position]) for e in Expression},
        people=len(photos),
    )


@torch.inference_mode()
def targets_ratio(
    generator: FaceGenerator[Fake], pairs: StudioPairs, numbers: Sequence[Sequence[int]]
) -> float | None:
    """The error on further faces of one take of each person, divided by that of doing nothing.

    The source of every edit is what the person's photo shows.

    Args:
        generator: the networks.
        pairs: the pairs of the set.
        numbers: for each photo the numbers of the faces that are asked for:
            :attr:`StudioPairs.blends` or :attr:`StudioPairs.with_units`.

    Returns:
        The ratio; None where the set has no such faces.
    """
    device = next(generator.parameters()).device
    people: dict[str, int] = {}
    for number, photo in enumerate(pairs.photos):
        if numbers[number]:
            people.setdefault(photo.rpartition("_")[0], number)
    made = nothing = 0.0
    for number in people.values():
        targets = np.array(numbers[number])
        sources = np.full(len(targets), pairs.photographed[number])
        batch = pairs.pairs(np.full(len(targets), number), sources, targets).to(device)
        output = generator(batch.source, batch.label, batch.mouth_top, batch.eye_label).output
        made += (output - batch.target).abs().mean().item()
        nothing += (batch.source - batch.target).abs().mean().item()
    return made / nothing if people else None
