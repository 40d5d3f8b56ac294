"""Exact flow and visibility between any two expressions drawn from one fit.

Every pixel of a render remembers which triangle it shows, and where in it. So for a target pixel
the place of the same point of the head in another render is known exactly; whether that render
shows the point, too, is found by going there and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from lgpgan.face3d.open_mouth import IN_PICTURE, open_mouth_places
from lgpgan.face3d.openings import mouth_opening
from lgpgan.face3d.rasteriser import rasterise
from lgpgan.face3d.renderer import mouth_interior, silhouette_fade
from lgpgan.face3d.scene import Kind, Placement, Scene
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import disc
from lgpgan.files import regular_file, replacing

__all__ = ["NOTHING", "UNKNOWN", "VISIBLE_WITHIN", "Correspondence", "correspond", "locate"]

NOTHING = 65535
"""Stands in for the triangle of a pixel that shows the background."""
UNKNOWN = 65534
"""Stands in for the triangle of a pixel of the photo itself where the mesh does not say what it
shows: the inside of the mouth."""
POSITION_UNIT = 1 / 64
"""Positions are stored as 16-bit multiples of this, in template pixels."""
VISIBLE_WITHIN = 1.5
"""A point counts as visible when going there and back ends within this many pixels."""
BESIDE = 2
"""How many pixels around what opens, closes or looks elsewhere count with it."""
LOOKS_ELSEWHERE = 0.5
"""From this displacement on, in pixels, an eye looks elsewhere."""
OPEN_SHARE = 0.5
"""An eye that shows at least this share of what the target shows of it counts as open."""


@dataclass(frozen=True)
class Correspondence:
    """Which point of the head each pixel of E renders of one fit shows, at 128×128.

    Attributes:
        triangles: (T, 3) uint16, those that any of the renders shows.
        kinds: (T,) uint8, a :class:`lgpgan.face3d.scene.Kind` each.
        positions: (E, V, 2) int16, x and y of the vertices in units of 1/64 template pixel.
        triangle: (E, 128, 128) uint16, 65535 where there is none, 65534 where it is not known.
        barycentric: (E, 128, 128, 2) uint8, shares of the first and second corner × 255.
        fade: (E, 128, 128) uint8, weight of the displacement × 255: 0 at the silhouette.
        mesh_triangle: (T,) uint16, their numbers in the whole head, the same for every fit.
        inside: (V, 2) int16, x and y of the vertices of teeth and gums in the picture of an open
            mouth, in the same units; 0 for the others.
    """

    triangles: NDArray[np.uint16]
    kinds: NDArray[np.uint8]
    positions: NDArray[np.int16]
    triangle: NDArray[np.uint16]
    barycentric: NDArray[np.uint8]
    fade: NDArray[np.uint8]
    mesh_triangle: NDArray[np.uint16]
    inside: NDArray[np.int16]

    def flow(self, source: int, target: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where in render ``source`` each pixel of render ``target`` comes from.

        What a lid uncovers of an open eye counts as visible: nobody has seen it, the renderer draws
        it with the rim of the eye, and what the source shows there, the lashes, is like it.

        Returns:
            The flow (128, 128, 2) in pixels, to be added to a target pixel's coordinates, and the
            visibility (128, 128): 1 where the source shows the point, 0 where it hides it.
        """
        flow = np.zeros((*self.triangle.shape[1:], 2), np.float32)
        visible = np.ones(self.triangle.shape[1:], np.float32)
        if source == target:  # all that it shows, the photo's own mouth as well
            return flow, visible
        _flow(
            self.triangles,
            self.kinds,
            self.positions[source],
            self.positions[target],
            self.triangle[source],
            self.triangle[target],
            self.barycentric[source],
            self.barycentric[target],
            self.fade[target],
            flow,
            visible,
        )
        return flow, visible

    def shows_skin(self, face: int) -> NDArray[np.bool_]:
        """Where (128, 128) a render shows skin: not eyes, the mouth's inside or background."""
        return self._shows(face, Kind.SKIN)

    def shows_openings(self, face: int) -> NDArray[np.bool_]:
        """Where (128, 128) a render shows eyes or the inside of a mouth."""
        return self._shows(face, Kind.EYE) | self._shows_mouth(face)

    def _shows_mouth(self, face: int) -> NDArray[np.bool_]:
        """Where (128, 128) a render shows the inside of a mouth, the person's own or the mesh's."""
        own: NDArray[np.bool_] = self.triangle[face] == UNKNOWN
        return own | self._shows(face, Kind.SOCKET, Kind.GUMS, Kind.TEETH)

    def _shows(self, face: int, *kinds: Kind) -> NDArray[np.bool_]:
        """Where (128, 128) a render shows one of some kinds."""
        shown = self.triangle[face]
        kind = self.kinds[np.minimum(shown, len(self.kinds) - 1)]
        shows: NDArray[np.bool_] = (shown < UNKNOWN) & np.isin(kind, kinds)
        return shows

    def lids_and_closing_lips(
        self, source: int, target: int, flow: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """What of a face is small and must change wholly.

        Args:
            source: number of a face.
            target: number of another one.
            flow: (128, 128, 2) between them.

        Returns:
            (128, 128), 1 where a lid opens or closes, where an eye looks elsewhere, where lips
            close over a mouth's inside, and just around; 0 elsewhere.
        """
        eyes, eyes_then = (self._shows(face, Kind.EYE) for face in (source, target))
        mouth, mouth_then = (self._shows_mouth(face) for face in (source, target))
        elsewhere = eyes_then & (np.abs(flow).max(axis=-1) > LOOKS_ELSEWHERE)
        changed = (eyes != eyes_then) | elsewhere | (mouth & ~mouth_then)
        return np.asarray(cv2.dilate(changed.astype(np.float32), disc(BESIDE)), np.float32)

    def places_inside(self, face: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where in the picture of an open mouth the teeth and gums of a render lie.

        Returns:
            The places (128, 128, 2), x and y in template pixels from the mouth region's corner, and
            (128, 128), 1 where the render shows teeth or gums.
        """
        shown, inside = self.triangle[face], self._shows(face, *IN_PICTURE)
        places = np.zeros((*shown.shape, 2), np.float32)
        corners = self.inside[self.triangles[shown[inside]]].astype(np.float32)  # (P, 3, 2)
        first, second = self.barycentric[face][inside].T.astype(np.float32) / 255
        shares = np.stack([first, second, 1 - first - second], axis=1)[..., None]
        places[inside] = (corners * shares).sum(axis=1) * np.float32(POSITION_UNIT)
        return places, inside.astype(np.float32)

    def save(self, path: Path) -> None:
        """Write to a compressed ``.npz``."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        with replacing(path, flush=False) as unfinished, unfinished.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path: Path) -> Correspondence:
        """Read what :meth:`save` wrote.

        Raises:
            OSError: when it cannot be read.
            ValueError: when it is damaged, or something else.
        """
        try:
            with regular_file(path).open("rb") as file, np.load(file) as arrays:
                loaded = cls(**{field.name: arrays[field.name] for field in fields(cls)})
        except OSError:
            raise
        except Exception as error:  # every part of zip and npy files has its own
            raise ValueError(f"{path} is damaged ({type(error).__name__}: {error})") from error
        loaded._check()
        return loaded

    def _check(self) -> None:
        """Make sure that numbers refer to something: compiled loops would read beyond the arrays.

        Raises:
            ValueError: when an array is of another shape or type, or a number is too large.
        """
        faces, vertices, _ = self.positions.shape
        (count,) = self.kinds.shape
        pixels = (faces, TEMPLATE_SIZE, TEMPLATE_SIZE)
        wanted: dict[str, tuple[tuple[int, ...], type[np.integer]]] = {
            "triangles": ((count, 3), np.uint16),
            "kinds": ((count,), np.uint8),
            "positions": ((faces, vertices, 2), np.int16),
            "triangle": (pixels, np.uint16),
            "barycentric": ((*pixels, 2), np.uint8),
            "fade": (pixels, np.uint8),
            "mesh_triangle": ((count,), np.uint16),
            "inside": ((vertices, 2), np.int16),
        }
        for name, (shape, kind) in wanted.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype != kind:
                raise ValueError(f"{name} is {array.shape} {array.dtype}, not {shape} {kind}")
        shown = self.triangle[self.triangle < UNKNOWN]
        if self.triangles.max(initial=0) >= max(vertices, 1) or (shown >= count).any():
            raise ValueError("a triangle or a vertex is missing")


def correspond(
    scene: Scene, placements: Sequence[Placement], *, photograph: int | None = None
) -> Correspondence:
    """Work out the correspondence of several expressions of one fit.

    Args:
        scene: the head's topology.
        placements: one an expression.
        photograph: which of them is the photo itself. The inside of its mouth is the person's own,
            not the mesh's, and corresponds to nothing.
    """
    rasters = [
        rasterise(placement.vertices, scene.triangles, TEMPLATE_SIZE, TEMPLATE_SIZE)
        for placement in placements
    ]
    shown = np.stack([raster.triangle for raster in rasters])
    used = np.unique(shown[shown >= 0])
    vertices, flat = np.unique(scene.triangles[used], return_inverse=True)
    renumber = np.full(len(scene.triangles) + 1, NOTHING, np.uint16)
    renumber[used] = np.arange(len(used))
    positions = np.stack([placement.vertices[vertices, :2] for placement in placements])
    triangle = renumber[shown]
    if photograph is not None:
        landmarks = placements[photograph].vertices[scene.model.landmarks, :2]
        inside = mouth_interior(rasters[photograph], scene.kinds)
        inside |= mouth_opening(landmarks, TEMPLATE_SIZE, 1.0)
        triangle[photograph][inside] = UNKNOWN
    places = np.zeros((len(vertices), 2), np.float32)
    interior = np.isin(vertices, scene.triangles[np.isin(scene.kinds, IN_PICTURE)])
    places[interior] = open_mouth_places(scene.model)[vertices[interior]]
    barycentric = np.stack([raster.barycentric for raster in rasters])
    fade = np.stack([silhouette_fade(raster, scene.kinds, 1.0) for raster in rasters])
    return Correspondence(
        triangles=flat.reshape(-1, 3).astype(np.uint16),
        kinds=scene.kinds[used].astype(np.uint8),
        positions=_stored(positions),
        triangle=triangle,
        barycentric=np.rint(np.clip(barycentric, 0, 1) * 255).astype(np.uint8),
        fade=np.rint(fade * 255).astype(np.uint8),
        mesh_triangle=used.astype(np.uint16),
        inside=_stored(places),
    )


def _stored(positions: NDArray[np.floating]) -> NDArray[np.int16]:
    """Positions in template pixels as they are stored."""
    limit = np.iinfo(np.int16)
    units = np.clip(np.rint(positions / POSITION_UNIT), limit.min, limit.max)
    return np.asarray(units, np.int16)


@njit(cache=True)
def locate(
    triangles: NDArray[np.uint16],
    positions: NDArray[np.int16],
    triangle: int,
    barycentric: NDArray[np.uint8],
) -> tuple[float, float]:
    """Continuous coordinates of a point of a triangle."""
    a = barycentric[0] / 255.0
    b = barycentric[1] / 255.0
    c = 1.0 - a - b
    i, j, k = triangles[triangle]
    x = a * positions[i, 0] + b * positions[j, 0] + c * positions[k, 0]
    y = a * positions[i, 1] + b * positions[j, 1] + c * positions[k, 1]
    return x * POSITION_UNIT, y * POSITION_UNIT


@njit(cache=True)
def _flow(
    triangles: NDArray[np.uint16],
    kinds: NDArray[np.uint8],
    source_positions: NDArray[np.int16],
    target_positions: NDArray[np.int16],
    source_triangle: NDArray[np.uint16],
    target_triangle: NDArray[np.uint16],
    source_barycentric: NDArray[np.uint8],
    target_barycentric: NDArray[np.uint8],
    fade: NDArray[np.uint8],
    flow: NDArray[np.float32],
    visible: NDArray[np.float32],
) -> None:
    height, width = target_triangle.shape
    target_eyes = _eye_pixels(kinds, target_triangle)
    is_open = _eye_pixels(kinds, source_triangle) >= OPEN_SHARE * target_eyes
    for row in range(height):
        for column in range(width):
            shown = target_triangle[row, column]
            if shown == NOTHING:
                continue
            if shown == UNKNOWN:
                visible[row, column] = 0.0
                continue
            x, y = locate(triangles, source_positions, shown, target_barycentric[row, column])
            weight = fade[row, column] / 255.0
            flow[row, column, 0] = (x - column - 0.5) * weight
            flow[row, column, 1] = (y - row - 0.5) * weight
            if kinds[shown] == Kind.EYE and is_open[int(column >= width // 2)]:
                continue
            there_row, there_column = int(np.floor(y)), int(np.floor(x))
            if not (0 <= there_row < height and 0 <= there_column < width):
                visible[row, column] = 0.0
                continue
            there = source_triangle[there_row, there_column]
            if there >= UNKNOWN or kinds[there] != kinds[shown]:
                visible[row, column] = 0.0
                continue
            back_x, back_y = locate(
                triangles, target_positions, there, source_barycentric[there_row, there_column]
            )
            if np.hypot(back_x - column - 0.5, back_y - row - 0.5) > VISIBLE_WITHIN:
                visible[row, column] = 0.0


@njit(cache=True)
def _eye_pixels(kinds: NDArray[np.uint8], triangle: NDArray[np.uint16]) -> NDArray[np.int64]:
    """How many pixels of an eye either half (2,) of a render shows."""
    height, width = triangle.shape
    count = np.zeros(2, np.int64)
    for row in range(height):
        for column in range(width):
            if triangle[row, column] < UNKNOWN and kinds[triangle[row, column]] == Kind.EYE:
                count[int(column >= width // 2)] += 1
    return count
