"""Writes the wrinkles that photos get: src/lgpgan/faces/wrinkles.npz.

    python recipes/wrinkles/write_wrinkle_map.py FACE_MODEL src/lgpgan/faces/wrinkles.npz

They are those that the studio draws (lgpgan.face3d.wrinkles), half as fine, with the places of the
landmarks on the generic face.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgpgan.face3d.face_model import load_face_model
from lgpgan.face3d.wrinkles import FOLDS, WrinkleMap
from lgpgan.faces.wrinkle_map import BOTTOM, CELL, CREASES, LEFT, RIGHT, TOP, UNIT, WRINKLES

FOLDED = {**WRINKLES, **CREASES}


def main(face_model: Path, destination: Path) -> None:
    """Write the map."""
    model = load_face_model(face_model)
    x = np.arange(LEFT + CELL / 2, RIGHT, CELL)
    y = np.arange(BOTTOM + CELL / 2, TOP, CELL)
    places = np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)
    shades = np.array([of_left_side(name, places) for name in FOLDED])
    steps = np.rint(shades / UNIT)
    assert np.abs(steps).max() <= np.iinfo(np.int8).max
    np.savez_compressed(
        destination,
        names=np.array(list(FOLDED)),
        shades=steps.astype(np.int8),
        landmarks=model.neutral[model.landmarks, :2].astype(np.float32),
    )


def of_left_side(name: str, places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Change of the light (rows, columns) by the person's left half of what a place folds."""
    folds = [fold for fold in FOLDS if fold.place == name]
    drawn = WrinkleMap(folds).ratio({f"{name}_L": 1.0}, places) - 1
    return np.asarray(drawn / FOLDED[name][name], np.float32)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
