"""A look at the people kept out of training: a few figures, and a sample sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lgpgan.datasets.faces import to_pixels, to_signed
from lgpgan.datasets.labelled import LabelledFaces
from lgpgan.expressions.expression import Expression
from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.networks.memory_format import place
from lgpgan.studio.pairs import StudioPairs, is_first_take

__all__ = [
    "LabelledLook",
    "Look",
    "PairedError",
    "PairedLook",
    "goals_ratio",
    "paired_error",
    "synthesise_all",
]

SHEET_ROWS = 6
"""People on a sample sheet."""
LOOK_BATCH = 16
LOOK_FACES = 256
"""Labelled faces that are measured in a look, the same ones each time."""


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
def goals_ratio(
    generator: FaceGenerator[Fake], pairs: StudioPairs, goals: Sequence[Sequence[int]]
) -> float | None:
    """Error against that of doing nothing, of further faces of one take of each photo.

    Args:
        generator: the networks.
        pairs: of the set.
        goals: for each of its photos the faces that are asked for, from what the photo shows:
            :attr:`StudioPairs.blends` or :attr:`StudioPairs.with_units`.

    Returns:
        None where the set has no such faces.
    """
    device = next(generator.parameters()).device
    people: dict[str, int] = {}
    for number, photo in enumerate(pairs.photos):
        if goals[number]:
            people.setdefault(photo.rpartition("_")[0], number)
    made = nothing = 0.0
    for number in people.values():
        targets = np.array(goals[number])
        sources = np.full(len(targets), pairs.photographed[number])
        batch = pairs.pairs(np.full(len(targets), number), sources, targets).to(device)
        output = generator(batch.source, batch.label, batch.mouth_top, batch.eye_label).output
        made += (output - batch.target).abs().mean().item()
        nothing += (batch.source - batch.target).abs().mean().item()
    return made / nothing if people else None


class Look(Protocol):
    """What is looked at while training goes on."""

    def measure(self, generator: FaceGenerator[Fake]) -> dict[str, float]:
        """Figures by name."""
        ...

    def save_sheet(self, path: Path, generator: FaceGenerator[Fake]) -> None:
        """Write a PNG of what the generator makes."""
        ...


class PairedLook:
    """The error to the exact render, where it is known."""

    def __init__(self, pairs: StudioPairs) -> None:
        self.pairs = pairs

    def measure(self, generator: FaceGenerator[Fake]) -> dict[str, float]:
        """The error by target, and against that of doing nothing.

        ``ratio`` is of the eight expressions; ``blends`` of two classes at once or in the halves;
        ``units`` of action units on top of a class.
        """
        measured = paired_error(generator, self.pairs)
        further = {
            "blends": goals_ratio(generator, self.pairs, self.pairs.blends),
            "units": goals_ratio(generator, self.pairs, self.pairs.with_units),
        }
        return {
            "ratio": measured.ratio,
            **{name: value for name, value in further.items() if value is not None},
            **{str(e): v for e, v in measured.by_expression.items()},
        }

    def save_sheet(self, path: Path, generator: FaceGenerator[Fake]) -> None:
        """For each person the source and eight outputs, and below them the exact renders."""
        rows = []
        for photo in _spread(first_takes(self.pairs)):
            source, exact, output = synthesise_all(generator, self.pairs, photo)
            rows += [torch.cat([source, output]), torch.cat([source, exact])]
        _save_rows(path, rows)


class LabelledLook:
    """What can be told of faces whose other expressions nobody knows."""

    def __init__(self, faces: LabelledFaces) -> None:
        self.faces = faces

    @torch.inference_mode()
    def measure(self, generator: FaceGenerator[Fake]) -> dict[str, float]:
        """Mean absolute errors, values in [−1, 1], over the faces kept out.

        ``reconstruction``: of a face made for the label it has. ``cycle``: of a face made for
        another label and back. ``change``: between the face and the one with the other label.
        """
        totals = {"reconstruction": 0.0, "cycle": 0.0, "change": 0.0}
        device = next(generator.parameters()).device
        count = min(LOOK_FACES, len(self.faces))
        for start in range(0, count, LOOK_BATCH):
            batch = self.faces.batch(0, count, slice(start, start + LOOK_BATCH))
            image, label, target, top, _ = batch.to(device)
            other = generator(image, target, top).output
            back = generator(other, label, top).output
            same = generator(image, label, top).output
            share = len(image) / count
            for name, (a, b) in {
                "reconstruction": (same, image),
                "cycle": (back, image),
                "change": (other, image),
            }.items():
                totals[name] += share * (a - b).abs().mean().item()
        return totals

    @torch.inference_mode()
    def save_sheet(self, path: Path, generator: FaceGenerator[Fake]) -> None:
        """For each person the source, and the outputs of all classes."""
        device, count = next(generator.parameters()).device, len(self.faces.classes)
        rows = []
        for index in _spread(list(range(len(self.faces)))):
            image = place(to_signed(self.faces.faces[[index]]), device)
            tops = self.faces.mouth_top[[index]].expand(count)
            labels = torch.eye(count, device=device)
            output = generator(image.expand(count, -1, -1, -1), labels, tops).output
            rows.append(torch.cat([image, output]))
        _save_rows(path, rows)


def _spread(numbers: Sequence[int]) -> Sequence[int]:
    """As many of them as a sheet has rows, evenly spread."""
    return numbers[:: max(1, len(numbers) // SHEET_ROWS)][:SHEET_ROWS]


def _save_rows(path: Path, rows: Sequence[Tensor]) -> None:
    Image.fromarray(np.concatenate([_strip(row) for row in rows])).save(path)


def _strip(images: Tensor) -> NDArray[np.uint8]:
    """(N, 3, H, W), −1 to 1 → (H, N·W, 3) uint8."""
    return np.concatenate(list(to_pixels(images)), axis=1)
