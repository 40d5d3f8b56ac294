"""Redrawing an aligned photo through the moved mesh: warp, light, and the inside of the mouth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE, resample
from lgpgan.studio.fitting import Fit
from lgpgan.studio.rasteriser import Raster, rasterise
from lgpgan.studio.scene import Kind, Placement, Scene

__all__ = [
    "material_colour",
    "mouth_interior",
    "pixel_centres",
    "render",
    "silhouette_fade",
    "vertex_normals",
]

LIGHT = np.array([0.0, -0.45, 0.9]) / np.linalg.norm([0.0, -0.45, 0.9])
"""Where the light comes from, in picture axes (y down): above the camera."""
AMBIENT = 0.35
"""Light that reaches the skin from everywhere, against 1 from the front."""
RELIGHT_RANGE = (0.6, 1.12)

FADE_EROSION = 2.0
FADE_BLUR = 2.0
"""Over how many template pixels the displacement fades inside the mesh's silhouette."""

BRIGHT_SKIN = 170.0
"""Mean value of the nose's skin at which the colours below hold."""
SKIN_EXPONENT = 0.9
"""Teeth are a little brighter beside dark skin than in proportion to it: fitted, as the next, to
the teeth of 45 real smiles of training people in the London set, which it leaves 10 % off."""
WHITE_SHARE = 0.65
"""How much the whites of the eyes say about the tint of teeth; the skin says the rest (the same
smiles; what is left is 2 %)."""
TINT_RANGE = np.array([(0.98, 0.93, 0.72), (1.28, 1.03, 1.02)])
"""Least and greatest factor of each colour by which the light may tint the inside of the mouth:
warmer, but not colder, since teeth that are bluer than the skin look wrong."""
EYE_LANDMARKS = (range(36, 42), range(42, 48))


@dataclass(frozen=True)
class Material:
    """What a part of the mouth's inside looks like.

    Attributes:
        colour: under full light, RGB 0–255.
        ambient: share of the light on it that does not depend on the surface's direction.
        reach: depth behind the lips, in centimetres, to which light comes.
    """

    colour: tuple[float, float, float]
    ambient: float
    reach: float


MATERIALS = {
    Kind.SOCKET: Material((62.0, 28.0, 25.0), ambient=0.65, reach=3.0),
    Kind.GUMS: Material((152.0, 84.0, 82.0), ambient=0.25, reach=7.5),
    Kind.TEETH: Material((222.0, 219.0, 212.0), ambient=0.65, reach=3.2),
}
DARKEST = 0.25
"""Share of the light that is left beyond its reach."""
DEPTH_TINT = np.array([1.0, 1.2, 1.25])
"""Exponents of what is left, one a colour: light deep in a mouth has met red skin on its way."""
MOUTH_SOFTNESS = 0.4
"""Blur inside the mouth, in template pixels."""


def pixel_centres(size: int) -> NDArray[np.float32]:
    """Continuous coordinates (size, size, 2) of the pixel centres of a square picture."""
    centres = np.arange(size, dtype=np.float32) + 0.5
    return np.stack(np.meshgrid(centres, centres), axis=-1)


def silhouette_fade(raster: Raster, kinds: NDArray[np.int8], scale: float) -> NDArray[np.float32]:
    """Weight (H, W) of the displacement: 1 in the face, 0 at the mesh's silhouette.

    Args:
        raster: the drawn mesh.
        kinds: (T,) kind of every triangle.
        scale: pixels of the raster per template pixel.
    """
    covered = raster.covered.astype(np.float32)
    side = 2 * round(FADE_EROSION * scale) + 1
    fade = cv2.GaussianBlur(cv2.erode(covered, np.ones((side, side))), (0, 0), FADE_BLUR * scale)
    faded: NDArray[np.float32] = np.where(mouth_interior(raster, kinds), 1.0, fade).astype(
        np.float32
    )
    return faded


