"""Glasses, hair, hats, hands: drawn alike in both, still, and flow and visibility follow them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from test_augmentation import batch_of, generators

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.networks.warping import warp_by_flow
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.occluders import ANCHORS, anchor_points, cover, draw_occluders, occlude
from lgpgan.studio.pairs import StudioPairs
from sitting import UNVARIED

KINDS = ("glasses", "fringe", "side_hair", "hat", "held")
PLACES = np.array([[45.0, 42], [83, 42], [19, 44], [109, 44], [64, 84]])
"""The anchors of a face that looks straight ahead."""


@pytest.fixture
def skin() -> PairBatch:
    """Faces without features."""
    image = torch.tensor([0.5, 0.1, -0.1]).reshape(1, 3, 1, 1).repeat(6, 1, 128, 128)
    return batch_of(image, image.clone())


def occluded(
    batch: PairBatch, anchors: NDArray[np.float64] = PLACES, seed: int = 0, **changes: float
) -> PairBatch:
    number = len(batch.source)
    options = Augmentation(**(UNVARIED | changes))
    return occlude(batch, np.stack([anchors] * number), options, generators(number, seed))


def changed(batch: PairBatch, before: PairBatch) -> NDArray[np.bool_]:
    """(B, 128, 128): where the source is another picture."""
    difference = (batch.source - before.source).abs().amax(1)
    return np.asarray((difference > 0.02).numpy())


def test_anchors_are_the_landmarks_they_are_named_after(studio_set: PreparedSet) -> None:
    faces = studio_set.split("train")[:3]
    points = anchor_points(faces)
    assert points.shape == (3, len(ANCHORS), 2)
    for found, face in zip(points, faces, strict=True):
        landmarks = np.array(face.landmarks)
        np.testing.assert_allclose(found[0], landmarks[36:42].mean(0))
        np.testing.assert_allclose(found[1], landmarks[42:48].mean(0))
        np.testing.assert_allclose(found[2:4], landmarks[[0, 16]])
        np.testing.assert_allclose(found[4], landmarks[48:68].mean(0))


def test_without_shares_pairs_stay(skin: PairBatch) -> None:
    assert all(torch.equal(a, b) for a, b in zip(occluded(skin), skin, strict=True))
    image = skin.source[0].numpy()
    nothing = Augmentation(**UNVARIED)
    assert draw_occluders(image, PLACES, nothing, np.random.default_rng(0)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_its_seeds_and_alike_in_both(skin: PairBatch, kind: str) -> None:
    before = [value.clone() for value in skin]
    batch, again = occluded(skin, **{kind: 1.0}), occluded(skin, **{kind: 1.0})
    assert all(torch.equal(a, b) for a, b in zip(batch, again, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(skin, before, strict=True))
    assert torch.equal(batch.source, batch.target)
    assert not torch.equal(occluded(skin, seed=1, **{kind: 1.0}).source, batch.source)
    assert batch.source.dtype == batch.flow.dtype == batch.visible.dtype == torch.float32
    assert batch.source.shape == (6, 3, 128, 128)
    assert batch.source.abs().max() <= 1 + 1e-5
    share = changed(batch, skin).mean((1, 2))
    assert share.min() > 0.005
    assert share.max() < 0.6
    assert (batch.visible == 1).all()  # nothing moves


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_colour_times_opacity(skin: PairBatch, kind: str) -> None:
    options, image = Augmentation(**(UNVARIED | {kind: 1.0})), skin.source[0].numpy()
    for rng in generators(4):
        layer = draw_occluders(image, PLACES, options, rng)
        assert layer is not None
        assert layer.shape == (128, 128, 4)
        assert layer.dtype == np.float32
        assert layer.min() >= 0
        assert layer[..., 3].max() <= 1 + 1e-5
        assert (layer[..., :3] <= layer[..., 3:] + 1e-5).all()
        edges = (layer[..., 3] > 0.05) & (layer[..., 3] < 0.95)
        assert edges.sum() > 20  # smooth ones


def test_each_kind_is_where_it_belongs(skin: PairBatch) -> None:
    places = {kind: changed(occluded(skin, **{kind: 1.0}), skin).mean(0) for kind in KINDS}
    lower, upper = slice(64, 128), slice(0, 20)
    assert places["glasses"][lower].max() == 0
    assert places["glasses"][30:56, 25:103].mean() > 0.1
    assert places["fringe"][lower].max() == 0
    assert places["fringe"][upper].mean() > 0.3
    assert places["side_hair"][:, 45:83].max() == 0
    assert places["side_hair"][:, [5, 122]].mean() > 0.4
    assert places["hat"][50:].max() == 0
    assert places["hat"][:8, 30:98].min() == 1
    assert places["held"][:70].max() == 0
    assert places["held"][110:].mean() > 0.1


def test_glasses_follow_the_eyes(skin: PairBatch) -> None:
    """Six pixels lower with the eyes; and a mirrored face has them the right way up."""
    here = changed(occluded(skin, glasses=1.0), skin)
    lower = changed(occluded(skin, PLACES + np.array([0, 6]), glasses=1.0), skin)
    assert (lower[:, 6:] != here[:, :-6]).mean() < 0.002
    mirrored = changed(
        occluded(skin, np.array([128, 0]) - PLACES * np.array([1, -1]), glasses=1.0), skin
    )
    assert (mirrored != here).mean() < 0.002


def test_hair_has_the_colour_of_the_photos_hair(skin: PairBatch) -> None:
    skin.source[:, :, :14] = torch.tensor([-0.3, -0.7, -0.9]).reshape(3, 1, 1)
    batch = occluded(skin, side_hair=1.0)
    for image, drawn in zip(batch.source, changed(batch, skin), strict=True):
        drawn[:14] = False
        colour = (image[:, torch.from_numpy(drawn)].median(1).values + 1) / 2
        assert colour[0] == pytest.approx(0.35, abs=0.1)
        assert colour[0] > 1.5 * colour[1] > 2 * colour[2]


def test_flow_and_visibility_behind_a_block() -> None:
    """A block over columns 40 to 59; every target pixel comes from 10 columns further right."""
    opacity = np.zeros((128, 128), np.float32)
    opacity[:, 40:60] = 1
    flow = np.zeros((2, 128, 128), np.float32)
    flow[0] = 10
    visible = np.ones((128, 128), np.float32)
    visible[:, 45] = visible[:, 100] = 0
    cover(flow, visible, opacity)
    row, unseen = 64, np.ones(128)
    unseen[30:40] = unseen[100] = 0  # their place in the source is behind the block
    np.testing.assert_array_equal(visible[row], unseen)
    np.testing.assert_array_equal(flow[0, row, 40:60], 0)
    np.testing.assert_array_equal(np.delete(flow[0, row], np.s_[40:60]), 10)
    np.testing.assert_array_equal(flow[1], 0)


def test_a_tinted_lens_moves_nothing_and_hides_nothing() -> None:
    opacity = np.full((128, 128), 0.3, np.float32)
    flow, visible = np.full((2, 128, 128), 4, np.float32), np.ones((128, 128), np.float32)
    cover(flow, visible, opacity)
    assert (flow == 4).all()
    assert (visible == 1).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_warped_source_is_still_the_target(studio_set: PreparedSet, kind: str) -> None:
    """Where it is visible; with the flow as it was before, it is not."""

    def errors(**changes: float) -> tuple[PairBatch, float]:
        options = Augmentation(**(UNVARIED | changes), photo_sources=1.0)
        batch = StudioPairs(studio_set, "train", augmentation=options, seed=3).batch(2, 12)
        return batch, error_of(batch, batch.flow)

    plain, before = errors()
    batch, after = errors(**{kind: 1.0})
    assert after < 1.15 * before
    assert error_of(batch, plain.flow) > after
    assert not torch.equal(batch.source, plain.source)


def error_of(batch: PairBatch, flow: torch.Tensor) -> float:
    seen = batch.visible > 0.99
    difference = (warp_by_flow(batch.source, flow) - batch.target).abs().mean(1, keepdim=True)
    return float(difference[seen].mean())
