"""Sharpness: by hand on waves, and that it falls under blur and nothing else."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from aligned_face import AlignedFace
from lgpgan.errors import InputError
from lgpgan.evaluation.sharpness import region_sharpness, relative_sharpness
from lgpgan.faces.alignment import align, warp
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.faces.regions import mouth_box
from lgpgan.photos.reading import read_photo

TOP = np.array([64])


def blurred(face: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(face, (0, 0), sigma), np.uint8)


@pytest.mark.parametrize("period", [4, 8, 16])
def test_a_wave_has_its_own_frequency(period: int) -> None:
    """2 sin(k / 2) with finite differences, k = 2π / period."""
    wave = 127.5 + 120 * np.cos(2 * np.pi * np.arange(128) / period + 0.3)
    face = np.broadcast_to(np.rint(wave)[None, None, :, None], (1, 128, 128, 3)).astype(np.uint8)
    found = region_sharpness(face, TOP)
    wanted = 2 * np.sin(np.pi / period)
    np.testing.assert_allclose([found.eyes, found.mouth], wanted, rtol=0.02)


def test_a_wider_edge_is_less_sharp_by_its_width() -> None:
    steps = np.where(np.arange(128) // 24 % 2, 200.0, 50.0)
    picture = np.broadcast_to(steps[None, :, None], (128, 128, 3))
    faces = np.array([np.rint(cv2.GaussianBlur(picture, (0, 0), s)) for s in (1.5, 3.0)], np.uint8)
    found = region_sharpness(faces, np.array([64, 64]))
    assert found.eyes[0] == pytest.approx(1 / (np.sqrt(2) * 1.5), rel=0.06)
    assert found.eyes[1] / found.eyes[0] == pytest.approx(0.5, rel=0.06)


def test_falls_with_every_further_blur(aligned: AlignedFace) -> None:
    faces = np.stack([aligned.face, *(blurred(aligned.face, s) for s in (0.5, 0.8, 1.2, 2, 4))])
    tops = np.full(len(faces), mouth_box(aligned.landmarks).top)
    found = region_sharpness(faces, tops)
    for values in (found.eyes, found.mouth):
        assert (np.diff(values) < -0.04).all()
        assert values[3] < 0.6 * values[0]


def test_light_and_contrast_do_not_matter(aligned: AlignedFace) -> None:
    """Down to the rounding of the darker face to bytes."""
    darker = np.rint(aligned.face * 0.5).astype(np.uint8)
    lifted = np.rint(aligned.face * 0.7 + 60).astype(np.uint8)
    found = region_sharpness(np.stack([aligned.face, darker, lifted]), np.full(3, 64))
    for values in (found.eyes, found.mouth):
        np.testing.assert_allclose(values[1:], values[0], rtol=0.02)


def test_each_region_is_measured_by_itself(aligned: AlignedFace) -> None:
    top = mouth_box(aligned.landmarks).top
    smeared = aligned.face.copy()
    smeared[top : top + 48, 32:96] = blurred(aligned.face, 2)[top : top + 48, 32:96]
    found = region_sharpness(np.stack([aligned.face, smeared]), np.array([top, top]))
    assert found.mouth[1] < 0.6 * found.mouth[0]
    assert found.eyes[1] == pytest.approx(found.eyes[0], rel=0.01)


def test_noise_counts_as_sharp(aligned: AlignedFace) -> None:
    """Why a ratio above 1 is not praise."""
    noise = np.random.default_rng(0).normal(0, 15, aligned.face.shape)
    noisy = np.clip(aligned.face + noise, 0, 255).astype(np.uint8)
    found = region_sharpness(np.stack([aligned.face, noisy]), np.full(2, 64))
    assert found.eyes[1] > 1.1 * found.eyes[0]


def test_a_flat_region_is_not_sharp() -> None:
    found = region_sharpness(np.full((1, 128, 128, 3), 90, np.uint8), TOP)
    assert (found.eyes, found.mouth) == (0.0, 0.0)


def test_ratio_to_the_median_of_the_same_class() -> None:
    real = np.array([1.0, 2.0, 9.0, 4.0])
    classes = ["happy", "happy", "happy", "sad"]
    made = np.array([1.0, 1.0, 4.0])
    ratio = relative_sharpness(made, ["sad", "happy", "happy"], real, classes)
    np.testing.assert_allclose(ratio, [0.25, 0.5, 2.0])
    assert np.median(relative_sharpness(real[:3], classes[:3], real, classes)) == 1.0


def test_refuses_what_cannot_be_compared() -> None:
    one = np.ones(1)
    with pytest.raises(InputError, match="no real face of the class 'sad'"):
        relative_sharpness(one, ["sad"], one, ["happy"])
    with pytest.raises(InputError, match="any edge"):
        relative_sharpness(one, ["sad"], one * 0, ["sad"])
    with pytest.raises(InputError, match="its class"):
        relative_sharpness(one, ["sad", "sad"], one, ["sad"])
    with pytest.raises(InputError, match="uint8"):
        region_sharpness(np.zeros((1, 128, 128, 3)), TOP)
    with pytest.raises(InputError, match="mouth regions"):
        region_sharpness(np.zeros((1, 128, 128, 3), np.uint8), np.array([1, 2]))


def test_real_people_are_as_sharp_as_others(shared: Path) -> None:
    faces, tops = [], []
    for path in sorted((shared / "data" / "london_neutral").glob("*.jpg"))[:16]:
        pixels = read_photo(path).pixels
        (face,) = DlibDetector().detect(pixels)
        transform = align(face.landmarks)
        faces.append(warp(pixels, transform, 128))
        tops.append(mouth_box(transform(face.landmarks)).top)
    found = region_sharpness(np.array(faces), np.array(tops))
    soft = region_sharpness(np.array([blurred(face, 0.8) for face in faces]), np.array(tops))
    neutral = ["neutral"] * 8
    for region in ("eyes", "mouth"):
        one, other = np.split(getattr(found, region), 2)
        ratio = relative_sharpness(one, neutral, other, neutral)
        assert np.median(ratio) == pytest.approx(1, abs=0.1)
        smeared = relative_sharpness(getattr(soft, region)[:8], neutral, other, neutral)
        assert smeared.max() < ratio.min()
