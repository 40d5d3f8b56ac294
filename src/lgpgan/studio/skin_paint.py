"""Augmentation with make-up, stubble and beards, which move with the skin.

It is painted on the neutral face of the take and carried from there to source and target by their
exact correspondence, as a tattoo would be: lipstick stretches with a smile, and a lid that closes
shows its eye shadow. So the flow between source and target stays exact. Paint takes the light
of the skin below it, and with that its folds and shines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.batches import PairBatch
from lgpgan.expressions.expression import Expression
from lgpgan.face3d.correspondence import Correspondence
from lgpgan.face3d.renderer import pixel_centres
from lgpgan.faces.alignment import JAW, TEMPLATE_SIZE, resample
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.easel import FINER, SHIFT, hair_colour, subpixels

__all__ = ["Skin", "carry", "draw_paint", "paint"]

BRIGHTNESS = 0.6
"""Of the skin that the colours below are meant for; on darker pictures they are darker."""

LIPS = slice(48, 60)
"""Landmarks around the lips, from the person's right corner over the upper lip."""
LIDS = ([36, 37, 38, 39], [42, 43, 44, 45])
BROWS = ([18, 19, 20, 21], [22, 23, 24, 25])
"""Landmarks of the upper lids, and those of the brows above each of them."""

LIPSTICKS = np.array(
    [
        [0.72, 0.08, 0.13],
        [0.85, 0.25, 0.40],
        [0.55, 0.10, 0.25],
        [0.62, 0.30, 0.26],
        [0.78, 0.36, 0.26],
        [0.30, 0.07, 0.10],
    ]
)
"""Red, pink, plum, brown, coral, nearly black."""
SHADOWS = np.array(
    [
        [0.36, 0.24, 0.18],
        [0.28, 0.28, 0.30],
        [0.42, 0.24, 0.45],
        [0.24, 0.34, 0.55],
        [0.26, 0.42, 0.34],
        [0.62, 0.45, 0.28],
    ]
)
"""Brown, grey, violet, blue, green, bronze."""
BLUSH = np.array([0.78, 0.36, 0.36])
LINER = np.array([0.08, 0.06, 0.06])

Points = NDArray[np.float64]
"""(N, 2) in template pixels."""
Mask = NDArray[np.float32]
"""(128, 128), 0 to 1."""
Colour = NDArray[np.float64]
"""(3,) or (128, 128, 3) RGB, 0 to 1."""
Paint = NDArray[np.float32]
"""(128, 128, 4): RGB times opacity, to be multiplied by the brightness of the skin; opacity."""


class Skin(NamedTuple):
    """The skin of one pair.

    Attributes:
        neutral: (128, 128, 3) uint8 RGB, the take's neutral face.
        landmarks: (68, 2) of it.
        correspondence: of the take.
        source: which of the take's faces is the source.
        target: which is the target.
    """

    neutral: NDArray[np.uint8]
    landmarks: NDArray[np.floating]
    correspondence: Correspondence
    source: int
    target: int


def paint(
    batch: PairBatch,
    skins: Sequence[Skin],
    options: Augmentation,
    generators: Sequence[np.random.Generator],
) -> PairBatch:
    """Put make-up or a beard on some of the faces.

    Args:
        batch: B pairs, as they were drawn: not yet moved, so that correspondences hold.
        skins: one a pair.
        options: shares.
        generators: one a pair, which everything random is drawn from.

    Returns:
        The pairs; all but the pictures unchanged.
    """
    source, target = batch.source.clone(), batch.target.clone()
    for number, (skin, rng) in enumerate(zip(skins, generators, strict=True)):
        drawn = draw_paint(skin.neutral, skin.landmarks, options, rng)
        if drawn is None:
            continue
        for image, face in ((source[number], skin.source), (target[number], skin.target)):
            _apply(image.numpy(), carry(drawn, skin.correspondence, face))
    return batch._replace(source=source, target=target)


def draw_paint(
    neutral: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    options: Augmentation,
    rng: np.random.Generator,
) -> Paint | None:
    """Draw what is on the skin of a neutral face.

    Args:
        neutral: (128, 128, 3) RGB.
        landmarks: (68, 2) of it.
        options: shares.
        rng: what everything random is drawn from.

    Returns:
        The paint, or None where there is none.
    """
    bearded, made_up = rng.random(2) < [options.beard, options.make_up]
    if not (bearded or made_up):
        return None
    palette = _Palette(neutral / 255, landmarks.astype(np.float64))
    if bearded:
        _draw_beard(palette, rng)
    if made_up:
        _draw_make_up(palette, rng)
    return palette.paint


