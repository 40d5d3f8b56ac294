"""Glasses, hair, hats and hands: drawn alike on both pictures, and what they do to the flow."""

from __future__ import annotations

import numpy as np
import pytest

from lgpgan.studio.occluders import KINDS, Layer, _Canvas, draw_occluder, hide


def pair(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    source, target = rng.uniform(-1, 1, (2, 3, 128, 128)).astype(np.float32)
    return source, target, np.zeros((2, 128, 128), np.float32), np.ones((128, 128), np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_leaves_most_of_the_face_to_be_seen(kind: str) -> None:
    draw, _ = KINDS[kind]
    for seed in range(6):
        canvas = _Canvas()
        draw(canvas, np.random.default_rng(seed))
        layer = canvas.layer()
        assert layer.colour.shape == (128, 128, 3)
        assert layer.alpha.shape == (128, 128)
        assert layer.alpha.dtype == layer.colour.dtype == np.float32
        assert layer.alpha.min() >= 0
        assert layer.alpha.max() <= 1.001
        assert layer.colour.min() >= 0
        assert layer.colour.max() <= 1.001
        solid = layer.alpha > 0.5
        assert 0.004 < solid.mean() < 0.5


def test_glasses_sit_on_the_eyes() -> None:
    draw, _ = KINDS["glasses"]
    total = np.zeros((128, 128))
    for seed in range(20):
        canvas = _Canvas()
        draw(canvas, np.random.default_rng(seed))
        total += canvas.layer().alpha
    rows, columns = total.sum(axis=1), total.sum(axis=0)
    assert 38 < (rows * np.arange(128)).sum() / rows.sum() < 48
    assert (columns * np.arange(128)).sum() / columns.sum() == pytest.approx(63.5, abs=1)


def test_a_seed_draws_the_same() -> None:
    one, other, third = (draw_occluder(np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.alpha, other.alpha)
    np.testing.assert_array_equal(one.colour, other.colour)
    assert not np.array_equal(one.alpha, third.alpha)


def test_both_pictures_show_the_same_occluder_that_does_not_move() -> None:
    source, target, flow, visible = pair()
    flow[:] = 5.0
    visible[:] = 0.0
    alpha = np.zeros((128, 128), np.float32)
    alpha[40:60, 30:90] = 1.0
    before = source.copy()
    hide(Layer(np.full((128, 128, 3), 0.25, np.float32), alpha), source, target, flow, visible)
    inside = alpha > 0.5
    np.testing.assert_allclose(source[:, inside], -0.5, atol=1e-6)
    np.testing.assert_allclose(target[:, inside], -0.5, atol=1e-6)
    assert not flow[:, inside].any()
    assert (flow[:, ~inside] == 5).all()
    assert visible[inside].all()
    np.testing.assert_array_equal(source[:, ~inside], before[:, ~inside])


def test_what_lies_under_it_in_the_source_is_not_visible() -> None:
    source, target, flow, visible = pair()
    flow[0] = 10.0  # every pixel of the target comes from 10 pixels to its right
    alpha = np.zeros((128, 128), np.float32)
    alpha[:, 60:70] = 1.0
    hide(Layer(np.zeros((128, 128, 3), np.float32), alpha), source, target, flow, visible)
    assert not visible[:, 50:60].any()
    assert visible[:, :50].all()
    assert visible[:, 60:].all()  # the occluder itself, and what comes from beyond it


def test_half_transparent_edges_are_mixed() -> None:
    source, target, flow, visible = pair()
    before = target.copy()
    alpha = np.full((128, 128), 0.25, np.float32)
    hide(Layer(np.ones((128, 128, 3), np.float32), alpha), source, target, flow, visible)
    np.testing.assert_allclose(target, before * 0.75 + 0.25, atol=1e-6)
    assert visible.all()
