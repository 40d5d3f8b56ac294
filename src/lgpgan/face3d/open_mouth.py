"""Draws the picture of an open mouth, and says where in it every point of teeth and gums lies.

The jaw hangs half open and the lips are left out, so that both rows of teeth, gums, palate and
tongue lie beside each other: every point has a place of its own, and those that are neighbours in a
mouth are neighbours in the picture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.face3d.face_model import FaceModel
from lgpgan.face3d.mouth_inside import MATERIALS, MOUTH_SOFTNESS, material_colour
from lgpgan.face3d.rasteriser import rasterise
from lgpgan.face3d.scene import Kind
from lgpgan.face3d.shading import facing_light
from lgpgan.faces.open_mouth import DETAIL
from lgpgan.faces.regions import MOUTH_SIZE

__all__ = ["IN_PICTURE", "draw_open_mouth", "open_mouth_places"]

IN_PICTURE = (Kind.GUMS, Kind.TEETH)
"""What the picture shows; the socket behind it is dark and needs none."""
JAW_OPEN = 0.5
"""Weight of the jaw's blendshape: enough to part the rows of teeth, little enough that the lower
one still shows its front."""
PIXELS_PER_CENTIMETRE = 5.8
"""Template pixels: the size at which an aligned face of ordinary width shows its teeth."""
SUPERSAMPLING = 4
UPRIGHT = np.diag([1.0, -1.0, 1.0])
"""From the model's axes, y up, to a picture's, y down."""


def open_mouth_places(model: FaceModel) -> NDArray[np.float32]:
    """Where the model's vertices lie in the picture.

    Returns:
        (V, 2) x, y in template pixels from the mouth region's corner; of meaning for the vertices
        of gums and teeth alone.
    """
    moved = _opened(model)
    drawn = np.unique(_triangles(model)[0])
    middle = (moved[drawn, :2].min(axis=0) + moved[drawn, :2].max(axis=0)) / 2
    height, width = MOUTH_SIZE
    centred = (moved[:, :2] - middle) * [PIXELS_PER_CENTIMETRE, -PIXELS_PER_CENTIMETRE]
    return np.asarray(centred + np.array([width / 2, height / 2]), np.float32)


def draw_open_mouth(model: FaceModel) -> NDArray[np.uint8]:
    """The picture.

    Returns:
        (48 · DETAIL, 64 · DETAIL, 3) uint8 RGB; of the socket's colour where nothing else is.
    """
    moved = _opened(model)
    triangles, parts = _triangles(model)
    scale = DETAIL * SUPERSAMPLING
    height, width = (side * scale for side in MOUTH_SIZE)
    depth = moved[:, 2:] * PIXELS_PER_CENTIMETRE
    raster = rasterise(
        np.hstack([open_mouth_places(model) * scale, depth]).astype(np.float32),
        triangles,
        height,
        width,
    )
    facing = raster.interpolate(triangles, facing_light(moved, triangles, UPRIGHT))
    drawn = material_colour(parts[raster.triangle], facing, depth=np.zeros_like(facing))
    drawn = np.where(raster.covered[..., None], drawn, MATERIALS[Kind.SOCKET].colour)
    size = (width // SUPERSAMPLING, height // SUPERSAMPLING)
    picture = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(picture, (0, 0), MOUTH_SOFTNESS * DETAIL / 2)
    return np.clip(np.rint(soft), 0, 255).astype(np.uint8)


def _opened(model: FaceModel) -> NDArray[np.float32]:
    return model.neutral + model.offsets({"jawOpen": JAW_OPEN})


def _triangles(model: FaceModel) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Triangles of gums and teeth, and the part of each."""
    drawn = np.isin(model.mouth_interior_parts, list(IN_PICTURE))
    return model.mouth_interior[drawn], model.mouth_interior_parts[drawn]
