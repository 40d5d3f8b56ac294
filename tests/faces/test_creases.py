"""Creases beside nose and mouth: lines where networks draw clouds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from generic_face import generic_face
from lgpgan.expressions.target import Target
from lgpgan.faces.creases import crease_area, creases
from lgpgan.faces.wrinkle_map import FINER, cells_of_map

CELLS = cells_of_map(generic_face(), np.zeros((128, 128, 2), np.float32))
LIGHT = np.ones((128, 128), np.float32)
SMOOTH = np.full((128, 128), 150, np.float32)
"""Luma of skin without a fold of its own."""
CORNER = np.rint(generic_face()[54]).astype(int)
"""Of the mouth, at the person's left."""


def creased(
    light: NDArray[np.float32], to: str = "contemptuous", own: NDArray[np.float32] = SMOOTH
) -> NDArray[np.float32]:
    found = creases(CELLS, Target.parse(to).weights_below(), light, own)
    assert found is not None
    return found


def test_a_cloud_beside_the_mouth_becomes_a_crease() -> None:
    """Contempt left a brown smudge on the cheek: networks cannot place the line in it."""
    light = LIGHT.copy()
    light[CORNER[1] - 14 : CORNER[1] + 2, CORNER[0] - 4 : CORNER[0] + 12] = 0.85
    change = creased(light)
    assert -0.25 < change.min() < -0.08
    row, column = np.array(np.unravel_index(change.argmin(), change.shape)) / FINER
    assert np.hypot(column - CORNER[0], row - CORNER[1]) < 16
    dark = np.mean(change < change.min() / 2) * 128**2
    assert dark < 30, "the crease is a line, not a cloud"
    assert abs(change.sum()) < 0.1 * np.abs(change).sum(), "it takes from the cloud what it adds"


def test_where_networks_darken_nothing_there_is_no_crease() -> None:
    """A smile that is asked for on a smile has its creases already."""
    weights = Target.parse("happy").weights_below()
    assert creases(CELLS, weights, LIGHT, SMOOTH) is None
    assert creases(CELLS, {}, LIGHT - np.float32(0.2), SMOOTH) is None
    change = creased(LIGHT - np.float32(0.2))
    row, column = (int(place) for place in np.unravel_index(change.argmin(), change.shape))
    elsewhere = LIGHT.copy()
    elsewhere[:, : column // FINER - 12] = 0.8
    assert np.abs(creased(elsewhere)[row, column]) < 0.01


def test_a_crease_is_as_deep_as_networks_darken() -> None:
    slight, full, more = (creased(LIGHT - np.float32(by)).min() for by in (0.05, 0.1, 0.3))
    np.testing.assert_allclose(slight, full / 2, rtol=0.01)
    np.testing.assert_allclose(more, full, rtol=0.01)


def test_beside_a_fold_of_its_own_a_face_gets_no_other() -> None:
    """Old people who smile had two lines from the nose to the mouth."""
    darker = LIGHT - np.float32(0.2)
    change = creased(darker)
    row, column = (int(place) for place in np.unravel_index(change.argmin(), change.shape))
    folded, faint = SMOOTH.copy(), SMOOTH.copy()
    beside = column // FINER + 3
    folded[:, beside - 1 : beside + 2], faint[:, beside - 1 : beside + 2] = 110, 144
    assert np.abs(creased(darker, own=folded)[row, column]) < 0.1 * np.abs(change).max()
    assert creased(darker, own=faint)[row, column] == change[row, column]


def test_a_crease_of_one_side_is_on_that_side() -> None:
    left, right = np.abs(creased(LIGHT - np.float32(0.2))).reshape(256, 2, 128).sum(axis=(0, 2))
    assert right > 5 * left


def test_creases_may_be_between_nose_and_corners_of_the_mouth() -> None:
    face, area = generic_face(), crease_area(CELLS)
    for corner, wing, side in ((48, 31, -3), (54, 35, 3)):
        column, row = np.rint((face[corner] + face[wing]) / 2 + [side, 0] - 0.5).astype(int)
        assert area[row, column] > 0.5
    for landmark in (8, 27, 30, 37, 44, 62):
        column, row = np.rint(face[landmark] - 0.5).astype(int)
        assert area[row, column] < 0.01
