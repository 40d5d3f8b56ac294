"""Redrawn photos: what stays to the bit, what moves where, and the inside of the mouth."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.expressions.expression import RECIPES, Expression
from lgpgan.face3d.mouth_inside import (
    DARKEST,
    DEPTH_TINT,
    MATERIALS,
    material_colour,
    teeth_light,
)
from lgpgan.face3d.openings import mouth_opening
from lgpgan.face3d.rasteriser import Raster, rasterise
from lgpgan.face3d.renderer import Renderer, mouth_interior, pixel_centres, silhouette_fade
from lgpgan.face3d.scene import Kind, Placement
from sitting import Sitting


def draw(
    sitting: Sitting, weights: dict[str, float], photo: NDArray[np.uint8] | None = None
) -> tuple[NDArray[np.uint8], Placement]:
    placed = sitting.place(weights)
    photo = sitting.photo if photo is None else photo
    return Renderer(photo, sitting.scene, sitting.fit, sitting.place()).draw(placed), placed


def raster_of(sitting: Sitting, placed: Placement, size: int = 256) -> Raster:
    scale = np.float32(size / 128)
    return rasterise(placed.vertices * scale, sitting.scene.triangles, size, size)


def grown(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    side = 2 * pixels + 1
    return cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


GREY = np.full((256, 256, 3), 160, np.uint8)


def dotted(place: NDArray[np.floating]) -> NDArray[np.uint8]:
    """A grey picture with a soft red dot, ``place`` in template pixels."""
    where = np.linalg.norm(pixel_centres(256) - place * 2, axis=-1)
    weight = np.exp(-((where / 2.2) ** 2))[..., None]
    return np.rint(GREY * (1 - weight) + weight * np.array([220, 60, 60])).astype(np.uint8)


def redness(sitting: Sitting, weights: dict[str, float], place: NDArray[np.floating]) -> np.ndarray:
    """What (256, 256) the dot makes redder in the render of a grey face."""
    red, plain = (
        picture[..., 0] - picture[..., 1].astype(np.float64)
        for picture in (draw(sitting, weights, p)[0] for p in (dotted(place), GREY))
    )
    return np.clip(red - plain, 0, None)


def dot_in(sitting: Sitting, weights: dict[str, float], place: NDArray[np.floating]) -> np.ndarray:
    """Where the dot has its middle in the render, in template pixels."""
    red = redness(sitting, weights, place)
    return (pixel_centres(256) * red[..., None]).sum(axis=(0, 1)) / red.sum() / 2


def test_the_photos_own_expression_is_the_photo(sitting: Sitting) -> None:
    picture, placed = draw(sitting, {})
    lips = grown(mouth_interior(raster_of(sitting, placed), sitting.scene.kinds), 4)
    assert lips.mean() < 0.02  # the gap between closed lips
    np.testing.assert_array_equal(picture[~lips], sitting.photo[~lips])
    assert picture.dtype == np.uint8
    assert picture.shape == sitting.photo.shape


@pytest.mark.parametrize("expression", [e for e in Expression if e is not Expression.NEUTRAL])
def test_beyond_the_head_nothing_changes(sitting: Sitting, expression: Expression) -> None:
    picture, placed = draw(sitting, dict(RECIPES[expression]))
    beyond = ~grown(raster_of(sitting, placed).covered, 8)
    assert beyond.mean() > 0.1
    np.testing.assert_array_equal(picture[beyond], sitting.photo[beyond])
    assert np.abs(picture[~beyond].astype(int) - sitting.photo[~beyond]).mean() > 0.5


def test_every_expression_differs_from_every_other(sitting: Sitting) -> None:
    pictures = [draw(sitting, dict(RECIPES[e]))[0].astype(int) for e in Expression]
    for i, one in enumerate(pictures):
        for other in pictures[:i]:
            assert np.abs(one - other).mean() > 0.3


@pytest.mark.parametrize(
    ("weights", "landmark"),
    [({"mouthSmile_L": 0.8}, 53), ({"browDown": 1.0}, 20), ({"jawOpen": 0.5}, 8)],
)
def test_content_goes_where_the_mesh_goes(
    sitting: Sitting, weights: dict[str, float], landmark: int
) -> None:
    vertex = sitting.scene.model.landmarks[landmark]
    before, after = (sitting.place(w).vertices[vertex, :2] for w in ({}, weights))
    assert np.linalg.norm(after - before) > 2
    assert np.linalg.norm(dot_in(sitting, weights, before) - after) < 0.5
    assert np.linalg.norm(dot_in(sitting, {}, before) - before) < 0.1


def test_lids_close_over_an_iris_that_stays(sitting: Sitting) -> None:
    """Were the disc hung on the lids, closing them would drag the iris along."""
    centre = len(sitting.place().vertices) - 1  # of the left eye
    place = sitting.place().vertices[centre, :2]
    start = dot_in(sitting, {}, place)
    for weights in ({"eyeSquint": 1.0}, {"eyeBlink": 0.3}, {"eyeWide": 1.0}):
        assert np.linalg.norm(dot_in(sitting, weights, place) - start) < 0.5
    around = np.linalg.norm(pixel_centres(256) - place * 2, axis=-1) < 3
    open_eye, closed = (redness(sitting, {"eyeBlink": w}, place)[around].mean() for w in (0, 1))
    assert closed < 0.1 * open_eye
    looking = {"eyeLookOut_L": 0.5}
    target = sitting.place(looking).vertices[centre, :2]
    assert target[0] > place[0] + 1
    assert np.linalg.norm(dot_in(sitting, looking, place) - target) < 0.5


def test_an_open_mouth_shows_bright_teeth_in_a_dark_socket(sitting: Sitting) -> None:
    picture, placed = draw(sitting, {"jawOpen": 1.0, "mouthUpperUp": 1.0})
    raster = raster_of(sitting, placed)
    kind = np.where(raster.covered, sitting.scene.kinds[raster.triangle], -1)
    core = {k: ~grown(kind != k, 2) for k in (Kind.TEETH, Kind.SOCKET)}
    teeth, socket = (picture[core[k]].astype(float).mean(axis=0) for k in core)
    assert min(core[Kind.TEETH].sum(), core[Kind.SOCKET].sum()) > 50
    assert teeth.mean() > 2.5 * socket.mean()
    assert socket[0] > 1.5 * socket[1]  # red
    assert np.ptp(teeth) / teeth.max() < 0.6 * np.ptp(socket) / socket.max()  # far less coloured


def test_teeth_deep_in_a_mouth_are_darker_and_redder() -> None:
    """Lower teeth and molars were grey, on photos in warm light even green."""
    kind, facing = np.full((1, 3), Kind.TEETH), np.ones((1, 3))
    front, back, throat = material_colour(kind, facing, np.array([[0.0, 1.6, 5.0]]))[0]
    np.testing.assert_allclose(front, MATERIALS[Kind.TEETH].colour, rtol=1e-6)
    red, green, blue = back / front
    assert red == pytest.approx(0.5)
    assert red > green > blue
    np.testing.assert_allclose(throat / front, DARKEST**DEPTH_TINT, rtol=1e-5)  # and no darker


def test_the_tongue_is_lit_from_above() -> None:
    """The whole inside of a mouth in surprise was one black hole."""
    kind = np.full((1, 2), Kind.GUMS)
    up, down = material_colour(kind, np.array([[0.5, 0.0]]), np.full((1, 2), 2.0))[0]
    assert up[0] > 2 * down[0]
    assert up[0] > 60


def test_teeth_follow_the_light_of_the_photo(sitting: Sitting) -> None:
    weights = {"jawOpen": 0.8}
    bright, placed = draw(sitting, weights)
    dark, _ = draw(sitting, weights, (sitting.photo * 0.5).astype(np.uint8))
    inside = mouth_interior(raster_of(sitting, placed), sitting.scene.kinds)
    assert inside.sum() > 200
    ratio = dark[inside].mean() / bright[inside].mean()
    assert ratio == pytest.approx(0.5, abs=0.06)


def test_teeth_take_the_tint_of_the_photo(sitting: Sitting) -> None:
    """They were the same white in a reddish photo, where they looked blue."""
    weights = {"jawOpen": 0.8}
    plain, placed = draw(sitting, weights)
    reddish = np.clip(sitting.photo * (1.0, 0.93, 0.97), 0, 255).astype(np.uint8)
    tinted, _ = draw(sitting, weights, reddish)
    inside = mouth_interior(raster_of(sitting, placed), sitting.scene.kinds)
    before, after = (
        picture[inside].mean(axis=0) / picture[inside].mean() for picture in (plain, tinted)
    )
    np.testing.assert_allclose(after / before, np.array([1.0, 0.93, 0.97]) / 0.967, atol=0.02)


def test_teeth_beside_dark_skin_are_as_bright(sitting: Sitting) -> None:
    """They were as dark as the skin; those of real smiles are not."""
    landmarks = sitting.place().vertices[sitting.scene.model.landmarks, :2] * 2
    centre = landmarks[30].round().astype(int)
    patch = np.s_[centre[1] - 8 : centre[1] + 8, centre[0] - 8 : centre[0] + 8]
    light = {}
    for skin in (180, 100, 30):
        photo = np.full((256, 256, 3), 150, np.uint8)
        photo[patch] = skin
        light[skin] = teeth_light(photo, landmarks, 2.0).mean()
    assert light[180] == pytest.approx(light[100])
    assert light[30] == pytest.approx(light[180] * 30 * 1.8 / 150)  # whites so bright are not


def test_folds_are_lit_from_above_within_bounds(sitting: Sitting) -> None:
    grey = np.full((256, 256, 3), 150, np.uint8)
    picture, placed = draw(sitting, {"cheekSquint": 1.0, "browDown": 1.0}, grey)
    inside = grown(mouth_interior(raster_of(sitting, placed), sitting.scene.kinds), 4)
    ratio = picture.astype(float) / 150
    assert ratio[~inside].min() >= 0.6 - 0.01
    assert ratio[~inside].max() <= 1.12 + 0.01
    assert ratio[~inside].min() < 0.95
    assert ratio[~inside].max() > 1.03


def test_folds_keep_their_red(sitting: Sitting) -> None:
    """Skin in a fold was darkened by one factor for all colours: a grey smudge."""
    skin = np.full((256, 256, 3), (180, 140, 125), np.uint8)
    picture, placed = draw(sitting, {"mouthSmile": 1.0, "browDown": 1.0}, skin)
    inside = grown(mouth_interior(raster_of(sitting, placed), sitting.scene.kinds), 6)
    ratio = picture / skin.astype(np.float64)
    fold = (ratio[..., 1] < 0.88) & ~inside
    assert fold.sum() > 50
    red, green, blue = np.log(ratio[fold]).mean(axis=0)
    assert red / green < 0.9
    assert blue / green > 1.03
    grey, _ = draw(sitting, {"mouthSmile": 1.0}, GREY)
    assert not np.ptp(grey[~inside].astype(int), axis=-1).any()  # and no colour where there is none


def test_lips_close_over_teeth_without_a_light_seam(sitting: Sitting) -> None:
    """Teeth that the fit took for lips were drawn on lips that had closed."""
    shown = dataclasses.replace(sitting.fit, expression={"jawOpen": 0.5})
    scene = sitting.scene
    seen, closed = (scene.place(shown, shown, w) for w in (shown.expression, {}))
    photo = np.full((256, 256, 3), (150, 100, 90), np.uint8)
    landmarks = seen.vertices[scene.model.landmarks, :2] * 2
    photo[mouth_opening(landmarks, 256, 2.0)] = 245  # teeth, and as much as a pixel around them
    picture = Renderer(photo, scene, shown, seen).draw(closed)
    inside = mouth_interior(raster_of(sitting, closed), scene.kinds)
    kept = mouth_interior(raster_of(sitting, seen), scene.kinds)
    assert kept.sum() > 200
    assert picture[~grown(inside, 2)].max() < 200


def test_a_raised_cheek_is_lighter_above_than_below(sitting: Sitting) -> None:
    weights = {"cheekSquint": 1.0}
    picture, placed = draw(sitting, weights, np.full((256, 256, 3), 150, np.uint8))
    places = np.zeros((len(placed.vertices), 2), np.float32)
    places[: len(sitting.scene.model.neutral)] = sitting.scene.model.neutral[:, :2]
    generic = raster_of(sitting, placed).interpolate(sitting.scene.triangles, places)
    ratio = picture / 150 / sitting.scene.wrinkles.ratio(weights, generic)[..., None]
    vertex = np.linalg.norm(sitting.scene.model.neutral[:, :2] - (3.4, 1.6), axis=1).argmin()
    column, row = np.rint(placed.vertices[vertex, :2] * 2).astype(int)
    cheek = ratio[row - 40 : row + 40, column - 20 : column + 20, 0]
    lightest, darkest = (int(position(cheek)) // 40 for position in (np.argmax, np.argmin))
    assert lightest < darkest  # its upper side, which faces the light, is lighter
    assert cheek.max() > 1.02
    assert cheek.min() < 0.98


def test_the_picture_does_not_tear_at_the_silhouette(sitting: Sitting) -> None:
    """A picture whose values are its rows: how far each pixel was read from can be told."""
    ramp = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 256, 3))
    picture, placed = draw(sitting, {"jawOpen": 1.0}, ramp)
    raster = raster_of(sitting, placed)
    source = raster.interpolate(sitting.scene.triangles, placed.texture * 2)
    displacement = np.abs(source - pixel_centres(256))[..., 1]
    read = np.abs(picture[..., 0].astype(int) - ramp[..., 0])
    distance = cv2.distanceTransform(raster.covered.astype(np.uint8), cv2.DIST_L2, 5)
    rim = (distance > 0) & (distance <= 2) & (displacement > 8)
    core = (distance > 14) & (displacement > 8) & (raster.triangle >= 0)
    core &= sitting.scene.kinds[raster.triangle] == Kind.SKIN
    assert rim.sum() > 10
    assert np.median(read[rim] / displacement[rim]) < 0.5
    assert np.median(read[core] / displacement[core]) > 0.7


def test_the_displacement_fades_at_the_silhouette(sitting: Sitting) -> None:
    raster = raster_of(sitting, sitting.place(), 128)
    fade = silhouette_fade(raster, sitting.scene.kinds, 1.0)
    assert fade.shape == (128, 128)
    assert fade.min() >= 0
    assert fade.max() <= 1 + 1e-6
    distance = cv2.distanceTransform(raster.covered.astype(np.uint8), cv2.DIST_L2, 5)
    assert fade[distance > 12].min() > 0.999
    assert fade[raster.covered & (distance <= 1)].max() < 0.4
    assert fade[~raster.covered].max() < 0.2
    open_mouth = raster_of(sitting, sitting.place({"jawOpen": 1.0}), 128)
    inside = mouth_interior(open_mouth, sitting.scene.kinds)
    assert (silhouette_fade(open_mouth, sitting.scene.kinds, 1.0)[inside] == 1).all()


def test_sizes_show_the_same_picture(sitting: Sitting) -> None:
    weights = dict(RECIPES[Expression.SURPRISED])
    large, _ = draw(sitting, weights)
    halved = cv2.resize(sitting.photo, (128, 128), interpolation=cv2.INTER_AREA)
    small, _ = draw(sitting, weights, halved)
    averaged = cv2.resize(large, (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(averaged.astype(int) - small).mean() < 3


def test_every_part_inside_the_mouth_has_a_colour() -> None:
    assert set(MATERIALS) == set(Kind) - {Kind.SKIN, Kind.EYE}
