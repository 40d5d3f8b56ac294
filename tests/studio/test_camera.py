"""Other light and other cameras: alike on both pictures, and noise that moves along."""

from __future__ import annotations

from dataclasses import fields

import cv2
import numpy as np
import pytest

from lgpgan.studio.camera import Camera, photograph

NEVER = Camera(**{field.name: 0.0 for field in fields(Camera)})


def always(kind: str) -> Camera:
    return Camera(**{field.name: float(field.name == kind) for field in fields(Camera)})


def picture(seed: int = 0) -> np.ndarray:
    """Smooth, (3, 128, 128), −0.8 to 0.8."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(-0.8, 0.8, (8, 8, 3)).astype(np.float32)
    large = cv2.resize(coarse, (128, 128), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(large.transpose(2, 0, 1))


def take(
    options: Camera, seed: int = 1, shift: float = 0.0, unseen: slice = slice(0, 0)
) -> tuple[np.ndarray, np.ndarray]:
    source, target = picture(), picture()
    flow = np.zeros((2, 128, 128), np.float32)
    flow[0] = shift
    visible = np.ones((128, 128), np.float32)
    visible[:, unseen] = 0
    photograph(options, np.random.default_rng(seed), source, target, flow, visible)
    return source, target


def test_a_studio_camera_changes_nothing() -> None:
    source, target = take(NEVER)
    np.testing.assert_allclose(source, picture(), atol=1e-6)
    np.testing.assert_allclose(target, picture(), atol=1e-6)


@pytest.mark.parametrize("kind", [field.name for field in fields(Camera)])
def test_every_kind_changes_both_pictures_alike(kind: str) -> None:
    changes = []
    for seed in range(5):
        source, target = take(always(kind), seed)
        np.testing.assert_allclose(source, target, atol=1e-5)
        assert np.abs(source).max() <= 1
        assert source.dtype == np.float32
        changes.append(np.abs(source - picture()).mean())
    assert 0.001 < max(changes) < 0.4


def test_a_seed_takes_the_same_picture() -> None:
    options = Camera(*[1.0] * len(fields(Camera)))
    np.testing.assert_array_equal(take(options, 2)[0], take(options, 2)[0])
    assert not np.array_equal(take(options, 2)[0], take(options, 3)[0])


def test_noise_moves_along_and_is_not_invented() -> None:
    source, target = take(always("noise"), seed=4, shift=7.0, unseen=slice(0, 30))
    noise, moved = source - picture(), target - picture()
    np.testing.assert_allclose(moved[:, :, 30:120], noise[:, :, 37:127], atol=1e-5)
    assert np.abs(moved[:, :, :30]).max() < 1e-5
    assert noise.std() > 0.005


def test_side_light_brightens_one_side_and_darkens_the_other() -> None:
    source = np.zeros((3, 128, 128), np.float32)
    still, seen = np.zeros((2, 128, 128), np.float32), np.ones((128, 128), np.float32)
    photograph(always("side_light"), np.random.default_rng(0), source, source.copy(), still, seen)
    light = (source[0] + 1) / 2 / 0.5
    assert light.max() > 1.1
    assert light.min() < 0.9
    np.testing.assert_allclose(light + light[::-1, ::-1], 2, atol=1e-5)


def test_a_coarse_picture_has_lost_its_finest_detail() -> None:
    checked = np.indices((128, 128)).sum(axis=0) % 2 - 0.5
    source = np.repeat(checked[None], 3, axis=0).astype(np.float32)
    still, seen = np.zeros((2, 128, 128), np.float32), np.ones((128, 128), np.float32)
    photograph(always("coarse"), np.random.default_rng(0), source, source.copy(), still, seen)
    assert source.std() < 0.2
