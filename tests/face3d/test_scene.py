"""The head placed in the picture: what moves, what keeps its place, where colour comes from."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lgpgan.face3d.face_model import FaceModel, Part
from lgpgan.face3d.fitting import Fit
from lgpgan.face3d.scene import GAZE_REACH, IRIS_SHARE, Kind, Scene
from sitting import Sitting

RIGHT, LEFT = 0, 1


def disc(scene: Scene, eye: int) -> slice:
    """Vertices of an eye's disc in a placement: the rim, the inner ring, the centre."""
    sizes = [2 * len(loop) + 1 for loop in scene.model.lid_loops]
    first = len(scene.model.neutral) + sum(sizes[:eye])
    return slice(first, first + sizes[eye])


def test_the_drawn_triangles(scene: Scene, small_head: FaceModel) -> None:
    counts = {kind: int((scene.kinds == kind).sum()) for kind in Kind}
    for part in Part:
        assert counts[Kind(part)] == (small_head.parts == part).sum()
    assert counts[Kind.EYE] == 3 * sum(map(len, small_head.lid_loops))
    assert len(scene.kinds) == len(scene.triangles)
    eyes = np.unique(scene.triangles[scene.kinds == Kind.EYE])
    assert eyes.min() == len(small_head.neutral)
    assert eyes.max() + 1 == disc(scene, LEFT).stop
    skin = scene.triangles[scene.kinds == Kind.SKIN]
    np.testing.assert_array_equal(skin, small_head.skin)


def test_the_photos_own_expression_takes_colour_from_where_it_is(sitting: Sitting) -> None:
    placed = sitting.place()
    np.testing.assert_allclose(placed.vertices[:, :2], placed.texture, atol=1e-4)
    shown = dataclasses.replace(sitting.fit, expression={"jawOpen": 0.4, "mouthSmile_L": 0.5})
    same = sitting.scene.place(shown, shown, shown.expression)
    np.testing.assert_allclose(same.vertices[:, :2], same.texture, atol=1e-4)
    closed = sitting.scene.place(shown, shown, {})
    np.testing.assert_allclose(closed.texture, same.texture, atol=1e-4)
    assert np.abs(closed.vertices - same.vertices).max() > 2


def test_an_expression_moves_the_mesh_and_not_its_colours(
    sitting: Sitting, small_head: FaceModel
) -> None:
    weights = {"mouthSmile_L": 0.8}
    before, after = sitting.place(), sitting.place(weights)
    np.testing.assert_allclose(after.texture, before.texture, atol=1e-4)
    np.testing.assert_allclose(after.shape - before.shape, small_head.offsets(weights), atol=1e-5)
    wanted = small_head.offsets(weights) @ sitting.fit.projection.T
    count = len(small_head.neutral)
    np.testing.assert_allclose((after.vertices - before.vertices)[:count, :2], wanted, atol=1e-3)
    corner = small_head.landmarks[54]  # the person's left corner, on the picture's right
    dx, dy = (after.vertices - before.vertices)[corner, :2]
    assert dx > 1
    assert dy < -1


def test_another_face_shape_keeps_the_photos_colours(sitting: Sitting) -> None:
    other = sitting.fit.with_identity(np.full(len(sitting.fit.identity), 0.8))
    plain = sitting.place()
    reshaped = sitting.scene.place(sitting.fit, other, {})
    np.testing.assert_array_equal(reshaped.texture, plain.texture)
    assert np.abs(reshaped.vertices - plain.vertices)[:, :2].max() > 1


@pytest.mark.parametrize("weight", [0.3, 1.0])
def test_lids_close_over_an_eye_that_stays(sitting: Sitting, weight: float) -> None:
    before, closed = sitting.place(), sitting.place({"eyeBlink": weight})
    for eye in (RIGHT, LEFT):
        where = disc(sitting.scene, eye)
        lid = sitting.scene.model.lid_loops[eye]
        moved = (closed.vertices - before.vertices)[where, :2]
        assert not moved[len(lid) :].any()  # the iris
        np.testing.assert_array_equal(closed.texture[where], before.texture[where])
        assert np.abs(closed.vertices[lid] - before.vertices[lid]).max() > 4 * weight


