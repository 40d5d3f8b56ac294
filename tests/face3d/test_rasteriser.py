"""The z-buffer against brute force, to the pixel's centre."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.face3d.rasteriser import rasterise

HEIGHT, WIDTH = 40, 56


def brute_force(
    vertices: NDArray[np.float64], triangles: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth (T, H, W), −inf outside, and each centre's least barycentric coordinate (T, H, W)."""
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    ones = np.ones_like(x)
    depths, least = [], []
    for corners in vertices[triangles]:
        system = np.vstack([corners[:, :2].T, np.ones(3)])
        shares = np.einsum("ij,jhw->ihw", np.linalg.inv(system), np.stack([x, y, ones]))
        lowest = shares.min(axis=0)
        depth = np.einsum("i,ihw->hw", corners[:, 2], shares)
        depths.append(np.where(lowest >= 0, depth, -np.inf))
        least.append(lowest)
    return np.stack(depths), np.stack(least)


@pytest.mark.parametrize("seed", range(6))
def test_it_equals_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vertices = rng.uniform((-15, -15, -5), (WIDTH + 15, HEIGHT + 15, 5), (30, 3))
    vertices = vertices.astype(np.float32)
    triangles = np.stack([rng.permutation(30)[:3] for _ in range(25)]).astype(np.int32)
    raster = rasterise(vertices, triangles, HEIGHT, WIDTH)
    depth, least = brute_force(vertices.astype(np.float64), triangles)
    # Centres that lie on an edge but for rounding may fall to either side.
    certain = (np.abs(least) > 2e-3).all(axis=0)
    ordered = np.sort(depth, axis=0)
    certain &= (ordered[-1] > ordered[-2] + 1e-3) | np.isinf(ordered[-2])
    assert certain.mean() > 0.9
    wanted = np.where(np.isinf(ordered[-1]), -1, depth.argmax(axis=0))
    np.testing.assert_array_equal(raster.triangle[certain], wanted[certain])
    seen = certain & (wanted >= 0)
    assert 0.5 < seen.mean() < 1
    np.testing.assert_allclose(raster.depth[seen], ordered[-1][seen], atol=1e-3)
    np.testing.assert_array_equal(raster.covered[certain], (wanted >= 0)[certain])


def test_barycentric_coordinates_give_back_the_places() -> None:
    rng = np.random.default_rng(3)
    vertices = rng.uniform((0, 0, -5), (WIDTH, HEIGHT, 5), (30, 3)).astype(np.float32)
    triangles = np.arange(30, dtype=np.int32).reshape(10, 3)
    raster = rasterise(vertices, triangles, HEIGHT, WIDTH)
    drawn = raster.interpolate(triangles, vertices)
    rows, columns = np.nonzero(raster.covered)
    assert len(rows) > 300
    found = drawn[rows, columns]
    np.testing.assert_allclose(found[:, 0], columns + 0.5, atol=2e-3)
    np.testing.assert_allclose(found[:, 1], rows + 0.5, atol=2e-3)
    np.testing.assert_allclose(found[:, 2], raster.depth[rows, columns], atol=2e-3)
    alone = raster.interpolate(triangles, vertices[:, 2])
    np.testing.assert_allclose(alone[rows, columns], found[:, 2], atol=1e-5)


def square(left: float, top: float, right: float, bottom: float, depth: float) -> np.ndarray:
    corners = [(left, top), (right, top), (right, bottom), (left, top), (right, bottom)]
    corners += [(left, bottom)]
    return np.array([(x, y, depth) for x, y in corners], np.float32)


def draw(*squares: np.ndarray) -> NDArray[np.int64]:
    """Which square every pixel shows, from 0; −1 for none."""
    vertices = np.concatenate(squares)
    triangles = np.arange(len(vertices), dtype=np.int32).reshape(-1, 3)
    triangle = rasterise(vertices, triangles, 10, 12).triangle
    return np.where(triangle < 0, -1, triangle // 2)


def test_a_pixel_is_drawn_where_its_centre_is_covered() -> None:
    shown = draw(square(2, 1, 5, 3, 0))
    wanted = np.full((10, 12), -1)
    wanted[1:3, 2:5] = 0
    np.testing.assert_array_equal(shown, wanted)
    np.testing.assert_array_equal(draw(square(1.6, 0.6, 5.4, 3.4, 0)), wanted)
    wanted[:] = -1
    wanted[1:4, 1:6] = 0
    np.testing.assert_array_equal(draw(square(1.4, 0.6, 5.6, 3.6, 0)), wanted)


def test_the_nearer_triangle_is_shown_whatever_the_order() -> None:
    near, far = square(0, 0, 6, 6, 2.0), square(3, 3, 9, 9, -1.0)
    shown = draw(near, far)
    assert (shown[:6, :6] == 0).all()
    assert (shown[6:9, 6:9] == 1).all()
    again = draw(far, near)
    np.testing.assert_array_equal(again, np.where(shown < 0, -1, 1 - shown))


def test_both_windings_are_drawn() -> None:
    vertices = np.array([[1, 1, 0], [9, 1, 0], [1, 9, 0]], np.float32)
    one = rasterise(vertices, np.array([[0, 1, 2]], np.int32), 10, 12)
    other = rasterise(vertices, np.array([[0, 2, 1]], np.int32), 10, 12)
    assert one.covered.sum() == 36
    np.testing.assert_array_equal(one.covered, other.covered)


def test_what_lies_outside_or_has_no_area_is_left_out() -> None:
    beyond = square(-30, -30, -20, -20, 0)
    line = np.array([[1, 1, 0], [5, 5, 0], [9, 9, 0]] * 2, np.float32)
    assert (draw(beyond, line) == -1).all()
    everything = draw(square(-50, -50, 60, 60, 0))
    assert (everything == 0).all()


def test_neighbours_leave_no_gap() -> None:
    """A fan about an odd point covers its square whole, seams included."""
    angle = np.linspace(0, 2 * np.pi, 41)[:-1]
    rim = np.stack([30 + 60 * np.cos(angle), 20 + 60 * np.sin(angle), 0 * angle], axis=1)
    vertices = np.concatenate([[[27.37, 19.81, 0]], rim]).astype(np.float32)
    corner = np.arange(1, 41)
    triangles = np.stack([0 * corner, corner, np.roll(corner, -1)], axis=1).astype(np.int32)
    assert rasterise(vertices, triangles, HEIGHT, WIDTH).covered.all()
