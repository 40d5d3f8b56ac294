"""Collections that the tests write: real file names, pictures made from the demo photo."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from lgpgan.expressions.expression import Expression

PEOPLE = (
    ("01", "Caucasian", "female"),
    ("02", "Moroccan", "male"),
    ("03", "Caucasian", "male"),
)


def portrait(number: int, side: int = 240) -> NDArray[np.uint8]:
    """The demo photo's face (side, side, 3), cut out and tinted in one of many ways."""
    rng = np.random.default_rng(number)
    left, top = rng.integers(80, 110), rng.integers(0, 20)
    crop = np.asarray(data.astronaut()[top : top + 280, left : left + 280], np.float64)
    tinted = np.clip(crop * rng.uniform(0.8, 1.1, 3) + rng.uniform(0, 12), 0, 255)
    return np.asarray(cv2.resize(tinted.astype(np.uint8), (side, side)), np.uint8)


def save(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write a picture, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_rafd(folder: Path, people: int = 3) -> Path:
    """Every expression of a few people from the front, and one of them from the side."""
    for row, (identity, ethnicity, gender) in enumerate(PEOPLE[:people]):
        for expression in Expression:
            name = f"Rafd090_{identity}_{ethnicity}_{gender}_{expression}_frontal.jpg"
            save(folder / name, portrait(8 * row + expression.position))
    save(folder / "Rafd045_01_Caucasian_female_happy_left.jpg", portrait(99))
    return folder


def touch(folder: Path, *names: str) -> None:
    """Make files that only their names matter of."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
