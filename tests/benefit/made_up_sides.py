"""Sides that a recogniser can learn, or cannot, and a recipe that takes a second."""

from __future__ import annotations

import numpy as np

from lgpgan.benefit.recipe import Recipe
from lgpgan.benefit.sides import Side

QUICK = Recipe(steps=60, batch=8, size=32, width=4, learning_rate=3e-3)


def make_side(
    *people: str, name: str = "set", copies: int = 1, seed: int = 0, shuffled: bool = False
) -> Side:
    """Of each person, copies of a dark face (class 0) and a bright one (class 1), with noise.

    Args:
        people: their names.
        name: of the set.
        copies: of each class a person.
        seed: of the noise.
        shuffled: give labels that say nothing: half of each class's by chance the other's.
    """
    rng = np.random.default_rng(seed)
    labels = np.array([label for _ in people for label in (0, 1) for _ in range(copies)], np.int64)
    level = np.where(labels, 170, 80)[:, None, None, None]
    noise = rng.integers(-40, 41, (len(labels), 32, 32, 3))
    faces = (level + noise).astype(np.uint8)
    if shuffled:
        for label in (0, 1):
            rows = rng.permutation(np.flatnonzero(level.ravel() == (80, 170)[label]))
            labels[rows[: len(rows) // 2]] = 1 - label
    return Side(name, faces, labels, [who for who in people for _ in range(2 * copies)])
