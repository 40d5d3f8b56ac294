"""Wrinkles and creases of a face, drawn at the photo's resolution.

Networks that draw at 128×128 do not draw them: they are one pixel wide there. The expression that
is asked for says how deep they are, the landmarks of the face where they lie, and the flow how they
move with the skin. Where hair lies over the skin there are none.

Creases beside nose and mouth are too wide for the networks to miss, and too fine for them to place:
they draw a dark cloud around each. So a crease is drawn where the networks darken the skin, and
takes from the cloud what it adds itself.

The map was written from that of the studio (:mod:`lgpgan.face3d.wrinkles`) by
``recipes/wrinkles/write_wrinkle_map.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE, along, read_at
from lgpgan.faces.fold_colour import FoldColour, chroma, luma_of, share_of_skin

__all__ = [
    "BOTTOM",
    "CELL",
    "FINER",
    "LEFT",
    "RIGHT",
    "TOP",
    "UNIT",
    "UPPER",
    "WRINKLES",
    "WrinkleMap",
    "Wrinkles",
    "fold_depth",
    "wrinkle_map",
    "wrinkles_on",
]

CELL = 0.06
"""Side of a cell of the map in centimetres."""
LEFT, RIGHT, BOTTOM, TOP = -7.5, 7.5, -6.0, 10.5
"""What the map covers, in centimetres of the generic face: x towards the person's left, y up."""
UNIT = 1 / 512
"""Change of the light that one step of the map's values stands for."""
WRINKLES: Mapping[str, Mapping[str, float]] = {
    "browInnerUp": {"browInnerUp": 1.0},
    "browOuterUp": {"browOuterUp": 1.0},
    "browDown": {"browDown": 1.0},
    "noseSneer": {"noseSneer": 1.0},
    "cheekSquint": {"cheekSquint": 0.7, "eyeSquint": 0.3},
    "mouthSmile": {"mouthSmile": 0.8, "noseSneer": 0.4, "mouthUpperUp": 0.2},
    "mouthDimple": {"mouthDimple": 1.0, "mouthSmile": 0.2},
    "mouthFrown": {"mouthFrown": 1.0},
}
"""Which blendshapes fold the skin at each place of the map, and how deep at a weight of 1."""
LOWER = ("mouthSmile", "mouthDimple", "mouthFrown")
"""Creases beside nose and mouth."""
UPPER = tuple(name for name in WRINKLES if name not in LOWER)
"""Wrinkles of brow, glabella, nose and eyes."""
CREASE = 1.4
"""How much darker a crease is than the furrow in it: the studio's light falls on folds of the mesh
besides. Of 1, 1.4 and 1.8 the ten people to choose on were named right most often with this."""
CLOUD = 2.5
"""Blur, in template pixels, of the cloud that networks draw around a crease."""
DARKENED, AROUND = 0.1, 4
"""Where networks take so much of the light, all of a crease is drawn that lies within so many
template pixels."""
DEEPEST = 1.3
"""How much deeper than at full strength a furrow gets at most."""
FINER = 2
"""Pixels of what is drawn per template pixel: a furrow is two template pixels wide."""
FINE = (TEMPLATE_SIZE * FINER, TEMPLATE_SIZE * FINER)
"""Rows and columns of what is drawn."""
ANCHORS = slice(17, 60)
"""Brows, nose, eyes and the outline of the lips among the 68 landmarks: what wrinkles lie by."""
NEAR = 9.0
"""Distance, in template pixels, over which a landmark moves the map."""
FAR_SHARE = 0.05
"""Weight against landmarks' of the map as a whole: far from them it is not bent."""
GRID = 8
"""Distance of the places where the map is laid out, in template pixels."""
CHEEKS = (slice(48, 66), (slice(36, 52), slice(76, 92)))
"""Rows of skin below the eyes, and columns of it on both sides of the nose."""
TEXTURE = (0.5, 1.0)
"""Blurs between which the texture of skin lies, in template pixels."""
USUAL_TEXTURE = 0.0046
"""Median of it, as a part of the light, over people of the London and Canada sets."""
BY_TEXTURE = 0.5
"""Power of the texture by which skin folds deeper."""
DEPTHS = (0.7, 1.2)
"""Least and greatest depth of folds by texture."""
DARK = 8.0
"""Values of 255 added to the light, so that noise in shadows is not taken for texture."""
PATCH, STRETCH = (1.4, 1.4), (3.0, 0.6)
"""Over how many centimetres, across and up, wrinkles change their way, and their depth: of the
lines of one forehead some are deep, and some end early."""
BENT, DEEPER = 0.1, 0.7
"""Standard deviations of how far a wrinkle lies from its usual place, in centimetres, and of the
logarithm of its depth over the usual one."""
DEPTH_BOUNDS, MORE = (-1.6, 0.45), 0.08
"""Standard deviations within which the depth is held, and what is added to its logarithm: a line
may be missing, but one of twice the usual depth looks drawn on, or like a cut."""
SPREAD = (0.8, 1.3)
"""How far apart the lines of a forehead are, over the usual: the least and the most."""
MARGIN = round(4 * BENT / CELL)
"""No wrinkle lies so many rows of the map from its usual place."""
LARGER = 3
"""So many times the map's sides is the noise that these are read from."""
CLEAR = 1.0
"""Blur of the area of skin, in template pixels: wrinkles end softly at hair and brows."""


