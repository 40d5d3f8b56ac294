"""Redrawing an aligned photo through the moved mesh: warp, light, and the inside of the mouth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.face3d.fitting import Fit
from lgpgan.face3d.mouth_inside import MATERIALS, MOUTH_SOFTNESS, material_colour, teeth_light
from lgpgan.face3d.openings import LIPS_INSIDE, eye_opening, mouth_opening, skin_over
from lgpgan.face3d.rasteriser import Raster, rasterise
from lgpgan.face3d.scene import Kind, Placement, Scene
from lgpgan.face3d.shading import facing_light
from lgpgan.faces.alignment import TEMPLATE_SIZE, resample
from lgpgan.faces.eye_opening import EYES
from lgpgan.faces.fold_colour import FoldColour
from lgpgan.faces.regions import SKIN_BOX

__all__ = ["Renderer", "mouth_interior", "pixel_centres", "silhouette_fade"]

AMBIENT = 0.35
"""Light that reaches the skin from everywhere, against 1 from the front."""
RELIGHT_RANGE = (0.6, 1.12)

RIM = 0.35
"""Blur of the mouth's opening, in template pixels."""
FADE_EROSION = 2.0
FADE_BLUR = 2.0
"""Over how many template pixels the displacement fades inside the mesh's silhouette."""


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


