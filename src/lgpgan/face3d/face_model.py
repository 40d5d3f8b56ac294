"""The 3-D face: a head mesh with identity modes and FACS blendshapes, and how ICT-FaceKit is read.

ICT-FaceKit light (Li et al., *Learning Formation of Physically-Based Face Attributes*, CVPR 2020)
is published under the MIT licence at github.com/ICT-VGL/ICT-FaceKit, folder ``FaceXModel``. It is
read from that folder of OBJ files or from one compact ``.npz``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError, MissingPartError
from lgpgan.expressions.action_units import SHOWN_UNITS, blendshapes_of
from lgpgan.expressions.expression import RECIPES, VARIANTS
from lgpgan.files import cache_folder, regular_file

__all__ = ["FaceModel", "Part", "find_face_model", "load_face_model"]

ADDRESS = "github.com/ICT-VGL/ICT-FaceKit"
ENVIRONMENT_VARIABLE = "LGPGAN_FACE_MODEL"
NAMED = 3
"""Most missing blendshapes that a message names."""


class Part(IntEnum):
    """What a triangle of the mesh belongs to."""

    SKIN = 0
    SOCKET = 1
    """The inside of the cheeks and the throat."""
    GUMS = 2
    """Gums and tongue."""
    TEETH = 3


# Polygon ranges of the published topology (README of ICT-FaceKit); the rest is eyeballs, fluid,
# lashes and occlusion meshes, which the studio does not draw.
ICT_POLYGONS: Mapping[Part, tuple[int, int]] = {
    Part.SKIN: (0, 11144),
    Part.SOCKET: (11144, 13226),
    Part.GUMS: (14034, 17006),
    Part.TEETH: (17006, 21496),
}
ICT_FACE_POLYGONS = 9230
"""The skin polygons before this one are the face proper, in which the eye holes are cut."""


@dataclass(frozen=True)
class FaceModel:
    """A head mesh in centimetres, its identity modes and its expression blendshapes.

    Attributes:
        neutral: (V, 3) float32 vertices.
        triangles: (T, 3) int32.
        parts: (T,) int8, a :class:`Part` each.
        blendshapes: name (ARKit, ``_L`` and ``_R`` for one side) to vertex offsets (V, 3) float32.
        identity: (K, V, 3) float32 offsets of one standard deviation, the most important first.
        landmarks: (68,) int32, the vertices of the Multi-PIE landmarks.
        lid_loops: the rims of the two eye holes as vertex indices in order, the person's right eye
            (landmarks 36–41) first.
    """

    neutral: NDArray[np.float32]
    triangles: NDArray[np.int32]
    parts: NDArray[np.int8]
    blendshapes: Mapping[str, NDArray[np.float32]]
    identity: NDArray[np.float32]
    landmarks: NDArray[np.int32]
    lid_loops: tuple[NDArray[np.int32], NDArray[np.int32]]

    @cached_property
    def skin(self) -> NDArray[np.int32]:
        """Triangles of the skin (S, 3)."""
        skin: NDArray[np.int32] = self.triangles[self.parts == Part.SKIN]
        return skin

    @cached_property
    def mouth_interior(self) -> NDArray[np.int32]:
        """Triangles of socket, gums and teeth (M, 3)."""
        inside: NDArray[np.int32] = self.triangles[self.parts != Part.SKIN]
        return inside

    @cached_property
    def mouth_interior_parts(self) -> NDArray[np.int8]:
        """Part of every triangle of :attr:`mouth_interior`."""
        inside: NDArray[np.int8] = self.parts[self.parts != Part.SKIN]
        return inside

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all that a face is drawn with."""
        names = sorted(self.blendshapes)
        digest = hashlib.sha256(json.dumps(names).encode())
        arrays = [self.neutral, self.triangles, self.parts, self.identity, self.landmarks]
        for array in (*arrays, *self.lid_loops, *(self.blendshapes[name] for name in names)):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def offsets(self, weights: Mapping[str, float]) -> NDArray[np.float32]:
        """Vertex offsets (V, 3) of weighted blendshapes.

        Args:
            weights: blendshape name to weight; a name without side moves both.

        Raises:
            InputError: when the model lacks a blendshape.
        """
        total = np.zeros_like(self.neutral)
        for name, weight in weights.items():
            for side in self.sides(name):
                total += np.float32(weight) * self.blendshapes[side]
        return total

    def sides(self, name: str) -> tuple[str, ...]:
        """The blendshapes that ``name`` stands for: itself, or its left and right one.

        Raises:
            InputError: when the model lacks it.
        """
        if found := self._sides(name):
            return found
        raise InputError(
            f"the 3-D face has no blendshape '{name}': it is not complete; get the whole folder "
            f"FaceXModel from {ADDRESS}."
        )

    def knows(self, name: str) -> bool:
        """Whether the model has a blendshape, or its left and its right one."""
        return bool(self._sides(name))

    def _sides(self, name: str) -> tuple[str, ...]:
        """The blendshapes that ``name`` stands for; none where the model lacks it."""
        if name in self.blendshapes:
            return (name,)
        pair = (f"{name}_L", f"{name}_R")
        return pair if all(side in self.blendshapes for side in pair) else ()


