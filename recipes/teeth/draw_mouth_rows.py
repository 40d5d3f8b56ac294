"""Draws both rows of teeth, each with its gums: src/lgpgan/faces/mouth_rows.png.

    python recipes/teeth/draw_mouth_rows.py FACE_MODEL src/lgpgan/faces/mouth_rows.png

They are those of the 3-D face, seen from the front in white light, without the face around them:
the upper row, and below it the lower one with the tongue, as an open jaw shows it. A white thing
beside the incisors would be 255.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.face3d.face_model import FaceModel, load_face_model
from lgpgan.face3d.rasteriser import rasterise
from lgpgan.face3d.scene import Kind
from lgpgan.face3d.shading import facing_light
from lgpgan.faces.mouth_rows import EDGE_ROWS, JAW_DRAWN, PER_CENTIMETRE, ROW_SIZE

FINER = 4
"""Samples a pixel, across and down, that are averaged."""
CROWN = 1.75
"""Teeth reach so far from the edges of the incisors, in centimetres; what is further are roots."""
DEEPEST = 5.0
"""What is so many centimetres behind the incisors is left out: networks draw the dark there."""
MOVES = 0.3
"""What a jaw that opens fully moves by more centimetres than this belongs to the lower row."""
UPRIGHT = np.diag([1.0, -1.0, 1.0])
"""From the model's axes, y up, to a picture's, y down."""


@dataclass(frozen=True)
class Material:
    """What a part looks like.

    Attributes:
        colour: in white light, 0 to 255. Real smiles have teeth as bright as these.
        ambient: share of the light that does not depend on the surface's direction.
        reach: centimetres behind the incisors to which light comes.
    """

    colour: tuple[float, float, float]
    ambient: float
    reach: float


TEETH = Material((247.0, 252.0, 244.0), ambient=0.7, reach=6.0)
GUMS = Material((204.0, 126.0, 124.0), ambient=0.55, reach=6.5)
LEAST_LIGHT = 0.25
"""Share of the light that is left beyond its reach."""
DEPTH_TINT = np.array([1.0, 1.2, 1.25])
"""Exponents of what is left, one a colour: light deep in a mouth has met red skin on its way."""


def main(face_model: Path, destination: Path) -> None:
    """Draw the rows."""
    model = load_face_model(face_model)
    rows = [drawn_row(model, lower=lower) for lower in (False, True)]
    Image.fromarray(np.vstack(rows)).save(destination, optimize=True)


def drawn_row(model: FaceModel, *, lower: bool) -> NDArray[np.uint8]:
    """One row (H, W, 4) uint8, with alpha."""
    moved = model.neutral + model.offsets({"jawOpen": JAW_DRAWN if lower else 0.0})
    triangles, parts = _triangles(model, lower=lower)
    incisors = np.unique(triangles[parts == Kind.TEETH])
    front = float(moved[incisors, 2].max())
    middle = moved[incisors[np.abs(moved[incisors, 0]) < 0.8], 1]
    edge = float(middle.max() if lower else middle.min())
    corners = moved[triangles]
    crown = (parts == Kind.GUMS) | (np.abs(corners[..., 1] - edge).max(axis=1) < CROWN)
    shown = crown & (corners[..., 2].min(axis=1) > front - DEEPEST)
    triangles, parts = triangles[shown], parts[shown]
    height, width = (side * FINER for side in ROW_SIZE)
    scale = PER_CENTIMETRE * FINER
    x = moved[:, 0] * scale + width / 2
    y = (edge - moved[:, 1]) * scale + EDGE_ROWS[lower] * FINER
    places = np.stack([x, y, moved[:, 2] * scale], axis=1).astype(np.float32)
    raster = rasterise(places, triangles, height, width)
    facing = raster.interpolate(triangles, facing_light(moved, triangles, UPRIGHT))
    depth = front - raster.interpolate(triangles, np.ascontiguousarray(moved[:, 2]))
    colour = _colour(parts[raster.triangle] == Kind.TEETH, facing, depth)
    covered = raster.covered.astype(np.float32)
    alpha, total = (
        cv2.resize(planes, ROW_SIZE[::-1], interpolation=cv2.INTER_AREA)
        for planes in (covered, colour * covered[..., None])
    )
    picture = np.dstack([total / np.maximum(alpha, 1e-3)[..., None], alpha * 255])
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _colour(
    teeth: NDArray[np.bool_], facing: NDArray[np.float32], depth: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Colour (H, W, 3) of teeth, and elsewhere of gums, under light from the front."""

    def of(material: Material) -> NDArray[np.float64]:
        left = np.clip(1 - np.maximum(depth, 0) / material.reach, LEAST_LIGHT, 1)[..., None]
        lambert = material.ambient + (1 - material.ambient) * facing[..., None]
        colour: NDArray[np.float64] = np.array(material.colour) * left**DEPTH_TINT * lambert
        return colour

    return np.where(teeth[..., None], of(TEETH), of(GUMS)).astype(np.float32)


def _triangles(model: FaceModel, *, lower: bool) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Triangles of the teeth and gums of a row, and the part of each."""
    steps = np.linalg.norm(model.blendshapes["jawOpen"], axis=1)[model.mouth_interior]
    parts = model.mouth_interior_parts
    chosen = np.isin(parts, [Kind.GUMS, Kind.TEETH]) & ((steps.mean(axis=1) > MOVES) == lower)
    return model.mouth_interior[chosen], parts[chosen]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
