"""The inside of a mouth that opens, drawn at the photo's resolution.

Networks say how far a mouth opens and how much light falls into it. At 128×128 they cannot say
where each pixel of a tooth goes: what they read from a picture of teeth came out as a comb. Here
teeth, gums and tongue are rigid rows (:mod:`lgpgan.faces.mouth_rows`) in front of the dark that
networks draw, as sharp as the photo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import MOUTH, TEMPLATE_SIZE
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_colour import LUMA, luma_of
from lgpgan.faces.inside_change import DrawnInside, InsideChange
from lgpgan.faces.light import FaceLight
from lgpgan.faces.lighting import DEPTH_TINT, TEETH
from lgpgan.faces.mouth_rows import rows_in
from lgpgan.faces.regions import Box, area_within, disc, mouth_box_at
from lgpgan.faces.sharpness import DEVIATIONS

__all__ = ["with_rows"]

HALF = 0.5
"""Share that is drawn on the edge of an opening."""
FEWEST = 12.0
"""Openings of so many template pixels are still drawn by the networks, of twice as many from rows.
"""
BESIDE_LIPS = 3
"""Template pixels around the lips of the photo that count as lips."""
ON_LIPS = 0.2
"""Share of an opening that lies on them, with which it is the mouth's: a jaw drops below them."""
REACH, FADE = 3, 1.0
"""Template pixels around an opening in which its inside is drawn, and the blur of that area."""
LEAST_DRAWN = 0.02
"""Where less than this share is drawn, nobody sees its colour."""
LEAST_INSIDE = 0.01
"""The same of the share that is drawn from rows."""

DARK, BRIGHT = 0.35, 0.6
"""Paint that is darker than the first of these, over the skin, is the inside of a mouth. Paint that
is brighter than the second may be lips that close over teeth."""
CLEARLY_LIT = 0.5
"""So much light on teeth, over the luma of the skin, shows that a mouth is open."""
AROUND = 4.0
"""Blur of both, in template pixels."""
DOUBT, SURE = 0.25, 0.5
"""Shares of them at which nothing is drawn from rows, and everything."""

OF_WHITES, OF_SKIN = 1.5, 1.2
"""Light on a white thing in front of the mouth, over the luma of the whites of the eyes, which lids
shade, or of the skin where they do not show: as bright as teeth in real smiles."""
USUAL = (1.2, 2.3)
"""Least and greatest of it, over the luma of the skin, that is believed."""
COUNTS_AS = 60.0
"""So many pixels that networks light count as much as it."""
BRIGHTEST_COUNT = 6
"""Power of the light by which a pixel counts: networks draw teeth darker, but not brighter."""
MOST_LIGHT, MOST_WHITE = 2.3, 238.0
"""Greatest light over the luma of the skin, and greatest luma of a white thing."""
DEEP = np.array([0.075, 0.034, 0.030])
"""What is left of white light in the depth of a mouth."""
DEEP_COUNTS_AS = 0.05
"""So much of a pixel of what networks draw counts as much as that."""
DEEP_BLUR = 2.0
"""Over how many template pixels the dark that networks draw is carried behind teeth."""
LIP_SHADE, LIP_REACH = 0.4, 1.5
"""How much light lips take from teeth beside them, and over how many template pixels."""

WHITE_TO, FLESH_FROM = 0.2, 0.3
"""Of red less blue, over red: teeth have less than the first, gums and the tongue more than the sum
of both."""
FLESH_SHADE = 0.3
"""How much light does not reach gums and the tongue, which lie deeper than the teeth."""
CORNER_SHADE = 0.4
"""How much less light falls on teeth at the corners of a mouth than in its middle."""

MARGIN = 8
"""Template pixels around the mouth region that are looked at."""
SAMPLES = 2.0
"""Pixels that are drawn for each standard deviation of the blur, where the photo has as many."""