@dataclass(frozen=True)
class WrinkleMap:
    """The wrinkles of a generic face.

    Attributes:
        shades: name in :data:`WRINKLES` to the change of the light (rows, columns), y up, that the
            person's left half shows at full strength.
        landmarks: (68, 2) of the generic face, in centimetres.
    """

    shades: Mapping[str, NDArray[np.float32]]
    landmarks: NDArray[np.float32]

    @property
    def drawn_size(self) -> tuple[int, int]:
        """Rows and columns of the map."""
        rows, columns = next(iter(self.shades.values())).shape
        return rows, columns

    def drawn(
        self, weights: Mapping[str, float], names: Collection[str]
    ) -> NDArray[np.float32] | None:
        """Change of the light (rows, columns) by an expression; None where nothing is folded.

        Args:
            weights: blendshape name to weight; a name without side holds for both.
            names: of the wrinkles, keys of :data:`WRINKLES`.
        """
        total = np.zeros(self.drawn_size, np.float32)
        folded = False
        for name in names:
            shade = self.shades[name]
            for side, half in (("L", shade), ("R", shade[:, ::-1])):
                strength = sum(
                    share * max(weights.get(driver, 0.0), weights.get(f"{driver}_{side}", 0.0))
                    for driver, share in WRINKLES[name].items()
                )
                if strength > 0:
                    total += np.float32(min(strength, DEEPEST)) * half
                    folded = True
        return total if folded else None


@dataclass(frozen=True)
class Wrinkles:
    """What wrinkles do to the light of a face.

    A channel of the photo is multiplied by 1 and its slope times the change.

    Attributes:
        change: (128 · FINER, 128 · FINER) float32, of the luma.
        slopes: (3,) float32, of red, green and blue.
    """

    change: NDArray[np.float32]
    slopes: NDArray[np.float32]


@cache
def wrinkle_map() -> WrinkleMap:
    """The map as it is shipped."""
    with (
        as_file(files("lgpgan.faces").joinpath("wrinkles.npz")) as path,
        np.load(path, allow_pickle=False) as arrays,
    ):
        shades = arrays["shades"].astype(np.float32) * np.float32(UNIT)
        return WrinkleMap(
            dict(zip(arrays["names"].tolist(), shades, strict=True)), arrays["landmarks"]
        )


def wrinkles_on(
    seen: NDArray[np.float32],
    landmarks: NDArray[np.floating],
    flow: NDArray[np.float32],
    above: Mapping[str, float],
    below: Mapping[str, float],
    shade: NDArray[np.floating] | None,
    skin: NDArray[np.floating],
    blur: float,
) -> Wrinkles | None:
    """The wrinkles of an expression on a face.

    Args:
        seen: (128, 128, 3), 0 to 255, the face read along the flow.
        landmarks: (68, 2) of the face at rest, in template pixels.
        flow: (128, 128, 2).
        above: weights of the expression of the upper half: blendshape name to weight.
        below: the same of the lower half.
        shade: (128, 128) of the networks, below 1 where they darken skin; None where they do not.
        skin: (3,) mean colour of the skin, 0 to 255.
        blur: standard deviation, in template pixels, by which the photo is out of focus.

    Returns:
        The wrinkles; None where the expression folds nothing.
    """
    upper = wrinkle_map().drawn(above, UPPER)
    lower = None if shade is None else wrinkle_map().drawn(below, LOWER)
    if upper is None and lower is None:
        return None
    clear = share_of_skin(luma_of(seen), chroma(seen), skin)
    places = _laid_out(wrinkle_map().landmarks, landmarks)
    there = (along(flow) + np.float32(0.5)) / np.float32(GRID) - np.float32(0.5)
    cells = read_at(places, there) - np.array([LEFT, BOTTOM], np.float32)
    cells = cells / np.float32(CELL) - np.float32(0.5)
    where = np.asarray(cv2.resize(cells, FINE, interpolation=cv2.INTER_LINEAR), np.float32)
    change = np.zeros(FINE, np.float32)
    if upper is not None:
        reached = np.flatnonzero((where[..., 1] > _upper_end() - MARGIN).any(axis=1))
        rows = slice(0, reached.max(initial=-1) + 1)
        bent, depth = _own_way(where[rows], landmarks)
        change[rows] += depth * read_at(upper, bent, border=cv2.BORDER_CONSTANT)
    if lower is not None and shade is not None:
        crease = np.float32(CREASE) * read_at(lower, where, border=cv2.BORDER_CONSTANT)
        crease -= cv2.GaussianBlur(crease, (0, 0), CLOUD * FINER)
        change += crease * cv2.resize(_darkened(shade), FINE)
    change = change * cv2.resize(cv2.GaussianBlur(clear, (0, 0), CLEAR), FINE)
    if blur > 0:
        change = np.asarray(cv2.GaussianBlur(change, (0, 0), blur * FINER), np.float32)
    colour = FoldColour(skin)
    slopes = (colour.darkening + colour.brightening) / 2
    return Wrinkles(np.asarray(change, np.float32), slopes.astype(np.float32))