def mouth_interior(raster: Raster, kinds: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Where (H, W) socket, gums or teeth show; ``kinds`` is the kind of every triangle."""
    inside: NDArray[np.bool_] = raster.covered & np.isin(kinds[raster.triangle], list(MATERIALS))
    return inside


def render(
    photo: NDArray[np.uint8], scene: Scene, fit: Fit, seen: Placement, moved: Placement
) -> NDArray[np.uint8]:
    """Redraw an aligned photo with another expression.

    Args:
        photo: (S, S, 3) uint8 RGB aligned face.
        scene: the head's topology.
        fit: the pose that both placements were made with.
        seen: the head as the photo shows it.
        moved: the head with the expression.

    Returns:
        (S, S, 3) uint8 RGB.
    """
    size = photo.shape[0]
    scale = size / TEMPLATE_SIZE
    raster = rasterise(moved.vertices * np.float32(scale), scene.triangles, size, size)
    kind = np.where(raster.covered, scene.kinds[raster.triangle], -1)
    fade = silhouette_fade(raster, scene.kinds, scale)
    centres = pixel_centres(size)
    textured = (kind == Kind.SKIN) | (kind == Kind.EYE)
    source = raster.interpolate(scene.triangles, moved.texture * scale)
    where = np.where(textured[..., None], centres + (source - centres) * fade[..., None], centres)
    picture = resample(photo, where).astype(np.float32)
    picture *= _relighting(scene, fit, seen, moved, raster, kind, scale)[..., None]
    picture *= _wrinkles(scene, seen, moved, raster, kind)[..., None]
    white = _light(photo, seen.vertices[scene.model.landmarks, :2] * scale, scale)
    inside = _mouth_interior(white, scene, fit, moved, raster, kind, scale)
    opening = np.isin(kind, list(MATERIALS)).astype(np.float32)
    edge = cv2.GaussianBlur(opening, (0, 0), 0.35 * scale)[..., None]
    softened = picture * (1 - edge) + inside * edge
    picture = np.where((opening[..., None] > 0) | (edge > 0.02), softened, picture)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def vertex_normals(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], rotation: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Unit normals (V, 3) of vertices (V, 3), turned by a rotation (3, 3) into picture axes."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    face = np.cross(b - a, c - a)
    total = np.stack(
        [
            np.bincount(triangles.ravel(), np.repeat(face[:, axis], 3), minlength=len(vertices))
            for axis in range(3)
        ],
        axis=1,
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (total / np.maximum(length, 1e-9)) @ rotation.T
    return unit.astype(np.float32)


def material_colour(
    kind: NDArray[np.integer], facing: NDArray[np.floating], depth: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Colour (H, W, 3) of the mouth's inside under full white light, 0–255.

    Args:
        kind: (H, W) which part each pixel shows; others are black.
        facing: (H, W) cosine of the angle to the light, 0 to 1.
        depth: (H, W) centimetres behind the lips.
    """
    colour, ambient, reach = np.zeros((len(Kind), 3)), np.zeros(len(Kind)), np.ones(len(Kind))
    for part, material in MATERIALS.items():
        colour[part], ambient[part] = material.colour, material.ambient
        reach[part] = material.reach
    left = np.clip(1 - depth / reach[kind], DARKEST, 1.0)[..., None] ** DEPTH_TINT
    lambert = ambient[kind] + (1 - ambient[kind]) * facing
    return np.asarray(colour[kind] * left * lambert[..., None], np.float32)


def _relighting(
    scene: Scene,
    fit: Fit,
    seen: Placement,
    moved: Placement,
    raster: Raster,
    kind: NDArray[np.integer],
    scale: float,
) -> NDArray[np.float32]:
    """Ratio (H, W) of the skin's Lambert terms after and before: folds and furrows."""
    skin = scene.model.skin
    before, after = (
        AMBIENT + np.maximum(vertex_normals(placement.shape, skin, fit.rotation) @ LIGHT, 0.0)
        for placement in (seen, moved)
    )
    ratio = np.clip(after / before, *RELIGHT_RANGE)
    ratio = np.concatenate([ratio, np.ones(len(moved.vertices) - len(ratio))])
    drawn = raster.interpolate(scene.triangles, ratio.astype(np.float32))
    skin_drawn = (kind == Kind.SKIN).astype(np.float32)
    blurred = cv2.GaussianBlur(np.where(skin_drawn > 0, drawn, 1.0), (0, 0), 0.9 * scale)
    weight = cv2.GaussianBlur(cv2.erode(skin_drawn, np.ones((3, 3))), (0, 0), scale)
    return np.asarray(1 + weight * (blurred - 1), np.float32)


def _wrinkles(
    scene: Scene, seen: Placement, moved: Placement, raster: Raster, kind: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Ratio (H, W) of the skin's light with the wrinkles of an expression and with the photo's."""
    generic = np.zeros((len(moved.vertices), 2), np.float32)
    generic[: len(scene.model.neutral)] = scene.model.neutral[:, :2]
    places = raster.interpolate(scene.triangles, generic)
    made = scene.wrinkles.ratio(moved.weights, places)
    if seen.weights:
        made = made / scene.wrinkles.ratio(seen.weights, places)
    return np.where(kind == Kind.SKIN, made, np.float32(1))


def _mouth_interior(
    light: NDArray[np.float64],
    scene: Scene,
    fit: Fit,
    moved: Placement,
    raster: Raster,
    kind: NDArray[np.integer],
    scale: float,
) -> NDArray[np.float32]:
    """Colour (H, W, 3) of socket, gums and teeth under a light (3,); junk elsewhere."""
    landmarks = moved.vertices[scene.model.landmarks]
    normals = vertex_normals(moved.shape, scene.model.mouth_interior, fit.rotation)
    facing = np.ones(len(moved.vertices), np.float32)
    facing[: len(normals)] = np.maximum(normals @ LIGHT, 0)
    lit = raster.interpolate(scene.triangles, facing)
    lip_depth = landmarks[60:68, 2].mean() * scale
    depth = (lip_depth - raster.depth) / (fit.scale * scale)
    coloured = (material_colour(kind, lit, depth) * light).astype(np.float32)
    # Normalised blur within the opening: soft gaps between the teeth, no skin mixed in.
    opening = np.isin(kind, list(MATERIALS)).astype(np.float32)
    sigma = MOUTH_SOFTNESS * scale
    total = cv2.GaussianBlur(coloured * opening[..., None], (0, 0), sigma)
    share = np.maximum(cv2.GaussianBlur(opening, (0, 0), sigma), 1e-3)
    return np.asarray(total / share[..., None], np.float32)


def _light(
    photo: NDArray[np.uint8], landmarks: NDArray[np.floating], scale: float
) -> NDArray[np.float64]:
    """Light (3,) on teeth: 1 under white light that makes skin bright.

    Its strength is told by the skin, its tint by the whites of the eyes and the skin.

    Args:
        photo: (S, S, 3) uint8 RGB.
        landmarks: (68, 2) x, y in pixels of the photo.
        scale: its pixels per template pixel.
    """
    skin = _skin_colour(photo, landmarks[30], scale)
    eyes = np.zeros(photo.shape[:2], np.uint8)
    for eye in EYE_LANDMARKS:
        cv2.fillPoly(eyes, [np.rint(landmarks[list(eye)] - 0.5).astype(np.int32)], 1)
    seen = photo[eyes > 0].astype(np.float64)
    brightness = seen.mean(axis=1)
    white = seen[brightness >= np.percentile(brightness, 75)].mean(axis=0)
    tint = _chroma(white) ** WHITE_SHARE * _chroma(skin) ** (1 - WHITE_SHARE)
    strength = (skin.mean() / BRIGHT_SKIN) ** SKIN_EXPONENT
    light: NDArray[np.float64] = strength * np.clip(tint, *TINT_RANGE)
    return light


def _chroma(colour: NDArray[np.float64]) -> NDArray[np.float64]:
    """A colour (3,) against its own mean."""
    against: NDArray[np.float64] = np.maximum(colour, 1.0) / max(colour.mean(), 1.0)
    return against


def _skin_colour(
    photo: NDArray[np.uint8], nose: NDArray[np.floating], scale: float
) -> NDArray[np.float64]:
    """Median colour (3,), 0–255, of the skin around the tip of the nose."""
    reach = max(1, round(3 * scale))
    column, row = (int(np.clip(value, reach, photo.shape[0] - reach)) for value in nose)
    patch = photo[row - reach : row + reach, column - reach : column + reach]
    colour: NDArray[np.float64] = np.median(patch.reshape(-1, 3), axis=0)
    return colour
