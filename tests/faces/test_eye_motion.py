"""Lids and gaze drawn from geometry, on a face that is drawn here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.expressions.action_units import EYE_UNITS
from lgpgan.faces.eye_motion import EyeMotion, eye_motion, eye_units
from lgpgan.faces.eye_opening import EYES, IRIS_RADIUS, SeenEye
from lgpgan.faces.face_change import FaceChange

SIZE, FINER = 128, 8
MIDDLES = np.array([[45.0, 42.0], [83.0, 42.0]])
HALF = 8.0
SKIN, WHITE, IRIS = (200, 150, 130), (240, 235, 230), (60, 40, 30)
STILL = np.zeros((SIZE, SIZE, 2), np.float32)


def landmarks() -> NDArray[np.float64]:
    points = np.zeros((68, 2))
    eye = np.array([[-HALF, 0], [-3, -3], [3, -3], [HALF, 0], [3, 2.5], [-3, 2.5]])
    brow = np.array([[-9, -9], [-5, -11], [0, -12], [5, -11], [9, -9]])
    for first, above, middle in ((36, 17, MIDDLES[0]), (42, 22, MIDDLES[1])):
        points[first : first + 6] = eye + middle
        points[above : above + 5] = brow + middle
    return points


def face(up: float = 0.0, radius: float = IRIS_RADIUS) -> NDArray[np.uint8]:
    """Skin, two white openings, and in each the part of a round iris that its lids leave.

    Args:
        up: how far the irises are above the middles of the eyes, in pixels.
        radius: of the irises.
    """
    large = np.full((SIZE * FINER, SIZE * FINER, 3), SKIN, np.uint8)
    for middle in MIDDLES:
        x = np.linspace(0, 1, 50)
        full = (4 * x * (1 - x)) ** 0.7
        top = np.stack([middle[0] - HALF + 2 * HALF * x, middle[1] - 3.35 * full], axis=1)
        low = np.stack([top[:, 0], middle[1] + 2.8 * full], axis=1)
        outline = np.rint(np.concatenate([top, low[::-1]]) * FINER).astype(np.int32)
        opening = cv2.fillPoly(np.zeros(large.shape[:2], np.uint8), [outline], 1) > 0
        centre = tuple(np.rint((middle - [0, up]) * FINER).astype(int).tolist())
        disc = np.zeros(large.shape[:2], np.uint8)
        cv2.circle(disc, centre, round(radius * FINER), 1, -1)
        large[opening] = WHITE
        large[opening & (disc > 0)] = IRIS
    return np.asarray(cv2.resize(large, (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8)


def kept() -> FaceChange:
    return FaceChange(
        flow=STILL,
        keep=np.ones((SIZE, SIZE), np.float32),
        colour=np.zeros((SIZE, SIZE, 3), np.float32),
    )


def applied(change: FaceChange, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    index = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1).astype(np.float32)
    read = cv2.remap(
        picture.astype(np.float32),
        index + change.flow,
        None,
        cv2.INTER_LINEAR,  # type: ignore[call-overload]
    )
    shade = 1 if change.shade is None else change.shade
    return change.colour + change.keep[..., None] * shade * read


def motion_of(
    picture: NDArray[np.uint8],
    points: NDArray[np.float64],
    flow: NDArray[np.float32],
    units: Mapping[int, float],
) -> EyeMotion:
    return eye_motion(SeenEye.both(picture, points), points, flow, units)


def moved(units: Mapping[int, float]) -> NDArray[np.float32]:
    motion = motion_of(face(), landmarks(), STILL, units)
    return applied(motion.after(kept()), face())


def white(picture: NDArray[np.floating]) -> NDArray[np.bool_]:
    return picture[..., 2] > 190


def dark(picture: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far (H, W) a picture is an iris and not white; of the right eye alone."""
    share = np.clip((WHITE[1] - picture[..., 1]) / (WHITE[1] - IRIS[1]), 0, 1)
    return np.where((share > 0.6) & (np.arange(SIZE) < 64), share, 0)


def middle(picture: NDArray[np.floating]) -> NDArray[np.float64]:
    rows, columns = np.nonzero(dark(picture) > 0.6)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5])


def test_other_units_move_no_eye() -> None:
    assert eye_units({12: 1.0, 45: 0.0}) == {}
    assert eye_units({12: 1.0, 45: 0.5}) == {45: 0.5}


@pytest.mark.parametrize("unit", EYE_UNITS)
def test_only_the_skin_around_the_eyes_moves(unit: int) -> None:
    picture = moved({unit: 1.0})
    changed = np.abs(picture - face()).max(axis=-1) > 0
    rows, columns = np.nonzero(changed)
    assert changed.any()
    assert rows.min() > 25
    assert rows.max() < 58
    assert columns.min() > 30
    assert columns.max() < 98


def test_a_blink_shuts_the_eyes() -> None:
    """Networks closed them by a quarter."""
    opening = white(face()).sum() + (dark(face()) > 0).sum()
    assert opening > 70
    assert white(moved({45: 1.0})).sum() < 0.05 * opening  # at the very corners
    half = white(moved({45: 0.5})).sum() / white(face()).sum()
    assert 0.25 < half < 0.8


def test_lids_obey_their_strength() -> None:
    for unit, sign in ((5, 1), (7, -1), (45, -1)):
        open_at = [
            (moved({unit: share})[..., 2] - SKIN[2])[:, :64].clip(0).sum()
            for share in (0.25, 0.5, 0.75, 1.0)
        ]
        assert (sign * np.diff(open_at) > 0).all(), unit


