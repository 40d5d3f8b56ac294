"""The drawable head: the mesh, closed at the eyes, placed in the picture for any expression.

The holes of the eyes are closed by a flat disc each, textured by the photo, that lies behind the
lids. Its middle follows the gaze alone and its rim gives way only where a lid opens further than in
the photo. So lids slide over an iris that stays round, and only the little that they uncover is
made up, from the outermost part of what the photo shows.

Eyes are shut at a blink of 1: how far a lid must move for that differs from person to person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lgpgan.face3d.face_model import FaceModel, Part
from lgpgan.face3d.fitting import Fit
from lgpgan.face3d.wrinkles import WrinkleMap
from lgpgan.faces.eye_opening import EYES

__all__ = ["Kind", "Placement", "Posed", "Scene"]

IRIS_SHARE = 0.6
"""The part of the eye's opening, from its middle, that no lid ever stretches."""
EYE_RECESS = 1.0
"""How far the eye's disc lies behind the innermost point of its lids, in centimetres."""
GAZE_REACH = 0.5
"""How far the iris moves at a gaze weight of 1, in centimetres."""
LIDS_ABOVE_EACH_OTHER = ((1, 5), (2, 4))
"""Upper and lower of an eye's landmarks, beside either edge of the iris."""
SHUT_BY = 0.25
"""How far, in template pixels, an upper lid overlaps the lower one at a blink of 1."""
WEAKEST_BLINK, STRONGEST_BLINK = 1.0, 1.5
"""Range of the factor that shuts a person's eyes at a blink of 1."""
# Directions of the gaze blendshapes in model axes, (x towards the person's left, y up).
GAZE: Mapping[str, tuple[float, float]] = {
    "eyeLookUp_L": (0.0, 1.0),
    "eyeLookDown_L": (0.0, -1.0),
    "eyeLookIn_L": (-1.0, 0.0),
    "eyeLookOut_L": (1.0, 0.0),
    "eyeLookUp_R": (0.0, 1.0),
    "eyeLookDown_R": (0.0, -1.0),
    "eyeLookIn_R": (1.0, 0.0),
    "eyeLookOut_R": (-1.0, 0.0),
}


class Kind(IntEnum):
    """What a drawn triangle shows; the first four are the parts of the mesh."""

    SKIN = Part.SKIN
    SOCKET = Part.SOCKET
    GUMS = Part.GUMS
    TEETH = Part.TEETH
    EYE = 4


@dataclass(frozen=True)
class Placement:
    """The head in the picture, with one expression.

    Attributes:
        shape: (V, 3) vertices of the mesh in centimetres.
        vertices: (N, 3) x, y (template pixels) and depth; the mesh's vertices, then the eyes'.
        texture: (N, 2) where in the photo, in template pixels, each vertex takes its colour.
        weights: the expression: blendshape name to weight.
    """

    shape: NDArray[np.float32]
    vertices: NDArray[np.float32]
    texture: NDArray[np.float32]
    weights: Mapping[str, float]


class Scene:
    """The topology that all expressions of all people share.

    Attributes:
        model: the 3-D face.
        triangles: (T, 3) int32 over the vertices of a :class:`Placement`.
        kinds: (T,) int8, a :class:`Kind` each.
        irises: numbers of the vertices in the middle of the right eye and of the left one.
        wrinkles: what expressions draw into the skin beyond the mesh.
    """

    def __init__(self, model: FaceModel) -> None:
        self.model = model
        self.wrinkles = WrinkleMap()
        eyes, irises = [np.zeros((0, 3), np.int32)], list[int]()
        first = len(model.neutral)
        for loop in model.lid_loops:
            eyes.append(_disc(first, len(loop)))
            first += 2 * len(loop) + 1
            irises.append(first - 1)
        self.irises = tuple(irises)
        discs = np.concatenate(eyes)
        self.triangles = np.concatenate([model.skin, discs, model.mouth_interior])
        self.kinds = np.concatenate(
            [
                np.full(len(model.skin), Kind.SKIN, np.int8),
                np.full(len(discs), Kind.EYE, np.int8),
                model.mouth_interior_parts,
            ]
        )

    def pose(self, photo: Fit, posed: Fit) -> Posed:
        """A head that can be placed with any expression.

        Args:
            photo: the fit to the photo, which says where each vertex takes its colour.
            posed: the fit to draw: ``photo`` itself, or one of another face shape.
        """
        model = self.model
        shape, shown = posed.shape(model), model.offsets(photo.expression)
        return Posed(
            scene=self,
            fit=posed,
            shape=shape,
            still=posed.project(shape + shown),
            texture=photo.project(photo.shape(model) + shown)[:, :2],
        )

    def place(self, photo: Fit, posed: Fit, weights: Mapping[str, float]) -> Placement:
        """Place the head with one expression; see :meth:`pose`."""
        return self.pose(photo, posed).place(weights)


