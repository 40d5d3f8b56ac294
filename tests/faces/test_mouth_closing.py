"""Lips that are to meet are drawn over the teeth between them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from generic_face import generic_face
from lgpgan.expressions.target import Target
from lgpgan.face3d.face_model import load_face_model
from lgpgan.faces.alignment import Similarity, upright, warp
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.mouth_closing import (
    APART,
    LEAST_LIP,
    PARTED,
    MouthClosing,
    lips_apart,
    mouth_closing,
)
from lgpgan.faces.paste import paste

SCALE = 4
SKIN, LIPS, TEETH = (190, 150, 130), (150, 70, 75), (235, 232, 225)
OPEN = 7.0
"""Template pixels between the lips of the photo."""
LEFT_OPEN = 0.4
"""What is left of them where networks close a mouth."""


@pytest.fixture(scope="module")
def smiling() -> NDArray[np.float64]:
    """Landmarks (68, 2) of a mouth that shows its teeth."""
    points = generic_face()
    points[61:64, 1] -= OPEN / 2
    points[65:68, 1] += OPEN / 2
    points[[49, 50, 51, 52, 53], 1] -= OPEN / 2
    points[55:60, 1] += OPEN / 2
    return points


def photo_of(points: NDArray[np.float64], teeth: tuple[int, int, int] = TEETH) -> NDArray[np.uint8]:
    photo = np.tile(np.array(SKIN, np.uint8), (128 * SCALE, 128 * SCALE, 1))
    for outline, colour in ((points[48:60], LIPS), (points[60:68], teeth)):
        cv2.fillPoly(photo, [np.rint(outline * SCALE).astype(np.int32)], colour)
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), SCALE / 2), np.uint8)


def to_aligned() -> Similarity:
    return Similarity(np.array([[1 / SCALE, 0, 0], [0, 1 / SCALE, 0]]))


def squeezing(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """A flow (128, 128, 2) that closes most of a mouth, smoothly, as networks do."""
    flow = np.zeros((128, 128, 2), np.float32)
    beside = np.arange(128) + 0.5 - points[60:68, 1].mean()
    half = OPEN / 2
    there = np.where(
        np.abs(beside) < half * LEFT_OPEN,
        beside / LEFT_OPEN,
        np.sign(beside) * (np.abs(beside) + half * (1 - LEFT_OPEN)),
    )
    fade = np.clip((25 - np.abs(beside)) / 10, 0, 1)
    flow[..., 1] = (fade * (there - beside))[:, None]
    return flow


def closing_of(
    photo: NDArray[np.uint8], points: NDArray[np.float64], apart: float = 0.0
) -> MouthClosing | None:
    return mouth_closing(warp(photo, to_aligned(), 128), points, squeezing(points), apart)


def edited(
    photo: NDArray[np.uint8], points: NDArray[np.float64], apart: float
) -> NDArray[np.uint8]:
    change = FaceChange(
        squeezing(points), np.ones((128, 128), np.float32), np.zeros((128, 128, 3), np.float32)
    )
    return paste(photo, change.closed(closing_of(photo, points, apart)), to_aligned())


def teeth_in(photo: NDArray[np.uint8]) -> int:
    return int((photo[..., 1] > (SKIN[1] + TEETH[1]) / 2).sum())


def test_teeth_of_a_smile_are_gone_where_lips_meet(smiling: NDArray[np.float64]) -> None:
    """They stayed as a light seam, in neutral, sad and angry faces made of smiles."""
    photo = photo_of(smiling)
    assert teeth_in(edited(photo, smiling, PARTED)) > 500
    assert teeth_in(edited(photo, smiling, 0.0)) == 0


def test_lips_meet_in_a_dark_line(smiling: NDArray[np.float64]) -> None:
    made = edited(photo_of(smiling), smiling, 0.0)
    middle, line = round(float(smiling[62, 0] * SCALE)), float(smiling[60:68, 1].mean()) * SCALE
    rows = made[round(line - 2 * SCALE) : round(line + 2 * SCALE), middle, 1]
    darkest = int(np.argmin(rows))
    assert abs(darkest - 2 * SCALE) <= SCALE
    assert rows[darkest] < 0.75 * LIPS[1]


def test_the_further_lips_are_apart_the_more_of_the_teeth_shows(
    smiling: NDArray[np.float64],
) -> None:
    photo = photo_of(smiling)
    shown = [teeth_in(edited(photo, smiling, share * PARTED)) for share in (0.2, 0.5, 0.8, 1.0)]
    assert shown == sorted(shown)
    assert shown[0] < shown[-1] / 2


def test_nothing_but_the_mouth_is_touched(smiling: NDArray[np.float64]) -> None:
    photo = photo_of(smiling)
    changed = (edited(photo, smiling, 0.0) != edited(photo, smiling, PARTED)).any(axis=-1)
    rows, columns = np.nonzero(changed)
    mouth = smiling[48:68] * SCALE
    assert columns.min() > mouth[:, 0].min() - SCALE
    assert columns.max() < mouth[:, 0].max() + SCALE
    assert rows.min() > mouth[:, 1].min() - 2 * SCALE
    assert rows.max() < mouth[:, 1].max() + 2 * SCALE


def test_closed_lips_are_left_alone() -> None:
    points = generic_face()
    points[61:64, 1] = points[[67, 66, 65], 1]
    assert closing_of(photo_of(points, LIPS), points) is None


def test_lips_that_landmarks_put_apart_in_error_are_left_alone() -> None:
    """Landmarks are a pixel or two apart on closed lips; the darkest rows then are one line."""
    points = generic_face()
    middle = points[61:68, 1].mean()
    points[61:64, 1], points[65:68, 1] = middle - 0.9, middle + 0.9
    photo = photo_of(points, LIPS)
    cv2.line(
        photo,
        (round(points[60, 0] * SCALE), round(middle * SCALE)),
        (round(points[64, 0] * SCALE), round(middle * SCALE)),
        (60, 20, 20),
        SCALE,
    )
    assert closing_of(photo, points) is None


def test_two_dark_lines_on_lips_that_landmarks_have_closed_are_no_gap() -> None:
    points = generic_face()
    points[61:64, 1] = points[[67, 66, 65], 1]
    photo = photo_of(points, LIPS)
    for beside in (-2.2, 2.2):  # further than lines of the other lip are looked for
        line = np.rint((points[60:65] + np.array([0.0, beside])) * SCALE).astype(np.int32)
        cv2.polylines(photo, [line], isClosed=False, color=(60, 20, 20), thickness=2)
    assert closing_of(photo, points) is None


def test_what_is_between_the_lips_is_known_by_its_height(smiling: NDArray[np.float64]) -> None:
    """At the corners of a mouth that is nothing: beside them, lips are one."""
    closing = closing_of(photo_of(smiling), smiling)
    assert closing is not None
    height = closing.lower - closing.upper
    middle = float(np.median(height[len(height) // 4 : -len(height) // 4]))
    assert closing.squeezed == pytest.approx(1 - (1 - LEFT_OPEN) * OPEN / middle, abs=0.05)
    assert height[[0, -1]].tolist() == [0, 0]
    assert height.min() == 0


def test_thin_lips_are_drawn_over_teeth_too(smiling: NDArray[np.float64]) -> None:
    thin = smiling.copy()
    thin[49:54, 1] = np.interp(thin[49:54, 0], *thin[60:65].T)
    thin[55:60, 1] = np.interp(thin[55:60, 0], *thin[[60, 67, 66, 65, 64]].T)
    closing = closing_of(photo_of(smiling), thin)
    assert closing is not None
    assert closing.lips.min() >= LEAST_LIP


def test_an_open_target_is_left_alone(smiling: NDArray[np.float64]) -> None:
    assert closing_of(photo_of(smiling), smiling, apart=PARTED) is None


def test_a_grey_photo_stays_grey(smiling: NDArray[np.float64]) -> None:
    grey = np.repeat(photo_of(smiling)[..., 1:2], 3, axis=2)
    assert np.ptp(edited(grey, smiling, 0.0).astype(int), axis=-1).max() == 0


def test_a_mouth_at_the_border_of_the_frame_is_no_error(smiling: NDArray[np.float64]) -> None:
    for step in ([0.0, 60.0], [70.0, 0.0], [-70.0, 0.0]):
        points = smiling + step
        edited(photo_of(points), points, 0.0)


@pytest.mark.parametrize(
    ("target", "closes"),
    [
        ("neutral", True),
        ("sad", True),
        ("angry", True),
        ("contemptuous", True),
        ("happy", False),
        ("surprised", False),
        ("fearful", False),
        ("disgusted", False),
    ],
)
def test_which_classes_close_the_lips(target: str, closes: bool) -> None:
    apart = lips_apart(Target.parse(target).weights_below())
    assert (apart == 0) if closes else (apart >= PARTED)


def test_only_the_mouth_s_half_of_a_target_counts() -> None:
    assert lips_apart(Target.parse(eyes="surprised", mouth="sad").weights_below()) == 0
    assert lips_apart(Target.parse(eyes="sad", mouth="surprised").weights_below()) > PARTED


def test_a_blendshape_of_one_side_counts_by_half() -> None:
    assert lips_apart({"mouthUpperUp_L": 1.0}) == lips_apart({"mouthUpperUp": 0.5})


def test_an_action_unit_that_parts_the_lips_keeps_teeth() -> None:
    assert lips_apart(Target.parse(units={26: 0.5}).weights_below()) > PARTED
    assert lips_apart(Target.parse(units={4: 1.0}).weights_below()) == 0


def test_how_far_blendshapes_part_the_lips_is_that_of_the_3d_face(
    shared: Path,
) -> None:
    model = load_face_model(shared / "facekit" / "ict_facekit.npz")
    inner = model.landmarks[60:68]

    def gap(weights: dict[str, float]) -> float:
        """Mean distance of the lips, in centimetres, at the three landmarks of each edge."""
        height = (model.neutral + model.offsets(weights))[inner, 1]
        return float(np.mean(height[1:4] - height[[7, 6, 5]]))

    for name, apart in APART.items():
        assert gap({name: 1.0}) - gap({}) == pytest.approx(apart, abs=0.02)


@pytest.mark.parametrize("way", [(0.0, 34.0), (0.0, -92.0), (-55.0, 0.0), (55.0, 0.0)])
def test_nothing_outside_the_frame_is_touched(
    smiling: NDArray[np.float64], way: tuple[float, float]
) -> None:
    """Lips of a leaning face were drawn outside it where landmarks put a mouth there."""
    points = smiling.copy()
    points[48:68] += way
    photo = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), 2), np.uint8)
    transform = upright(np.array([200.0, 200.0]), 256.0, 45.0, 128)
    flow = squeezing(points)
    change = FaceChange(
        flow, np.ones((128, 128), np.float32), np.zeros((128, 128, 3), np.float32)
    ).closed(mouth_closing(warp(photo, transform, 128), points, flow, 0.0))
    centres = transform(np.stack(np.meshgrid(*[np.arange(400) + 0.5] * 2), axis=-1))
    outside = ((centres < 0) | (centres > 128)).any(axis=-1)
    np.testing.assert_array_equal(paste(photo, change, transform)[outside], photo[outside])