def with_rows(
    change: FaceChange,
    landmarks: NDArray[np.floating],
    light: FaceLight,
    edge_width: float,
    scale: float,
) -> FaceChange:
    """A change in which teeth lie where head and jaw have them.

    Args:
        change: of a face of 128×128 pixels, in the light of its photo.
        landmarks: (68, 2) of the photo, in template pixels.
        light: on the face.
        edge_width: of edges in the photo, from 10 to 90 %, in template pixels.
        scale: the photo's pixels per template pixel.

    Returns:
        The change; the same one where no mouth opens, or networks make no inside of it.
    """
    inside = change.inside
    if not isinstance(inside, InsideChange):
        return change
    window = _around(mouth_box_at(inside.mouth_top))
    near = window.rows, window.columns
    drawn, colour = 1 - change.keep[near], change.colour[near]
    there = np.maximum(drawn, np.float32(LEAST_DRAWN))
    seen, lit = luma_of(colour) / there, luma_of(inside.lit[near]) / there
    whole = _openings(drawn > HALF, _lips(landmarks)[near])
    opening = _opening(whole, seen, lit, light)
    if not opening.any():
        return change
    core = opening * (whole > 0)
    white = _white(seen, core, light)
    blur = edge_width / DEVIATIONS
    detail = int(np.clip(np.ceil(SAMPLES / blur), 1, max(1, round(scale))))
    canvas = _Canvas.around(opening, (window.left, window.top), detail)
    depth = _depth(colour, drawn, core * _dark(seen, white), white)
    picture = canvas.enlarged(_pale(depth, light))
    shade = canvas.enlarged(_lip_shade(core))[..., None] ** DEPTH_TINT.astype(np.float32)
    upper, lower = rows_in(landmarks, change.flow, inside)
    for row, is_lower in ((lower, True), (upper, False)):  # the upper one is in front
        teeth = row.read(*canvas.places(), lower=is_lower, blur=blur)
        picture = picture * (1 - teeth[..., 3:]) + _pale(_deeper(teeth) * shade, light)
    white_there = ((drawn * opening)[..., None] * white).astype(np.float32)
    changed, by_light = change.colour.copy(), np.zeros_like(inside.lit)
    changed[near] = colour * (1 - opening)[..., None] + white_there
    by_light[near] = white_there
    made = DrawnInside(by_light, picture, canvas.corner, canvas.detail)
    return replace(change, colour=changed, inside=made)