def carry(drawn: Paint, correspondence: Correspondence, face: int) -> Paint:
    """Move paint from the neutral face to another face of the take.

    Skin that the neutral face hides, as a lid does, is painted as what lies beside it there. Eyes
    and the inside of the mouth stay clean.
    """
    flow, _ = correspondence.flow(Expression.NEUTRAL.position, face)
    there = pixel_centres(TEMPLATE_SIZE) + flow
    skin = correspondence.shows_skin(face).astype(np.float32)
    skin = np.asarray(cv2.GaussianBlur(skin, (0, 0), 0.5), np.float32)
    return resample(drawn, there, interpolation=cv2.INTER_LINEAR) * skin[..., None]


def _apply(image: NDArray[np.float32], drawn: Paint) -> None:
    """Put paint on (3, 128, 128), −1 to 1, in place."""
    colour, opacity = drawn[..., :3].transpose(2, 0, 1), drawn[..., 3]
    unit = (image + 1) / 2
    painted = unit * (1 - opacity) + colour * unit.mean(0)
    image[...] = np.clip(painted, 0, 1) * 2 - 1


class _Palette:
    """Paint on one face, each colour over what was there before.

    Args:
        picture: (128, 128, 3), 0 to 1.
        landmarks: (68, 2).

    Attributes:
        paint: what was painted so far.
        picture: as it was given.
        landmarks: as they were given.
        skin: colour of the cheeks.
        brightness: of the cheeks.
    """

    def __init__(self, picture: NDArray[np.floating], landmarks: Points) -> None:
        self.picture, self.landmarks = picture, landmarks
        self.paint: Paint = np.zeros((TEMPLATE_SIZE, TEMPLATE_SIZE, 4), np.float32)
        cheeks = np.clip(self.cheeks(), 3, TEMPLATE_SIZE - 4).astype(int)
        patches = [picture[y - 3 : y + 4, x - 3 : x + 4] for x, y in cheeks]
        self.skin: Colour = np.mean(patches, (0, 1, 2), dtype=np.float64)
        self.brightness = max(float(self.skin.mean()), 0.05)

    def cheeks(self) -> Points:
        """(2, 2): between the wings of the nose and the edges of the face."""
        middle: Points = (self.landmarks[[2, 14]] + self.landmarks[[31, 35]]) / 2
        return middle

    def put(self, colour: Colour, opacity: Mask, *, over: float | None = None) -> None:
        """Paint with a colour as it looks on skin of BRIGHTNESS.

        Args:
            colour: RGB.
            opacity: how much of it.
            over: mean brightness of what is painted over; that of the cheeks if not said.
        """
        self.paint *= 1 - opacity[..., None]
        relative = colour * (self.brightness / BRIGHTNESS / (over or self.brightness))
        self.paint[..., :3] += opacity[..., None] * relative
        self.paint[..., 3] += opacity


def _area(outline: Points, softness: float) -> Mask:
    """The area within an outline (N, 2); ``softness`` is the radius of the blur of its edge."""
    canvas = np.zeros((TEMPLATE_SIZE * FINER,) * 2, np.uint8)
    cv2.fillPoly(canvas, [subpixels(outline)], 255, cv2.LINE_8, SHIFT)
    return _shrunk(canvas, softness)


def _stroke(points: Points, thickness: float, softness: float) -> Mask:
    """A line through (N, 2) points, ``thickness`` template pixels wide."""
    canvas = np.zeros((TEMPLATE_SIZE * FINER,) * 2, np.uint8)
    width = max(1, round(thickness * FINER))
    cv2.polylines(canvas, [subpixels(points)], False, 255, width, cv2.LINE_8, SHIFT)
    return _shrunk(canvas, softness)


def _shrunk(canvas: NDArray[np.uint8], softness: float) -> Mask:
    small = cv2.resize(canvas, (TEMPLATE_SIZE,) * 2, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small.astype(np.float32) / 255, (0, 0), softness))