@pytest.mark.parametrize(
    ("unit", "way"), [(61, (1, 0)), (62, (-1, 0)), (63, (0, -1)), (64, (0, 1))]
)
def test_an_iris_goes_where_it_should_and_stays_round(unit: int, way: tuple[int, int]) -> None:
    """Left is the person's own: the picture's right."""
    before, after = face(), moved({unit: 0.7})
    step = middle(after) - middle(before)
    along, across = step @ np.array(way), abs(step @ np.array(way[::-1]))
    assert 1.2 < along < 3.2
    assert across < 0.5
    rows, columns = np.nonzero(dark(after) > 0.6)
    assert np.ptp(columns) <= 2 * IRIS_RADIUS + 1
    assert np.ptp(rows) <= 2 * IRIS_RADIUS + 1


@pytest.mark.parametrize("radius", [3.1, 3.53, 4.0])
def test_an_iris_that_a_lid_hides_in_part_is_found(radius: float) -> None:
    """Regression: the middle of what shows was taken, so that a widened eye had a flat iris."""
    picture = face(up=1.2, radius=radius)
    for lids, middle in zip(EYES, MIDDLES, strict=True):
        seen = SeenEye.of(picture, landmarks()[lids])
        assert seen.iris == pytest.approx(middle - [0, 1.2], abs=0.45)
        assert seen.radius == pytest.approx(radius, abs=0.4)


def test_white_that_the_lower_lid_hid_is_like_the_rest() -> None:
    """Regression: a raised gaze uncovered a grey crescent, an eighth darker than the white."""
    for lids, middle in zip(EYES, MIDDLES, strict=True):
        seen = SeenEye.of(face(), landmarks()[lids])
        hidden = seen.behind_lids(np.add(middle, [5.0, 4.0])[None, None])
        np.testing.assert_allclose(hidden[0, 0], WHITE, atol=8)


@pytest.mark.parametrize("unit", EYE_UNITS)
def test_a_motion_too_small_to_see_draws_nothing(unit: int) -> None:
    """Regression: the rims of the lids were painted over, however little a unit was asked for."""
    motion = motion_of(face(), landmarks(), STILL, {unit: 0.01})
    assert motion.drawn.max() < 0.1


def test_eyes_that_look_left_and_right_alike_stay() -> None:
    """Regression: an edit that asked for both, which cancel out, ended in an IndexError."""
    motion = motion_of(face(), landmarks(), STILL, {61: 0.5, 62: 0.5})
    change = kept()
    assert motion.after(change) is change


def test_a_widened_eye_shows_white_around_a_round_iris() -> None:
    rows, columns = np.nonzero(dark(moved({5: 1.0})) > 0.6)
    assert abs(np.ptp(columns) - np.ptp(rows)) <= 1


def test_it_follows_a_face_that_networks_moved() -> None:
    """Lids close where they went, not where they were in the photo."""
    down = np.zeros((SIZE, SIZE, 2), np.float32)
    down[..., 1] = -6  # everything lies 6 pixels lower
    motion = motion_of(face(), landmarks(), down, {45: 1.0})
    change = motion.after(replace(kept(), flow=down))
    assert white(applied(replace(kept(), flow=down), face())).sum() > 40
    assert white(applied(change, face())).sum() < 5  # at the very corners


def test_shade_and_paint_of_networks_move_along() -> None:
    motion = motion_of(face(), landmarks(), STILL, {63: 1.0})
    shade = np.full((SIZE, SIZE, 3), 0.8, np.float32)
    keep, colour = np.full((SIZE, SIZE), 0.5, np.float32), np.full((SIZE, SIZE, 3), 90, np.float32)
    change = motion.after(FaceChange(STILL, keep, colour, shade=shade))
    np.testing.assert_allclose(change.shade, shade, atol=1e-6)
    drawn = 1 - change.keep / 0.5
    np.testing.assert_allclose(
        change.colour, 90 * (1 - drawn[..., None]) + motion.colour, atol=1e-3
    )
    assert drawn.max() > 0.9


def test_a_face_without_colour_stays_without() -> None:
    grey = np.repeat(face()[..., 1:2], 3, axis=2)
    motion = motion_of(grey, landmarks(), STILL, {45: 0.6, 61: 0.5})
    assert not np.ptp(applied(motion.after(kept()), grey), axis=-1).any()


def test_eyes_that_are_closed_or_tiny_are_moved_without_trouble() -> None:
    shut = landmarks()
    for first in (36, 42):
        shut[first + 1 : first + 3, 1] = shut[first + 4 : first + 6, 1] = 42.5
    tiny = (landmarks() - 64) / 8 + 64
    for points in (shut, tiny):
        for unit in EYE_UNITS:
            motion = motion_of(face(), points, STILL, {unit: 1.0})
            assert all(
                np.isfinite(part).all() for part in (motion.flow, motion.drawn, motion.colour)
            )
            assert motion.drawn.max() <= 1 + 1e-5


def test_a_brow_that_lies_on_the_lid_is_not_torn() -> None:
    """Regression: with no skin left above a lid that rises, all above it was dragged along."""
    low = landmarks()
    low[17:27, 1] += 6
    motion = motion_of(face(), low, STILL, {5: 1.0, 63: 1.0})
    assert np.isfinite(motion.flow).all()
    above = motion.flow[: int(MIDDLES[0, 1]) - 14]
    assert np.abs(above).max() < 0.2
