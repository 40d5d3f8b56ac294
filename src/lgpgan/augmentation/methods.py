"""The ways to give faces expressions: a trained method, or another maker.

A method is named once and goes to every process, which opens it there. What it makes of a face
depends on its draw alone, not on what else is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.augmentation.drawing import Draw
from lgpgan.datasets.faces import mouth_centres, mouth_tops, to_pixels, to_signed
from lgpgan.expressions.expression import mixture_vector
from lgpgan.files import before_reading
from lgpgan.methods.registry import METHODS
from lgpgan.methods.weights import load_method

__all__ = ["ExpressionMethod", "Made", "Maker", "MethodDescription", "TrainedMethod", "mouth_rows"]

BATCH = 8
"""Faces that go through the generators at once; on a CPU more are no faster."""


@dataclass(frozen=True)
class MethodDescription:
    """The description of a method.

    Attributes:
        name: as ``lgp-gan``.
        title: title in reports.
        labels: the classes that it knows, in their order.
        made_of: all files that its faces depend on: a name and the SHA-256 of each.
        knows_units: whether the action units of its faces are known.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    made_of: Mapping[str, str]
    knows_units: bool = False


@dataclass(frozen=True)
class Made:
    """A new face.

    Attributes:
        pixels: (128, 128, 3) uint8 RGB.
        landmarks: (68, 2) where they are known exactly; None where they must be looked for.
        action_units: action unit number to intensity 0–1; None where not known.
        blendshapes: name to weight of what a 3-D face was drawn with; None where none was.
    """

    pixels: NDArray[np.uint8]
    landmarks: NDArray[np.float64] | None = None
    action_units: Mapping[int, float] | None = None
    blendshapes: Mapping[str, float] | None = None


class Maker(Protocol):
    """Gives faces the expressions that were drawn for them."""

    def __call__(self, draws: Sequence[Draw], sources: NDArray[np.uint8]) -> list[Made]:
        """Make a face of each source (N, 128, 128, 3) uint8 RGB, as its draw has it."""
        ...


class ExpressionMethod(Protocol):
    """A way to give faces expressions; it can be pickled."""

    def describe(self) -> MethodDescription:
        """Its description.

        Raises:
            InputError: when its files are missing or damaged.
        """
        ...

    def open(self) -> Maker:
        """Load it, ready for use.

        Raises:
            InputError: when its files are missing or damaged.
        """
        ...


@dataclass(frozen=True)
class TrainedMethod:
    """The networks in a weights file.

    Attributes:
        weights: the file.
    """

    weights: Path

    def describe(self) -> MethodDescription:
        """See :class:`ExpressionMethod`."""
        weights = before_reading(self.weights)
        info = load_method(self.weights).info
        return MethodDescription(
            name=info.method,
            title=METHODS[info.method].title,
            labels=tuple(info.labels),
            made_of={"weights": weights.digest_of_what_was_read()},
        )

    def open(self) -> Maker:
        """See :class:`ExpressionMethod`."""
        return _Networks(self.weights)


class _Networks:
    """Makes faces with the generators of a weights file."""

    def __init__(self, weights: Path) -> None:
        self.method = load_method(weights)

    @torch.inference_mode()
    def __call__(self, draws: Sequence[Draw], sources: NDArray[np.uint8]) -> list[Made]:
        """See :class:`Maker`."""
        known = self.method.info.labels
        labels = torch.from_numpy(np.stack([mixture_vector(drawn.shown, known) for drawn in draws]))
        tops = mouth_rows(draws)
        made = []
        for start in range(0, len(draws), BATCH):
            rows = slice(start, start + BATCH)
            image = to_signed(sources[rows])
            made += list(to_pixels(self.method.generator(image, labels[rows], tops[rows]).output))
        return [Made(face) for face in made]


def mouth_rows(draws: Sequence[Draw]) -> Tensor:
    """The first row (N,) of the mouth region of each source."""
    centres = mouth_centres([drawn.source for drawn in draws])
    return mouth_tops(torch.from_numpy(centres[:, 1]))
