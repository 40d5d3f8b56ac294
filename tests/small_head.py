"""A small head that the tests make themselves, so that the studio runs without ICT-FaceKit.

An ellipsoid's front with a nose, holes for the eyes, a mouth slit, and socket, gums and teeth
behind it; about 1,300 vertices in centimetres, x towards the person's left, y up, z forward.
Blendshapes are local bumps, identity modes are smooth fields. It can be written in both forms in
which ICT-FaceKit is published, so that everything that reads the 3-D face from disk can be tested.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay, cKDTree

from lgpgan.face3d.face_model import ICT_LANDMARKS, ICT_POLYGONS, FaceModel, Part

Field = Callable[[NDArray[np.float64]], NDArray[np.float64]]

HEAD = (8.6, 12.5, 11.0)  # half axes of the ellipsoid, centred 1 cm above the origin
EYE = (3.15, 3.45)  # centre of the person's left eye; the right one is mirrored
LID = (1.31, 0.42, 0.36)  # half width, height above and below the line through the corners
MOUTH_LINE = -3.4
MOUTH_HALF = 2.2  # from the middle to a corner of the inner lips
CLOSED_GAP = 0.03  # half the distance between the lips at rest
CORNERS = 24  # of a lid loop
LIP_POINTS = 13  # of an inner lip, corners included

# The right half of the 68 landmarks but the eyes and inner lips, (x, y); the left is mirrored.
JAW = [(-7.2, 3.4), (-7.1, 1.4), (-6.9, -0.5), (-6.5, -2.4), (-5.7, -4.4), (-4.4, -6.0)]
JAW += [(-3.0, -7.0), (-1.5, -7.5), (0.0, -7.7)]
BROW = [(-5.7, 5.2), (-4.9, 5.9), (-3.8, 6.1), (-2.5, 6.0), (-1.3, 5.6)]
NOSE_BRIDGE = [(0.0, 3.6), (0.0, 2.5), (0.0, 1.5), (0.0, 0.4)]
NOSE_BASE = [(-1.25, -0.9), (-0.65, -1.1), (0.0, -1.2)]
UPPER_LIP = [(-2.55, -3.4), (-1.6, -2.85), (-0.7, -2.5), (0.0, -2.6)]
LOWER_LIP = [(-1.7, -4.0), (-0.95, -4.35), (0.0, -4.45)]  # from the corner to the middle


def mirrored(half: list[tuple[float, float]], *, middle: bool) -> list[tuple[float, float]]:
    """A row of points and its mirror image; ``middle``: the last one lies on the midline."""
    other = half[-2::-1] if middle else half[::-1]
    return half + [(-x, y) for x, y in other]


def lid_loop(side: int) -> NDArray[np.float64]:
    """Rim (24, 2) of an eye hole, −1 the person's right; from the corner on the picture's left."""
    angle = np.arange(CORNERS) * 2 * np.pi / CORNERS
    half, above, below = LID
    height = np.where(np.sin(angle) > 0, above, below) * np.sin(angle)
    return np.stack([side * EYE[0] - half * np.cos(angle), EYE[1] + height], axis=1)


def inner_lip(side: int, gap: float) -> NDArray[np.float64]:
    """Points (13, 2) of the inner upper (1) or lower (−1) lip, corner to corner."""
    x = np.linspace(-MOUTH_HALF, MOUTH_HALF, LIP_POINTS)
    return np.stack([x, MOUTH_LINE + side * gap * (1 - (x / MOUTH_HALF) ** 2)], axis=1)


def surface(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height z of the skin above points (..., 2)."""
    x, y = points[..., 0], points[..., 1]

    def bump(cx: float, cy: float, rx: float, ry: float) -> NDArray[np.float64]:
        return np.exp(-(((x - cx) / rx) ** 2) - ((y - cy) / ry) ** 2)

    a, b, c = HEAD
    z = c * np.sqrt(np.maximum(1 - (x / a) ** 2 - ((y - 1) / b) ** 2, 0))
    z += 2.3 * bump(0, 0.2, 1.2, 1.6) + 0.6 * bump(0, 2.6, 0.8, 1.5)
    z += 0.9 * bump(0, MOUTH_LINE, 2.0, 1.2) + 1.8 * bump(0, -7.6, 2.5, 1.5)
    return z - 0.7 * (bump(EYE[0], EYE[1], 1.6, 1.0) + bump(-EYE[0], EYE[1], 1.6, 1.0))


