"""Looks of photos: measured right, and given to other faces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.augmentation.looks import Look, as_grey_as, like, look_of, looks_of_set
from lgpgan.errors import InputError
from small_set import Entry, write_small_set


def textured(seed: int = 0) -> NDArray[np.uint8]:
    """A picture (128, 128, 3) with soft shapes, sharp edges and colours."""
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(rng.normal(0, 1, (128, 128, 3)), (0, 0), 6)
    picture = 120 + 25 * soft / soft.std()
    picture[40:60, 30:100] += 50
    return np.clip(picture, 0, 255).astype(np.uint8)


def given(picture: NDArray[np.uint8], look: Look, seed: int = 0) -> Look:
    return look_of(like(picture, [look], np.random.default_rng(seed)))


def test_noise_is_measured() -> None:
    flat = np.full((128, 128), 128.0)
    noisy = flat + np.random.default_rng(0).normal(0, 8, flat.shape)
    grey = np.repeat(np.rint(noisy).astype(np.uint8)[..., None], 3, 2)
    assert look_of(grey).noise == pytest.approx(8, rel=0.05)
    assert look_of(np.full((128, 128, 3), 128, np.uint8)).noise == 0


def test_light_contrast_and_colours_are_given() -> None:
    picture = textured()
    own = look_of(picture)
    wanted = replace(own, light=90.0, contrast=own.contrast * 0.7, tint=(6.0, -4.0))
    found = given(picture, wanted)
    assert found.light == pytest.approx(90, abs=1)
    assert found.contrast == pytest.approx(wanted.contrast, rel=0.05)
    assert found.tint == pytest.approx((6, -4), abs=1)


def test_of_a_black_and_white_set_faces_become_black_and_white() -> None:
    found = like(textured(), [replace(look_of(textured()), colour=0.5)], np.random.default_rng(0))
    assert np.ptp(found.astype(int), axis=2).max() <= 1


def test_of_a_black_and_white_photo_a_black_and_white_face_is_made() -> None:
    """Teeth and lips were painted in cyan and red on grey photos."""
    painted = textured()
    grey = np.repeat(painted.mean(axis=2, keepdims=True), 3, 2).astype(np.uint8)
    painted[80:90, 50:80] = (60, 180, 190)
    made = as_grey_as(grey, painted)
    assert np.ptp(made.astype(int), axis=2).max() <= 1
    assert look_of(made).light == pytest.approx(look_of(painted).light, abs=0.5)
    assert np.array_equal(as_grey_as(textured(), painted), painted)


def test_blur_and_noise_are_given() -> None:
    picture = textured()
    own = look_of(picture)
    blurred = given(picture, replace(own, sharpness=own.sharpness / 2, noise=0.0))
    assert blurred.sharpness == pytest.approx(own.sharpness / 2, rel=0.1)
    noisy = given(picture, replace(own, noise=6.0))
    assert noisy.noise == pytest.approx(6, rel=0.15)


def test_what_is_blurred_stays_blurred() -> None:
    """There is no detail to be added."""
    soft = cv2.GaussianBlur(textured(), (0, 0), 3)
    wanted = replace(look_of(soft), sharpness=look_of(textured()).sharpness)
    found = like(np.asarray(soft, np.uint8), [wanted], np.random.default_rng(0))
    assert np.abs(found.astype(int) - soft).mean() < 2


def test_a_face_that_is_flat_can_be_given_any_look() -> None:
    flat = np.full((128, 128, 3), 90, np.uint8)
    assert look_of(like(flat, [look_of(textured())], np.random.default_rng(0))).light > 0


def test_a_face_ends_where_the_photo_of_the_other_ended() -> None:
    """The photo's edge is repeated beyond, as where a face is aligned; crops were not copied."""
    picture = textured()
    own = look_of(picture)
    upright = replace(own, frame=(0.0, 0.0, 128.0, 0.0, 0.0, 100.0))
    whole = like(picture, [own], np.random.default_rng(0))
    found = like(picture, [upright], np.random.default_rng(0))
    assert np.array_equal(found[:100], whole[:100])
    assert np.abs(found[101:].astype(int) - whole[99].astype(int)).max() <= 16
    assert (found[101:] == found[101]).all()
    # A frame that leans: what lies within it stays, to the last bit.
    leaning = replace(own, frame=(20.0, -10.0, 148.0, 22.0, -12.0, 118.0))
    found = like(picture, [leaning], np.random.default_rng(0))
    assert np.array_equal(found[40:80, 40:80], whole[40:80, 40:80])
    assert not np.array_equal(found[:, :8], whole[:, :8])


def test_looks_are_of_people_who_are_trained_on(tmp_path: Path) -> None:
    entries = [Entry("ann", "happy", "train"), Entry("ben", "happy", "test")]
    prepared = write_small_set(tmp_path / "set", entries)
    assert len(looks_of_set(prepared)) == 1
    kept_out = replace(prepared, records=prepared.split("test"))
    with pytest.raises(InputError, match="no face in its split 'train' whose look"):
        looks_of_set(kept_out)
