"""What the inside of a mouth looks like: teeth, gums, tongue and socket, under a photo's light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.face3d.scene import Kind
from lgpgan.faces.eye_opening import EYES

__all__ = [
    "DARKEST",
    "DEPTH_TINT",
    "MATERIALS",
    "MOUTH_SOFTNESS",
    "Material",
    "material_colour",
    "teeth_light",
]

BRIGHT_WHITE = 157.0
"""Mean value of the whites of the eyes at which the colours below hold. The whites tell the light
on teeth, not the skin, as dark skin has teeth that are as bright: of 40 real smiles of training
people in the London set this leaves the brightness 14 % off and each colour 3 %, beside dark skin
5 % too dark. In proportion to the skin, teeth would be 28 % too dark there, and 7 % too red."""
WHITE_RANGE = (0.6, 1.8)
"""Least and greatest whites of the eyes against the skin that are believed: lids may hide them."""
TINT_RANGE = np.array([(0.98, 0.93, 0.72), (1.28, 1.03, 1.02)])
"""Least and greatest factor of each colour by which the light may tint the inside of the mouth:
warmer, but not colder, since teeth that are bluer than the skin look wrong."""


@dataclass(frozen=True)
class Material:
    """What a part of the mouth's inside looks like.

    Attributes:
        colour: under full light, RGB 0–255.
        ambient: share of the light on it that does not depend on the surface's direction.
        reach: depth behind the lips, in centimetres, to which light comes.
    """

    colour: tuple[float, float, float]
    ambient: float
    reach: float


MATERIALS = {
    Kind.SOCKET: Material((62.0, 28.0, 25.0), ambient=0.65, reach=3.0),
    Kind.GUMS: Material((152.0, 84.0, 82.0), ambient=0.25, reach=7.5),
    Kind.TEETH: Material((217.0, 222.0, 215.0), ambient=0.65, reach=3.2),
}
DARKEST = 0.25
"""Share of the light that is left beyond its reach."""
DEPTH_TINT = np.array([1.0, 1.2, 1.25])
"""Exponents of what is left, one a colour: light deep in a mouth has met red skin on its way."""
MOUTH_SOFTNESS = 0.4
"""Blur inside the mouth, in template pixels."""


def material_colour(
    kind: NDArray[np.integer], facing: NDArray[np.floating], depth: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Colour (H, W, 3) of the mouth's inside under full white light, 0–255.

    Args:
        kind: (H, W) which part each pixel shows; others are black.
        facing: (H, W) cosine of the angle to the light, 0 to 1.
        depth: (H, W) centimetres behind the lips.
    """
    colour, ambient, reach = np.zeros((len(Kind), 3)), np.zeros(len(Kind)), np.ones(len(Kind))
    for part, material in MATERIALS.items():
        colour[part], ambient[part] = material.colour, material.ambient
        reach[part] = material.reach
    left = np.clip(1 - depth / reach[kind], DARKEST, 1.0)[..., None] ** DEPTH_TINT
    lambert = ambient[kind] + (1 - ambient[kind]) * facing
    return np.asarray(colour[kind] * left * lambert[..., None], np.float32)


def teeth_light(
    photo: NDArray[np.uint8], landmarks: NDArray[np.floating], scale: float
) -> NDArray[np.float64]:
    """Light (3,) on teeth: 1 under white light that makes skin bright.

    It is that on the whites of the eyes.

    Args:
        photo: (S, S, 3) uint8 RGB.
        landmarks: (68, 2) x, y in pixels of the photo.
        scale: its pixels per template pixel.
    """
    skin = _skin_colour(photo, landmarks[30], scale)
    eyes = np.zeros(photo.shape[:2], np.uint8)
    for eye in EYES:
        cv2.fillPoly(eyes, [np.rint(landmarks[eye] - 0.5).astype(np.int32)], 1)
    seen = photo[eyes > 0].astype(np.float64)
    brightness = seen.mean(axis=1)
    white = seen[brightness >= np.percentile(brightness, 75)].mean(axis=0)
    tint = white / max(white.mean(), 1.0)
    believed = np.clip(white.mean(), *(skin.mean() * share for share in WHITE_RANGE))
    light: NDArray[np.float64] = believed / BRIGHT_WHITE * np.clip(tint, *TINT_RANGE)
    return light


def _skin_colour(
    photo: NDArray[np.uint8], nose: NDArray[np.floating], scale: float
) -> NDArray[np.float64]:
    """Median colour (3,), 0–255, of the skin around the tip of the nose."""
    reach = max(1, round(3 * scale))
    column, row = (int(np.clip(value, reach, photo.shape[0] - reach)) for value in nose)
    patch = photo[row - reach : row + reach, column - reach : column + reach]
    colour: NDArray[np.float64] = np.median(patch.reshape(-1, 3), axis=0)
    return colour
