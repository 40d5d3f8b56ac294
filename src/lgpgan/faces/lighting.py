"""A change in the light and colours of its photo, which the networks saw on 128×128 pixels alone.

- The shade of skin keeps the skin's colour (:mod:`lgpgan.faces.fold_colour`).
- The networks say how much light falls on teeth, gums and tongue; its colour is that of the light
  on the face (:mod:`lgpgan.faces.light`). Networks learnt the colour of the skin beside it.
- What is drawn has no more colour than the photo.
- Beside the face nothing gets lighter, darker or a thin paint but skin: a wall is no neck.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_colour import LUMA, FoldColour, chroma, luma_of
from lgpgan.faces.light import FaceLight
from lgpgan.faces.seen_face import SeenFace

__all__ = ["DEPTH_TINT", "TEETH", "in_light"]

TEETH = np.array([0.046, -0.013, -0.050])
"""Logarithms of the chroma of teeth over that of the whites of the eyes: medians of 75 real smiles
of the London set."""
DEPTH_TINT = np.array([0.65, 1.2, 1.15])
"""Exponents of the share of the light that is left deep in a mouth: it has met red skin. Chosen to
be as red as the mouths of surprise in the renders, by eye on the ten people to choose on."""
LEAST_LEFT = 0.35
"""Less of the light than this share does not get redder any more."""
LEAST_DRAWN = 0.02
"""Where less than this share is drawn, nobody sees its colour."""

THIN, THICK = 0.3, 0.5
"""Paint of a smaller share than the first is made a shade of the skin below, of a greater one than
the second it stays paint."""
DOUBT = 0.7
"""Beside the face, what is less like skin than this is none."""
EVEN = 0.8
"""Blur of the networks' shade, in template pixels: it has a lattice of every second pixel."""
SHADES = (0.4, 1.6)
"""Least and greatest shade of skin."""


def in_light(change: FaceChange, seen: SeenFace, light: FaceLight) -> FaceChange:
    """A change as the light on a face makes it look.

    Args:
        change: whose shade has three equal channels, as networks make it.
        seen: the face along the change's flow.
        light: on the face.
    """
    change = _teeth_in_light(change, light)
    if light.colourful < 1:
        change = _paled(change, light)
    if change.shade is None:
        return change
    return _shaded_skin(change, change.shade[..., 0], seen, light)


def _shaded_skin(
    change: FaceChange, shade: NDArray[np.float32], seen: SeenFace, light: FaceLight
) -> FaceChange:
    """Shade (S, S) in the skin's colour, with the thin paint on skin as a part: pores stay.

    Beside the face what is no skin gets neither.
    """
    luma, drawn = seen.luma, 1 - change.keep
    wall = (1 - seen.in_face) * (1 - np.clip((seen.skin - DOUBT) / (1 - DOUBT), 0, 1))
    paint = np.clip((THICK - drawn) / (THICK - THIN), 0, 1)
    skin = np.minimum(seen.skin, 1 - wall)
    thin = paint * (skin + wall)
    painted = paint * (skin * luma_of(change.colour) + wall * drawn * luma)
    keep = change.keep + thin * drawn
    even = np.asarray(cv2.GaussianBlur(shade, (0, 0), EVEN), np.float32)
    shade = even + wall * (1 - even)
    total = (painted + change.keep * shade * luma) / np.maximum(keep * luma, 1)
    return replace(
        change,
        keep=keep.astype(np.float32),
        colour=change.colour * (1 - thin)[..., None],
        shade=FoldColour(light.skin)(np.clip(total, *SHADES), seen.chroma),
    )


def _teeth_in_light(change: FaceChange, light: FaceLight) -> FaceChange:
    """The light on a mouth's inside in the colour of that on the face."""
    inside = change.inside
    if inside is None:
        return change
    luma = luma_of(inside.lit)
    drawn = np.maximum(1 - change.keep, LEAST_DRAWN)
    full = max(float(light.skin @ LUMA), 1.0)
    left = np.clip(luma_of(change.colour) / drawn / np.float32(full), LEAST_LEFT, 1)
    lit, depth = np.empty_like(inside.lit), np.log(left)
    for channel in range(3):
        natural = depth * np.float32(DEPTH_TINT[channel] - 1) + np.float32(TEETH[channel])
        tint = np.float32(light.colourful) * natural + np.float32(np.log(light.colour[channel]))
        np.exp(tint, out=lit[..., channel])
    lit *= (luma / luma_of(lit))[..., None]
    return replace(change, colour=change.colour + lit - inside.lit, inside=replace(inside, lit=lit))


def _paled(change: FaceChange, light: FaceLight) -> FaceChange:
    """What is drawn with as much colour as a pale photo has, in its tint."""
    share = np.float32(light.colourful)
    tone = np.log(light.colour)
    luma = luma_of(change.colour)
    tint = np.exp(tone + share * (chroma(change.colour) - tone)).astype(np.float32)
    return replace(change, colour=luma[..., None] * _of_luma_1(tint))


def _of_luma_1(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours (..., 3) brought to a luma of 1."""
    return np.asarray(colour / luma_of(colour)[..., None], np.float32)