class Renderer:
    """Redraws one aligned photo with other expressions.

    Args:
        photo: (S, S, 3) uint8 RGB aligned face.
        scene: the head's topology.
        fit: the pose that all placements are made with.
        seen: the head as the photo shows it.
    """

    def __init__(self, photo: NDArray[np.uint8], scene: Scene, fit: Fit, seen: Placement) -> None:
        self.photo, self.scene, self.fit, self.seen = photo, scene, fit, seen
        self.scale = photo.shape[0] / TEMPLATE_SIZE
        self._lit_before = self._lit_skin(seen)
        landmarks = seen.vertices[scene.model.landmarks, :2] * self.scale
        self._light = teeth_light(photo, landmarks, self.scale)
        self._fold_colour = FoldColour(_skin(photo, self.scale))
        self._covered, self._openings = self._without_openings(landmarks)
        self._generic = np.zeros((len(seen.vertices), 2), np.float32)
        self._generic[: len(scene.model.neutral)] = scene.model.neutral[:, :2]

    def draw(self, moved: Placement) -> NDArray[np.uint8]:
        """The photo (S, S, 3) uint8 RGB with the expression of a placement."""
        size, scale, triangles = len(self.photo), self.scale, self.scene.triangles
        raster = rasterise(moved.vertices * np.float32(scale), triangles, size, size)
        kind = np.where(raster.covered, self.scene.kinds[raster.triangle], -1)
        fade = silhouette_fade(raster, self.scene.kinds, scale)
        centres = pixel_centres(size)
        textured = (kind == Kind.SKIN) | (kind == Kind.EYE)
        source = raster.interpolate(triangles, moved.texture * scale)
        shift = (source - centres) * (fade * textured)[..., None]
        picture = resample(self.photo, centres + shift).astype(np.float32)
        self._cover_skin(picture, centres + shift, moved, kind)
        picture *= self._fold_colour(
            self._relighting(moved, raster, kind) * self._wrinkles(moved, raster, kind)
        )
        self._draw_inside(picture, moved, raster, kind)
        return np.clip(np.rint(picture), 0, 255).astype(np.uint8)

    def _without_openings(
        self, landmarks: NDArray[np.floating]
    ) -> tuple[NDArray[np.uint8], tuple[NDArray[np.bool_], ...]]:
        """The photo's skin drawn over its eyes and its open mouth, and where each of these is.

        Args:
            landmarks: (68, 2) in pixels of the photo.
        """
        size, scale = len(self.photo), self.scale
        openings = (
            *(eye_opening(landmarks[eye], size, scale) for eye in EYES),
            mouth_opening(landmarks, size, scale),
        )
        return skin_over(self.photo, np.any(openings, axis=0), scale), openings

    def _cover_skin(
        self,
        picture: NDArray[np.float32],
        places: NDArray[np.float32],
        moved: Placement,
        kind: NDArray[np.integer],
    ) -> None:
        """Take the whites of eyes and teeth off the skin of a picture (S, S, 3), where it moved.

        Args:
            picture: the photo read at ``places``; changed in place.
            places: (S, S, 2) in pixels of the photo.
            moved: what is drawn.
            kind: (S, S) what each pixel shows.
        """
        share = np.zeros(self.photo.shape[:2], np.float32)
        for opening, part in zip(self._openings, self._openings_moved(moved), strict=True):
            share[opening] = part
        read = resample(share, places, interpolation=cv2.INTER_LINEAR)
        beside = (read > 0) & (kind == Kind.SKIN)
        if not beside.any():
            return
        skin = resample(self._covered, places[beside][None])[0].astype(np.float32)
        picture[beside] += read[beside, None] * (skin - picture[beside])

    def _openings_moved(self, moved: Placement) -> list[float]:
        """How far lids, iris or lips moved: 0 not at all, 1 by a template pixel or more."""
        landmarks, (right, left) = self.scene.model.landmarks, self.scene.irises
        steps = np.linalg.norm((moved.vertices - self.seen.vertices)[:, :2], axis=1)
        watched = (
            np.append(landmarks[EYES[0]], right),
            np.append(landmarks[EYES[1]], left),
            landmarks[LIPS_INSIDE],
        )
        return [min(float(steps[vertices].max()), 1.0) for vertices in watched]

    def _lit_skin(self, placement: Placement) -> NDArray[np.float32]:
        """Lambert term of every vertex; that of the skin has a meaning."""
        facing = facing_light(placement.shape, self.scene.model.skin, self.fit.rotation)
        return np.float32(AMBIENT) + facing

    def _relighting(
        self, moved: Placement, raster: Raster, kind: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Ratio (H, W) of the skin's Lambert terms after and before: folds and furrows."""
        scale = self.scale
        ratio = np.ones(len(moved.vertices), np.float32)
        ratio[: len(self._lit_before)] = self._lit_skin(moved) / self._lit_before
        drawn = raster.interpolate(self.scene.triangles, np.clip(ratio, *RELIGHT_RANGE))
        skin_drawn = (kind == Kind.SKIN).astype(np.float32)
        blurred = cv2.GaussianBlur(np.where(skin_drawn > 0, drawn, 1.0), (0, 0), 0.9 * scale)
        weight = cv2.GaussianBlur(cv2.erode(skin_drawn, np.ones((3, 3))), (0, 0), scale)
        return np.asarray(1 + weight * (blurred - 1), np.float32)

    def _wrinkles(
        self, moved: Placement, raster: Raster, kind: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Ratio (H, W) of the skin's light with an expression's wrinkles and the photo's."""
        wrinkles, seen = self.scene.wrinkles, self.seen.weights
        places = raster.interpolate(self.scene.triangles, self._generic)
        made = wrinkles.ratio(moved.weights, places)
        if seen:
            made = made / wrinkles.ratio(seen, places)
        return np.where(kind == Kind.SKIN, made, np.float32(1))

    def _draw_inside(
        self,
        picture: NDArray[np.float32],
        moved: Placement,
        raster: Raster,
        kind: NDArray[np.integer],
    ) -> None:
        """Lay socket, gums and teeth into a picture (H, W, 3), with a soft rim."""
        opening = np.isin(kind, list(MATERIALS))
        if not opening.any():
            return
        softness = MOUTH_SOFTNESS * self.scale
        margin = 1 + round(4 * softness)
        box = tuple(
            slice(max(int(places.min()) - margin, 0), int(places.max()) + 1 + margin)
            for places in np.nonzero(opening)
        )
        part = Raster(raster.triangle[box], raster.barycentric[box], raster.depth[box])
        inside = self._inside_colour(moved, part, kind[box])
        # Normalised blur within the opening: soft gaps between the teeth, no skin mixed in.
        shown = opening[box].astype(np.float32)
        total = cv2.GaussianBlur(inside * shown[..., None], (0, 0), softness)
        share = np.maximum(cv2.GaussianBlur(shown, (0, 0), softness), 1e-3)
        edge = cv2.GaussianBlur(shown, (0, 0), RIM * self.scale)
        edge = np.where((shown > 0) | (edge > 0.02), edge, 0)[..., None]
        picture[box] += edge * (total / share[..., None] - picture[box])

    def _inside_colour(
        self, moved: Placement, raster: Raster, kind: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Colour (h, w, 3) of socket, gums and teeth; black elsewhere."""
        model, scale = self.scene.model, self.scale
        facing = np.ones(len(moved.vertices), np.float32)
        lit = facing_light(moved.shape, model.mouth_interior, self.fit.rotation)
        facing[: len(lit)] = lit
        drawn = raster.interpolate(self.scene.triangles, facing)
        lips = moved.vertices[model.landmarks[LIPS_INSIDE], 2].mean() * scale
        shown = np.where(raster.covered, raster.depth, lips)
        depth = (lips - shown) / (self.fit.scale * scale)
        return np.asarray(material_colour(kind, drawn, depth) * self._light, np.float32)


def _skin(photo: NDArray[np.uint8], scale: float) -> NDArray[np.float64]:
    """Mean colour (3,), 0–255, of the bridge of the nose and the cheeks beside it."""
    rows, columns = (
        slice(round(side.start * scale), round(side.stop * scale))
        for side in (SKIN_BOX.rows, SKIN_BOX.columns)
    )
    colour: NDArray[np.float64] = photo[rows, columns].mean(axis=(0, 1), dtype=np.float64)
    return colour
