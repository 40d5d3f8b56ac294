"""Turning the head of a photo: another yaw and pitch from the 3-D face that was fitted to it.

The aligned photo becomes a relief. In the face every pixel stands as near to the camera as the mesh
does there; beyond it, in hair, ears, neck and background, the relief falls smoothly back to the
depth of the head's middle. The relief is rotated about that middle, drawn, and aligned to the
template again. It is one sheet without holes, so nothing tears: what the photo hides is stretched
out of what lies beside it, and what the turned face covers is covered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from lgpgan.errors import InputError
from lgpgan.face3d.fitting import Fit
from lgpgan.face3d.rasteriser import rasterise
from lgpgan.face3d.renderer import pixel_centres
from lgpgan.face3d.scene import Kind, Scene
from lgpgan.faces.alignment import (
    EYES,
    TEMPLATE_SIZE,
    TEMPLES,
    Similarity,
    align,
    resample,
)

__all__ = ["MARGIN", "MAXIMAL_PITCH", "MAXIMAL_YAW", "Turned", "turn"]

MAXIMAL_YAW = 25.0
MAXIMAL_PITCH = 12.0
"""Degrees; beyond them too much of the picture is stretched."""
MARGIN = 32
"""What must be known of the photo around the aligned face, in template pixels on every side: a
turned head is not in the middle of its picture any more until it is aligned again."""
STEEPEST = 2.5
"""Where the mesh falls back faster than this (depth against picture), it gives way to the smooth
fall of the surroundings."""
BEHIND = 3.0
"""How far behind the relief, in centimetres, the mesh is taken for the back of the head."""
REACH = 25.0
"""The relief falls back by a factor of e within about this many template pixels from the face."""


class Turned(NamedTuple):
    """A photo with its head turned.

    Attributes:
        picture: (S, S, 3) uint8 RGB, the aligned face.
        fit: the 3-D face in it.
    """

    picture: NDArray[np.uint8]
    fit: Fit


def turn(
    surroundings: NDArray[np.uint8], scene: Scene, fit: Fit, *, yaw: float, pitch: float
) -> Turned:
    """Turn the head of an aligned photo.

    Args:
        surroundings: (1.5 S, 1.5 S, 3) uint8 RGB, the aligned face of side S with :data:`MARGIN`
            around it.
        scene: the head's topology.
        fit: the 3-D face in the aligned face.
        yaw: degrees towards the right of the picture, the person's left, up to 25 either way.
        pitch: degrees upwards, up to 12 either way.

    Returns:
        The aligned face of side S and the fit to it, which shows the same expression.

    Raises:
        InputError: when the head shall turn further than that.
    """
    if not (abs(yaw) <= MAXIMAL_YAW and abs(pitch) <= MAXIMAL_PITCH):
        raise InputError(
            f"a head turns by {MAXIMAL_YAW:g} degrees sideways and {MAXIMAL_PITCH:g} up or down "
            f"at most, not by {yaw:g} and {pitch:g}."
        )
    head = scene.place(fit, fit, fit.expression).vertices
    landmarks = head[scene.model.landmarks].astype(np.float64)
    rotation = _rotation(yaw, pitch)
    middle = landmarks[TEMPLES].mean(axis=0)  # by the ears
    realign = align(_rotated(landmarks, rotation, middle)[:, :2])

    side = TEMPLATE_SIZE + 2 * MARGIN
    scale = surroundings.shape[0] / side
    size = round(TEMPLATE_SIZE * scale)
    nodes = pixel_centres(side) - MARGIN
    depth, known = _relief(scene, head, middle[2])
    relief = np.dstack([nodes, depth]).reshape(-1, 3)
    moved = _rotated(relief.astype(np.float64), rotation, middle)
    moved[:, :2] = realign(moved[:, :2]) * scale
    triangles = _sheet(side)
    raster = rasterise(moved.astype(np.float32), triangles, size, size)
    source = raster.interpolate(triangles, (relief[:, :2] + MARGIN) * scale)
    astray = _off_the_relief(scene, fit, head, depth, known)
    turned = _turned_fit(fit, rotation, middle, realign, astray)
    return Turned(resample(surroundings, source), turned)


def _rotation(yaw: float, pitch: float) -> NDArray[np.float64]:
    """Rotation (3, 3) in picture axes (x right, y down, z towards the camera): yaw, then pitch."""
    a, b = np.radians([yaw, pitch])
    sideways = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    upwards = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return np.asarray(upwards @ sideways, np.float64)


def _rotated(
    points: NDArray[np.float64], rotation: NDArray[np.float64], middle: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Points (N, 3) rotated about ``middle``."""
    turned: NDArray[np.float64] = (points - middle) @ rotation.T + middle
    return turned


