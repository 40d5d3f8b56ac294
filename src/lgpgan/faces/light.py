"""The light on a face: what white things in it look like, and how much colour its photo has.

Teeth are white in the light of their photo, not in that of the skin beside them: red cheeks do not
make pink teeth. Where the colour of the light is read, the first of these that can be believed:

1. the whites of both eyes, where they agree with each other and are paler than the skin;
2. the mean of what is around the face, where it is nearly without colour ("grey world");
3. the skin's own colour against that of most skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import LEFT_EYE, RIGHT_EYE, Similarity
from lgpgan.faces.fold_colour import DARKEST, LUMA, chroma
from lgpgan.faces.regions import EYE_BOX, SKIN_BOX, head_area

__all__ = ["FaceLight", "face_light"]

FINER = 2
"""Pixels per template pixel at which eyes are looked at."""
OPENING = np.array([0.95, 0.75])
"""Part of an eye's outline, across and down, in which there are no lids."""
BRIGHT = (50.0, 95.0)
"""Percentiles of the luma in an eye between which its white lies: above are reflections."""
PALE = 30.0
"""Percent of these pixels, the palest, that are taken for the white."""
FEWEST = 6
"""Fewer pixels of white than this say nothing."""
AGREE = 0.05
"""Logarithms of chroma by which the whites of both eyes differ when half of them is believed."""
DARKEST_WHITE = 0.55
"""Whites that are darker than this share of the skin's luma are shadows or closed lids."""
PALER = 0.1
"""By this the logarithm of red over blue is less than that of the skin, or they are believed less.
"""
GREY_WORLD = 0.12
"""Chroma of the surroundings, as a logarithm, at which half of it is believed."""
USUAL_SKIN = np.array([0.160, -0.069, -0.182])
"""Logarithms of the skin's chroma under white light: medians of 80 people of the London set."""
SKIN_SHARE = 0.5
"""How much of the skin's difference from that is taken for the light's colour."""
SPREAD = (10.0, 90.0)
"""Percentiles of red over blue in the aligned face whose distance tells how much colour it has."""
LEAST_COLOUR = 0.12
"""That distance, of logarithms, from which on a photo counts as one in colour. It is 0 in a grey
photo, and nearly in one of sepia."""


@dataclass(frozen=True)
class FaceLight:
    """The light on a face.

    Attributes:
        colour: (3,) of a white thing, with a luma of 1.
        colourful: 1 where the photo has colours, 0 where it has none.
        skin: (3,) mean colour of the skin, 0 to 255.
        whites: mean luma of the whites of both eyes, 0 to 255; None where they are not seen.
    """

    colour: NDArray[np.float64]
    colourful: float
    skin: NDArray[np.float64]
    whites: float | None = None


def face_light(
    pixels: NDArray[np.uint8],
    aligned: NDArray[np.uint8],
    transform: Similarity,
    landmarks: NDArray[np.floating],
) -> FaceLight:
    """The light on a face of a photo.

    Args:
        pixels: (H, W, 3) uint8, the photo.
        aligned: (128, 128, 3) uint8, the face.
        transform: photo to aligned coordinates.
        landmarks: (68, 2) in the photo.
    """
    skin = aligned[SKIN_BOX.rows, SKIN_BOX.columns].reshape(-1, 3).mean(axis=0)
    placed = transform(landmarks)
    usual = SKIN_SHARE * (chroma(skin) - USUAL_SKIN)
    around, of_surroundings = _surroundings(aligned, placed)
    colour = usual + of_surroundings * (around - usual)
    whites = _whites(pixels, transform, placed)
    if whites is not None:
        colour += _believed(whites, skin) * (chroma(whites.mean(axis=0)) - colour)
    least, most = np.percentile(_redness(aligned[::2, ::2]), SPREAD)
    colourful = float(min((most - least) / LEAST_COLOUR, 1.0))
    tint = chroma(aligned.reshape(-1, 3).mean(axis=0))  # that of everything in a photo of sepia
    colour = tint + colourful * (colour - tint)
    luma = None if whites is None else float(whites.mean(axis=0) @ LUMA)
    return FaceLight(np.exp(colour) / (np.exp(colour) @ LUMA), colourful, skin, luma)


def _redness(colour: NDArray[np.generic]) -> NDArray[np.float32]:
    """Logarithms (...) of red over blue of colours (..., 3)."""
    of = chroma(colour)
    return np.asarray(of[..., 0] - of[..., 2])


def _whites(
    pixels: NDArray[np.uint8], transform: Similarity, landmarks: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Colours (2, 3) of the whites of both eyes; None where an eye shows none."""
    near = transform.moved(-EYE_BOX.left, -EYE_BOX.top).scaled(FINER)
    matrix = near.matrix.copy()
    matrix[:, 2] += matrix[:, :2].sum(axis=1) * 0.5 - 0.5
    size = (EYE_BOX.width * FINER, EYE_BOX.height * FINER)
    eyes = cv2.warpAffine(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    found = []
    for part in (RIGHT_EYE, LEFT_EYE):
        outline = (landmarks[part] - [EYE_BOX.left, EYE_BOX.top]) * FINER
        outline = outline.mean(axis=0) + (outline - outline.mean(axis=0)) * OPENING
        inside = np.zeros(eyes.shape[:2], np.uint8)
        cv2.fillPoly(inside, [np.rint(outline - 0.5).astype(np.int32)], 1)
        seen = eyes[inside > 0].astype(np.float64)
        if len(seen) < FEWEST:
            continue
        luma = seen @ LUMA
        least, most = np.percentile(luma, BRIGHT)
        bright = seen[(luma >= least) & (luma <= most)]
        colourless = np.ptp(bright, axis=1) / np.maximum(bright.max(axis=1), DARKEST)
        pale = bright[colourless <= np.percentile(colourless, PALE)]
        if len(pale) >= FEWEST:
            found.append(pale.mean(axis=0))
    return np.array(found) if len(found) == 2 else None


def _believed(whites: NDArray[np.float64], skin: NDArray[np.float64]) -> float:
    """How far the colours (2, 3) of the whites of both eyes are those of the light, 0 to 1."""
    first, second = chroma(whites)
    apart = np.abs(first - second).max() / AGREE
    white = whites.mean(axis=0)
    lit = np.clip((white @ LUMA) / max(float(skin @ LUMA), DARKEST) / DARKEST_WHITE, 0, 1)
    paler = np.clip((_redness(skin) - _redness(white)) / PALER, 0, 1)
    return float(paler * lit**4 / (1 + apart**2))


def _surroundings(
    aligned: NDArray[np.uint8], landmarks: NDArray[np.float64]
) -> tuple[NDArray[np.floating], float]:
    """Chroma (3,) of the mean of what is around a face, and how far it can be believed, 0 to 1."""
    face = head_area(landmarks)
    around = aligned[cv2.dilate(face, np.ones((9, 9), np.uint8)) == 0]
    if not len(around):
        return np.zeros(3), 0.0
    found = chroma(around.mean(axis=0))
    return found, float(1 / (1 + (np.abs(found).max() / GREY_WORLD) ** 2))
