"""Contempt: scores worked out by hand, and the threshold's calibration."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.recognisers.contempt import THRESHOLD, calibrate_threshold, read_contempt

NEUTRAL = np.random.default_rng(0).uniform(20, 110, (1, 68, 2))


def moved(
    left: tuple[float, float] = (0, 0), right: tuple[float, float] = (0, 0)
) -> NDArray[np.float64]:
    """The neutral face with the mouth's corners moved, in picture axes (y down)."""
    face = NEUTRAL.copy()
    face[0, 54] += left
    face[0, 48] += right
    return face


@pytest.mark.parametrize(
    ("face", "score"),
    [
        (moved(), 0),
        (moved(left=(3, -4)), 7 / np.sqrt(2)),
        (moved(left=(3, -4), right=(-1, -1)), 5 / np.sqrt(2)),  # what the right does, too, is off
        (moved(left=(5, -7), right=(-5, -7)), 0),  # a smile
        (moved(left=(3, -4), right=(1, 1)), 7 / np.sqrt(2)),  # the other falling adds nothing
        (moved(right=(0, 6)), 0),  # one corner drops
        (moved(right=(-3, -4)), -7 / np.sqrt(2)),  # the wrong side
        (moved(left=(-3, 4)), -7 / np.sqrt(2)),
        (moved(left=(2, 2)), 0),  # out but down
    ],
)
def test_score(face: NDArray[np.float64], score: float) -> None:
    found = read_contempt(face, NEUTRAL)
    assert found.score == pytest.approx([score], abs=1e-9)
    assert found.contemptuous.tolist() == [score > THRESHOLD]


def test_only_the_corners_count() -> None:
    face = moved(left=(3, -4))
    brows = face.copy()
    brows[0, 17:27] -= 6
    np.testing.assert_array_equal(
        read_contempt(face, NEUTRAL).score, read_contempt(brows, NEUTRAL).score
    )


def test_each_face_has_its_own_neutral_one() -> None:
    faces = np.concatenate([moved(left=(3, -4)), NEUTRAL + 5])
    neutral = np.concatenate([NEUTRAL, NEUTRAL + 5])
    assert read_contempt(faces, neutral).contemptuous.tolist() == [True, False]


def test_threshold_lies_in_the_middle_of_the_gap() -> None:
    score = np.array([-1.0, 0.2, 1.0, 3.0, 5.0])
    contemptuous = np.array([False, False, False, True, True])
    assert calibrate_threshold(score, contemptuous) == pytest.approx(2.0)


def test_threshold_allows_for_one_that_cannot_be_told() -> None:
    score = np.array([0.0, 0.5, 1.0, 6.0, 4.0, 5.0])
    contemptuous = np.array([False, False, False, False, True, True])
    assert calibrate_threshold(score, contemptuous) == pytest.approx(2.5)


def test_refuses_unusable_arguments() -> None:
    with pytest.raises(InputError, match="68"):
        read_contempt(NEUTRAL[:, :60], NEUTRAL[:, :60])
    with pytest.raises(InputError, match="neutral face"):
        read_contempt(NEUTRAL, np.repeat(NEUTRAL, 2, axis=0))
    for kind in (True, False):
        with pytest.raises(InputError, match="and others"):
            calibrate_threshold(np.arange(3.0), np.full(3, kind))
