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

from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_colour import LUMA, luma_of
from lgpgan.faces.inside_change import DrawnInside, InsideChange
from lgpgan.faces.light import FaceLight
from lgpgan.faces.lighting import TEETH
from lgpgan.faces.mouth_rows import EDGE_ROWS, PER_CENTIMETRE, Row, mouth_rows, rows_in
from lgpgan.faces.regions import mouth_box_at

__all__ = ["with_rows"]

HALF = 0.5
"""Share that is drawn on the edge of an opening."""
FEWEST = 12.0
"""Openings of so many template pixels are still drawn by the networks, of twice as many from rows.
"""
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

WHITE = 1.05
"""Light on a white thing in front of the mouth, over the luma of the skin, in most photos."""
COUNTS_AS = 6.0
"""So many pixels of that light count as much as it."""
BRIGHTEST_COUNT = 6
"""Power of the light by which a pixel counts: networks draw teeth darker, but not brighter."""
MOST_LIGHT, MOST_WHITE = 1.5, 245.0
"""Greatest light over the luma of the skin, and greatest luma of a white thing."""
DEEP = np.array([0.075, 0.034, 0.030])
"""What is left of white light in the depth of a mouth."""
DEEP_COUNTS_AS = 0.05
"""So much of a pixel of what networks draw counts as much as that."""
DEEP_BLUR = 2.0
"""Over how many template pixels the dark that networks draw is carried behind teeth."""
LIP_SHADE, LIP_REACH = 0.35, 1.5
"""How much light lips take from teeth beside them, and over how many template pixels."""

FINEST = 8
"""Most pixels that are drawn per template pixel."""
OF_GAUSSIAN = 2.563
"""Width of an edge, from 10 to 90 %, that is blurred with a standard deviation of 1."""


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
    drawn = 1 - change.keep
    there = np.maximum(drawn, np.float32(LEAST_DRAWN))[..., None]
    seen, lit = change.colour / there, inside.lit / there
    opening = _opening(drawn, luma_of(seen), luma_of(lit), light, inside.mouth_top)
    if not opening.any():
        return change
    core = opening * (drawn > HALF)
    white = _white(luma_of(seen), core, light)
    canvas = _Canvas.around(opening, int(np.clip(round(scale), 1, FINEST)))
    picture = canvas.enlarged(_depth(seen, core * drawn, white))
    covered = cv2.GaussianBlur(np.roll(core, 1, axis=0), (0, 0), LIP_REACH)
    shade = canvas.enlarged(1 - LIP_SHADE * (1 - np.clip(covered, 0, 1)))[..., None]
    blur = edge_width / OF_GAUSSIAN
    upper, lower = rows_in(landmarks, change.flow, inside)
    for row, drawing, edge_row in reversed(
        list(zip((upper, lower), mouth_rows(), EDGE_ROWS, strict=True))
    ):
        shown = canvas.row(row, drawing, edge_row, blur)
        colour = _pale(shown[..., :3], light) * shade
        picture = picture * (1 - shown[..., 3:]) + colour
    share = drawn * opening
    lit_by = np.asarray(share[..., None] * white, np.float32)
    colour = change.colour * (1 - opening)[..., None] + lit_by
    made = DrawnInside(lit_by, picture, canvas.corner, canvas.detail)
    return replace(change, colour=colour.astype(np.float32), inside=made)


@dataclass(frozen=True)
class _Canvas:
    """A part of the aligned face that is drawn finer.

    Attributes:
        corner: x and y of its first pixel of the aligned face.
        size: width and height in these pixels.
        detail: pixels that are drawn for each.
    """

    corner: tuple[int, int]
    size: tuple[int, int]
    detail: int

    @classmethod
    def around(cls, area: NDArray[np.floating], detail: int) -> _Canvas:
        """The canvas that holds all of an area (S, S) that is not 0."""
        sides = [np.flatnonzero(area.any(axis=axis)) for axis in (0, 1)]
        left, top = (int(side[0]) for side in sides)
        width, height = (int(np.ptp(side)) + 1 for side in sides)
        return cls((left, top), (width, height), detail)

    def enlarged(self, planes: NDArray[np.floating]) -> NDArray[np.float32]:
        """Planes (S, S) or (S, S, 3) of the aligned face, smoothly."""
        (left, top), (width, height) = self.corner, self.size
        part = np.ascontiguousarray(planes[top : top + height, left : left + width], np.float32)
        finer = (width * self.detail, height * self.detail)
        return np.asarray(cv2.resize(part, finer, interpolation=cv2.INTER_LINEAR), np.float32)

    def row(
        self, row: Row, drawing: NDArray[np.float32], edge_row: float, blur: float
    ) -> NDArray[np.float32]:
        """A row of teeth (h, w, 4), blurred by so many template pixels."""
        x, y = (
            first
            + (np.arange(count * self.detail, dtype=np.float32) + np.float32(0.5)) / self.detail
            for first, count in zip(self.corner, self.size, strict=True)
        )
        soft = cv2.GaussianBlur(drawing, (0, 0), blur * PER_CENTIMETRE / row.width)
        return row.read(np.asarray(soft), edge_row, x, y)


