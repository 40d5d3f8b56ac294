"""A z-buffer rasteriser: which triangle a pixel shows, and where in it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Raster", "rasterise"]


@dataclass(frozen=True)
class Raster:
    """What every pixel of a picture shows.

    Attributes:
        triangle: (H, W) int32, −1 where there is none.
        barycentric: (H, W, 2) float32, the shares of the triangle's first and second corner.
        depth: (H, W) float32 towards the camera, −inf where there is no triangle.
    """

    triangle: NDArray[np.int32]
    barycentric: NDArray[np.float32]
    depth: NDArray[np.float32]

    @property
    def covered(self) -> NDArray[np.bool_]:
        """(H, W), where there is a triangle."""
        return self.triangle >= 0

    def interpolate(
        self, triangles: NDArray[np.int32], values: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Values (V,) or (V, C) of the vertices at every pixel, float32; 0 where none is shown."""
        channels = values.reshape(len(values), -1).astype(np.float32)
        mixed = np.zeros((*self.triangle.shape, channels.shape[1]), np.float32)
        _mix(self.triangle, self.barycentric, triangles, channels, mixed)
        return mixed if values.ndim == 2 else mixed[..., 0]


def rasterise(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], height: int, width: int
) -> Raster:
    """Draw triangles into a z-buffer, sampled at pixel centres.

    Args:
        vertices: (V, 3) of x, y in continuous pixel coordinates and depth towards the camera.
        triangles: (T, 3).
        height: rows of the picture.
        width: columns of the picture.
    """
    triangle = np.full((height, width), -1, np.int32)
    barycentric = np.zeros((height, width, 2), np.float32)
    depth = np.full((height, width), -np.inf, np.float32)
    _draw(
        np.ascontiguousarray(vertices, np.float32),
        np.ascontiguousarray(triangles, np.int32),
        triangle,
        barycentric,
        depth,
    )
    return Raster(triangle, barycentric, depth)


@njit(cache=True)
def _draw(
    vertices: NDArray[np.float32],
    triangles: NDArray[np.int32],
    triangle: NDArray[np.int32],
    barycentric: NDArray[np.float32],
    depth: NDArray[np.float32],
) -> None:
    height, width = triangle.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t]
        x0, y0, z0 = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        x1, y1, z1 = vertices[j, 0], vertices[j, 1], vertices[j, 2]
        x2, y2, z2 = vertices[k, 0], vertices[k, 1], vertices[k, 2]
        left = max(ceil(min(x0, x1, x2) - 0.5), 0)
        right = min(floor(max(x0, x1, x2) - 0.5), width - 1)
        top = max(ceil(min(y0, y1, y2) - 0.5), 0)
        bottom = min(floor(max(y0, y1, y2) - 0.5), height - 1)
        area = (y1 - y2) * (x0 - x2) + (x2 - x1) * (y0 - y2)
        if right < left or bottom < top or abs(area) < 1e-9:
            continue
        a_across, a_down = (y1 - y2) / area, (x2 - x1) / area
        b_across, b_down = (y2 - y0) / area, (x0 - x2) / area
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                x, y = column + 0.5 - x2, row + 0.5 - y2
                a = a_across * x + a_down * y
                b = b_across * x + b_down * y
                c = 1.0 - a - b
                # A hair of overlap, so that no gap opens between neighbours.
                if a >= -1e-4 and b >= -1e-4 and c >= -1e-4:
                    z = a * z0 + b * z1 + c * z2
                    if z > depth[row, column]:
                        depth[row, column] = z
                        triangle[row, column] = t
                        barycentric[row, column, 0] = a
                        barycentric[row, column, 1] = b


@njit(cache=True)
def _mix(
    triangle: NDArray[np.int32],
    barycentric: NDArray[np.float32],
    triangles: NDArray[np.int32],
    values: NDArray[np.float32],
    mixed: NDArray[np.float32],
) -> None:
    height, width, channels = mixed.shape
    for row in range(height):
        for column in range(width):
            shown = triangle[row, column]
            if shown < 0:
                continue
            i, j, k = triangles[shown]
            a, b = barycentric[row, column]
            c = np.float32(1) - a - b
            for channel in range(channels):
                mixed[row, column, channel] = (
                    a * values[i, channel] + b * values[j, channel] + c * values[k, channel]
                )