def _draw_make_up(palette: _Palette, rng: np.random.Generator) -> None:
    """Lipstick, and by chance eye shadow, a line along the lids, blush."""
    lips = _area(palette.landmarks[LIPS], 0.7)
    brightness = float((palette.picture.mean(2) * lips).sum() / max(float(lips.sum()), 1.0))
    colour = rng.choice(LIPSTICKS) * rng.uniform(0.85, 1.15)
    palette.put(colour, lips * np.float32(rng.uniform(0.25, 0.8)), over=max(brightness, 0.05))
    shadowed, lined, blushing = rng.random(3) < [0.6, 0.5, 0.4]
    if blushing:
        opacity, size = rng.uniform(0.1, 0.35), rng.uniform(5, 8)
        for cheek in palette.cheeks() - [0, 2]:
            near = np.exp(-(((pixel_centres(TEMPLATE_SIZE) - cheek) / size) ** 2).sum(-1))
            palette.put(BLUSH, (opacity * near).astype(np.float32))
    if shadowed:
        colour, opacity = rng.choice(SHADOWS), rng.uniform(0.2, 0.6)
        height, softness = rng.uniform(0.35, 0.75), rng.uniform(0.9, 1.8)
        for lids, brows in zip(LIDS, BROWS, strict=True):
            lid, brow = palette.landmarks[lids], palette.landmarks[brows]
            outline = np.concatenate([lid, (lid + height * (brow - lid))[::-1]])
            palette.put(colour, _area(outline, softness) * np.float32(opacity))
    if lined:
        opacity, thickness = rng.uniform(0.4, 0.9), rng.uniform(0.8, 1.6)
        for lids in LIDS:
            line = _stroke(palette.landmarks[lids] - [0, 0.4], thickness, 0.45)
            palette.put(LINER, line * np.float32(opacity))


def _draw_beard(palette: _Palette, rng: np.random.Generator) -> None:
    """Stubble, a full beard, a beard about the mouth, or a moustache; in the hair's colour."""
    points = palette.landmarks
    form = (_full_beard, _full_beard, _goatee, _moustache)[rng.integers(4)]
    short = form is _full_beard and rng.random() < 0.5
    area = _area(form(points, rng), rng.uniform(2.0, 3.5) if short else rng.uniform(1.4, 2.4))
    grain, shine = _grain(rng, length=0.3 if short else 1.2)
    # Hairs end one by one: where the area fades out, the grain decides.
    area = np.clip(area + 0.5 * grain * area * (1 - area), 0, 1)
    area *= 1 - _area(points[LIPS], 0.6)
    colour = hair_colour(palette.picture, palette.skin, rng) * BRIGHTNESS / palette.brightness
    density = rng.uniform(0.15, 0.45) if short else rng.uniform(0.65, 0.9)
    roughness = 0.3 if short else 0.12
    opacity = area * np.clip(density * (1 + roughness * grain), 0, 0.95)
    palette.put(colour * (1 + 0.22 * shine[..., None]), opacity.astype(np.float32))


def _grain(rng: np.random.Generator, *, length: float) -> tuple[Mask, Mask]:
    """Two fields (128, 128) of hairs hanging down, of mean 0 and standard deviation 1."""
    fields = rng.standard_normal((TEMPLATE_SIZE, TEMPLATE_SIZE, 2), np.float32)
    fields = np.asarray(cv2.GaussianBlur(fields, (0, 0), sigmaX=0.4, sigmaY=length), np.float32)
    fields /= fields.std((0, 1))
    return fields[..., 0], fields[..., 1]


def _full_beard(points: Points, rng: np.random.Generator) -> Points:
    """From the ears along the jaw, over the cheeks' lower part to below the nose."""
    mouth = points[LIPS].mean(0)
    jaw = mouth + (points[JAW][2:15] - mouth) * rng.uniform(1.0, 1.08)
    high = rng.uniform(0.1, 0.45)  # of the way from the corner of the mouth to the nose
    left = np.stack([(points[13] + points[54]) / 2, points[54] + high * (points[35] - points[54])])
    right = np.stack([points[48] + high * (points[31] - points[48]), (points[3] + points[48]) / 2])
    return np.concatenate([jaw, left, _below_nose(points)[::-1], right])


def _goatee(points: Points, rng: np.random.Generator) -> Points:
    """About mouth and chin."""
    wide = rng.uniform(1.08, 1.25)
    mouth = points[LIPS].mean(0)
    corners = mouth + (points[[54, 48]] - mouth) * wide
    chin = mouth + (points[[10, 9, 8, 7, 6]] - mouth) * [rng.uniform(0.55, 0.95), 1.0]
    return np.concatenate([_below_nose(points), corners[:1], chin, corners[1:]])


def _moustache(points: Points, rng: np.random.Generator) -> Points:
    """Between nose and upper lip, to the corners of the mouth or a little beyond."""
    mouth = points[LIPS].mean(0)
    corners = mouth + (points[[54, 48]] - mouth) * rng.uniform(1.0, 1.15)
    lip = points[[53, 52, 51, 50, 49]] + [0, 0.5]
    return np.concatenate([_below_nose(points), corners[:1], lip, corners[1:]])


def _below_nose(points: Points) -> Points:
    """(3, 2), from the person's right to the left: a little below the nose."""
    down = 0.25 * (points[51] - points[33])
    below: Points = points[[31, 33, 35]] + down
    return below
