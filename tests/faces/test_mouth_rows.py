"""Rows of teeth are rigid, and lie where head and jaw have them."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from generic_face import generic_face
from lgpgan.face3d.face_model import load_face_model
from lgpgan.faces import mouth_rows as module
from lgpgan.faces.inside_change import InsideChange
from lgpgan.faces.mouth_rows import (
    JAW_DROP,
    MOUTH_ROWS,
    PICTURE_EDGE,
    PICTURE_SCALE,
    ROW_SIZE,
    Row,
    mouth_rows,
    rows_in,
)

ROW = Row(x=64, y=80, width=5.5, turn=0, arch=0)
RECIPE = Path(__file__).parents[2] / "recipes" / "teeth" / "draw_mouth_rows.py"


@pytest.fixture(scope="module")
def landmarks() -> NDArray[np.float64]:
    return generic_face()


def still(down: float = 0.0) -> NDArray[np.float32]:
    """A flow that takes everything down by so many pixels."""
    flow = np.zeros((128, 128, 2), np.float32)
    flow[..., 1] = -down
    return flow


def nothing() -> InsideChange:
    """A mouth in which networks show no teeth."""
    return InsideChange(still(), np.zeros((128, 128, 3), np.float32), 60)


def parted(landmarks: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """The same landmarks with lips apart."""
    moved = landmarks.copy()
    moved[65:68, 1] = moved[61:64, 1].mean() + gap
    return moved


def where(picture: NDArray[np.float32]) -> tuple[float, float]:
    """Column and row of the middle of the light."""
    light = picture[..., :3].sum(axis=-1, dtype=np.float64)
    across, down = light.sum(axis=0), light.sum(axis=1)
    columns, rows = (float(np.arange(len(of)) @ of / of.sum()) for of in (across, down))
    return columns, rows


def steepest(picture: NDArray[np.float32]) -> float:
    """Greatest step between neighbours beside the edges of the incisors."""
    near = picture[76 * 4 : 84 * 4, 54 * 4 : 74 * 4]
    return float(np.abs(np.diff(near, axis=1)).max())


def test_the_upper_row_stays_when_the_jaw_opens(landmarks: NDArray[np.float64]) -> None:
    closed, opened = (rows_in(landmarks, still(down), nothing()) for down in (0, 7.3))
    assert opened[0] == closed[0]
    assert opened[1].y - closed[1].y == pytest.approx(closed[0].width * JAW_DROP / 2, rel=0.02)
    assert opened[1].arch < closed[1].arch  # the sides of the jaw go less far


def test_the_rows_meet_behind_closed_lips(landmarks: NDArray[np.float64]) -> None:
    upper, lower = rows_in(landmarks, still(), nothing())
    line = landmarks[[61, 62, 63, 65, 66, 67], 1].mean()
    assert line < upper.y < lower.y < line + 3
    assert upper.x == pytest.approx(64, abs=0.3)
    assert abs(upper.turn) < 0.02


def test_a_chin_that_goes_up_leaves_the_jaw_closed(landmarks: NDArray[np.float64]) -> None:
    assert rows_in(landmarks, still(-4), nothing()) == rows_in(landmarks, still(), nothing())


def test_a_chin_below_the_frame_takes_the_jaw_along(landmarks: NDArray[np.float64]) -> None:
    """Regression: it counted as one that goes up, so that the jaw stayed shut as a mouth opened."""
    long = landmarks.copy()
    long[6:11, 1] += 132 - long[8, 1]
    shut, opened = (rows_in(long, still(down), nothing())[1] for down in (0, 5))
    assert shut == rows_in(landmarks, still(), nothing())[1]
    assert opened == rows_in(landmarks, still(5), nothing())[1]


def test_a_mouth_that_closes_takes_the_lower_row_along(landmarks: NDArray[np.float64]) -> None:
    """The jaw of a photo that was open stayed there, behind the lips of a smile."""
    wide = parted(landmarks, 14)
    before, after = (rows_in(wide, still(down), nothing())[1] for down in (0, -6))
    assert after.y < before.y - 4


def test_networks_say_where_teeth_are_in_an_open_mouth(landmarks: NDArray[np.float64]) -> None:
    """Lips that are apart do not tell where the edges of teeth are; a smile had none."""
    wide = parted(landmarks, 14)
    upper, _ = rows_in(wide, still(), nothing())
    flow, lit = still(), np.zeros((128, 128, 3), np.float32)
    rows, columns = np.mgrid[70:90, 56:72]
    lit[rows, columns] = 200
    below = (rows + 0.5 - upper.y - 3) / (1.2 * upper.width)  # three pixels further down
    beside = (columns + 0.5 - upper.x) / upper.width
    flow[rows, columns, 0] = 32 + beside * PICTURE_SCALE - (columns + 0.5 - 32)
    flow[rows, columns, 1] = PICTURE_EDGE + below * PICTURE_SCALE - (rows + 0.5 - 60)
    found, _ = rows_in(wide, still(), InsideChange(flow, lit, 60))
    assert found.y - upper.y == pytest.approx(3, abs=0.6)
    shut, _ = rows_in(landmarks, still(), InsideChange(flow, lit, 60))
    assert shut == rows_in(landmarks, still(), nothing())[0]


def test_teeth_do_not_jump_as_networks_light_them_less(landmarks: NDArray[np.float64]) -> None:
    """Regression: in animations of an open mouth the rows jumped by three pixels in one frame,
    where the light of all pixels fell below a bound."""
    wide, lit = parted(landmarks, 14), np.zeros((128, 128, 3), np.float32)
    lit[70:90, 56:72] = 1
    found = [
        rows_in(wide, still(6), InsideChange(still(6), lit * light, 60))[0].y
        for light in np.arange(70, 10, -0.5, dtype=np.float32)
    ]
    assert abs(found[-1] - found[0]) > 2
    assert np.abs(np.diff(found)).max() < 1


def test_the_nearer_half_of_a_turned_head_is_wider(landmarks: NDArray[np.float64]) -> None:
    """Teeth left a dark corner on that side."""
    turned = landmarks.copy()
    turned[27:36, 0] += 4  # the nose goes to the right of the picture
    row, _ = rows_in(turned, still(), nothing())
    left, middle, right = row.places(np.array([-2.0, 0, 2]), np.zeros(3))[:, 0]
    assert middle - left > right - middle + 1


def test_a_head_turned_far_has_teeth_of_possible_width(landmarks: NDArray[np.float64]) -> None:
    """Regression: the line that was fitted to faces from the front went on, so that at 30 degrees
    teeth in the nearer half were twice as wide as those of the 3-D face."""
    turned = landmarks.copy()
    turned[27:36, 0] -= 30
    row, _ = rows_in(turned, still(), nothing())
    canine = row.places(np.array([2.0]), np.zeros(1))[0, 0] - row.x
    assert canine == pytest.approx(16, abs=1)


def test_a_point_is_read_where_it_is_placed() -> None:
    row = Row(x=60, y=82, width=5.2, turn=-0.2, arch=-0.3)
    pixels = (np.arange(0, 128 * 4, dtype=np.float32) + 0.5) / 4
    seen = row.read(pixels, pixels, lower=False, blur=0.1)
    alpha = seen[..., 3] > 0.5
    for across in (-2.0, 0.0, 2.0):
        x, y = row.places(np.array(across), np.array(-0.3)) * 4
        assert alpha[int(y), int(x)]
        x, y = row.places(np.array(across), np.array(0.3)) * 4
        assert not alpha[int(y), int(x)]


def test_a_row_of_a_head_turned_far_does_not_turn_back() -> None:
    """Regression: the nearer half of the row was seen twice, the second time mirrored."""
    row = Row(x=64, y=80, width=6, turn=2.4, arch=0)
    across = np.array([0.0, 0.5, 1, 2])
    x, y = (places.astype(np.float32) for places in row.places(across, np.full(4, -0.3)).T)
    straight = Row(x=0, y=80, width=6, turn=0, arch=0)
    wanted = straight.read(np.asarray(6 * across, np.float32), y[:1], lower=False, blur=0.1)
    found = row.read(x, y[:1], lower=False, blur=0.1)
    np.testing.assert_allclose(found, wanted, atol=0.01)


@pytest.mark.parametrize("lower", [False, True])
def test_a_blur_moves_nothing(lower: bool) -> None:
    """Rows are read from coarser pictures where they are blurred much."""
    pixels = (np.arange(0, 128 * 4, dtype=np.float32) + 0.5) / 4
    sharp = ROW.read(pixels, pixels, lower=lower, blur=0.1)
    for blur in (0.3, 0.6, 1.2):
        soft = ROW.read(pixels, pixels, lower=lower, blur=blur)
        assert where(soft) == pytest.approx(where(sharp), abs=1)
        assert steepest(soft) < steepest(sharp)


def test_the_pictures_are_symmetric_and_safe() -> None:
    rows = mouth_rows()
    assert rows.shape == (2, *ROW_SIZE, 4)
    assert (rows[..., :3] <= rows[..., 3:] + 1e-6).all()
    assert np.abs(rows - rows[:, :, ::-1]).mean() < 0.02
    with pytest.raises(ValueError, match="read-only"):
        rows[0, 0] = 1


def test_the_shipped_pictures_are_those_of_the_recipe(shared: Path) -> None:
    recipe = runpy.run_path(str(RECIPE))
    model = load_face_model(shared / "facekit" / "ict_facekit.npz")
    drawn = np.vstack([recipe["drawn_row"](model, lower=lower) for lower in (False, True)])
    kept = Image.open(Path(module.__file__).with_name(MOUTH_ROWS))
    assert np.abs(drawn.astype(int) - np.asarray(kept, int)).max() <= 1
