"""Folds that go: where a smile ends, their lines are filled from the skin on their sides.

Networks that draw at 128×128 flatten a fold, but see it too coarsely to take its line away, which
stayed like a scratch. Its place is known: it is a narrow dark line where a face has creases, near
to where they add light. So the line is filled where the photo's own pixels show it. Moles and
hair are dark and narrow, too. But moles are no lines, and hair is less red than a fold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import read_at
from lgpgan.faces.fold_colour import DARKEST, FoldColour, chroma, luma_of
from lgpgan.faces.light import FaceLight
from lgpgan.faces.regions import disc
from lgpgan.faces.seen_face import SeenFace

__all__ = ["FoldFilling", "filled_folds"]

FLATTENED = 0.05
"""Where networks add so much light to skin, the folds there are to be gone; where they take so much
of it, none are."""
REACH = 4
"""A fold may lie so many template pixels from where networks add light, and is not as wide as twice
that."""
SOFT = 1.2
"""Blur, in template pixels, of what is filled in."""
NEARBY = 4.0
"""Blur, in template pixels, of the skin whose colour a fold gets."""
ALONG = 2.5
"""Blur, in template pixels, of the directions in which the light changes: in a line they agree."""
NO_LINE, LINE = 0.25, 0.5
"""How far they agree, 0 to 1, in what is no line, and in what surely is one."""
FOLD, HAIR = 0.02, 0.05
"""Logarithms by which the red of a fold may fall behind what folds of this skin have, and by which
that of hair does."""
LIKENESS = 0.8
"""Blur, in template pixels, of the light and the red that are compared."""
DIMMEST = 0.1
"""What is darker than this share of the skin around it counts as this."""
WITHOUT_COLOUR = 0.5
"""How far folds are filled in a photo without colour, where nothing tells them from hair."""
BRIGHTEST = np.float32(1.05)
"""Light, over that of the skin nearby, of the brightest that a fold is filled with."""
PORES = 0.05
"""What is darker than the skin around it by less than this share of its light is left."""
LEFT = 0.25
"""Of the logarithm of what is filled, this share is left: a filling is no flat patch."""
LEAST_SHARE = 0.01
"""What is filled by less than this is not filled at all."""
TINY = 1e-3
"""In place of 0 in a divisor."""


@dataclass(frozen=True)
class FoldFilling:
    """The skin that folds are filled with.

    Attributes:
        skin: (128, 128, 3) float32, 0 to 255, without folds, in the light of the change.
        share: (128, 128) float32, 0 to 1, how far the folds of a place are filled.
    """

    skin: NDArray[np.float32]
    share: NDArray[np.float32]

    @property
    def reaches(self) -> NDArray[np.bool_]:
        """Where (128, 128) anything may be filled."""
        return np.asarray(self.share > LEAST_SHARE, np.bool_)

    def over(
        self, kept: NDArray[np.float32], keep: NDArray[np.float32], places: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """What is kept of a photo (h, w, 3) with its folds filled.

        What is darker than the filling gets its light, and what is clearly so its colour.

        Args:
            kept: in levels as :attr:`skin`, times ``keep``.
            keep: (h, w), 0 to 1, the share of the photo.
            places: (h, w, 2) where each pixel lies in the aligned face, from a pixel's centre.
        """
        wanted = keep * read_at(luma_of(self.skin), places)
        share = keep * read_at(self.share, places)
        luma = np.maximum(luma_of(kept), DARKEST)
        dark = (wanted > luma) & (share > 0)
        filled = kept.copy()
        if not dark.any():
            return filled
        old, lift = kept[dark], (wanted[dark] / luma[dark])[:, None]
        skin = keep[dark][:, None] * read_at(self.skin, places)[dark]
        lit = old * lift ** np.float32(1 - LEFT)
        lit += np.clip((lift - 1) / PORES, 0, 1) * (skin * lift ** np.float32(-LEFT) - lit)
        filled[dark] += share[dark][:, None] * (lit - old)
        return filled

    def faded(self, weight: NDArray[np.float32]) -> FoldFilling:
        """The same, weaker by a weight (128, 128)."""
        return replace(self, share=self.share * weight)

    def in_levels(self, levels: int) -> FoldFilling:
        """The same for a picture of more depth: ``levels`` values for each one of 8 bits."""
        return replace(self, skin=self.skin * np.float32(levels))


def filled_folds(
    seen: SeenFace,
    shown: NDArray[np.float32],
    area: NDArray[np.float32],
    light: FaceLight,
) -> FoldFilling | None:
    """How the folds are filled that networks flatten.

    Args:
        seen: the face along the flow.
        shown: (128, 128, 3), 0 to 255, the same in the light of the change, brighter where a fold
            is to go.
        area: (128, 128), 0 to 1, where there may be folds.
        light: on the face.

    Returns:
        The filling; None where there is nothing to fill.
    """
    added = (seen.gain(shown) - 1) / np.float32(FLATTENED)
    near = cv2.GaussianBlur(cv2.dilate(np.clip(added, 0, 1), disc(REACH)), (0, 0), SOFT)
    share = near * area * np.clip(1 + added, 0, 1)
    if share.max() <= LEAST_SHARE:
        return None
    luma = luma_of(shown)
    weight = area * seen.skin
    known = np.maximum(cv2.GaussianBlur(weight, (0, 0), NEARBY), TINY)

    def nearby(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean of a plane (128, 128) over the skin around each place that folds."""
        return np.asarray(cv2.GaussianBlur(plane * weight, (0, 0), NEARBY) / known, np.float32)

    share *= 1 - _hair_share(seen, nearby(seen.luma), light)
    share *= cv2.morphologyEx(seen.skin, cv2.MORPH_CLOSE, disc(REACH)) * _line_share(luma)
    usual = nearby(luma)
    luma += (1 - weight) * (usual - luma)  # teeth, lips and nostrils are no skin
    closed = cv2.morphologyEx(np.minimum(luma, BRIGHTEST * usual), cv2.MORPH_CLOSE, disc(REACH))
    around = cv2.GaussianBlur(closed, (0, 0), SOFT) * np.float32(1 - PORES)
    colour = chroma(shown)
    tint = np.dstack([nearby(colour[..., channel]) for channel in range(3)])
    filled = np.asarray(around[..., None] * np.exp(tint), np.float32)
    return FoldFilling(filled, np.asarray(share, np.float32))