@dataclass(frozen=True)
class _Canvas:
    """A part of the aligned face that is drawn finer.

    Attributes:
        corner: x and y of its first pixel of the aligned face.
        part: its rows and columns in the window that is worked on.
        detail: pixels that are drawn for each.
    """

    corner: tuple[int, int]
    part: tuple[slice, slice]
    detail: int

    @classmethod
    def around(cls, opening: NDArray[np.float32], corner: tuple[int, int], detail: int) -> _Canvas:
        """The canvas that holds all of an opening (h, w) in a window with a corner (x, y)."""
        across, down = (np.flatnonzero(opening.any(axis=axis)) for axis in (0, 1))
        left, top = int(across[0]), int(down[0])
        part = slice(top, int(down[-1]) + 1), slice(left, int(across[-1]) + 1)
        return cls((corner[0] + left, corner[1] + top), part, detail)

    def enlarged(self, planes: NDArray[np.floating]) -> NDArray[np.float32]:
        """Planes (h, w) or (h, w, 3) of the window, drawn smoothly."""
        part = np.ascontiguousarray(planes[self.part], np.float32)
        size = (part.shape[1] * self.detail, part.shape[0] * self.detail)
        return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.float32)

    def places(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Columns and rows of what is drawn, in pixels of the aligned face."""
        rows, columns = (
            np.arange((side.stop - side.start) * self.detail, dtype=np.float32)
            for side in self.part
        )
        half, finer, (left, top) = np.float32(0.5), np.float32(self.detail), self.corner
        return left + (columns + half) / finer, top + (rows + half) / finer


def _around(region: Box) -> Box:
    """The mouth region with what is drawn around it, as far as the frame goes."""
    left, top = max(region.left - MARGIN, 0), max(region.top - MARGIN, 0)
    right = min(region.left + region.width + MARGIN, TEMPLATE_SIZE)
    bottom = min(region.top + region.height + MARGIN, TEMPLATE_SIZE)
    return Box(top, left, bottom - top, right - left)


def _opening(
    core: NDArray[np.float32],
    seen: NDArray[np.floating],
    lit: NDArray[np.floating],
    light: FaceLight,
) -> NDArray[np.float32]:
    """The share (h, w) of what is drawn that is the inside of a mouth.

    Args:
        core: (h, w), 0 to 1, how far what is drawn is beside lips.
        seen: (h, w) luma of what is drawn, with white teeth.
        lit: (h, w) luma of the light on teeth.
        light: on the face.
    """
    skin = _luma_of_skin(light)
    dark = np.clip((BRIGHT - (seen - lit) / skin) / (BRIGHT - DARK), 0, 1)
    shows = core * np.clip(lit / skin / CLEARLY_LIT + dark, 0, 1)
    around = cv2.GaussianBlur(core, (0, 0), AROUND)
    share = cv2.GaussianBlur(shows, (0, 0), AROUND) / np.maximum(around, LEAST_DRAWN)
    sure = np.clip((share - DOUBT) / (SURE - DOUBT), 0, 1)
    near = cv2.dilate(core, disc(REACH))
    opening = sure * cv2.GaussianBlur(near, (0, 0), FADE)
    opening[opening < LEAST_INSIDE] = 0
    return np.asarray(opening, np.float32)


def _lips(landmarks: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Where (128, 128) the lips of the photo are, and what is between and close beside them."""
    area = area_within(landmarks[MOUTH])
    return np.asarray(cv2.dilate(area, disc(BESIDE_LIPS)), np.bool_)


def _openings(area: NDArray[np.bool_], lips: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How far (h, w), 0 to 1, a place is in an opening of the mouth: paint beside a jaw is none.

    Each connected part of an area counts by its size, and by how much of it lies on lips: which is
    the largest may change from one strength of an expression to the next.

    Args:
        area: (h, w) where enough is drawn.
        lips: (h, w) where lips are.
    """
    count, parts = cv2.connectedComponents(area.astype(np.uint8))
    sizes = np.bincount(parts.ravel(), minlength=count)
    on_lips = np.bincount(parts[lips], minlength=count) / np.maximum(sizes, 1)
    counts = np.clip(on_lips / ON_LIPS, 0, 1) * np.clip(sizes / FEWEST - 1, 0, 1)
    counts[0] = 0  # what is no part
    return np.asarray(counts[parts], np.float32)


def _white(
    seen: NDArray[np.floating], core: NDArray[np.floating], light: FaceLight
) -> NDArray[np.float64]:
    """Colour (3,) of a white thing in front of a mouth, 0 to 255.

    Args:
        seen: (h, w) luma of what networks draw, with white teeth.
        core: (h, w) the share of the inside of the mouth.
        light: on the face.
    """
    skin = _luma_of_skin(light)
    weight = core * np.minimum(seen / skin, MOST_LIGHT) ** BRIGHTEST_COUNT
    whites = OF_SKIN * skin if light.whites is None else OF_WHITES * light.whites
    usual = float(np.clip(whites / skin, *USUAL))
    counts = COUNTS_AS * usual**BRIGHTEST_COUNT
    luma = ((weight * seen).sum() + counts * usual * skin) / (weight.sum() + counts)
    tint = np.exp(np.log(light.colour) + light.colourful * TEETH)
    colour: NDArray[np.float64] = min(luma, MOST_WHITE) * tint / (tint @ LUMA)
    return colour


def _dark(seen: NDArray[np.floating], white: NDArray[np.float64]) -> NDArray[np.floating]:
    """How far (h, w) a luma of what networks draw, with white teeth, is that of the dark behind."""
    dark: NDArray[np.floating] = np.clip(1 - seen / (HALF * float(white @ LUMA)), 0, 1) ** 2
    return dark


def _depth(
    colour: NDArray[np.float32],
    drawn: NDArray[np.float32],
    weight: NDArray[np.floating],
    white: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What (h, w, 3) is left of the light behind teeth: the dark that networks draw.

    Args:
        colour: (h, w, 3) that they draw, times its share.
        drawn: (h, w) that share.
        weight: (h, w) how far each pixel counts.
        white: (3,) the light.
    """
    total = cv2.GaussianBlur(colour * weight[..., None], (0, 0), DEEP_BLUR) / white
    counted = cv2.GaussianBlur(drawn * weight, (0, 0), DEEP_BLUR)[..., None]
    depth: NDArray[np.float64] = (total + DEEP_COUNTS_AS * DEEP) / (counted + DEEP_COUNTS_AS)
    return depth


def _lip_shade(core: NDArray[np.float32]) -> NDArray[np.float32]:
    """What (h, w) lips leave of the light on teeth, least beside the upper one and at corners."""
    below = np.roll(core, 1, axis=0)
    beside_lips = 1 - np.float32(LIP_SHADE) * (1 - cv2.GaussianBlur(below, (0, 0), LIP_REACH))
    columns = np.flatnonzero(core.any(axis=0))
    if not len(columns):
        return np.asarray(beside_lips, np.float32)
    middle, half = (columns[0] + columns[-1]) / 2, max((columns[-1] - columns[0]) / 2, 1)
    beside = np.clip(np.abs(np.arange(core.shape[1]) - middle) / half, 0, 1)
    return np.asarray(beside_lips * (1 - CORNER_SHADE * beside**2), np.float32)


def _deeper(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours (h, w, 3) of a row (h, w, 4) whose gums and tongue lie deeper than the teeth."""
    red, blue = row[..., :1], row[..., 2:3]
    flesh = np.clip(((red - blue) / np.maximum(red, LEAST_DRAWN) - WHITE_TO) / FLESH_FROM, 0, 1)
    return np.asarray(row[..., :3] * (1 - FLESH_SHADE * flesh), np.float32)


def _pale(colour: NDArray[np.floating], light: FaceLight) -> NDArray[np.floating]:
    """Colours (h, w, 3) with as much colour as a photo has."""
    if light.colourful >= 1:
        return colour
    luma = luma_of(colour)[..., None]
    return luma + np.float32(light.colourful) * (colour - luma)


def _luma_of_skin(light: FaceLight) -> float:
    return max(float(light.skin @ LUMA), 1.0)