def inside_eye(points: NDArray[np.float64], margin: float = 0.0) -> NDArray[np.bool_]:
    """Which points (..., 2) lie in the hole of an eye."""
    half, above, below = LID
    u = (np.abs(points[..., 0]) - EYE[0]) / (half + margin)
    v = points[..., 1] - EYE[1]
    v = v / (np.where(v > 0, above, below) + margin)
    return u**2 + v**2 < 1


def inside_slit(points: NDArray[np.float64], gap: float) -> NDArray[np.bool_]:
    """Which points (..., 2) lie between the lips, ``gap`` being half their distance."""
    x, y = points[..., 0], points[..., 1]
    return np.abs(y - MOUTH_LINE) < gap * (1 - (x / MOUTH_HALF) ** 2)


def skin() -> tuple[NDArray[np.float64], NDArray[np.int32], dict[str, NDArray[np.int32]]]:
    """Points (V, 2) and triangles of the skin, and the indices of what is named in it."""
    wide = 0.14  # half the distance of the lips while the mesh is made
    upper_lip, lower_lip = inner_lip(1, wide), inner_lip(-1, wide)[1:-1]
    outer_lower = [*LOWER_LIP, *((-x, y) for x, y in LOWER_LIP[-2::-1])][::-1]  # 55 to 59
    named = {
        "jaw": mirrored(JAW, middle=True),
        "brows": mirrored(BROW, middle=False),
        "bridge": NOSE_BRIDGE,
        "base": mirrored(NOSE_BASE, middle=True),
        "right_lid": lid_loop(-1),
        "left_lid": lid_loop(1),
        "outer_upper": mirrored(UPPER_LIP, middle=True),
        "outer_lower": outer_lower,
        "upper": upper_lip,
        "lower": lower_lip,
    }
    angle = np.arange(56) * 2 * np.pi / 56
    rim = np.stack([HEAD[0] * np.cos(angle), 1 + HEAD[1] * np.sin(angle)], axis=1) * 0.985
    indices: dict[str, NDArray[np.int32]] = {}
    rows: list[NDArray[np.float64]] = []
    for name, row in named.items():
        first = sum(map(len, rows))
        indices[name] = np.arange(first, first + len(row), dtype=np.int32)
        rows.append(np.asarray(row, np.float64))
    forced = np.concatenate([*rows, rim])
    step = 0.55
    grid = np.stack(np.meshgrid(np.arange(-8.25, 8.3, step), np.arange(-11.0, 13.3, step)), -1)
    grid = grid.reshape(-1, 2)
    near = np.linalg.norm(grid[:, None] - forced, axis=-1).min(axis=1)
    in_head = (grid[:, 0] / HEAD[0]) ** 2 + ((grid[:, 1] - 1) / HEAD[1]) ** 2 < 0.93
    free = in_head & (near > 0.3) & ~inside_eye(grid, 0.1) & ~inside_slit(grid, wide)
    points = np.concatenate([forced, grid[free]])
    triangles = Delaunay(points).simplices.astype(np.int32)
    middle = points[triangles].mean(axis=1)
    triangles = triangles[~inside_eye(middle) & ~inside_slit(middle, wide)]
    points[indices["upper"]] = inner_lip(1, CLOSED_GAP)
    points[indices["lower"]] = inner_lip(-1, CLOSED_GAP)[1:-1]
    return points, triangles, indices


