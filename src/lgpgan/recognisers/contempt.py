"""Reading contempt from landmarks, because no available recogniser knows contempt.

Contempt is the one expression that is one-sided (action units 12 and 14): a corner of the mouth is
raised and drawn out, the other is not. The recipe moves the person's left one, which is on the
right of the picture, and never the other. So the left corner's way up and out, against the same
person's neutral face, says how contemptuous a face is; only its excess over the right corner's
way counts, so that a smile scores nothing.

Measured with dlib's landmarks on renders of a studio set made from the London and Canada photos,
with the threshold below, which 112 people of its train split gave. Of the 30 people kept out, at
intensity 1 (take 0), 30 of 30 contemptuous renders are read, and none of 180 renders of the six
other expressions that move; in their further, jittered takes 6 of 32 contemptuous ones are missed
at intensities 0.3 to 0.5, none of 118 above, and 2 of 900 others are taken for it, both happy.
Real people smile unevenly: 6 of the 102 London smiles count as contempt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError

__all__ = ["THRESHOLD", "ContemptReading", "calibrate_threshold", "read_contempt"]

RIGHT_CORNER, LEFT_CORNER = 48, 54
"""The mouth's corners among the 68 landmarks, named by the person's sides."""
UP_AND_OUT = np.array([1.0, -1.0]) / np.sqrt(2)
"""Direction in the picture (x right, y down) in which the left corner is raised and drawn out."""
THRESHOLD = 1.9
"""Score, in template pixels, above which a face counts as contemptuous. On 112 training people's
renders contempt scores 2.0 at least (5.6 on average) and everything else 1.8 at most."""


@dataclass(frozen=True)
class ContemptReading:
    """Readings of the mouths of N faces.

    Attributes:
        score: (N,) float64, template pixels.
    """

    score: NDArray[np.float64]

    @property
    def contemptuous(self) -> NDArray[np.bool_]:
        """(N,), whether the score is above :data:`THRESHOLD`."""
        return self.score > THRESHOLD


def read_contempt(
    landmarks: NDArray[np.floating], neutral: NDArray[np.floating]
) -> ContemptReading:
    """Read contempt from faces and the same people's neutral faces.

    Args:
        landmarks: (N, 68, 2) in template pixels, found on the faces.
        neutral: (N, 68, 2), found likewise on a neutral face of each person.

    Raises:
        InputError: when the shapes differ or are others.
    """
    if landmarks.shape[1:] != (68, 2) or landmarks.shape != neutral.shape:
        raise InputError(
            "Contempt needs 68 landmarks of every face and of the same person's neutral face, of"
            f" shape (N, 68, 2), not {landmarks.shape} and {neutral.shape}."
        )
    moved = landmarks - neutral
    left = moved[:, LEFT_CORNER] @ UP_AND_OUT
    right = moved[:, RIGHT_CORNER] @ (UP_AND_OUT * (-1, 1))
    return ContemptReading(np.minimum(left, left - right))


def calibrate_threshold(score: NDArray[np.floating], contemptuous: NDArray[np.bool_]) -> float:
    """Compute :data:`THRESHOLD`: the score that best separates contemptuous faces from others.

    Best is the largest difference of hit rate and false-alarm rate (Youden's index); among equals
    the middle of the widest gap between two neighbouring scores.

    Args:
        score: (N,).
        contemptuous: (N,), the truth.

    Raises:
        InputError: when there are not faces of both kinds.
    """
    if contemptuous.all() or not contemptuous.any():
        raise InputError("A threshold needs contemptuous faces and others.")
    steps = np.unique(score)
    candidates, gaps = (steps[1:] + steps[:-1]) / 2, np.diff(steps)
    above = score[None] > candidates[:, None]
    index = above[:, contemptuous].mean(axis=1) - above[:, ~contemptuous].mean(axis=1)
    best = max(range(len(candidates)), key=lambda i: (index[i], gaps[i]))
    return float(candidates[best])