def _darkened(shade: NDArray[np.floating]) -> NDArray[np.float32]:
    """How far (128, 128), 0 to 1, networks darken the skin around each place."""
    dark = np.clip((1 - shade) / np.float32(DARKENED), 0, 1).astype(np.float32)
    side = 2 * AROUND + 1
    near = cv2.dilate(dark, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return np.asarray(cv2.GaussianBlur(near, (0, 0), AROUND / 2), np.float32)


def fold_depth(aligned: NDArray[np.uint8]) -> float:
    """How deep skin folds, against that of most people: smooth skin, as of the young, folds less.

    Texture tells little of age: over 100 people of the London set, 18 to 54 years old, it goes
    with the logarithm of age by a correlation of 0.30. So the depth changes within bounds.

    Args:
        aligned: (128, 128, 3) uint8, the face at rest.
    """
    rows, sides = CHEEKS
    light = np.log(luma_of(aligned[rows].astype(np.float32)) + np.float32(DARK))
    fine, coarse = (cv2.GaussianBlur(light, (0, 0), blur) for blur in TEXTURE)
    found = float(np.median(np.abs(np.concatenate([(fine - coarse)[:, side] for side in sides]))))
    return float(np.clip((found / USUAL_TEXTURE) ** BY_TEXTURE, *DEPTHS))


def _own_way(
    where: NDArray[np.float32], landmarks: NDArray[np.floating]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where a face folds instead of the generic one, and how much deeper.

    Nobody's wrinkles are those of the generic face, nor alike on both sides. Each face has its own,
    which stay the same in every edit of it.

    Args:
        where: (h, w, 2) cells of the map.
        landmarks: (68, 2) of the face at rest, which its own way is drawn by.

    Returns:
        (h, w, 2) cells of the map, and (h, w) the depth over the usual one.
    """
    uneven = _uneven()
    rows, columns = wrinkle_map().drawn_size
    room = np.subtract(uneven.shape[:2], (rows, columns))
    shape = np.rint(landmarks - landmarks.mean(axis=0)).astype(np.int16)
    rng = np.random.default_rng(crc32(shape.tobytes()))
    corner, spread = rng.integers(room), rng.uniform(*SPREAD)
    own = read_at(uneven, where + corner[::-1].astype(np.float32))
    bent = where + own[..., :2] * np.float32(BENT / CELL)
    above = np.maximum(bent[..., 1] - _brow_row(), 0)
    bent[..., 1] += above * np.float32(1 / spread - 1)
    return bent, np.exp(np.clip(own[..., 2], *DEPTH_BOUNDS) * np.float32(DEEPER) + np.float32(MORE))


@cache
def _upper_end() -> int:
    """Row of the map below which there are no wrinkles of the upper face."""
    folded = [wrinkle_map().shades[name].any(axis=1) for name in UPPER]
    return int(np.flatnonzero(np.any(folded, axis=0))[0])


@cache
def _brow_row() -> np.float32:
    """Row of the map at which the brows of the generic face end."""
    return np.float32((wrinkle_map().landmarks[17:27, 1].max() - BOTTOM) / CELL)


@cache
def _uneven() -> NDArray[np.float32]:
    """Smooth noise (H, W, 3) of a standard deviation of about 1, larger than the map.

    Two planes change over :data:`PATCH`, the third over :data:`STRETCH`.
    """
    rows, columns = wrinkle_map().drawn_size
    size, rng = (LARGER * columns, LARGER * rows), np.random.default_rng(0)
    planes = []
    for patch in (PATCH, PATCH, STRETCH):
        across, up = (max(2, round(side * CELL / of)) for side, of in zip(size, patch, strict=True))
        noise = rng.standard_normal((up, across), np.float32)
        smooth = np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC), np.float32)
        planes.append(smooth / smooth.std())
    return np.dstack(planes)


def _laid_out(
    generic: NDArray[np.floating], landmarks: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Which places of the generic face, in centimetres, a grid on the face shows.

    One of :data:`GRID` pixels, (rows, columns, 2).

    Args:
        generic: (68, 2) landmarks of the generic face.
        landmarks: (68, 2) of the face, in template pixels.
    """
    here, wanted = landmarks[ANCHORS].astype(np.float64), generic[ANCHORS].astype(np.float64)
    ones = np.ones((len(here), 1))
    affine, *_ = np.linalg.lstsq(np.hstack([here, ones]), wanted, rcond=None)
    left_over = wanted - np.hstack([here, ones]) @ affine
    across = np.arange(0, TEMPLATE_SIZE, GRID) + GRID / 2
    grid = np.stack(np.meshgrid(across, across), axis=-1)
    apart = ((grid[:, :, None] - here) ** 2).sum(axis=-1)
    near = np.exp(-apart / (2 * NEAR**2))
    bent = (near @ left_over) / (near.sum(axis=-1, keepdims=True) + FAR_SHARE)
    return np.asarray(grid @ affine[:2] + affine[2] + bent, np.float32)