@dataclass(frozen=True)
class Posed:
    """A head in the picture that waits for its expression.

    Attributes:
        scene: the head's topology.
        fit: what is drawn.
        shape: (V, 3) its vertices at rest, in centimetres.
        still: (V, 3) x, y and depth with the expression that the photo shows.
        texture: (V, 2) where in the photo, in template pixels, each vertex takes its colour.
    """

    scene: Scene
    fit: Fit
    shape: NDArray[np.float32]
    still: NDArray[np.float32]
    texture: NDArray[np.float32]

    def place(self, weights: Mapping[str, float]) -> Placement:
        """The head with an expression: blendshape name to weight."""
        model, fit = self.scene.model, self.fit
        moved = self.shape + model.offsets(self._shutting(weights))
        placed = fit.project(moved)
        to_picture = fit.projection[:, :2].T.astype(np.float32)
        discs = [
            _place_disc(
                self.still, placed, self.texture, loop, _gaze(weights, side) @ to_picture, fit.scale
            )
            for loop, side in zip(model.lid_loops, "RL", strict=True)
        ]
        sources = [self.texture, *(source for _, source in discs)]
        return Placement(
            shape=moved,
            vertices=np.concatenate([placed, *(disc for disc, _ in discs)]).astype(np.float32),
            texture=np.concatenate(sources).astype(np.float32),
            weights=weights,
        )

    @cached_property
    def _blink(self) -> Mapping[str, float]:
        """Side to the weight of its lids' blendshape at which this person's eye is shut."""
        model, found = self.scene.model, dict[str, float]()
        for side, eye in zip("RL", EYES, strict=True):
            lids = model.landmarks[eye]
            offset = model.blendshapes[f"eyeBlink_{side}"][lids] @ self.fit.projection[1]
            needed = [
                (self.still[lids[lower], 1] - self.still[lids[upper], 1] + SHUT_BY)
                / max(float(offset[upper] - offset[lower]), 1e-6)
                for upper, lower in LIDS_ABOVE_EACH_OTHER
            ]
            found[side] = float(np.clip(max(needed), WEAKEST_BLINK, STRONGEST_BLINK))
        return found

    def _shutting(self, weights: Mapping[str, float]) -> dict[str, float]:
        """The same weights, but for blinks, of which 1 shuts the eyes."""
        shut: dict[str, float] = {}
        for name, weight in weights.items():
            for side in self.scene.model.sides(name) if name.startswith("eyeBlink") else (name,):
                factor = self._blink[side[-1]] if side.startswith("eyeBlink") else 1.0
                shut[side] = shut.get(side, 0.0) + weight * factor
        return shut


def _disc(first: int, corners: int) -> NDArray[np.int32]:
    """Triangles of an eye's disc: an outer ring, an inner ring and a centre, in that order."""
    outer = first + np.arange(corners, dtype=np.int32)
    inner = outer + corners
    next_outer, next_inner = np.roll(outer, -1), np.roll(inner, -1)
    centre = np.full(corners, first + 2 * corners, np.int32)
    return np.concatenate(
        [
            np.stack([outer, next_outer, inner], axis=1),
            np.stack([next_outer, next_inner, inner], axis=1),
            np.stack([inner, next_inner, centre], axis=1),
        ]
    )


def _gaze(weights: Mapping[str, float], side: str) -> NDArray[np.float32]:
    """Displacement (2,) of an iris in model axes, in centimetres."""
    shift = np.zeros(2, np.float32)
    for name, weight in weights.items():
        sided = name if name.endswith(("_L", "_R")) else f"{name}_{side}"
        if sided.endswith(side) and sided in GAZE:
            shift += np.float32(weight * GAZE_REACH) * np.array(GAZE[sided], np.float32)
    return shift


def _place_disc(
    still: NDArray[np.float32],
    placed: NDArray[np.float32],
    texture: NDArray[np.float32],
    loop: NDArray[np.int32],
    gaze: NDArray[np.float32],
    scale: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vertices (2n + 1, 3) and texture places (2n + 1, 2) of an eye's disc."""
    rim, moved = still[loop, :2], placed[loop, :2]
    centre = rim.mean(axis=0)
    opens = np.linalg.norm(moved - centre, axis=1) > np.linalg.norm(rim - centre, axis=1)
    outer = np.where(opens[:, None], moved, rim)
    inner = centre + IRIS_SHARE * (rim - centre) + gaze
    places = np.concatenate([outer, inner, (centre + gaze)[None]])
    depth = min(still[loop, 2].min(), placed[loop, 2].min()) - EYE_RECESS * scale
    source_rim = texture[loop]
    source_centre = source_rim.mean(axis=0)
    source_inner = source_centre + IRIS_SHARE * (source_rim - source_centre)
    source = np.concatenate([source_rim, source_inner, source_centre[None]])
    return np.column_stack([places, np.full(len(places), depth, np.float32)]), source
