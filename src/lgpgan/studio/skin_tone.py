"""Darker skin around the same eyes and teeth.

Few people of the studio's photos have dark skin. What networks learn from the others is that teeth
and eye whites are little brighter than skin, so that they draw them too dark on dark skin. Here all
of a picture but eyes and the inside of the mouth gets darker, in source and target alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.batches import PairBatch
from lgpgan.faces.regions import SKIN_BOX

__all__ = ["darken"]

DARKEST, LIGHTEST = 0.42, 0.85
"""Range of the factor of the skin's green."""
EXPONENTS = np.array([0.9, 1.0, 1.12], np.float32)
"""Of that factor, one a colour: the median of ten black people of the London set against fifteen
white ones, none of them kept out of training. Dark skin is redder."""
LEAST_GREEN = 0.22
"""Mean green of the skin, 0 to 1, below which nothing gets darker: of the darkest of these people.
"""
SOFTNESS = 0.6
"""Blur of the outlines of eyes and mouth, in template pixels."""


def darken(
    batch: PairBatch,
    openings: Sequence[tuple[NDArray[np.bool_], NDArray[np.bool_]]],
    share: float,
    generators: Sequence[np.random.Generator],
) -> PairBatch:
    """Give some of the faces darker skin.

    Args:
        batch: B pairs, as they were drawn: not yet moved, so that openings hold.
        openings: for each pair where (128, 128) source and target show eyes or a mouth's inside.
        share: of the pairs that get darker.
        generators: one a pair, which everything random is drawn from.

    Returns:
        The pairs; all but the pictures unchanged.
    """
    source, target = batch.source.clone(), batch.target.clone()
    for number, (where, rng) in enumerate(zip(openings, generators, strict=True)):
        chosen, wanted = rng.random() < share, np.exp(rng.uniform(*np.log([DARKEST, LIGHTEST])))
        if not chosen:
            continue
        skin = source[number, 1, SKIN_BOX.rows, SKIN_BOX.columns]
        green = (1 + float(skin.mean())) / 2
        factor = np.float32(min(max(wanted, LEAST_GREEN / max(green, 1e-3)), 1.0)) ** EXPONENTS
        for image, opening in zip((source[number], target[number]), where, strict=True):
            around = cv2.GaussianBlur((~opening).astype(np.float32), (0, 0), SOFTNESS)[..., None]
            pixels = image.numpy().transpose(1, 2, 0)  # a view, to be written to
            pixels += (1 + pixels) * around * (factor - 1)
    return batch._replace(source=source, target=target)
