"""The colour of skin in a fold: it gets darker, and keeps more of its red than of its blue.

Light that reaches the bottom of a fold has met skin on its way, and skin takes little of the red.
One factor for all colours, as of a grey shadow, makes a fold look like a smudge.

The slopes were measured on real smiles: 80 people of the London set who are in the training split,
neutral and smiling. Both photos were aligned, the smile's pixels were found again in the neutral
photo (landmarks, then optical flow), and the ratio of both was read beside nose and mouth. Where
the skin gets darker, ``d log c / d log Y`` is 0.82 for red (quartiles 0.75 and 0.90), 1.09 for
green (1.05, 1.11) and 1.19 for blue (1.09, 1.26); Y is the luma of Rec. 601. Where it gets
brighter, the slopes are 0.89, 1.06 and 1.04. The lighter the skin, the more of its red a fold
keeps: red has 0.90 in the darkest third of the people, and 0.76 in the lightest.

All that follows from the skin's own colour, with two constants fitted to these people::

    slope of c = 1 − strength · (Y / 150) ** 3.3 · log(c / Y)

The mean error of that is 0.06 for red, 0.03 for green and 0.10 for blue. Three constants for all
people leave 0.07, 0.04 and 0.10. Skin without colour has the slope 1 in all three channels.

Skin that shines is paler than the rest, and where it gets darker the shine goes first. Of a place's
difference from the skin's chroma 1.7 times the fall of log Y is lost: the median over the people,
quartiles −0.1 and 3.8. Here it is 3, since what networks darken beside the nose looked grey at 1.7.
``benchmarks/fold_colour.py`` measures and fits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["DARKEST", "LUMA", "FoldColour", "chroma", "luma_of", "share_of_skin"]

LUMA = np.array([0.299, 0.587, 0.114])
"""Shares of red, green and blue in the luma of Rec. 601."""
DARKENING = 1.15
"""How strongly slopes differ from 1 where the skin gets darker, at a luma of 150."""
BRIGHTENING = 0.6
"""The same where it gets brighter."""
LIGHTNESS_POWER = 3.3
"""How fast that grows with the lightness of the skin."""
USUAL_LUMA = 150.0
"""Median luma of the skin of the people that were measured, 0 to 255."""
GREATEST_LIGHTNESS = 1.15
"""Skin that is lighter than this times the usual counts as this: nobody's was much lighter."""
SHINE_LOST = 3.0
"""Share of a place's difference from the skin's chroma that is lost for each unit by which the
logarithm of its light falls: shining skin, which is pale, is dull in a fold."""
RED_LOST = 4.0
"""The same for each unit by which its light rises: folds are red, and where those of a smile went,
orange smudges were left. Chosen by eye on the ten people to choose on."""
UNLIKE_SKIN = 0.15
"""Logarithms of chroma by which skin may differ from the mean of its face; what differs by twice
that is something else."""
DARKEST_SKIN = 0.4
"""What is darker than this share of the skin's luma is hair, or a nostril."""
DARKEST = 1.0
"""Values below this, of 255, count as this: black has no colour."""


class FoldColour:
    """How the channels of one face's skin change with its light.

    Args:
        skin: (3,) colour of the skin, RGB, 0 to 255; of
            :data:`lgpgan.faces.regions.SKIN_BOX`, for example.

    Attributes:
        darkening: (3,) exponents of a factor of light below 1.
        brightening: (3,) exponents of a factor of light above 1.
    """

    def __init__(self, skin: NDArray[np.floating]) -> None:
        colour = np.maximum(np.asarray(skin, np.float64), DARKEST)
        luma = float(colour @ LUMA)
        lightness = min(luma / USUAL_LUMA, GREATEST_LIGHTNESS) ** LIGHTNESS_POWER
        self._chroma = chroma(colour)
        self.darkening = _slopes(colour / luma, DARKENING * lightness)
        self.brightening = _slopes(colour / luma, BRIGHTENING * lightness)

    def __call__(
        self, light: NDArray[np.floating], seen: NDArray[np.floating] | None = None
    ) -> NDArray[np.float32]:
        """Factor of every channel for a factor of the light.

        Args:
            light: (...) factor of the luma, above 0.
            seen: (..., 3) chroma at each place before: its shine is lost in the dark, its
                red in the light.

        Returns:
            (..., 3) float32; 1 where ``light`` is 1. Skin without colour gets three equal values.
        """
        change = np.log(np.asarray(light, np.float32))
        darker, brighter = np.minimum(change, 0), np.maximum(change, 0)
        factors = np.empty((*change.shape, 3), np.float32)
        lost = None
        if seen is not None:
            lost = np.float32(RED_LOST) * brighter - np.float32(SHINE_LOST) * darker
            lost = np.minimum(lost, 1)
            lost *= skin_likeness(seen, self._chroma)
        for channel in range(3):
            value = np.float32(self.darkening[channel]) * darker
            value += np.float32(self.brightening[channel]) * brighter
            if seen is not None and lost is not None:
                value += lost * (self._chroma[channel] - seen[..., channel])
            np.exp(value, out=factors[..., channel])
        return factors


def luma_of(colour: NDArray[np.generic]) -> NDArray[np.float32]:
    """Luma (...) of colours (..., 3), in their unit."""
    red, green, blue = (np.asarray(colour[..., c], np.float32) for c in range(3))
    total = np.float32(LUMA[0]) * red
    total += np.float32(LUMA[1]) * green
    total += np.float32(LUMA[2]) * blue
    return np.asarray(total, np.float32)


def chroma(colour: NDArray[np.generic]) -> NDArray[np.float32]:
    """Logarithms (..., 3) of a colour's channels over its luma; 0 without colour."""
    values = np.maximum(np.asarray(colour, np.float32), np.float32(DARKEST))
    red, green, blue = (values[..., channel] for channel in range(3))
    coloured = (red != green) | (green != blue)
    found: NDArray[np.float32] = np.log(values)
    found -= np.log(luma_of(values))[..., None]
    found *= coloured[..., None]
    return found


def skin_likeness(seen: NDArray[np.floating], skin: NDArray[np.floating]) -> NDArray[np.float32]:
    """How far places are skin, 0 to 1, by their chroma (..., 3) and that of the skin (3,)."""
    apart = np.abs(seen[..., 0] - skin[0])
    for channel in (1, 2):
        apart = np.maximum(apart, np.abs(seen[..., channel] - skin[channel]))
    return np.asarray(np.clip(2 - apart / np.float32(UNLIKE_SKIN), 0, 1), np.float32)


def share_of_skin(
    luma: NDArray[np.floating], seen: NDArray[np.floating], skin: NDArray[np.floating]
) -> NDArray[np.float32]:
    """How far places of a face are skin, 0 to 1, by their light and their colour.

    Args:
        luma: (...) of the places, 0 to 255.
        seen: (..., 3), their chroma.
        skin: (3,) mean colour of the skin, 0 to 255.
    """
    least = np.float32(DARKEST_SKIN)
    light = luma / np.float32(max(float(skin @ LUMA), DARKEST))
    bright = np.clip(2 * (light - least) / (1 - least), 0, 1)
    return np.asarray(skin_likeness(seen, chroma(skin)) * bright, np.float32)


def _slopes(colour: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    """Slopes (3,) of a colour (3,) of luma 1; the luma's own slope is 1."""
    slopes = 1 - strength * np.log(colour)
    if np.ptp(colour) == 0:
        return np.ones(3)
    balanced: NDArray[np.float64] = slopes + (1 - slopes @ (LUMA * colour))
    return balanced
