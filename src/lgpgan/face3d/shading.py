"""Where the studio's light comes from, and how surfaces face it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["LIGHT", "facing_light", "vertex_normals"]

LIGHT = np.array([0.0, -0.45, 0.9]) / np.linalg.norm([0.0, -0.45, 0.9])
"""Where the light comes from, in picture axes (y down): above the camera."""


def vertex_normals(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], rotation: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Unit normals (V, 3) of vertices (V, 3), turned by a rotation (3, 3) into picture axes."""
    total = np.zeros((len(vertices), 3))
    _add_normals(vertices, triangles, total)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    unit: NDArray[np.float64] = (total / np.maximum(length, 1e-9)) @ rotation.T
    return unit.astype(np.float32)


def facing_light(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], rotation: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Cosine (V,) of the angle between each vertex' normal and the light; 0 where it faces away."""
    normals = vertex_normals(vertices, triangles, rotation)
    return np.asarray(np.maximum(normals @ LIGHT.astype(np.float32), 0), np.float32)


@njit(cache=True)
def _add_normals(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], total: NDArray[np.float64]
) -> None:
    """Add the normals of all triangles, as long as twice their areas, to those of their corners."""
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t]
        ax, bx = vertices[j, 0] - vertices[i, 0], vertices[k, 0] - vertices[i, 0]
        ay, by = vertices[j, 1] - vertices[i, 1], vertices[k, 1] - vertices[i, 1]
        az, bz = vertices[j, 2] - vertices[i, 2], vertices[k, 2] - vertices[i, 2]
        x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        for corner in (i, j, k):
            total[corner, 0] += x
            total[corner, 1] += y
            total[corner, 2] += z
