"""A look at the people kept out of training: the error to the exact render, and a sample sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lgpgan.expressions import Expression
from lgpgan.methods.lgpgan import LgpGan
from lgpgan.studio.pairs import StudioPairs

__all__ = ["PairedError", "paired_error", "save_sheet", "synthesise_all"]

FIRST_TAKE = "_0"
"""Ends the name of a photo's first take, which follows the recipes exactly."""


@dataclass(frozen=True)
class PairedError:
    """Mean absolute error to the exact render, values in [−1, 1], from neutral sources.

    Attributes:
        error: over people and targets.
        doing_nothing: that of the unchanged source.
        by_expression: error of each target.
        people: how many people it was measured on.
    """

    error: float
    doing_nothing: float
    by_expression: Mapping[Expression, float]
    people: int

    @property
    def ratio(self) -> float:
        """Error against that of doing nothing."""
        return self.error / self.doing_nothing


def first_takes(pairs: StudioPairs) -> list[int]:
    """Indices of the photos' first takes, one a photo."""
    return [i for i, photo in enumerate(pairs.photos) if photo.endswith(FIRST_TAKE)]


@torch.inference_mode()
def synthesise_all(
    generator: LgpGan, pairs: StudioPairs, photo: int
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


def paired_error(generator: LgpGan, pairs: StudioPairs) -> PairedError:
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


def save_sheet(path: Path, generator: LgpGan, pairs: StudioPairs, *, people: int = 6) -> None:
    """Write a PNG: the source and eight outputs, and below them the exact renders, a person."""
    chosen = first_takes(pairs)
    chosen = chosen[:: max(1, len(chosen) // people)][:people]
    rows = []
    for photo in chosen:
        source, exact, output = synthesise_all(generator, pairs, photo)
        rows += [torch.cat([source, output]), torch.cat([source, exact])]
    Image.fromarray(np.concatenate([_strip(row) for row in rows])).save(path)


def _strip(images: Tensor) -> NDArray[np.uint8]:
    """(N, 3, H, W), −1 to 1 → (H, N·W, 3) uint8."""
    pixels = ((images.clamp(-1, 1) + 1) * 127.5).round().byte().cpu()
    return np.concatenate(list(pixels.permute(0, 2, 3, 1).numpy()), axis=1)
