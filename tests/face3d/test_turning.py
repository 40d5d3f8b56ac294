"""Turned heads: the fit goes with the picture, and what follows works on it as on any photo."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.face3d.renderer import Renderer, pixel_centres
from lgpgan.face3d.turning import MARGIN, Turned, turn
from lgpgan.faces.alignment import align, eye_centres, warp
from lgpgan.faces.detection import Face
from sitting import Sitting


@pytest.fixture(scope="module")
def surroundings(astronaut: NDArray[np.uint8], astronaut_face: Face) -> NDArray[np.uint8]:
    """The demo photo aligned at 256×256, with its margin."""
    return warp(astronaut, align(astronaut_face.landmarks).moved(MARGIN, MARGIN).scaled(2), 384)


def landmarks(sitting: Sitting, turned: Turned) -> NDArray[np.float64]:
    placed = sitting.scene.place(turned.fit, turned.fit, {}).vertices
    return placed[sitting.scene.model.landmarks].astype(np.float64)


def test_a_head_that_is_not_turned_is_the_photo(
    sitting: Sitting, surroundings: NDArray[np.uint8]
) -> None:
    turned = turn(surroundings, sitting.scene, sitting.fit, yaw=0, pitch=0)
    assert turned.picture.shape == sitting.photo.shape
    difference = turned.picture.astype(float) - sitting.photo
    assert np.abs(difference[20:-20, 20:-20]).mean() < 3
    still = sitting.place().vertices[sitting.scene.model.landmarks]
    np.testing.assert_allclose(landmarks(sitting, turned)[:, :2], still[:, :2], atol=0.6)


@pytest.mark.parametrize(("yaw", "pitch"), [(20, 0), (-20, 5), (0, -10), (8, 9)])
def test_the_eyes_stay_on_the_template(
    sitting: Sitting, surroundings: NDArray[np.uint8], yaw: float, pitch: float
) -> None:
    turned = turn(surroundings, sitting.scene, sitting.fit, yaw=yaw, pitch=pitch)
    right, left = eye_centres(landmarks(sitting, turned)[:, :2])
    np.testing.assert_allclose((right + left) / 2, (64, 42), atol=0.6)
    assert np.linalg.norm(left - right) == pytest.approx(38, abs=0.6)


def test_the_nose_goes_where_the_head_turns(
    sitting: Sitting, surroundings: NDArray[np.uint8]
) -> None:
    def nose(yaw: float, pitch: float) -> NDArray[np.float64]:
        turned = turn(surroundings, sitting.scene, sitting.fit, yaw=yaw, pitch=pitch)
        found: NDArray[np.float64] = landmarks(sitting, turned)[30, :2]
        return found

    still = nose(0, 0)
    assert nose(20, 0)[0] > still[0] + 3 > nose(-20, 0)[0] + 6
    assert nose(0, 10)[1] < still[1] - 1 < nose(0, -10)[1] - 2


def beside_the_face(sitting: Sitting) -> int:
    """A vertex at the mesh's rim, below the eyes, on the right of the picture."""
    placed = sitting.place().vertices
    skin = np.unique(sitting.scene.model.skin)
    low = skin[(placed[skin, 1] > 55) & (placed[skin, 1] < 95) & (placed[skin, 0] < 118)]
    return int(low[np.argmax(placed[low, 0])])


@pytest.mark.parametrize("of", ["nose", "rim"])
def test_the_picture_shows_points_where_the_fit_has_them(
    sitting: Sitting, surroundings: NDArray[np.uint8], of: str
) -> None:
    """A red dot: what the camera sees and what the mesh says must agree.

    At the rim they did not: necks turned with the mesh's depth, their pictures with the relief's.
    """
    scene = sitting.scene
    vertex = scene.model.landmarks[30] if of == "nose" else beside_the_face(sitting)
    tip = sitting.place().vertices[vertex, :2]
    where = np.linalg.norm(pixel_centres(384) - (tip + MARGIN) * 2, axis=-1)
    dot = np.exp(-((where / 3) ** 2))[..., None]
    grey = np.full((384, 384, 3), 120.0)
    dotted = np.rint(grey * (1 - dot) + dot * np.array([250, 20, 20])).astype(np.uint8)
    for yaw, pitch in ((15, 0), (-15, 4), (0, 8)):
        turned = turn(dotted, sitting.scene, sitting.fit, yaw=yaw, pitch=pitch)
        red = np.clip(turned.picture[..., 0].astype(float) - turned.picture[..., 1], 0, None)
        seen = (pixel_centres(256) * red[..., None]).sum(axis=(0, 1)) / red.sum() / 2
        placed = scene.place(turned.fit, turned.fit, {}).vertices[vertex, :2]
        np.testing.assert_allclose(seen, placed, atol=1.2)


def test_expressions_are_drawn_on_a_turned_head(
    sitting: Sitting, surroundings: NDArray[np.uint8]
) -> None:
    turned = turn(surroundings, sitting.scene, sitting.fit, yaw=15, pitch=0)
    seen, moved = (
        sitting.scene.place(turned.fit, turned.fit, weights) for weights in ({}, {"jawOpen": 0.7})
    )
    same = Renderer(turned.picture, sitting.scene, turned.fit, seen).draw(seen)
    assert np.abs(same.astype(float) - turned.picture).mean() < 2
    opened = Renderer(turned.picture, sitting.scene, turned.fit, seen).draw(moved)
    assert np.abs(opened.astype(float) - turned.picture).mean() > 1


@pytest.mark.parametrize(("yaw", "pitch"), [(30, 0), (0, -13), (float("nan"), 0)])
def test_a_head_turns_no_further(
    sitting: Sitting, surroundings: NDArray[np.uint8], yaw: float, pitch: float
) -> None:
    with pytest.raises(InputError, match="a head turns by 25 degrees sideways"):
        turn(surroundings, sitting.scene, sitting.fit, yaw=yaw, pitch=pitch)
