"""Folds that go: where a smile ends, their lines are filled from the skin on their sides.

Networks that draw at 128×128 flatten a fold, but see it too coarsely to take its line away, which
stayed like a scratch. Its place is known: it is the narrow dark in the skin beside nose and mouth,
near to where they add light. So the line is filled where the photo's own pixels show it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.faces.alignment import read_at
from lgpgan.faces.fold_colour import DARKEST, chroma, luma_of

__all__ = ["FoldFilling", "filled_folds"]

FLATTENED = 0.05
"""Where networks add so much light to skin, the folds there are to be gone."""
FOLD = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
"""No fold is as wide as this, in template pixels, and one may lie so far from where networks add
light."""
NOISE, BESIDE = 0.3, 1.2
"""Blurs, in template pixels, of the skin that is looked at, and of what is filled in."""
NEARBY = 4.0
"""Blur, in template pixels, of the skin whose colour a fold gets."""
BRIGHTEST = np.float32(1.05)
"""Light, over that of the skin nearby, of the brightest that a fold is filled with."""
PORES = 0.05
"""What is darker than the skin around it by less than this share of its light is left."""
LEAST_SHARE = 0.01
"""What is filled by less than this is not filled at all."""


@dataclass(frozen=True)
class FoldFilling:
    """The skin that folds are filled with.

    Attributes:
        skin: (S, S, 3) float32, 0 to 255, without folds, in the light of the change, times the
            share of the photo.
        share: (S, S) float32, 0 to 1, how far the folds of a place are filled.
    """

    skin: NDArray[np.float32]
    share: NDArray[np.float32]

    @property
    def reaches(self) -> NDArray[np.bool_]:
        """Where (S, S) anything may be filled."""
        return np.asarray(self.share > LEAST_SHARE, np.bool_)

    def over(self, kept: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is kept of a photo (h, w, 3) with its folds filled.

        What is darker than the filling gets its light, and what is clearly so its colour.

        Args:
            kept: in levels as :attr:`skin`, times the share of the photo.
            places: (h, w, 2) where each pixel lies in the aligned face, from a pixel's centre.
        """
        skin = read_at(self.skin, places)
        lift = np.maximum(luma_of(skin) / np.maximum(luma_of(kept), DARKEST), 1)
        lit = kept * lift[..., None]
        lit += np.clip((lift - 1) / PORES, 0, 1)[..., None] * (skin - lit)
        return np.asarray(kept + read_at(self.share, places)[..., None] * (lit - kept), np.float32)

    def faded(self, weight: NDArray[np.float32]) -> FoldFilling:
        """The same, weaker by a weight (S, S)."""
        return replace(self, share=self.share * weight)

    def in_levels(self, levels: int) -> FoldFilling:
        """The same for a picture of more depth: ``levels`` values for each one of 8 bits."""
        return replace(self, skin=self.skin * np.float32(levels))


def filled_folds(
    seen: NDArray[np.float32],
    keep: NDArray[np.float32],
    shade: NDArray[np.floating],
    folding: NDArray[np.floating],
    skin: NDArray[np.floating],
) -> FoldFilling | None:
    """How the folds are filled that networks flatten.

    Args:
        seen: (S, S, 3) float32, the face read along the flow, in its new light.
        keep: (S, S), 0 to 1, the share of the photo.
        shade: (S, S) of the networks: above 1 where a fold is to go.
        folding: (S, S), 0 to 1, how far it is what folds.
        skin: (S, S), 0 to 1, how far it is skin.

    Returns:
        The filling; None where there is nothing to fill.
    """
    flattened = np.clip((shade - 1) / FLATTENED, 0, 1).astype(np.float32)
    near = cv2.GaussianBlur(cv2.dilate(flattened, FOLD), (0, 0), BESIDE)
    of_skin = cv2.morphologyEx(np.asarray(skin, np.float32), cv2.MORPH_CLOSE, FOLD)
    share = np.asarray(near * folding * of_skin * keep, np.float32)
    if share.max() <= LEAST_SHARE:
        return None
    weight = np.asarray(folding * skin, np.float32)
    known = np.maximum(cv2.GaussianBlur(weight, (0, 0), NEARBY), LEAST_SHARE)

    def nearby(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean of a plane (S, S) over the skin around each place that folds."""
        return np.asarray(cv2.GaussianBlur(plane * weight, (0, 0), NEARBY) / known, np.float32)

    luma = luma_of(seen)
    usual = nearby(luma)
    luma += (1 - weight) * (usual - luma)  # teeth, lips and nostrils are no skin
    light = np.minimum(cv2.GaussianBlur(luma, (0, 0), NOISE), BRIGHTEST * usual)
    around = cv2.GaussianBlur(cv2.morphologyEx(light, cv2.MORPH_CLOSE, FOLD), (0, 0), BESIDE)
    tint = np.dstack([nearby(plane) for plane in cv2.split(chroma(seen))])
    filled = (around * keep * np.float32(1 - PORES))[..., None] * np.exp(tint)
    return FoldFilling(np.asarray(filled, np.float32), share)
