"""What makes a comparison quick: networks so small that a step takes milliseconds, simple judges.

The judges say something plain about pixels; what is tested with them is how a comparison is carried
out, not what it finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_methods import SHAPES
from tiny_run import SHAPE

from lgpgan.comparing.cells import Cell, Comparison, ComparisonOptions
from lgpgan.comparing.making import JudgedOn
from lgpgan.comparing.rows import find_rows
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.evaluation import judges as judges_module
from lgpgan.evaluation.distances.features import MetricName
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.judges import Judges
from lgpgan.expressions.expression import Expression
from lgpgan.methods.registry import Shape
from lgpgan.reporting import figures, page_template
from lgpgan.training import plan
from lgpgan.training.config import TrainingConfig
from lgpgan.training.options import StarGanTrainingConfig, StudioConfig

BUDGET = 5.2e9
"""Operations of three steps of the tiny StarGAN, or two of the tiny LGP-GAN."""
STARGAN, STUDIO = (Cell(row) for row in find_rows(["stargan/narrow", "lgp-gan/studio"]))
IDENTITY, STUDIO_BASELINE = (Cell(row) for row in find_rows(["identity", "studio"]))
CENTRES = np.array([(64.0, 42.0)] * 48 + [(64.0, 84.0)] * 20)


class QuickRecogniser:
    name = "fer"
    recognised = tuple(known for known in Expression if known != "contemptuous")

    def probabilities(self, faces: NDArray[np.uint8]) -> NDArray[np.float64]:
        """All on the class that the brightness points to."""
        chosen = faces.mean(axis=(1, 2, 3)).astype(int) % len(self.recognised)
        return np.eye(len(Expression))[[self.recognised[row].position for row in chosen]]


class QuickEmbedder:
    def embed_faces(
        self, faces: NDArray[np.uint8], landmarks: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """The mean of each row, 0 to 1."""
        assert len(landmarks) == len(faces)
        return faces.mean(axis=(2, 3)) / 255


class QuickExtractor:
    name = "mobilenet"
    dimensions = 3
    frechet = MetricName("frechet_mobilenet", "Fréchet MobileNetV2 distance")
    kernel = MetricName("kernel_mobilenet", "kernel MobileNetV2 distance")

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The mean colour."""
        return images.mean(axis=(1, 2)).astype(np.float32)


def use_quick_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put simple judges in the place of all that would be loaded."""
    judges = Judges((QuickRecogniser(),), QuickEmbedder(), (QuickExtractor(),))  # type: ignore[arg-type]
    monkeypatch.setattr(Judges, "load", lambda **options: judges)
    monkeypatch.setattr(
        judges_module, "find_landmarks", lambda faces: np.repeat(CENTRES[None], len(faces), axis=0)
    )


def use_light_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coarse figures, and a page without plotly's five megabytes."""
    monkeypatch.setattr(figures, "RESOLUTION", 20)
    monkeypatch.setattr(page_template, "_plotly", lambda: "/* plotly.js */")


def use_tiny_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put tiny networks in the place of those of ``stargan/narrow`` and ``lgp-gan/studio``.

    How fast the device is, is not measured.
    """

    def shape_of(tiny: Shape) -> object:
        def shape(
            self: TrainingConfig, classes: Sequence[str], *, exact_units: bool = False
        ) -> Shape:
            return tiny

        return shape

    monkeypatch.setattr(plan, "probed_rate", lambda *asked: 1e12)
    monkeypatch.setattr(StarGanTrainingConfig, "shape", shape_of(SHAPES["stargan"]))
    monkeypatch.setattr(StudioConfig, "shape", shape_of(SHAPE))


def at(prepared: PreparedSet, folder: Path, **options: Any) -> Comparison:
    """The comparison of a folder, as a command begun anew has it."""
    told = {name: options.pop(name) for name in ("progress", "notice") if name in options}
    options = {"runs": folder / "runs", "finished": folder / "cells", "budget": BUDGET, **options}
    return Comparison(prepared, ComparisonOptions(**options), **told)


def complete(comparison: Comparison, evaluator: Evaluator, cells: Sequence[Cell]) -> None:
    """What is not finished yet."""
    faces = judged_on(evaluator)
    for cell in comparison.pending(cells, faces):
        comparison.check(cell)
        comparison.complete(cell, evaluator, faces)


def judged_on(evaluator: Evaluator) -> JudgedOn:
    """The faces that an evaluator judges on."""
    return JudgedOn.of(evaluator.prepared, evaluator.trials, evaluator.split)