def test_a_blink_of_one_shuts_the_eyes_of_everybody(sitting: Sitting) -> None:
    """A white slit was left of most people's: the mesh's blink is of the mean face."""
    landmarks = sitting.scene.model.landmarks
    for change in (-1.0, 0.0, 1.0):
        fit = sitting.fit.with_identity(np.full(len(sitting.fit.identity), change))
        for eyes, weight, share in (("", 1.0, 0.0), ("_L", 1.0, 0.0), ("", 0.5, 0.5)):
            placed = [
                sitting.scene.place(sitting.fit, fit, weights)
                for weights in ({}, {f"eyeBlink{eyes}": weight})
            ]
            for upper, lower in ((43, 47), (44, 46)) if eyes else ((37, 41), (38, 40)):
                before, after = (
                    np.subtract(*p.vertices[landmarks[[lower, upper]], 1]) for p in placed
                )
                assert before > 2
                assert after <= share * before + 1e-3
                assert after > (share - 0.35) * before


def test_a_lid_that_opens_uncovers_the_eyes_rim_alone(sitting: Sitting) -> None:
    before, wide = sitting.place(), sitting.place({"eyeWide": 1.0})
    for eye, loop in enumerate(sitting.scene.model.lid_loops):
        where = disc(sitting.scene, eye)
        moved = np.abs(wide.vertices - before.vertices)[where, :2].max(axis=1)
        assert moved[: len(loop)].max() > 0.8
        assert moved[len(loop) :].max() == 0
        rim = wide.vertices[where][: len(loop), :2]
        opened = np.abs(rim - wide.vertices[loop, :2]).max(axis=1) < 1e-4
        assert opened[2 : len(loop) // 2 - 2].all()  # the upper lid's rim follows it


def test_gaze_moves_the_iris_to_its_side(sitting: Sitting) -> None:
    before = sitting.place()
    step = GAZE_REACH * sitting.fit.scale
    for name, eye, wanted in [
        ("eyeLookOut_L", LEFT, (1, 0)),
        ("eyeLookIn_L", LEFT, (-1, 0)),
        ("eyeLookIn_R", RIGHT, (1, 0)),
        ("eyeLookUp_R", RIGHT, (0, -1)),
        ("eyeLookDown_L", LEFT, (0, 1)),
    ]:
        after = sitting.place({name: 0.6})
        for side in (RIGHT, LEFT):
            where = disc(sitting.scene, side)
            corners = len(sitting.scene.model.lid_loops[side])
            inner = (after.vertices - before.vertices)[where][corners:, :2]
            target = np.array(wanted) * 0.6 * step * (side == eye)
            np.testing.assert_allclose(inner, np.tile(target, (corners + 1, 1)), atol=0.12 * step)


def test_a_gaze_without_side_moves_both_eyes(sitting: Sitting) -> None:
    before, after = sitting.place(), sitting.place({"eyeLookDown": 0.5})
    centres = [disc(sitting.scene, eye).stop - 1 for eye in (RIGHT, LEFT)]
    moved = (after.vertices - before.vertices)[centres, 1]
    np.testing.assert_allclose(moved, 0.5 * GAZE_REACH * sitting.fit.scale, rtol=0.02)


def test_the_disc_lies_behind_its_lids_and_round_its_middle(sitting: Sitting) -> None:
    for weights in ({}, {"eyeBlink": 1.0}, {"eyeSquint": 1.0, "eyeWide": 0.5}):
        placed = sitting.place(weights)
        for eye, loop in enumerate(sitting.scene.model.lid_loops):
            where = disc(sitting.scene, eye)
            recess = placed.vertices[loop, 2].min() - placed.vertices[where, 2].max()
            assert recess >= 0.99 * sitting.fit.scale
    rim = sitting.place().vertices[disc(sitting.scene, LEFT), :2]
    corners = len(sitting.scene.model.lid_loops[LEFT])
    ratio = np.linalg.norm(rim[corners:-1] - rim[-1], axis=1) / np.linalg.norm(
        rim[:corners] - rim[-1], axis=1
    )
    np.testing.assert_allclose(ratio, IRIS_SHARE, rtol=1e-3)


def test_the_pose_turns_the_gaze(sitting: Sitting) -> None:
    roll = np.radians(30)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    tilted = Fit(
        turn @ sitting.fit.projection,
        sitting.fit.translation,
        sitting.fit.identity,
        np.zeros_like(sitting.fit.residual),
    )
    before, after = (
        sitting.scene.place(tilted, tilted, weights) for weights in ({}, {"eyeLookOut_L": 1.0})
    )
    centre = disc(sitting.scene, LEFT).stop - 1
    dx, dy = (after.vertices - before.vertices)[centre, :2]
    assert np.degrees(np.arctan2(dy, dx)) == pytest.approx(30, abs=4)