def _opening(
    drawn: NDArray[np.float32],
    seen: NDArray[np.floating],
    lit: NDArray[np.floating],
    light: FaceLight,
    mouth_top: int,
) -> NDArray[np.float32]:
    """The share (S, S) of what is drawn that is the inside of a mouth.

    Args:
        drawn: (S, S), 0 to 1, the share that is drawn.
        seen: (S, S) luma of what is drawn, with white teeth.
        lit: (S, S) luma of the light on teeth.
        light: on the face.
        mouth_top: first row of the mouth region.
    """
    region = mouth_box_at(mouth_top)
    core = np.zeros_like(drawn)
    core[region.rows, region.columns] = drawn[region.rows, region.columns] > HALF
    large = float(np.clip(core.sum() / FEWEST - 1, 0, 1))
    if not large:
        return np.zeros_like(drawn)
    skin = _luma_of_skin(light)
    dark = np.clip((BRIGHT - (seen - lit) / skin) / (BRIGHT - DARK), 0, 1)
    shows = core * np.clip(lit / skin / CLEARLY_LIT + dark, 0, 1)
    around = cv2.GaussianBlur(core, (0, 0), AROUND)
    share = cv2.GaussianBlur(shows, (0, 0), AROUND) / np.maximum(around, LEAST_DRAWN)
    sure = np.clip((share - DOUBT) / (SURE - DOUBT), 0, 1)
    side = 2 * REACH + 1
    near = cv2.dilate(core, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    opening = large * sure * cv2.GaussianBlur(near, (0, 0), FADE)
    opening[opening < LEAST_INSIDE] = 0
    return np.asarray(opening, np.float32)


def _white(
    seen: NDArray[np.floating], core: NDArray[np.floating], light: FaceLight
) -> NDArray[np.float64]:
    """Colour (3,) of a white thing in front of a mouth, 0 to 255.

    Args:
        seen: (S, S) luma of what networks draw, with white teeth.
        core: (S, S) the share of the inside of the mouth.
        light: on the face.
    """
    skin = _luma_of_skin(light)
    weight = core * np.minimum(seen / skin, MOST_LIGHT) ** BRIGHTEST_COUNT
    usual = COUNTS_AS * WHITE**BRIGHTEST_COUNT
    luma = ((weight * seen).sum() + usual * WHITE * skin) / (weight.sum() + usual)
    tint = np.exp(np.log(light.colour) + light.colourful * TEETH)
    colour: NDArray[np.float64] = min(luma, MOST_WHITE) * tint / (tint @ LUMA)
    return colour


def _depth(
    seen: NDArray[np.floating], inside: NDArray[np.floating], white: NDArray[np.floating]
) -> NDArray[np.float64]:
    """What (S, S, 3) is left of the light behind teeth: the dark that networks draw.

    Args:
        seen: (S, S, 3) what they draw, with white teeth.
        inside: (S, S) the share of the inside of the mouth.
        white: (3,) the light.
    """
    weight = inside * np.clip(1 - luma_of(seen) / (HALF * float(white @ LUMA)), 0, 1) ** 2
    total = cv2.GaussianBlur(seen * weight[..., None], (0, 0), DEEP_BLUR)
    counted = cv2.GaussianBlur(weight, (0, 0), DEEP_BLUR)[..., None]
    depth: NDArray[np.float64] = (total / white + DEEP_COUNTS_AS * DEEP) / (
        counted + DEEP_COUNTS_AS
    )
    return depth


def _pale(colour: NDArray[np.float32], light: FaceLight) -> NDArray[np.float32]:
    """Colours (h, w, 3) with as much colour as a photo has."""
    if light.colourful >= 1:
        return colour
    luma = luma_of(colour)[..., None]
    return luma + np.float32(light.colourful) * (colour - luma)


def _luma_of_skin(light: FaceLight) -> float:
    return max(float(light.skin @ LUMA), 1.0)
