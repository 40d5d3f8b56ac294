"""A studio set and a training run so small that a step takes milliseconds.

As a program, ``tiny_run.py SET RUN`` trains on the set, prints the images seen after every step,
and waits to be killed at :data:`KILLED_AT`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from lgpgan.datasets.prepared import CORRESPONDENCE, PreparedSet, write_prepared_set
from lgpgan.datasets.records import Record
from lgpgan.expressions.action_units import action_units
from lgpgan.expressions.expression import RECIPES, Expression
from lgpgan.face3d.correspondence import Correspondence
from lgpgan.faces.alignment import LEFT_EYE, RIGHT_EYE, TEMPLES
from lgpgan.methods.lgpgan import FlowLgpGanConfig
from lgpgan.networks.flow_generator import FlowGeneratorConfig
from lgpgan.training.observer import Observer, TrainingProgress
from lgpgan.training.options import StudioConfig
from lgpgan.training.run import RunOptions, train

GENERATOR = FlowGeneratorConfig(
    width=4, residual_blocks=1, kernel=3, fold=2, flow_limit=16.0, mask_offset=2.0
)
SHAPE = FlowLgpGanConfig(
    global_generator=GENERATOR,
    local_generator=GENERATOR,
    discriminator_channels=4,
    global_layers=5,
    fade=12.0,
)
CONFIG = StudioConfig(
    images=40,
    batch=4,
    warm_up=8,
    average_half_life=16.0,
    penalty_every=3,
    precision="fp32",
    threads=1,
    report_every=12,
    save_every=16,
    validate_every=20,
    tensorboard=False,
)
"""Ten steps: reports after 12, 24, 36 and 40 images, checkpoints after 16 and 32, looks at the
people kept out after 20 and 40."""
KILLED_AT = 28
PHOTOS = {"ann_0": "train", "ann_1": "train", "ben_0": "train", "cat_0": "test", "cat_1": "test"}


def write_tiny_set(folder: Path) -> PreparedSet:
    """Five photos of smooth noise, in eight expressions each, that move by whole pixels."""
    rng = np.random.default_rng(11)
    (folder / CORRESPONDENCE).mkdir(parents=True)
    records = []
    for photo, split in PHOTOS.items():
        texture = _noise(rng)
        shifts = rng.integers(-3, 4, (len(Expression), 2))
        _correspondence(shifts).save(folder / CORRESPONDENCE / f"{photo}.npz")
        for expression, shift in zip(Expression, shifts, strict=True):
            file_name = f"{split}/{photo}_{expression}.png"
            (folder / split).mkdir(exist_ok=True)
            shifted = np.roll(texture, shift[::-1].tolist(), axis=(0, 1))
            cv2.imwrite(str(folder / file_name), shifted + np.uint8(expression.position * 2))
            records.append(
                Record(
                    file_name=file_name,
                    person=photo[:3],
                    photo=photo,
                    expression=expression,
                    intensity=1.0,
                    action_units=action_units(RECIPES[expression]),
                    landmarks=_landmarks(shift),
                    split=split,
                    source="Nobody: Smooth noise",
                )
            )
    return write_prepared_set(folder, records, size=128, details={})


def _noise(rng: np.random.Generator) -> NDArray[np.uint8]:
    coarse = rng.integers(30, 220, (9, 9, 3)).astype(np.float32)
    return (
        cv2.resize(coarse, (128, 128), interpolation=cv2.INTER_CUBIC).clip(0, 235).astype(np.uint8)
    )


def _landmarks(shift: NDArray[np.integer]) -> NDArray[np.float64]:
    points = np.array([(64.0, 42.0)] * 48 + [(64.0, 84.0)] * 20)
    points[RIGHT_EYE, 0], points[LEFT_EYE, 0] = 45, 83
    points[TEMPLES, 0] = 20, 108
    return points + shift


def _correspondence(shifts: NDArray[np.integer]) -> Correspondence:
    """Two triangles that fill the picture and move as a whole; the border shows the background."""
    corners = np.array([[0, 0], [128, 0], [128, 128], [0, 128]], np.float64)
    rows, columns = np.mgrid[:128, :128] + 0.5
    triangle, barycentric = [], []
    for x, y in shifts:
        u, v = (columns - x) / 128, (rows - y) / 128
        upper = u > v
        first = np.where(upper, 1 - u, 1 - v)  # of the corner at the top left
        second = np.where(upper, u - v, u)
        number = np.where(upper, 0, 1).astype(np.uint16)
        border = (np.minimum(u, v) < 0.05) | (np.maximum(u, v) > 0.95)
        triangle.append(np.where(border, np.uint16(65535), number))
        barycentric.append(np.rint(np.clip(np.stack([first, second], -1), 0, 1) * 255))
    return Correspondence(
        triangles=np.array([[0, 1, 2], [0, 2, 3]], np.uint16),
        kinds=np.array([0, 1], np.uint8),
        positions=np.rint((corners[None] + shifts[:, None]) * 64).astype(np.int16),
        triangle=np.stack(triangle),
        barycentric=np.stack(barycentric).astype(np.uint8),
        fade=np.full((len(shifts), 128, 128), 255, np.uint8),
        mesh_triangle=np.arange(2, dtype=np.uint16),
        inside=np.zeros((4, 2), np.int16),
    )


def _main() -> None:
    torch.set_num_threads(1)

    def report(progress: TrainingProgress) -> None:
        print(progress.images, flush=True)  # noqa: T201
        if progress.images == KILLED_AT:
            time.sleep(600)

    train(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        CONFIG,
        RunOptions(shape=SHAPE),
        Observer(progress=report),
    )


if __name__ == "__main__":
    _main()
