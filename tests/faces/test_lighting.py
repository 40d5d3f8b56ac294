"""What is drawn takes the light and the colours of its photo."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_colour import LUMA, FoldColour, chroma, luma_of
from lgpgan.faces.inside_change import InsideChange
from lgpgan.faces.light import FaceLight
from lgpgan.faces.lighting import TEETH, in_light
from lgpgan.faces.seen_face import SeenFace

SKIN = np.array([184.0, 113.0, 108.0])
"""Red cheeks."""
WHITE = FaceLight(np.ones(3), 1.0, SKIN)
GREY = FaceLight(np.ones(3), 0.0, np.full(3, 130.0))
IN_FACE, BESIDE = np.ones((128, 128), np.float32), np.zeros((128, 128), np.float32)


def face(colour: NDArray[np.float64] = SKIN) -> NDArray[np.float32]:
    return np.tile(colour.astype(np.float32), (128, 128, 1))


def lit(
    change: FaceChange,
    colours: NDArray[np.float32],
    light: FaceLight,
    in_face: NDArray[np.float32],
) -> FaceChange:
    return in_light(change, SeenFace.of(colours, in_face, light.skin), light)


def teeth(red: float) -> FaceChange:
    """A mouth whose teeth are lit by light of the colour of red cheeks."""
    bright = np.zeros((128, 128, 3), np.float32)
    bright[80:90, 50:78] = (150 * red, 120, 120)
    keep = np.ones((128, 128), np.float32)
    keep[80:90, 50:78] = 0
    inside = InsideChange(np.zeros((128, 128, 2), np.float32), bright, 66)
    return FaceChange(np.zeros((128, 128, 2), np.float32), keep, bright.copy(), inside)


def shaded(shade: float, drawn: float = 0.0, paint: tuple[float, ...] = (0, 0, 0)) -> FaceChange:
    return FaceChange(
        flow=np.zeros((128, 128, 2), np.float32),
        keep=np.full((128, 128), 1 - drawn, np.float32),
        colour=np.tile(np.array(paint, np.float32) * np.float32(drawn), (128, 128, 1)),
        shade=np.full((128, 128, 3), shade, np.float32),
    )


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (1.15, 0.98, 0.75)])
def test_teeth_take_the_colour_of_the_light_not_of_the_skin(tint: tuple[float, ...]) -> None:
    """Red cheeks made pink teeth."""
    colour = np.array(tint) / (np.array(tint) @ LUMA)
    change = lit(teeth(1.25), face(), FaceLight(colour, 1.0, SKIN), IN_FACE)
    assert change.inside is not None
    there = change.inside.lit[85, 64]
    np.testing.assert_allclose(chroma(there), np.log(colour) + TEETH, atol=0.06)
    assert luma_of(there) == pytest.approx(luma_of(teeth(1.25).inside.lit[85, 64]), rel=1e-4)  # type: ignore[union-attr]
    np.testing.assert_allclose(change.colour, change.inside.lit, atol=1e-3)


def test_skin_keeps_its_colour_in_a_shade() -> None:
    """One factor for all colours made grey smudges beside the nose."""
    change = lit(shaded(0.8), face(), WHITE, IN_FACE)
    assert change.shade is not None
    np.testing.assert_allclose(change.shade[64, 64], FoldColour(SKIN)(np.array(0.8)), rtol=1e-4)


def test_thin_paint_on_skin_becomes_a_shade_of_it() -> None:
    paint = (60.0, 60.0, 60.0)
    change = lit(shaded(1.0, 0.15, paint), face(), WHITE, IN_FACE)
    assert change.shade is not None
    np.testing.assert_allclose(change.keep, 1, atol=1e-5)
    np.testing.assert_allclose(change.colour, 0, atol=1e-5)
    luma = luma_of(change.shade * face())
    wanted = 0.15 * 60 + 0.85 * luma_of(face())
    np.testing.assert_allclose(luma, wanted, rtol=0.01)


@pytest.mark.parametrize("drawn", [0.6, 1.0])
def test_thick_paint_stays_paint(drawn: float) -> None:
    before = shaded(1.0, drawn, (60.0, 50.0, 40.0))
    after = lit(before, face(), WHITE, IN_FACE)
    np.testing.assert_allclose(after.keep, before.keep, atol=1e-6)
    np.testing.assert_allclose(after.colour, before.colour, atol=1e-5)


def test_paint_on_hair_stays_paint() -> None:
    before = shaded(1.0, 0.15, (60.0, 50.0, 40.0))
    after = lit(before, face(np.array([40.0, 30.0, 25.0])), WHITE, IN_FACE)
    np.testing.assert_allclose(after.colour, before.colour, atol=1e-5)


def test_shining_skin_is_dull_in_a_fold() -> None:
    """Pale highlights that networks darken beside the nose looked grey."""
    shine = np.array([205.0, 160.0, 158.0])
    change = lit(shaded(0.7), face(shine), WHITE, IN_FACE)
    assert change.shade is not None
    before, after = (
        float(np.abs(chroma(colour) - chroma(SKIN)).max())
        for colour in (shine, shine * change.shade[64, 64])
    )
    assert before > 0.04
    assert after < before


def test_a_grey_photo_gets_no_colour() -> None:
    painted = dataclasses.replace(teeth(1.25), shade=np.full((128, 128, 3), 0.8, np.float32))
    change = lit(painted, face(np.full(3, 130.0)), GREY, IN_FACE)
    assert change.inside is not None
    assert change.shade is not None
    for part in (change.colour, change.inside.lit, change.shade):
        np.testing.assert_allclose(part, part[..., :1].repeat(3, axis=2), rtol=1e-4, atol=1e-4)


def test_what_is_not_shaded_stays_so() -> None:
    assert lit(teeth(1.0), face(), WHITE, IN_FACE).shade is None


@pytest.mark.parametrize("shade", [0.7, 1.3])
def test_a_wall_beside_the_face_gets_no_shade_and_no_thin_paint(shade: float) -> None:
    """A light halo, or a red stain, stood beside jaw and neck where a face got narrower."""
    wall = face(np.array([221.0, 225.0, 224.0]))
    change = lit(shaded(shade, 0.15, (150.0, 90.0, 90.0)), wall, WHITE, BESIDE)
    assert change.shade is not None
    shown = change.colour + change.keep[..., None] * change.shade * wall
    np.testing.assert_allclose(shown, wall, atol=0.5)


@pytest.mark.parametrize("luma", range(60, 240, 20))
def test_what_may_be_skin_or_a_wall_is_kept_once(luma: int) -> None:
    """Counted as both, a pixel would be kept more than wholly."""
    beside = face(SKIN * (luma / luma_of(SKIN)))
    change = lit(shaded(1.0, 0.15, (60.0, 50.0, 40.0)), beside, WHITE, BESIDE)
    assert change.keep.max() <= 1 + 1e-6


def test_the_neck_below_the_face_is_shaded_as_skin_is() -> None:
    under, beside = (lit(shaded(0.7), face(), WHITE, area) for area in (IN_FACE, BESIDE))
    assert under.shade is not None
    assert beside.shade is not None
    np.testing.assert_allclose(under.shade, beside.shade, atol=1e-5)


def test_thick_paint_beside_the_face_stays_paint() -> None:
    """A chin that comes down covers what was there."""
    before = shaded(1.0, 0.9, (150.0, 90.0, 90.0))
    after = lit(before, face(np.full(3, 220.0)), WHITE, BESIDE)
    np.testing.assert_allclose(after.colour, before.colour, atol=1e-4)


def test_the_lattice_of_the_networks_shade_is_evened_out() -> None:
    """Every second pixel of their shade is a little darker; enlarged, chins had a net."""
    lattice = shaded(0.8)
    assert lattice.shade is not None
    lattice.shade[::2, ::2] += 0.02
    change = lit(lattice, face(), WHITE, IN_FACE)
    assert change.shade is not None
    assert np.ptp(change.shade[8:-8, 8:-8, 1]) < 0.002