def _hair_share(
    seen: SeenFace, usual: NDArray[np.float32], light: FaceLight
) -> NDArray[np.float32]:
    """How far (128, 128) what is dark may be hair: it is less red than a fold of this skin.

    Args:
        seen: the face along the flow.
        usual: (128, 128) luma of the skin around each place.
        light: on the face.
    """
    luma, red = (
        cv2.GaussianBlur(plane, (0, 0), LIKENESS) for plane in (seen.luma, seen.chroma[..., 0])
    )
    darker = np.log(np.clip(luma / np.maximum(usual, DARKEST), DIMMEST, 1))
    skin = chroma(light.skin.astype(np.float32))[0]
    behind = skin + np.float32(FoldColour(light.skin).darkening[0] - 1) * darker - red
    hair = np.clip((behind - FOLD) / (HAIR - FOLD), 0, 1)
    colourful = np.float32(light.colourful)
    return np.asarray(colourful * hair + (1 - colourful) * (1 - WITHOUT_COLOUR), np.float32)


def _line_share(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far (128, 128) a place is in a line, and not in a spot or a texture, by its luma.

    It is the coherence of the structure tensor of the logarithm of the light.
    """
    log = np.log(np.maximum(luma, np.float32(DARKEST)))
    across, down = (cv2.Scharr(log, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    xx, yy, xy = (
        cv2.GaussianBlur(product, (0, 0), ALONG)
        for product in (across * across, down * down, across * down)
    )
    coherence = np.hypot(xx - yy, 2 * xy) / (xx + yy + np.float32(TINY))
    return np.asarray(np.clip((coherence - NO_LINE) / (LINE - NO_LINE), 0, 1), np.float32)
