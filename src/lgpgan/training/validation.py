"""Validation on the people kept out of training: a few figures, and a sample sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch

from lgpgan.datasets.faces import to_signed
from lgpgan.datasets.labelled import LabelledFaces
from lgpgan.expressions.expression import Expression
from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.networks.memory_format import place
from lgpgan.studio.pairs import StudioPairs
from lgpgan.training.paired_error import first_takes, paired_error, synthesise_all, targets_ratio
from lgpgan.training.sample_sheet import SheetRow, save_sample_sheet

__all__ = ["LabelledValidation", "PairedValidation", "Validation"]

SHEET_PEOPLE = 6
"""Most people on a sample sheet."""
BATCH = 16
MEASURED_FACES = 256
"""Most labelled faces that a validation measures; they are the same ones each time."""


class Validation(Protocol):
    """What is measured on the people kept out while training goes on."""

    def measure(self, generator: FaceGenerator[Fake]) -> dict[str, float]:
        """Figures by name. ``ratio``, where there is one, decides which weights are the best."""
        ...

    def save_sheet(self, path: Path, generator: FaceGenerator[Fake]) -> None:
        """Write a PNG with outputs of the generator."""
        ...


class PairedValidation:
    """Validation where the exact render of every output is known.

    Args:
        pairs: the pairs of the split on which weights are chosen.
    """

    def __init__(self, pairs: StudioPairs) -> None:
        self.pairs = pairs

    def measure(self, generator: FaceGenerator[Fake]) -> dict[str, float]:
        """Mean absolute errors to the exact renders.

        ``ratio``: the error on the eight expressions, divided by that of doing nothing. ``blends``:
        the same on targets that show two classes. ``units``: on targets with action units on top of
        a class. By the name of each class: the error on it, values in [−1, 1].
        """
        measured = paired_error(generator, self.pairs)
        further = {
            "blends": targets_ratio(generator, self.pairs, self.pairs.blends),
            "units": targets_ratio(generator, self.pairs, self.pairs.with_units),
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
            rows.append(SheetRow(source, output))
            rows.append(SheetRow(source, exact, kind="exact"))
        save_sample_sheet(path, [str(expression) for expression in Expression], rows)


class LabelledValidation:
    """Validation where only the labels of the faces are known.

    Args:
        faces: the faces of the split on which weights are chosen.
    """

    def __init__(self, faces: LabelledFaces) -> None:
        self.faces = faces

    @torch.inference_mode()
    def measure(self, generator: FaceGenerator[Fake]) -> dict[str, float]:
        """Mean absolute errors, values in [−1, 1], over the faces kept out.

        ``reconstruction``: of a face edited to the label that it has. ``cycle``: of a face edited
        to another label and back. ``change``: between a face and its edit to another label.
        """
        totals = {"reconstruction": 0.0, "cycle": 0.0, "change": 0.0}
        device = next(generator.parameters()).device
        count = min(MEASURED_FACES, len(self.faces))
        for start in range(0, count, BATCH):
            batch = self.faces.batch(0, count, slice(start, start + BATCH))
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
        for index in _spread(range(len(self.faces))):
            image = place(to_signed(self.faces.faces[[index]]), device)
            tops = self.faces.mouth_top[[index]].expand(count)
            labels = torch.eye(count, device=device)
            output = generator(image.expand(count, -1, -1, -1), labels, tops).output
            rows.append(SheetRow(image, output))
        save_sample_sheet(path, self.faces.classes, rows)


def _spread(numbers: Sequence[int]) -> Sequence[int]:
    """At most :data:`SHEET_PEOPLE` of the numbers, evenly spread."""
    return numbers[:: max(1, len(numbers) // SHEET_PEOPLE)][:SHEET_PEOPLE]
