"""The map of wrinkles and creases, and where it lies on a photo."""

from __future__ import annotations

import numpy as np
import pytest

from generic_face import generic_face
from lgpgan.face3d.wrinkles import FOLDS
from lgpgan.face3d.wrinkles import WrinkleMap as StudioMap
from lgpgan.faces.wrinkle_map import (
    BOTTOM,
    CELL,
    CREASES,
    FINER,
    LEFT,
    RIGHT,
    TOP,
    UNIT,
    WRINKLES,
    cells_of_map,
    wrinkle_map,
)

STILL = np.zeros((128, 128, 2), np.float32)
FOLDED = {**WRINKLES, **CREASES}


@pytest.mark.parametrize("name", FOLDED)
def test_the_shipped_map_is_that_of_the_studio(name: str) -> None:
    x, y = np.arange(LEFT + CELL / 2, RIGHT, CELL), np.arange(BOTTOM + CELL / 2, TOP, CELL)
    places = np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)
    folds = [fold for fold in FOLDS if fold.place == name]
    assert folds[0].drivers == FOLDED[name]
    studio = (StudioMap(folds).ratio({f"{name}_L": 1.0}, places) - 1) / FOLDED[name][name]
    np.testing.assert_allclose(wrinkle_map().shades[name], studio, atol=UNIT)


def test_all_folds_of_the_studio_are_in_it() -> None:
    assert {fold.place for fold in FOLDS} == set(FOLDED)


def test_landmarks_lie_where_the_map_has_them() -> None:
    face = generic_face()
    cells = cells_of_map(face, STILL)
    for landmark in (19, 24, 30, 39, 42, 48, 54, 57):
        column, row = np.floor(face[landmark] * FINER).astype(int)
        wanted = (wrinkle_map().landmarks[landmark] - [LEFT, BOTTOM]) / CELL - 0.5
        np.testing.assert_allclose(cells[row, column], wanted, atol=0.1 / CELL)


def test_it_moves_with_the_skin() -> None:
    flow = STILL + np.array([3, -2], np.float32)
    still, moved = cells_of_map(generic_face(), STILL), cells_of_map(generic_face(), flow)
    np.testing.assert_allclose(moved[60:200, 60:190], still[56:196, 66:196], atol=0.02)


def test_wrinkles_end_above_creases() -> None:
    row = wrinkle_map().lowest_row(WRINKLES)
    for name, shade in wrinkle_map().shades.items():
        assert shade[:row].any() == (name in CREASES)