def patch(
    x: tuple[float, float], y: tuple[float, float], z: Field
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """A rectangular sheet of 9 × 5 vertices and its triangles."""
    columns, rows = 9, 5
    grid = np.stack(np.meshgrid(np.linspace(*x, columns), np.linspace(*y, rows)), -1).reshape(-1, 2)
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    first = np.stack([corner, corner + 1, corner + columns + 1], axis=1)
    second = np.stack([corner, corner + columns + 1, corner + columns], axis=1)
    triangles = np.concatenate([first, second]).astype(np.int32)
    return np.column_stack([grid, z(grid)]), triangles


LIPS_FRONT = float(surface(np.array([0.0, MOUTH_LINE])))


def interior() -> list[tuple[Part, bool, NDArray[np.float64], NDArray[np.int32]]]:
    """Sheets inside the mouth: part, whether the jaw moves it, vertices and triangles."""

    def arc(behind: float) -> Field:
        return lambda points: LIPS_FRONT - behind - 0.15 * points[:, 0] ** 2

    def flat(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.full(len(points), LIPS_FRONT - 4.0)

    line = MOUTH_LINE
    sheets = [
        (Part.SOCKET, False, (-2.8, 2.8), (line - 3.0, line + 1.8), flat),
        (Part.GUMS, False, (-1.9, 1.9), (line + 0.7, line + 1.5), arc(1.3)),
        (Part.GUMS, True, (-1.9, 1.9), (line - 1.8, line - 1.0), arc(2.2)),
        (Part.TEETH, False, (-1.9, 1.9), (line - 0.25, line + 0.8), arc(1.1)),
        (Part.TEETH, True, (-1.8, 1.8), (line - 1.1, line - 0.3), arc(1.3)),
    ]
    return [(part, jaw, *patch(x, y, z)) for part, jaw, x, y, z in sheets]


@cache
def small_head() -> FaceModel:
    """The head."""
    points, triangles, named = skin()
    vertices = [np.column_stack([points, surface(points)])]
    faces = [triangles]
    parts = [np.full(len(triangles), Part.SKIN, np.int8)]
    jaw_moves = [np.zeros(len(points), bool)]
    for part, jaw, sheet, sheet_triangles in interior():
        faces.append(sheet_triangles + sum(map(len, vertices)))
        vertices.append(sheet)
        parts.append(np.full(len(sheet_triangles), part, np.int8))
        jaw_moves.append(np.full(len(sheet), jaw))
    neutral = np.concatenate(vertices)
    right, left, upper, lower = (named[n] for n in ("right_lid", "left_lid", "upper", "lower"))
    eye = np.arange(0, CORNERS, CORNERS // 6)  # both loops run from the picture's left over the top
    landmarks = np.concatenate(
        [
            *(named[n] for n in ("jaw", "brows", "bridge", "base")),
            *(right[eye], left[eye]),
            *(named["outer_upper"], named["outer_lower"]),
            *(upper[[0, 3, 6, 9, 12]], lower[[8, 5, 2]]),
        ]
    )
    above = np.zeros(len(neutral))  # +1 above the mouth, −1 below, 0 at its corners
    count = len(points)
    above[:count] = np.where(points[:, 1] > MOUTH_LINE, 1, -1)
    above[upper], above[lower] = 1, -1
    above[upper[[0, -1]]] = 0
    on_skin = np.arange(len(neutral)) < count
    jaw = np.concatenate(jaw_moves)
    return FaceModel(
        neutral=neutral.astype(np.float32),
        triangles=np.concatenate(faces),
        parts=np.concatenate(parts),
        blendshapes=blendshapes(neutral, above, on_skin, jaw),
        identity=identity_modes(neutral),
        landmarks=landmarks.astype(np.int32),
        lid_loops=(right, left),
    )


def blendshapes(
    neutral: NDArray[np.float64],
    above: NDArray[np.float64],
    on_skin: NDArray[np.bool_],
    jaw: NDArray[np.bool_],
) -> dict[str, NDArray[np.float32]]:
    """ARKit's blendshapes, as far as the studio asks for them, as bumps on the skin."""
    x, y = neutral[:, 0], neutral[:, 1]

    def bump(
        at: tuple[float, float],
        reach: float,
        move: tuple[float, float, float],
        where: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        weight = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * reach**2))
        weight = weight * on_skin * (1 if where is None else where)
        return weight[:, None] * np.array(move)

    line = MOUTH_LINE
    upper, lower = above > 0, above < 0
    left_side = {
        "browDown": bump((2.6, 5.8), 1.2, (-0.15, -0.7, 0.1)),
        "browInnerUp": bump((1.3, 5.8), 0.9, (0.0, 0.7, 0.0)),
        "browOuterUp": bump((4.6, 5.9), 1.0, (0.0, 0.7, 0.0)),
        "cheekSquint": bump((3.4, 1.6), 0.9, (0.0, 0.4, 0.3)),
        "noseSneer": bump((1.2, -0.4), 0.7, (0.1, 0.45, 0.1)),
        "mouthSmile": bump((2.5, line), 0.9, (0.6, 0.7, -0.3)),
        "mouthDimple": bump((2.5, line), 0.8, (0.4, 0.1, -0.3)),
        "mouthFrown": bump((2.4, line), 0.8, (0.1, -0.6, -0.1)),
        "mouthStretch": bump((2.6, line - 0.3), 1.0, (0.7, -0.2, -0.3)),
        "mouthPress": bump((1.2, line), 0.6, (0.0, 0.0, -0.25)),
        "mouthUpperUp": bump((1.0, line + 0.3), 0.6, (0.0, 0.45, 0.05), upper),
        "mouthLowerDown": bump((1.0, line - 0.3), 0.6, (0.0, -0.55, 0.05), lower),
        **lids(neutral, on_skin),
    }
    opposite = cKDTree(neutral).query(neutral * np.array([-1, 1, 1]))[1]
    shapes: dict[str, NDArray[np.float64]] = {}
    for name, offset in left_side.items():
        shapes[f"{name}_L"] = offset
        shapes[f"{name}_R"] = offset[opposite] * np.array([-1, 1, 1])
    depth = np.maximum(line - y, 0)
    width = 2.4 + 0.9 * depth
    jaw_weight = np.where(jaw, 1.0, np.maximum(1 - (x / width) ** 2, 0) * lower * on_skin)
    shapes["jawOpen"] = jaw_weight[:, None] * np.array([0.0, -2.2, -0.5])
    shapes["mouthShrugUpper"] = bump((0, line + 0.4), 0.8, (0.0, 0.3, 0.15), upper)
    shapes["mouthShrugLower"] = bump((0, line - 0.6), 0.9, (0.0, 0.25, 0.15), lower)
    shapes["mouthRollUpper"] = bump((0, line + 0.3), 0.7, (0.0, 0.0, -0.3), upper)
    shapes["mouthRollLower"] = bump((0, line - 0.3), 0.7, (0.0, 0.0, -0.3), lower)
    narrow = bump((0, line), 1.6, (1.0, 0.0, 0.0))[:, :1] * np.column_stack([-x, 0 * x, 0 * x])
    shapes["mouthPucker"] = 0.25 * narrow + bump((0, line), 1.0, (0.0, 0.0, 0.4))
    shapes["mouthFunnel"] = 0.15 * narrow + bump((0, line), 1.0, (0.0, 0.0, 0.5))
    return {name: offset.astype(np.float32) for name, offset in shapes.items()}


def lids(
    neutral: NDArray[np.float64], on_skin: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    """The blendshapes of the left eye: an upper lid that reaches the lower one at weight 1."""
    half, above, below = LID
    u = (neutral[:, 0] - EYE[0]) / half
    v = neutral[:, 1] - EYE[1]
    arch = np.sqrt(np.maximum(1 - u**2, 0)) * on_skin
    over, under = v - above * arch, -v - below * arch

    def upper(by: float | NDArray[np.float64], reach: float) -> NDArray[np.float64]:
        moved = np.where(v >= 0, by * arch * np.exp(-np.maximum(over, 0) / reach), 0.0)
        return np.column_stack([0 * u, moved, 0 * u])

    def lower(by: float, reach: float) -> NDArray[np.float64]:
        moved = np.where(v < 0, by * arch * np.exp(-np.maximum(under, 0) / reach), 0.0)
        return np.column_stack([0 * u, moved, 0 * u])

    return {
        "eyeBlink": upper(-(above + below), 0.6),
        "eyeSquint": lower(0.22, 0.6),
        "eyeWide": upper(0.25, 0.8),
        "eyeLookDown": upper(-0.2, 0.6),
        "eyeLookUp": upper(0.12, 0.8),
        "eyeLookIn": upper(0.01, 0.8),
        "eyeLookOut": upper(0.01, 0.8),
    }


def identity_modes(neutral: NDArray[np.float64]) -> NDArray[np.float32]:
    """Six smooth changes of the head's shape (6, V, 3), a standard deviation each."""
    x, y, _ = neutral.T
    zero = np.zeros_like(x)
    low = 1 / (1 + np.exp(y + 3))  # the lower face
    nose = np.exp(-(x**2) / 3 - (y**2) / 4)
    eyes = np.exp(-((np.abs(x) - EYE[0]) ** 2) / 4 - (y - EYE[1]) ** 2 / 6)
    modes = [
        (0.06 * x, -0.04 * (y - 1), zero),  # round or long
        (0.10 * x * low, -0.3 * low, zero),  # jaw
        (zero, -0.5 * nose, 0.6 * nose),  # nose
        (0.3 * np.tanh(x) * eyes, zero, zero),  # distance of the eyes
        (zero, 0.5 * np.exp(-((y - 6) ** 2) / 3), zero),  # height of the brows
        (zero, 0.4 * np.exp(-((y - MOUTH_LINE) ** 2) / 3), 0.2 * low),  # height of the mouth
    ]
    return np.stack([np.stack(mode, axis=1) for mode in modes]).astype(np.float32)


def published(head: FaceModel) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Where the head's vertices and triangles come to lie in ICT-FaceKit's numbering.

    Returns:
        The published number of every vertex (V,), and the published polygon of every triangle.
    """
    number = np.full(len(head.neutral), -1, np.int64)
    number[head.landmarks] = ICT_LANDMARKS
    taken = set(ICT_LANDMARKS.tolist())
    free = (n for n in range(10**6) if n not in taken)
    for vertex in np.flatnonzero(number < 0):
        number[vertex] = next(free)
    polygon = np.zeros(len(head.triangles), np.int32)
    for part, (first, _) in ICT_POLYGONS.items():
        members = np.flatnonzero(head.parts == part)
        polygon[members] = first + np.arange(len(members))
    return number, polygon


def write_compact(path: Path, head: FaceModel) -> Path:
    """Write the head as the compact ``.npz``."""
    number, polygon = published(head)

    def scattered(values: NDArray[np.float32]) -> NDArray[np.float32]:
        full = np.zeros((*values.shape[:-2], number.max() + 1, 3), np.float32)
        full[..., number, :] = values
        return full

    np.savez(
        path,
        neutral=scattered(head.neutral),
        triangles=number[head.triangles].astype(np.int32),
        polygon=polygon,
        expression=scattered(np.stack(list(head.blendshapes.values()))),
        expression_names=np.array(list(head.blendshapes)),
        identity=scattered(head.identity),
    )
    return path


def write_folder(folder: Path, head: FaceModel, names: list[str], modes: int) -> Path:
    """Write the head as the published folder of OBJ files, with some blendshapes and modes."""
    folder.mkdir(parents=True)
    number, polygon = published(head)
    corners = dict(zip(polygon.tolist(), number[head.triangles].tolist(), strict=True))
    faces = [
        "f " + " ".join(f"{corner + 1}/1/1" for corner in corners.get(n, (0, 0, 0)))
        for n in range(polygon.max() + 1)
    ]

    def write(name: str, vertices: NDArray[np.float32], *, with_faces: bool = False) -> None:
        full = np.zeros((number.max() + 1, 3))
        full[number] = vertices
        lines = ["# test", *(f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in full), "vt 0 0"]
        lines += faces if with_faces else []
        (folder / f"{name}.obj").write_text("\n".join(lines) + "\n")

    write("generic_neutral_mesh", head.neutral, with_faces=True)
    for name in names:
        write(name, head.neutral + head.blendshapes[name])
    for mode in range(modes):
        write(f"identity{mode:03d}", head.neutral + head.identity[mode])
    indices = {"expressions": names, "idx_to_landmark_verts": ICT_LANDMARKS.tolist()}
    (folder / "vertex_indices.json").write_text(json.dumps(indices))
    return folder
