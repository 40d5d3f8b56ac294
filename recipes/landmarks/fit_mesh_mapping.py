"""Fit the mapping from MediaPipe's mesh to the 68 landmarks, and print its table.

python recipes/landmarks/fit_mesh_mapping.py STUDIO_SET

What is printed is the table of ``lgpgan/faces/mesh_mapping.py``. It is fitted on the studio set's
people for training: those kept out judge it (``benchmarks/landmarks.py``).
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from lgpgan.faces.alignment import JAW
from lgpgan.faces.detectors.mediapipe_detector import MediapipeDetector

Floats = NDArray[np.float64]

NEAREST = 12
"""Points of the mesh that a landmark may be made of: those nearest to it."""
BEYOND = 60
"""The same of a landmark of the jaw, which is extrapolated from two points."""
TERMS = 3
"""Points that a landmark is made of at most."""
LEAST_WEIGHT = 0.03
STIFFNESS = 10.0
"""Square pixels a render that extrapolating by the distance of the two points costs."""
SUM = 1e4
"""How much the sum of the weights counts, which is to be 1."""


def main() -> None:
    """Read meshes off renders, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studio", type=Path)
    parser.add_argument("--renders", type=int, default=1200)
    options = parser.parse_args()
    meshes, landmarks = read_meshes(options.studio, options.renders)
    for number in range(68):
        wanted = landmarks[:, number]
        jaw = number in range(*JAW.indices(68))
        terms = extrapolation(meshes, wanted) if jaw else mean(meshes, wanted)
        inner = ", ".join(f"({point}, {weight:.2f})" for point, weight in terms)
        print(f"    ({inner}{',' if len(terms) == 1 else ''}),")


def read_meshes(studio: Path, count: int) -> tuple[Floats, Floats]:
    """Meshes (N, 468, 2) and exact landmarks (N, 68, 2) of renders of people for training."""
    lines = (studio / "metadata.jsonl").read_text().splitlines()
    rows = [row for row in map(json.loads, lines) if row["split"] == "train"]
    detector = MediapipeDetector()
    meshes, landmarks = [], []
    for row in random.Random(1).sample(rows, min(count, len(rows))):
        pixels = cv2.imread(str(studio / row["file_name"]))
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
        for face in detector.search(pixels)[:1]:
            meshes.append(detector.mesh(pixels, face.box, face.tilt).points)
            landmarks.append(row["landmarks"])
    return np.array(meshes), np.array(landmarks, np.float64)


def nearest(meshes: Floats, wanted: Floats, count: int) -> list[int]:
    """The points of the mesh that lie nearest to a landmark (N, 2), the nearest first."""
    away = np.linalg.norm(meshes - wanted[:, None], axis=2).mean(axis=0)
    return [int(point) for point in np.argsort(away)[:count]]


def mean(meshes: Floats, wanted: Floats) -> list[tuple[int, float]]:
    """A landmark as a weighted mean of few points, the heaviest first."""
    points = nearest(meshes, wanted, NEAREST)
    for _ in range(2):  # the second time with what is kept of the first
        weights = convex(meshes[:, points], wanted)
        order = [int(place) for place in np.argsort(-weights)[:TERMS]]
        points = [points[place] for place in order if weights[place] >= LEAST_WEIGHT]
    weights = convex(meshes[:, points], wanted)
    return rounded(points, weights)


def convex(points: Floats, wanted: Floats) -> Floats:
    """Weights (K,), none negative, that sum to 1 and bring points (N, K, 2) onto (N, 2)."""
    equations = points.transpose(0, 2, 1).reshape(-1, points.shape[1])
    equations = np.vstack([equations, np.full((1, points.shape[1]), SUM)])
    weights: Floats = nnls(equations, np.append(wanted.ravel(), SUM))[0]
    return weights / weights.sum()


def extrapolation(meshes: Floats, wanted: Floats) -> list[tuple[int, float]]:
    """A landmark on the line through the nearest point and the one that serves best."""
    first, *others = nearest(meshes, wanted, BEYOND)
    missing = wanted - meshes[:, first]
    best: tuple[float, int, float] | None = None
    for other in others:
        along = meshes[:, other] - meshes[:, first]
        stiff = STIFFNESS * len(meshes)
        weight = float((along * missing).sum() / ((along**2).sum() + stiff))
        cost = float(((weight * along - missing) ** 2).mean() + STIFFNESS * weight**2 / 2)
        best = min(best, (cost, other, weight)) if best else (cost, other, weight)
    assert best is not None
    return rounded([first, best[1]], np.array([1 - best[2], best[2]]))


def rounded(points: list[int], weights: Floats) -> list[tuple[int, float]]:
    """Weights with two decimals that still sum to 1."""
    rest = [round(float(weight), 2) for weight in weights[1:]]
    return [(points[0], round(1 - sum(rest), 2)), *zip(points[1:], rest, strict=True)]


if __name__ == "__main__":
    main()
