"""Flow and visibility between renders, against positions worked out by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.expressions.expression import RECIPES, Expression
from lgpgan.face3d.correspondence import NOTHING, Correspondence, correspond
from lgpgan.face3d.openings import mouth_opening
from lgpgan.face3d.rasteriser import rasterise
from lgpgan.face3d.renderer import Renderer, mouth_interior, pixel_centres
from lgpgan.face3d.scene import Kind, Placement
from lgpgan.faces.alignment import resample
from sitting import Sitting

NEUTRAL = Expression.NEUTRAL.position
SURPRISED = Expression.SURPRISED.position


class Shoot(NamedTuple):
    """All eight expressions of one fit."""

    sitting: Sitting
    placements: list[Placement]
    pictures: NDArray[np.uint8]  # (8, 128, 128, 3)
    correspondence: Correspondence

    def kinds(self, expression: int) -> NDArray[np.int64]:
        """Kind (128, 128) that each pixel shows; −1 for the background."""
        raster = rasterise(
            self.placements[expression].vertices, self.sitting.scene.triangles, 128, 128
        )
        return np.where(raster.covered, self.sitting.scene.kinds[raster.triangle], -1)


@pytest.fixture(scope="module")
def shoot(sitting: Sitting) -> Shoot:
    scene = sitting.scene
    placements = [sitting.place(dict(RECIPES[e])) for e in Expression]
    pictures = [
        cv2.resize(
            Renderer(sitting.photo, scene, sitting.fit, placements[NEUTRAL]).draw(placement),
            (128, 128),
            interpolation=cv2.INTER_AREA,
        )
        for placement in placements
    ]
    return Shoot(sitting, placements, np.stack(pictures), correspond(scene, placements))


@pytest.mark.parametrize("expression", range(8))
def test_nothing_moves_to_itself(shoot: Shoot, expression: int) -> None:
    flow, visible = shoot.correspondence.flow(expression, expression)
    assert flow.shape == (128, 128, 2)
    assert (flow.dtype, visible.dtype) == (np.float32, np.float32)
    assert np.abs(flow).max() < 0.05  # places are stored in 1/64 pixel
    assert (visible == 1).all()


@pytest.mark.parametrize(("source", "target"), [(NEUTRAL, SURPRISED), (4, 0), (SURPRISED, 4)])
def test_flow_equals_positions_worked_out_by_hand_times_the_fade(
    shoot: Shoot, source: int, target: int
) -> None:
    scene = shoot.sitting.scene
    flow, _ = shoot.correspondence.flow(source, target)
    there, here = (shoot.placements[e].vertices.astype(np.float64) for e in (source, target))
    corners = here[scene.triangles]  # (T, 3, 3)
    system = np.stack([corners[..., 0], corners[..., 1], np.ones(corners.shape[:2])], axis=1)
    solvable = np.abs(np.linalg.det(system)) > 1e-6
    inverse = np.linalg.inv(system[solvable])
    numbers = np.flatnonzero(solvable)
    rng = np.random.default_rng(0)
    compared = faded = 0
    for row, column in rng.integers((4, 16), (124, 112), (400, 2)):
        x, y = column + 0.5, row + 0.5
        shares = inverse @ (x, y, 1.0)
        hit = (shares >= 0).all(axis=1)
        if not hit.any():
            continue
        depth = np.einsum("tc,tc->t", shares, corners[solvable][..., 2])
        best = np.flatnonzero(hit)[depth[hit].argmax()]
        if (
            np.sort(np.append(depth[hit], -99))[-2] > depth[best] - 0.05
            or shares[best].min() < 0.02
        ):
            continue  # two surfaces all but touch, or the pixel lies on an edge
        wanted = shares[best] @ there[scene.triangles[numbers[best]], :2] - (x, y)
        fade = shoot.correspondence.fade[target][row, column] / 255
        np.testing.assert_allclose(flow[row, column], wanted * fade, atol=0.06)
        compared += 1
        faded += 0.02 < fade < 0.98
    assert compared > 200
    assert faded > 5


@pytest.mark.parametrize("target", [e for e in range(8) if e != NEUTRAL])
def test_the_source_read_along_the_flow_is_the_target(shoot: Shoot, target: int) -> None:
    """Better than doing nothing, by far, for every pair with the strongest expression."""
    for source in (NEUTRAL, SURPRISED):
        if source == target:
            continue
        flow, visible = shoot.correspondence.flow(source, target)
        seen = visible > 0
        assert seen.mean() > 0.9
        read = resample(shoot.pictures[source], pixel_centres(128) + flow).astype(int)
        wanted = shoot.pictures[target].astype(int)
        moves = seen & (np.linalg.norm(flow, axis=-1) > 0.7)
        error = np.abs(read - wanted)[moves].mean()
        nothing = np.abs(shoot.pictures[source].astype(int) - wanted)[moves].mean()
        assert error < 0.7 * nothing


def test_the_background_stays(shoot: Shoot) -> None:
    flow, visible = shoot.correspondence.flow(NEUTRAL, SURPRISED)
    background = shoot.kinds(SURPRISED) < 0
    assert background.any()
    assert not flow[background].any()
    assert (visible[background] == 1).all()


def test_a_closed_mouth_shows_no_teeth(shoot: Shoot) -> None:
    _, visible = shoot.correspondence.flow(NEUTRAL, SURPRISED)
    teeth = shoot.kinds(SURPRISED) == Kind.TEETH
    inside = mouth_interior(
        rasterise(shoot.placements[SURPRISED].vertices, shoot.sitting.scene.triangles, 128, 128),
        shoot.sitting.scene.kinds,
    )
    closed = shoot.kinds(NEUTRAL)
    assert inside.sum() > 30
    assert teeth.sum() > 10
    assert np.isin(closed, [Kind.TEETH, Kind.GUMS, Kind.SOCKET]).sum() < 40
    assert visible[inside].mean() < 0.25
    skin = shoot.kinds(SURPRISED) == Kind.SKIN
    assert visible[skin].mean() > 0.95


def test_a_closed_eye_hides_the_iris(shoot: Shoot) -> None:
    sitting = shoot.sitting
    pair = correspond(sitting.scene, [sitting.place({"eyeBlink": 1.0}), sitting.place()])
    _, visible = pair.flow(0, 1)
    eyes = shoot.kinds(NEUTRAL) == Kind.EYE
    assert eyes.sum() > 60
    assert visible[eyes].mean() < 0.25
    _, visible = pair.flow(1, 0)
    assert visible.mean() > 0.98  # lids are stretched, not uncovered


def test_a_lid_that_opens_further_uncovers_nothing_to_be_painted(sitting: Sitting) -> None:
    """It did: networks painted dark smears above irises, where lashes moved along would do."""
    pair = correspond(sitting.scene, [sitting.place(), sitting.place({"eyeWide": 1.0})])
    counts = [(pair.kinds[np.minimum(t, len(pair.kinds) - 1)] == Kind.EYE) for t in pair.triangle]
    wide = counts[1] & (pair.triangle[1] < NOTHING)
    assert wide.sum() > 1.1 * (counts[0] & (pair.triangle[0] < NOTHING)).sum()
    _, visible = pair.flow(0, 1)
    assert visible[wide].all()


def test_lids_gaze_and_closing_lips_are_found(sitting: Sitting) -> None:
    weights = [{}, {"eyeBlink_L": 1.0}, {"eyeLookOut_L": 0.8, "eyeLookIn_R": 0.8}, {"jawOpen": 0.6}]
    pair = correspond(sitting.scene, [sitting.place(w) for w in weights])

    def found(source: int, target: int) -> NDArray[np.bool_]:
        flow, _ = pair.flow(source, target)
        return pair.lids_and_closing_lips(source, target, flow) > 0

    assert not found(0, 0).any()
    blink, gaze, opens, closes = found(0, 1), found(0, 2), found(0, 3), found(3, 0)
    assert blink[30:60, 64:].sum() > 60  # the person's left eye, on the picture's right
    assert not blink[:, :60].any()
    assert min(gaze[30:60, :64].sum(), gaze[30:60, 64:].sum()) > 40
    assert closes[70:110].sum() > opens[70:110].sum() + 40
    assert (pair.shows_openings(3) & closes).sum() > 30
    assert not (closes & (np.arange(128) < 60)[:, None]).any()


def test_skin_that_other_skin_covers_is_hidden(sitting: Sitting) -> None:
    """The nose laid over the cheek: both are skin, so only going there and back tells."""
    plain = sitting.place()
    nose = np.linalg.norm(sitting.scene.model.neutral[:, :2] - (0.0, 0.2), axis=1) < 1.0
    moved = plain.vertices.copy()
    moved[: len(nose)][nose] += (14.0, 0.0, 40.0)
    pair = correspond(sitting.scene, [dataclasses.replace(plain, vertices=moved), plain])
    _, visible = pair.flow(0, 1)
    raster = rasterise(moved, sitting.scene.triangles, 128, 128)
    of_nose = np.append(nose, np.zeros(len(moved) - len(nose), bool))
    cheek = raster.covered & of_nose[sitting.scene.triangles[raster.triangle]].all(axis=-1)
    assert cheek.sum() > 30
    assert not visible[cheek].any()
    away = np.linalg.norm(pixel_centres(128) - moved[of_nose][:, :2].mean(axis=0), axis=-1)
    assert visible[away > 40].min() == 1
    on_nose = np.linalg.norm(
        pixel_centres(128) - plain.vertices[: len(nose)][nose][:, :2].mean(axis=0), axis=-1
    )
    assert visible[on_nose < 3].min() == 1


def test_the_inside_of_a_photographed_mouth_corresponds_to_nothing(sitting: Sitting) -> None:
    """The photo's own teeth are the person's; those of the mesh are others."""
    shown = dataclasses.replace(sitting.fit, expression={"jawOpen": 0.5})
    placements = [
        sitting.scene.place(shown, shown, weights)
        for weights in ({"jawOpen": 0.5}, {"jawOpen": 0.6}, {})
    ]
    pair = correspond(sitting.scene, placements, photograph=0)
    plain = correspond(sitting.scene, placements)
    raster = rasterise(placements[0].vertices, sitting.scene.triangles, 128, 128)
    inside = mouth_interior(raster, sitting.scene.kinds)
    assert inside.sum() > 20
    landmarks = placements[0].vertices[sitting.scene.model.landmarks, :2]
    inside |= mouth_opening(landmarks, 128, 1.0)  # and the teeth that show beside it
    assert pair.flow(0, 0)[1].all()  # but to itself: nothing is to be drawn anew
    for source in (1, 2):
        flow, visible = pair.flow(source, 0)
        assert not visible[inside].any()
        assert not flow[inside].any()
        other_flow, other_visible = plain.flow(source, 0)
        np.testing.assert_array_equal(flow[~inside], other_flow[~inside])
        np.testing.assert_array_equal(visible[~inside], other_visible[~inside])
    from_photo, from_render = pair.flow(0, 1)[1], plain.flow(0, 1)[1]
    wider = mouth_interior(
        rasterise(placements[1].vertices, sitting.scene.triangles, 128, 128), sitting.scene.kinds
    )
    assert not from_photo[wider].any()
    assert from_render[wider].mean() > 0.5
    np.testing.assert_array_equal(pair.flow(1, 2)[0], plain.flow(1, 2)[0])


def test_it_survives_the_disk(shoot: Shoot, tmp_path: Path) -> None:
    shoot.correspondence.save(tmp_path / "pair.npz")
    read = Correspondence.load(tmp_path / "pair.npz")
    for field in dataclasses.fields(Correspondence):
        before, after = (getattr(c, field.name) for c in (shoot.correspondence, read))
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after)


def test_only_what_is_seen_is_stored(shoot: Shoot) -> None:
    stored = shoot.correspondence
    shown = stored.triangle[stored.triangle != NOTHING]
    assert len(stored.triangles) == len(np.unique(shown)) <= len(shoot.sitting.scene.triangles)
    assert len(stored.kinds) == len(stored.triangles)
    assert stored.triangles.max() + 1 == stored.positions.shape[1]
