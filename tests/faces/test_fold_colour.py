"""Skin in a fold keeps its red, as that of real smiles does; what has no colour gets none."""

from __future__ import annotations

import numpy as np
import pytest

from lgpgan.faces.fold_colour import LUMA, FoldColour, chroma

LIGHT_SKIN, USUAL_SKIN, DARK_SKIN = ((182, 147, 132), (176, 140, 125), (91, 69, 57))


def test_slopes_are_those_of_real_smiles() -> None:
    """One factor for all channels made folds grey; red is within the quartiles, 0.73 to 0.92."""
    red, green, blue = FoldColour(np.array(USUAL_SKIN)).darkening
    assert 0.76 < red < 0.90
    assert 1.03 < green < 1.11
    assert 1.08 < blue < 1.28


@pytest.mark.parametrize("skin", [LIGHT_SKIN, USUAL_SKIN, DARK_SKIN])
@pytest.mark.parametrize("light", [0.95, 1.05])
def test_the_luma_changes_by_the_factor_of_the_light(
    skin: tuple[int, int, int], light: float
) -> None:
    before = np.array(skin, np.float64)
    after = FoldColour(before)(np.array(light)) * before
    assert after @ LUMA == pytest.approx(light * (before @ LUMA), rel=2e-3)


def test_dark_skin_keeps_its_colour_less() -> None:
    dark, light = (FoldColour(np.array(skin)).darkening[0] for skin in (DARK_SKIN, LIGHT_SKIN))
    assert light < dark < 1


@pytest.mark.parametrize("grey", [0, 7, 128, 255])
def test_skin_without_colour_gets_three_equal_factors(grey: int) -> None:
    factors = FoldColour(np.full(3, grey))(np.linspace(0.3, 1.5, 25, dtype=np.float32))
    assert (factors == factors[:, :1]).all()
    np.testing.assert_allclose(factors[:, 0], np.linspace(0.3, 1.5, 25), rtol=1e-5)


def test_no_change_of_the_light_is_no_change_of_the_colour() -> None:
    assert (FoldColour(np.array(USUAL_SKIN))(np.ones((2, 2), np.float32)) == 1).all()


@pytest.mark.parametrize("light", [0.85, 1.15])
def test_a_place_whose_light_changes_gets_nearer_to_the_colour_of_the_skin(light: float) -> None:
    """Shine that darkened was a grey smudge; red folds of a smile that went left orange ones."""
    skin = np.array(USUAL_SKIN)
    place = np.array([150.0, 105.0, 84.0]) if light > 1 else np.array([200.0, 178.0, 166.0])
    factors = FoldColour(skin)(np.array(light), chroma(place))
    away = [np.abs(chroma(colour) - chroma(skin)).max() for colour in (place, place * factors)]
    assert away[1] < 0.8 * away[0]