def find_face_model(path: Path | None = None) -> Path:
    """Where the 3-D face lies: ``path``, else the environment, else the cache folder.

    Raises:
        MissingPartError: when it is nowhere; the message says where to get it.
    """
    named = path or (Path(value) if (value := os.environ.get(ENVIRONMENT_VARIABLE)) else None)
    if named is not None:
        if not named.exists():
            raise MissingPartError(
                f"there is no 3-D face at {named}; get the folder FaceXModel from {ADDRESS} "
                "(MIT licence) and name it with --face-model."
            )
        return named
    for candidate in (cache_folder() / "ict_facekit.npz", cache_folder() / "FaceXModel"):
        if candidate.exists():
            return candidate
    raise MissingPartError(
        f"the studio needs the 3-D face ICT-FaceKit, which is not here; get the folder FaceXModel "
        f"from {ADDRESS} (MIT licence) and name it with --face-model or {ENVIRONMENT_VARIABLE}."
    )


def load_face_model(path: Path) -> FaceModel:
    """Read ICT-FaceKit from its folder of OBJ files or from a compact ``.npz``.

    Raises:
        InputError: when ``path`` holds something else, or lacks a blendshape that expressions and
            action units are made of.
    """
    model = _read(path)
    missing = [name for name in _blendshapes_used() if not model.knows(name)]
    if missing:
        named, more = missing[:NAMED], len(missing) - NAMED
        others = f" and {more} more" if more > 0 else ""
        plural = "s" if len(missing) > 1 else ""
        raise InputError(
            f"the 3-D face at {path} is not complete: it lacks the blendshape{plural} "
            f"{', '.join(named)}{others}; get the whole folder FaceXModel from {ADDRESS}."
        )
    return model


def _blendshapes_used() -> list[str]:
    """Names, without side where both move alike, of the blendshapes that faces are made of."""
    recipes = [*RECIPES.values(), *(way for ways in VARIANTS.values() for way in ways.values())]
    units = blendshapes_of(dict.fromkeys(SHOWN_UNITS, 1.0))
    return sorted({name for weights in (*recipes, units) for name in weights})


def _read(path: Path) -> FaceModel:
    """What a folder or a file holds, complete or not."""
    try:
        if path.is_dir():
            nested = path / "FaceXModel"
            return _from_folder(nested if nested.is_dir() else path)
        return _from_compact(path)
    except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(
            f"{path} is not a 3-D face that lgpgan can read ({error}); name the folder FaceXModel "
            f"of {ADDRESS}, or its compact .npz."
        ) from error


def _from_compact(path: Path) -> FaceModel:
    with regular_file(path).open("rb") as file, np.load(file) as arrays:
        return _assemble(
            neutral=arrays["neutral"],
            triangles=arrays["triangles"],
            polygon=arrays["polygon"],
            blendshapes=dict(
                zip(map(str, arrays["expression_names"]), arrays["expression"], strict=True)
            ),
            identity=arrays["identity"],
            landmarks=ICT_LANDMARKS,
        )


