"""Painting over a face: outlines and lines in eye distances, finer than the template's pixels.

Shapes are in eye distances about the middle between the eyes, x along the line through them, y
down: cheeks end near ±1.2, brows lie near −0.3, the chin near 1.8, and the picture ends at ±1.68
to the sides, at −1.1 and at 2.26.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import TEMPLATE_SIZE

__all__ = ["FINER", "SHIFT", "Colour", "Easel", "Layer", "Points", "hair_colour", "subpixels"]

FINER = 4
"""Occluders and paint are drawn at this multiple of the resolution, for smooth edges."""
SHIFT = 3
"""Number of fractional bits of the coordinates that OpenCV draws at."""
HAIR = np.array(
    [
        [0.07, 0.06, 0.06],
        [0.16, 0.11, 0.08],
        [0.29, 0.19, 0.12],
        [0.45, 0.31, 0.19],
        [0.66, 0.52, 0.34],
        [0.43, 0.21, 0.11],
        [0.52, 0.51, 0.50],
    ]
)
"""Colours of hair, where the photo does not show any: black, browns, blonde, red, grey."""
Points = NDArray[np.float64]
"""(..., 2) in eye distances."""
Colour = NDArray[np.float64]
"""(3,) RGB, 0 to 1."""
Layer = NDArray[np.float32]
"""(128, 128, 4) RGB times opacity, and opacity; 0 to 1."""


def hair_colour(picture: NDArray[np.floating], skin: Colour, rng: np.random.Generator) -> Colour:
    """The colour of a face's hair, or a likely one where the photo shows none.

    Args:
        picture: (128, 128, 3) of the face, 0 to 1.
        skin: colour of its cheeks.
        rng: for the lightness, and for the colour where the photo does not show it.
    """
    top = picture[: TEMPLATE_SIZE // 10].reshape(-1, 3)
    lightness = top.sum(1)
    hair = top[lightness <= np.quantile(lightness, 0.12)].mean(0)
    if hair.sum() > 0.65 * skin.sum():  # bald, or outside the picture
        darker = HAIR[HAIR.sum(1) < 0.65 * skin.sum()]
        hair = rng.choice(darker) if len(darker) else HAIR[0]
    return np.asarray(hair * rng.uniform(0.85, 1.15), np.float64)


def subpixels(pixels: Points) -> NDArray[np.int32]:
    """Template pixels (N, 2) → what OpenCV draws at: :data:`FINER` times as many, in fractions."""
    return np.asarray(np.rint((pixels * FINER - 0.5) * 2**SHIFT), np.int32)


class Easel:
    """A canvas over one face; each occluder is painted over those before it.

    Args:
        image: (3, 128, 128), −1 to 1.
        anchors: (5, 2).
        rng: for the colour of the hair, where the photo does not show it.

    Attributes:
        width: x of the temples.
        mouth: middle of the mouth.
        skin: colour of the cheeks.
        hair: colour of the hair.
    """

    def __init__(
        self, image: NDArray[np.float32], anchors: NDArray[np.floating], rng: np.random.Generator
    ) -> None:
        right, left, *temples, mouth = anchors.astype(np.float64)
        if right[0] > left[0]:  # mirrored
            right, left = left, right
        across = left - right
        self._linear = np.stack([across, [-across[1], across[0]]], axis=1)
        self._middle = (right + left) / 2
        inverse = np.linalg.inv(self._linear)
        self.width = float(np.abs((temples - self._middle) @ inverse[0]).mean())
        self.mouth: Points = inverse @ (mouth - self._middle)
        self.skin, self.hair = self._colours(image, rng)
        side = TEMPLATE_SIZE * FINER
        self._opaque = np.zeros((side, side, 4), np.uint8)
        self._veil = np.zeros((side, side, 4), np.uint8)

    def _colours(
        self, image: NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[Colour, Colour]:
        picture = (image.transpose(1, 2, 0) + 1) / 2
        cheeks = self._pixels(np.array([[-0.5, 0.65], [0.5, 0.65]]))
        cheeks = np.clip(cheeks, 3, TEMPLATE_SIZE - 4).astype(int)
        skin = np.mean([picture[y - 3 : y + 4, x - 3 : x + 4] for x, y in cheeks], (0, 1, 2))
        return skin, hair_colour(picture, skin, rng)

    def _pixels(self, points: Points) -> Points:
        """Eye distances → pixels of the template."""
        pixels: Points = points @ self._linear.T + self._middle
        return pixels

    def _canvas(self, points: Points) -> NDArray[np.int32]:
        """Eye distances → what OpenCV draws at."""
        return subpixels(self._pixels(points))

    def fill(self, outline: Points, colour: Colour) -> None:
        """Paint an area (N, 2)."""
        cv2.fillPoly(self._opaque, [self._canvas(outline)], _bytes(colour, 1), cv2.LINE_8, SHIFT)

    def line(self, points: Points, thickness: float, colour: Colour, *, closed: bool) -> None:
        """Paint a line through (N, 2) points with round ends."""
        pixels = np.linalg.norm(self._linear[:, 0]) * FINER
        cv2.polylines(
            self._opaque,
            [self._canvas(points)],
            closed,
            _bytes(colour, 1),
            max(1, round(thickness * pixels)),
            cv2.LINE_8,
            SHIFT,
        )

    def veil(self, outline: Points, colour: Colour, opacity: float) -> None:
        """Paint an area (N, 2) that is see-through, behind all that is opaque.

        It takes the place of what was see-through there before.
        """
        cv2.fillPoly(
            self._veil, [self._canvas(outline)], _bytes(colour, opacity), cv2.LINE_8, SHIFT
        )

    def layer(self, *, softness: float) -> Layer:
        """What was painted; ``softness`` is the radius of the blur, in pixels of the template."""
        size = (TEMPLATE_SIZE, TEMPLATE_SIZE)
        opaque, veil = (
            cv2.resize(canvas, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
            for canvas in (self._opaque, self._veil)
        )
        layer = opaque + veil * (1 - opaque[..., 3:])
        return np.asarray(cv2.GaussianBlur(layer, (0, 0), softness), np.float32)


def _bytes(colour: Colour, opacity: float) -> list[float]:
    """RGB times opacity, and opacity, as 0 to 255."""
    painted = np.clip(np.append(colour, 1), 0, 1) * opacity * 255
    return [float(value) for value in np.rint(painted)]
