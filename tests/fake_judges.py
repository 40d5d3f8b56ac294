"""Judges that read the faces of :mod:`small_set`, quickly and without a mistake."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lgpgan.evaluation.distances.features import MetricName
from lgpgan.evaluation.judges import Judges
from lgpgan.expressions.expression import Expression
from small_set import STEP

ALL_BUT_CONTEMPT = tuple(e for e in Expression if e is not Expression.CONTEMPTUOUS)


class FakeRecogniser:
    """Reads the grey level: the class at that position of the eight, or neutral for contempt."""

    def __init__(
        self, name: str = "fer", recognised: Sequence[Expression] = ALL_BUT_CONTEMPT
    ) -> None:
        self.name = name
        self.recognised = tuple(recognised)

    def probabilities(self, faces: NDArray[np.uint8]) -> NDArray[np.float64]:
        result = np.zeros((len(faces), len(Expression)))
        for row, face in zip(result, faces, strict=True):
            read = list(Expression)[round(float(face.mean()) / STEP) - 1]
            row[(read if read in self.recognised else Expression.NEUTRAL).position] = 1.0
        return result


class FakeEmbedder:
    """The person's pixel is the first number: people next to each other are 0.8 apart.

    The grey level is the second: classes next to each other are 0.1 apart.
    """

    def embed_faces(
        self, faces: NDArray[np.uint8], landmarks: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        result = np.zeros((len(faces), 128))
        result[:, 0] = faces[:, 0, 0, 0] / 50
        levels = np.median(faces.reshape(len(faces), -1), axis=1)
        result[:, 1] = np.rint(levels / STEP) / 10
        return result


class FakeExtractor:
    """Three numbers of a face: its mean, that of its upper half, and its spread."""

    name = "mobilenet"
    dimensions = 3
    frechet = MetricName("frechet_mobilenet", "Fréchet MobileNetV2 distance")
    kernel = MetricName("kernel_mobilenet", "kernel MobileNetV2 distance")

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        pixels = images.reshape(len(images), -1).astype(np.float64) / 255
        upper = pixels[:, : pixels.shape[1] // 2]
        rows = [pixels.mean(axis=1), upper.mean(axis=1), pixels.std(axis=1)]
        return np.stack(rows, axis=1).astype(np.float32)


def fake_judges(**parts: object) -> Judges:
    """All of them, or others where named."""
    usual = {
        "recognisers": (FakeRecogniser(), FakeRecogniser("face-api")),
        "embedder": FakeEmbedder(),
        "extractors": (FakeExtractor(),),
    }
    return Judges(**(usual | parts))
