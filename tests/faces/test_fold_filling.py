"""Folds that networks flatten are filled from the skin on their sides."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.faces.alignment import Similarity
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_filling import filled_folds
from lgpgan.faces.light import FaceLight
from lgpgan.faces.paste import paste
from lgpgan.faces.seen_face import SeenFace

SKIN = np.array([184.0, 140.0, 120.0])
LIGHT = FaceLight(np.ones(3), 1.0, SKIN)
EVERYWHERE = np.ones((128, 128), np.float32)
LINE = np.array([0.75, 0.6, 0.55])
"""What a fold leaves of the skin: it is dark, and redder than the skin."""
SCALE = 4
FRAME = Similarity(np.array([[1 / SCALE, 0, 0], [0, 1 / SCALE, 0]]))


def photo() -> NDArray[np.float64]:
    """Skin of 512×512."""
    return np.tile(SKIN, (128 * SCALE, 128 * SCALE, 1))


def folded() -> NDArray[np.float64]:
    """The same with a line that is narrower than a pixel of the networks."""
    pixels = photo()
    pixels[:, 256:259] *= LINE
    return pixels


def edited(
    pixels: NDArray[np.floating],
    shade: NDArray[np.float32],
    *,
    area: NDArray[np.float32] = EVERYWHERE,
    light: FaceLight = LIGHT,
    keep: NDArray[np.float32] = EVERYWHERE,
    blur: float = 0.0,
    depth: type[np.uint8] | type[np.uint16] = np.uint8,
) -> NDArray[np.float64]:
    """The photo with a shade, over what the shade alone does to it: 1 where nothing is filled."""
    bytes_ = np.rint(pixels).astype(np.uint8)
    seen = bytes_.reshape(128, SCALE, 128, SCALE, 3).mean(axis=(1, 3)).astype(np.float32)
    planes = np.repeat(shade[..., None], 3, axis=2)
    face = SeenFace.of(seen, EVERYWHERE, light.skin)
    change = FaceChange(
        flow=np.zeros((128, 128, 2), np.float32),
        keep=keep,
        colour=((1 - keep)[..., None] * SKIN).astype(np.float32),
        shade=planes,
        filling=filled_folds(face, seen * planes, area, light),
    )
    if blur:
        change = change.softened(blur)
    levels = 257 if depth is np.uint16 else 1
    shown = paste(bytes_.astype(depth) * depth(levels), change, FRAME)
    return shown / np.float64(levels)


def of_line(pixels: NDArray[np.floating]) -> NDArray[np.float64]:
    """The line's colour over that of the skin beside it."""
    colour: NDArray[np.float64] = pixels[256, 257] / pixels[256, 230]
    return colour


BRIGHTER = np.float32(1.1) * EVERYWHERE


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_fold_that_networks_flatten_goes_with_its_line(
    depth: type[np.uint8] | type[np.uint16],
) -> None:
    """Edits of a smile to neutral kept thin lines, like scratches, from the nose to the mouth."""
    np.testing.assert_allclose(of_line(edited(folded(), EVERYWHERE, depth=depth)), LINE, atol=0.02)
    np.testing.assert_allclose(of_line(edited(folded(), BRIGHTER, depth=depth)), 0.88, atol=0.06)


def test_elsewhere_nothing_is_filled() -> None:
    nowhere = np.zeros((128, 128), np.float32)
    after = edited(folded(), BRIGHTER, area=nowhere)
    np.testing.assert_allclose(of_line(after), LINE, atol=0.02)


def test_a_fold_may_lie_beside_where_networks_add_light() -> None:
    """They see folds too coarsely to place them."""
    shade = EVERYWHERE.copy()
    shade[:, 67:71] = 1.1
    np.testing.assert_allclose(of_line(edited(folded(), shade)), 0.86, atol=0.07)
    far = np.roll(shade, 12, axis=1)
    np.testing.assert_allclose(of_line(edited(folded(), far)), LINE, atol=0.02)