def _from_folder(folder: Path) -> FaceModel:
    neutral_file = folder / "generic_neutral_mesh.obj"
    if not neutral_file.exists():
        raise InputError(
            f"{folder} holds no generic_neutral_mesh.obj; name the folder FaceXModel of {ADDRESS}."
        )
    neutral, triangles, polygon = read_obj(neutral_file)
    indices = json.loads(regular_file(folder / "vertex_indices.json").read_text())
    identity_files = sorted(folder.glob("identity*.obj"))
    identity = [read_obj(file)[0] - neutral for file in identity_files]
    return _assemble(
        neutral=neutral,
        triangles=triangles,
        polygon=polygon,
        blendshapes={
            name: read_obj(folder / f"{name}.obj")[0] - neutral
            for name in indices["expressions"]
            if (folder / f"{name}.obj").exists()
        },
        identity=np.stack(identity) if identity else np.zeros((0, *neutral.shape), np.float32),
        landmarks=np.array(indices["idx_to_landmark_verts"], np.int32),
    )


def read_obj(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """Vertices (V, 3), triangles (T, 3) and the polygon (T,) that each triangle was fanned from."""
    vertices: list[tuple[float, float, float]] = []
    triangles: list[tuple[int, int, int]] = []
    polygon: list[int] = []
    polygons = 0
    with regular_file(path).open() as lines:
        for line in lines:
            if line.startswith("v "):
                x, y, z = line.split()[1:4]
                vertices.append((float(x), float(y), float(z)))
            elif line.startswith("f "):
                corners = [int(corner.split("/", 1)[0]) - 1 for corner in line.split()[1:]]
                for second, third in pairwise(corners[1:]):
                    triangles.append((corners[0], second, third))
                    polygon.append(polygons)
                polygons += 1
    return (
        np.array(vertices, np.float32),
        np.array(triangles, np.int32),
        np.array(polygon, np.int32),
    )


def _assemble(
    *,
    neutral: NDArray[np.float32],
    triangles: NDArray[np.int32],
    polygon: NDArray[np.int32],
    blendshapes: Mapping[str, NDArray[np.floating]],
    identity: NDArray[np.floating],
    landmarks: NDArray[np.int32],
) -> FaceModel:
    """Keep the parts that the studio draws, and renumber their vertices."""
    parts = np.full(len(triangles), -1, np.int8)
    for part, (first, last) in ICT_POLYGONS.items():
        parts[(polygon >= first) & (polygon < last)] = part
    loops = boundary_loops(triangles[polygon < ICT_FACE_POLYGONS])
    lid_loops = tuple(
        min(
            (loop for loop in loops if len(loop) > 10),
            key=lambda loop: float(
                np.linalg.norm(neutral[loop].mean(0) - neutral[landmarks[eye]].mean(0))
            ),
        )
        for eye in (slice(36, 42), slice(42, 48))
    )
    used, flat = np.unique(triangles[parts >= 0], return_inverse=True)
    renumber = np.full(len(neutral), -1, np.int32)
    renumber[used] = np.arange(len(used), dtype=np.int32)
    return FaceModel(
        neutral=neutral[used].astype(np.float32),
        triangles=flat.reshape(-1, 3).astype(np.int32),
        parts=parts[parts >= 0],
        blendshapes={
            name: np.ascontiguousarray(offset[used], np.float32)
            for name, offset in blendshapes.items()
        },
        identity=np.ascontiguousarray(identity[:, used], np.float32),
        landmarks=renumber[landmarks],
        lid_loops=(renumber[lid_loops[0]], renumber[lid_loops[1]]),
    )


def boundary_loops(triangles: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """The holes and rims of a mesh: every closed chain of edges that only one triangle has.

    Args:
        triangles: (T, 3) vertex indices.

    Returns:
        Vertex indices of each loop, in order.
    """
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    unique, counts = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    neighbours: defaultdict[int, list[int]] = defaultdict(list)
    for a, b in unique[counts == 1].tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    loops: list[NDArray[np.int32]] = []
    seen: set[int] = set()
    for start in neighbours:
        if start in seen:
            continue
        loop = [start]
        seen.add(start)
        while (
            following := next((n for n in neighbours[loop[-1]] if n not in seen), None)
        ) is not None:
            loop.append(following)
            seen.add(following)
        loops.append(np.array(loop, np.int32))
    return loops


# Vertices of the 68 Multi-PIE landmarks in the published mesh (idx_to_landmark_verts).
ICT_LANDMARKS = np.array(
    [
        *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272),
        *(4088, 3443, 268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942),
        *(4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756),
        *(3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841),
        *(5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),
    ],
    np.int32,
)
