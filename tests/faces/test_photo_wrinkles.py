"""Wrinkles that photos get: where the skin of the face shows, as deep as is asked for."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from generic_face import generic_face
from lgpgan.expressions.expression import Expression
from lgpgan.expressions.target import Target
from lgpgan.faces.alignment import Similarity
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_colour import chroma, luma_of, share_of_skin
from lgpgan.faces.paste import paste
from lgpgan.faces.wrinkle_map import FINER, WRINKLES, cells_of_map, wrinkle_map
from lgpgan.faces.wrinkles import Wrinkles, fold_depth, wrinkles_on

SKIN = np.array([176.0, 140.0, 125.0])
STILL = np.zeros((128, 128, 2), np.float32)
ALL_SKIN = np.ones((128, 128), np.float32)


def drawn(
    to: Expression,
    seen: NDArray[np.float32] | None = None,
    landmarks: NDArray[np.float64] | None = None,
    flow: NDArray[np.float32] = STILL,
    blur: float = 0.0,
) -> NDArray[np.float32]:
    share = ALL_SKIN if seen is None else share_of_skin(luma_of(seen), chroma(seen), SKIN)
    places = generic_face() if landmarks is None else landmarks
    weights = Target.parse(to).weights_above()
    cells = cells_of_map(places, flow)
    found = wrinkles_on(cells, places, weights, None, share, SKIN, blur)
    assert found is not None
    return found.change


def test_raised_brows_fold_the_forehead_across() -> None:
    change = drawn(Expression.SURPRISED)
    brows = round(generic_face()[17:27, 1].min() * FINER)
    assert np.abs(change[: brows - 4]).max() > 0.05
    assert np.abs(change[brows + 10 :, 100:150]).max() < 0.02
    forehead = change[: brows - 4, 128 - 20 : 128 + 20]
    down, across = (np.abs(np.diff(forehead, axis=axis)).mean() for axis in (0, 1))
    assert down > 3 * across


def test_they_are_on_both_sides_but_not_alike() -> None:
    """Regression: the waves of a forehead were as regular as a stamp."""
    change = drawn(Expression.FEARFUL)
    left, right = (np.abs(side).mean() for side in (change[:, :128], change[:, 128:]))
    assert 0.5 < left / right < 2
    unlike = np.abs(change - change[:, ::-1]).mean() / np.abs(change).mean()
    assert 0.2 < unlike < 1.5


def test_every_face_has_its_own_in_every_edit() -> None:
    wider = generic_face() * [1.04, 1.0]
    own, again = (drawn(Expression.SURPRISED, landmarks=wider) for _ in range(2))
    np.testing.assert_array_equal(own, again)
    other = drawn(Expression.SURPRISED)
    assert np.abs(own - other).mean() > 0.3 * np.abs(other).mean()


def test_no_face_folds_as_deep_as_a_cut() -> None:
    """The depth was that of a log-normal draw: one face in twenty had a dark stroke on its brow."""
    generic = wrinkle_map().drawn(Target.parse("sad").weights_above(), WRINKLES)
    assert generic is not None
    usual = np.abs(generic).max()
    rng = np.random.default_rng(3)
    faces = [generic_face() + rng.normal(0, 1, (68, 2)) for _ in range(40)]
    deepest = [np.abs(drawn(Expression.SAD, landmarks=face)).max() for face in faces]
    assert max(deepest) < 1.5 * usual
    assert max(deepest) > 1.2 * min(deepest)


def test_a_face_at_rest_has_none() -> None:
    weights = Target.parse(Expression.NEUTRAL).weights_above()
    cells = cells_of_map(generic_face(), STILL)
    assert wrinkles_on(cells, generic_face(), weights, None, ALL_SKIN, SKIN, 0.0) is None


def test_weaker_expressions_fold_less() -> None:
    cells = cells_of_map(generic_face(), STILL)
    full, half = (
        wrinkles_on(
            cells,
            generic_face(),
            Target.parse(Expression.SURPRISED, intensity=intensity).weights_above(),
            None,
            ALL_SKIN,
            SKIN,
            0.0,
        )
        for intensity in (1.0, 0.5)
    )
    assert full is not None
    assert half is not None
    np.testing.assert_allclose(half.change, full.change / 2, atol=1e-5)


def test_a_forehead_beyond_the_frame_has_none() -> None:
    cells = np.full((256, 256, 2), -1000, np.float32)
    weights = Target.parse(Expression.SURPRISED).weights_above()
    found = wrinkles_on(cells, generic_face(), weights, None, ALL_SKIN, SKIN, 0.0)
    assert found is not None
    assert not found.change.any()


def test_smooth_skin_folds_less() -> None:
    aligned = np.tile(SKIN.astype(np.uint8), (128, 128, 1))
    noise = np.random.default_rng(0).normal(size=(128, 128, 1))
    usual, rough = (
        np.clip(aligned + share * noise, 0, 255).astype(np.uint8) for share in (1.5, 30)
    )
    assert fold_depth(aligned) == pytest.approx(0.7)
    assert fold_depth(aligned) < fold_depth(usual) < fold_depth(rough) <= 1.2


def test_hair_over_the_brow_has_none() -> None:
    seen = np.tile(SKIN.astype(np.float32), (128, 128, 1))
    seen[:, :64] = (60, 40, 30)
    change = drawn(Expression.SURPRISED, seen)
    assert np.abs(change[:, : 60 * FINER]).max() < 0.01
    assert np.abs(change[:, 68 * FINER :]).max() > 0.05


def test_they_move_with_the_face_and_with_its_skin() -> None:
    still = drawn(Expression.SURPRISED)
    moved = drawn(Expression.SURPRISED, landmarks=generic_face() + np.array([6, 4]))
    np.testing.assert_allclose(
        moved[8 * FINER : 40 * FINER, 20 * FINER : 100 * FINER],
        still[4 * FINER : 36 * FINER, 14 * FINER : 94 * FINER],
        atol=0.03,
    )
    up = STILL.copy()
    up[..., 1] = 5
    risen = drawn(Expression.SURPRISED, flow=up)
    np.testing.assert_allclose(risen[: 30 * FINER], still[5 * FINER : 35 * FINER], atol=0.01)


def test_a_blurred_photo_gets_blurred_wrinkles() -> None:
    sharp, soft = (drawn(Expression.SURPRISED, blur=blur) for blur in (0.0, 1.5))
    assert np.abs(soft).max() < 0.8 * np.abs(sharp).max()


@pytest.mark.parametrize("size", [128, 256])
def test_pasting_multiplies_the_light_at_the_photos_resolution(size: int) -> None:
    scale = 4
    photo = np.tile(np.array([160, 120, 100], np.uint8), (128 * scale, 128 * scale, 1))
    change = np.zeros((128 * FINER, 128 * FINER), np.float32)
    change[50 * FINER : 51 * FINER] = -0.2
    slopes = np.array([0.8, 1.1, 1.2], np.float32)
    nothing = FaceChange(
        flow=np.zeros((size, size, 2), np.float32),
        keep=np.ones((size, size), np.float32),
        colour=np.zeros((size, size, 3), np.float32),
    )
    frame = Similarity(np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]])).scaled(size / 128)
    folded = dataclasses.replace(nothing, wrinkles=Wrinkles(change, slopes))
    edited = paste(photo, folded, frame)
    np.testing.assert_allclose(
        edited[50 * scale + 2, 64 * scale], [160, 120, 100] * (1 - 0.2 * slopes), atol=2
    )
    np.testing.assert_array_equal(edited[: 49 * scale], photo[: 49 * scale])
    np.testing.assert_array_equal(edited[52 * scale :], photo[52 * scale :])