def test_a_crease_that_is_to_be_deeper_is_not_filled() -> None:
    """The light on a cheek reached into the crease below it, which was filled and drawn anew."""
    shade = EVERYWHERE.copy()
    shade[:, 66:70], shade[:, 60:66] = 1.1, 0.9
    after = edited(folded(), shade)
    np.testing.assert_allclose(after[256, 257] / (SKIN * 0.9), LINE, atol=0.03)


@pytest.mark.parametrize("blur", [0.0, 2.0])
def test_beside_a_mouth_that_opens_nothing_is_filled_twice(blur: float) -> None:
    """A white spot stood at the corner: what is painted over the photo made it look dark."""
    keep = EVERYWHERE.copy()
    keep[:, 64:] = 0
    after = edited(photo(), BRIGHTER, keep=keep, blur=blur)
    assert after.max() <= 1.1 * SKIN.max() + 2


def test_pores_stay() -> None:
    rng = np.random.default_rng(0)
    pores = photo() * (1 + 0.03 * rng.standard_normal((512, 512, 1)))
    after = edited(pores, BRIGHTER)[100:400, 100:400, 1]
    assert after.std() > 0.9 * (1.1 * pores[100:400, 100:400, 1]).std()


def test_a_mole_stays() -> None:
    """Moles on the cheek were filled when the cheek was raised."""
    across, down = np.meshgrid(np.arange(512), np.arange(512))
    spotted = photo()
    spotted[np.hypot(across - 256, down - 256) < 6] *= (0.6, 0.5, 0.5)
    after = edited(spotted, BRIGHTER)
    assert after[256, 256, 1] < 0.75 * after[256, 200, 1]


def test_stubble_and_a_moustache_stay() -> None:
    """Moustaches became grey patches: they are narrow, dark, and in part like skin."""
    rng = np.random.default_rng(0)
    bearded = photo()
    hair = 1 + 0.15 * rng.standard_normal((512, 32, 1))
    bearded[:, 240:272] *= (0.6, 0.68, 0.71) * hair
    after, before = edited(bearded, BRIGHTER), bearded * 1.1
    strip = (slice(100, 400), slice(240, 272))
    assert after[strip].mean() < 1.05 * before[strip].mean()


def test_a_slow_shadow_gets_no_edge() -> None:
    """Where filling began, dim photos had lines like those of a map."""
    away = np.abs(np.arange(512) - 256)
    shadow = photo() * (1 - 0.25 * np.exp(-((away / 10) ** 2)))[:, None]
    after = edited(shadow, BRIGHTER)[256, :, 1]
    rising = np.diff(after[256:330])
    assert rising.min() >= -1, "the light grows from the shadow's middle to its side"


def test_what_is_filled_is_no_flat_patch() -> None:
    """Wide folds became surfaces of one colour with a hard rim, and lost the noise of the photo."""
    rng = np.random.default_rng(0)
    wide = photo()
    wide[:, 244:268] *= LINE
    noisy = wide * (1 + 0.08 * rng.standard_normal((512, 512, 1)))
    after = edited(noisy, BRIGHTER)[100:400, 246:266, 1]
    assert after.mean() > 0.78 * 1.1 * SKIN[1]
    assert after.std() > 0.2 * (1.1 * noisy[100:400, 246:266, 1]).std()


def test_a_grey_photo_is_filled_with_grey() -> None:
    pixels = np.full((128, 128, 3), 150, np.float32)
    pixels[:, 64] = 90
    grey = FaceLight(np.ones(3), 0.0, np.full(3, 150.0))
    face = SeenFace.of(pixels, EVERYWHERE, grey.skin)
    found = filled_folds(face, pixels * np.float32(1.1), EVERYWHERE, grey)
    assert found is not None
    assert 0.4 < found.share[64, 64] < 0.6, "it may be hair"
    np.testing.assert_allclose(found.skin, found.skin[..., :1].repeat(3, axis=2), rtol=1e-5)