def _turned_fit(
    fit: Fit,
    rotation: NDArray[np.float64],
    middle: NDArray[np.float64],
    realign: Similarity,
    astray: NDArray[np.float32],
) -> Fit:
    """The fit to the turned picture.

    The residual moves vertices within the picture's plane; that plane is turned with them. What
    stands ``astray`` (V,) of the relief, in template pixels, goes where the relief goes.
    """
    linear = realign.matrix[:, :2]
    in_plane = linear @ rotation[:2, :2]
    projection = linear @ rotation[:2] @ fit.rotation * fit.scale
    start = np.append(fit.translation, 0.0)
    translation = realign(_rotated(start, rotation, middle)[:2])
    follows = astray[:, None] * (linear @ rotation[:2, 2]).astype(np.float32)
    residual = fit.residual @ in_plane.T.astype(np.float32) + follows
    return replace(fit, projection=projection, translation=translation, residual=residual)


def _off_the_relief(
    scene: Scene,
    fit: Fit,
    head: NDArray[np.float32],
    depth: NDArray[np.float32],
    known: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """How far the relief stands before the mesh's vertices (V,) where the two are not one.

    Neck, ears and the back of the head turn with the picture, not with the mesh's depth; left to
    that, an edge of the mesh lay beside the neck that was drawn, as a pale arc.
    """
    vertices = head[: len(scene.model.neutral)]
    places = vertices[:, :2] + np.float32(MARGIN)
    before = resample(depth, places[None], interpolation=cv2.INTER_LINEAR)[0] - vertices[:, 2]
    column, row = np.clip(places.astype(int), 0, len(depth) - 1).T
    in_face = known[row, column] & (np.abs(before) < BEHIND * fit.scale)
    skin = np.zeros(len(vertices), np.bool_)
    skin[scene.model.skin] = True
    return np.where(skin & ~in_face, before, np.float32(0))


def _relief(
    scene: Scene, head: NDArray[np.float32], background: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Depth (side, side) of the photo's pixels, one a template pixel, margin included.

    Also (side, side), where it is the mesh's.
    """
    side = TEMPLATE_SIZE + 2 * MARGIN
    placed = head + np.array([MARGIN, MARGIN, 0], np.float32)
    raster = rasterise(placed, scene.triangles, side, side)
    skin = raster.covered & (scene.kinds[raster.triangle] == Kind.SKIN)
    depth = np.where(skin, raster.depth, np.float32(background))
    down, across = np.gradient(depth)
    known = skin & (np.hypot(down, across) < STEEPEST)
    known &= _face(placed[scene.model.landmarks, :2], side)
    return _extended(depth, known, background), known


def _face(landmarks: NDArray[np.float32], side: int) -> NDArray[np.bool_]:
    """Where (side, side) the face may be: within its landmarks or above its eyes; not the neck."""
    within = np.zeros((side, side), np.uint8)
    hull = cv2.convexHull(np.rint(landmarks - 0.5).astype(np.int32))
    cv2.fillConvexPoly(within, hull, 1)
    within[: round(float(landmarks[EYES, 1].mean()))] = 1
    return within > 0


def _extended(
    depth: NDArray[np.float32], known: NDArray[np.bool_], background: float
) -> NDArray[np.float32]:
    """Depth (H, W) kept where known; elsewhere it diffuses from there and decays to the background.

    Solves the screened Poisson equation Δz = (z − background) / REACH² on the pixel grid.
    """
    rows, columns = depth.shape
    second = [
        sparse.diags_array(
            [np.r_[1.0, np.full(n - 2, 2.0), 1.0], -np.ones(n - 1), -np.ones(n - 1)],
            offsets=[0, 1, -1],
        )
        for n in (rows, columns)
    ]
    laplacian = sparse.kron(second[0], sparse.eye_array(columns)) + sparse.kron(
        sparse.eye_array(rows), second[1]
    )
    system = (laplacian + sparse.eye_array(rows * columns) / REACH**2).tocsr()
    free, fixed = np.flatnonzero(~known), np.flatnonzero(known)
    height = depth.ravel().astype(np.float64) - background
    inner = system[free]
    height[free], _ = sparse.linalg.cg(
        inner[:, free], -(inner[:, fixed] @ height[fixed]), rtol=1e-4
    )
    return (height + background).reshape(depth.shape).astype(np.float32)


def _sheet(side: int) -> NDArray[np.int32]:
    """Two triangles (2 (side − 1)², 3) for each cell of a square grid of nodes."""
    node = np.arange(side * side, dtype=np.int32).reshape(side, side)
    a, b, c, d = node[:-1, :-1], node[:-1, 1:], node[1:, :-1], node[1:, 1:]
    return np.concatenate(
        [np.stack(corners, axis=-1).reshape(-1, 3) for corners in ((a, b, c), (b, d, c))]
    )
