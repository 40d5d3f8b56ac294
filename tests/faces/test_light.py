"""The colour of the light on a face, from the whites of its eyes and from what is around it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.faces.alignment import Similarity, align
from lgpgan.faces.fold_colour import LUMA, chroma
from lgpgan.faces.light import FaceLight, face_light

SKIN = (176, 140, 125)
STILL = Similarity(np.eye(2, 3))


def landmarks() -> NDArray[np.float64]:
    """A face of the template: two eyes, 38 pixels apart, a chin, and the tip of a nose."""
    points = np.zeros((68, 2))
    angle = np.linspace(np.pi, 0, 17)
    points[:17] = np.stack([64 + 38 * np.cos(angle), 50 + 55 * np.sin(angle)], axis=1)
    points[27] = (64, 44)
    for first, x in ((36, 45), (42, 83)):
        around = np.linspace(np.pi, -np.pi, 7)[:6]
        points[first : first + 6] = np.stack(
            [x + 9 * np.cos(around), 42 - 3.5 * np.sin(around)], axis=1
        )
    return points


def drawn(
    white: tuple[float, ...], around: tuple[float, ...], skin: tuple[float, ...] = SKIN
) -> NDArray[np.uint8]:
    """A face of a colour with eyes of another before a wall."""
    face = np.tile(np.array(around, np.uint8), (128, 128, 1))
    outline = landmarks()[:17]
    head = np.vstack([outline, [[102, 20], [64, -8], [26, 20]]])
    cv2.fillConvexPoly(face, np.rint(head).astype(np.int32), skin)
    for eye in (slice(36, 42), slice(42, 48)):
        cv2.fillPoly(face, [np.rint(landmarks()[eye]).astype(np.int32)], white)
    return face


def light_of(face: NDArray[np.uint8]) -> FaceLight:
    return face_light(face, face, STILL, landmarks())


def test_the_face_of_these_tests_is_on_the_template() -> None:
    np.testing.assert_allclose(align(landmarks()).matrix, STILL.matrix, atol=1e-6)


@pytest.mark.parametrize("white", [(150, 150, 150), (160, 140, 120), (140, 150, 170)])
def test_the_whites_of_both_eyes_tell_the_light(white: tuple[int, ...]) -> None:
    """Teeth took the colour of the skin: red cheeks made pink ones."""
    skin = np.multiply(SKIN, white) / 150
    light = light_of(drawn(white, around=(60, 130, 80), skin=tuple(skin.tolist())))
    np.testing.assert_allclose(np.log(light.colour), chroma(np.array(white)), atol=0.05)
    assert light.colour @ LUMA == pytest.approx(1)
    assert light.colourful == 1


def test_of_closed_eyes_the_surroundings_tell_it() -> None:
    light = light_of(drawn(SKIN, around=(150, 150, 150)))
    assert np.abs(np.log(light.colour)).max() < 0.05


def test_a_coloured_wall_is_no_light() -> None:
    light = light_of(drawn(SKIN, around=(200, 30, 30)))
    assert np.abs(np.log(light.colour)).max() < 0.1


@pytest.mark.parametrize("around", [(0, 0, 0), (90, 90, 90)])
def test_a_grey_photo_has_no_colour_at_all(around: tuple[int, ...]) -> None:
    light = light_of(drawn((180, 180, 180), around, skin=(140, 140, 140)))
    assert light.colourful == 0
    assert (light.colour == light.colour[0]).all()


def test_one_of_sepia_has_nearly_none() -> None:
    light = light_of(drawn((180, 160, 130), (90, 80, 65), skin=(141, 125, 101)))
    assert light.colourful < 0.2
    np.testing.assert_allclose(np.log(light.colour), chroma(np.array([180, 160, 130])), atol=0.03)
