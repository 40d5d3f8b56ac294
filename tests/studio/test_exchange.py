"""The skin of one person on the shape of another: what changes, and what must not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions.expression import Expression
from lgpgan.networks.warping import warp_by_flow
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.exchange import Lender, Wearer, exchange
from lgpgan.studio.pairs import StudioPairs
from sitting import UNVARIED

FACES = (Expression.NEUTRAL.position, Expression.HAPPY.position)


@pytest.fixture(scope="module")
def pairs(studio_set: PreparedSet) -> StudioPairs:
    return StudioPairs(studio_set, "train", seed=3)


@pytest.fixture
def batch(pairs: StudioPairs) -> PairBatch:
    """A smile of the first take."""
    source, target = (np.array([face]) for face in FACES)
    return pairs.pairs(np.array([0]), source, target)


@pytest.fixture
def wearer(pairs: StudioPairs) -> Wearer:
    return Wearer(pairs.landmarks[FACES[0]], pairs.correspondence[0], FACES)


def lender(pairs: StudioPairs, take: int, **changes: Any) -> Lender:
    images = pairs.images[pairs.starts[take] + np.array(FACES)]
    return Lender(images, pairs.correspondence[take], FACES)._replace(**changes)


def worn(batch: PairBatch, wearer: Wearer, lent: Lender | None) -> PairBatch:
    return exchange(batch, [wearer], [lent], [np.random.default_rng(1)])


def flow_error(batch: PairBatch) -> float:
    """How far the source read along the flow is from the target, where it shows it."""
    off = (warp_by_flow(batch.source, batch.flow) - batch.target).abs() * batch.visible
    return off.mean().item()


def test_without_a_lender_every_bit_stays(batch: PairBatch, wearer: Wearer) -> None:
    for before, after in zip(batch, worn(batch, wearer, None), strict=True):
        assert torch.equal(before, after)


def test_ones_own_skin_leaves_a_face_as_it_is(
    pairs: StudioPairs, batch: PairBatch, wearer: Wearer
) -> None:
    after = worn(batch, wearer, lender(pairs, 0))
    assert (after.source - batch.source).abs().mean() < 0.004
    assert (after.target - batch.target).abs().mean() < 0.006


def test_the_face_alone_changes_and_only_in_the_pictures(
    pairs: StudioPairs, batch: PairBatch, wearer: Wearer
) -> None:
    upside_down = np.ascontiguousarray(lender(pairs, 1).images[:, ::-1])
    after = worn(batch, wearer, lender(pairs, 1, images=upside_down))
    for before, now in zip(batch[2:], after[2:], strict=True):
        assert torch.equal(before, now)
    for before, now in zip(batch[:2], after[:2], strict=True):
        changed = (before != now).any(dim=1)[0]
        assert changed[60:70, 50:78].float().mean() > 0.9  # nose and cheeks
        assert not changed[:4].any()  # hair
        assert not changed[:, :8].any()  # what is beside the head
    assert (after.source - batch.source).abs()[..., 60:70, 50:78].mean() > 0.05


def test_the_flow_is_as_exact_as_it_was(
    pairs: StudioPairs, batch: PairBatch, wearer: Wearer
) -> None:
    noise = np.random.default_rng(2).integers(-25, 26, (16, 16, 1)).repeat(8, 0).repeat(8, 1)
    painted = np.clip(lender(pairs, 1).images + noise, 0, 255).astype(np.uint8)
    after = worn(batch, wearer, lender(pairs, 0))
    assert flow_error(after) < 1.15 * flow_error(batch)
    # Paint that stands still while the skin moves would be noticed.
    assert flow_error(worn(batch, wearer, lender(pairs, 1, images=painted))) > 1.3 * flow_error(
        batch
    )


def test_colours_go_towards_the_wearers(
    pairs: StudioPairs, batch: PairBatch, wearer: Wearer
) -> None:
    blue = lender(pairs, 1).images[..., ::-1].copy()
    after = worn(batch, wearer, lender(pairs, 1, images=blue))
    skin = (..., slice(66, 74), slice(40, 88))
    gap = abs((after.source - batch.source)[skin].mean(dim=(0, 2, 3))).max()
    theirs = torch.from_numpy(blue[0] / 127.5 - 1).permute(2, 0, 1)[None].float()
    assert gap < 0.6 * abs((theirs - batch.source)[skin].mean(dim=(0, 2, 3))).max()


def test_inside_the_mouth_and_outside_the_mesh_nothing_is_lent(
    pairs: StudioPairs, wearer: Wearer
) -> None:
    """Their places are the mesh's guess: teeth stay those of the wearer."""
    faces = (FACES[0], Expression.SURPRISED.position)
    mouth = pairs.pairs(np.array([0]), np.array([faces[0]]), np.array([faces[1]]))
    white = np.full((2, 128, 128, 3), 255, np.uint8)
    lent = Lender(white, pairs.correspondence[1], faces)
    after = exchange(mouth, [wearer._replace(faces=faces)], [lent], [np.random.default_rng(1)])
    inside = (mouth.shows_inside[0, 0] > 0).numpy()
    assert inside.sum() > 10
    changed = (mouth.target != after.target).any(dim=1)[0].numpy()
    assert not changed[inside].any()


class TestInBatches:
    def batches(self, studio_set: PreparedSet, **options: float) -> StudioPairs:
        variation = Augmentation(**{**UNVARIED, "blended_targets": 0.0, **options})
        return StudioPairs(studio_set, "train", augmentation=variation, seed=3)

    def test_without_a_share_nobody_lends(self, studio_set: PreparedSet) -> None:
        drawn = self.batches(studio_set)
        draws = drawn._draw(0, 16)
        generators = [np.random.default_rng(n) for n in range(16)]
        assert drawn._exchanged(draws, generators)[1] == [None] * 16

    def test_lenders_show_the_two_classes_of_the_pair(self, studio_set: PreparedSet) -> None:
        drawn = self.batches(studio_set, exchanged=1.0)
        draws = drawn._draw(0, 32)
        generators = [np.random.default_rng(n) for n in range(32)]
        wearers, lenders = drawn._exchanged(draws, generators)
        others = set()
        for wearer, lent, source, target in zip(
            wearers, lenders, draws.source, draws.target, strict=True
        ):
            assert wearer.faces == (source, target)
            blended = max(source, target) >= len(Expression)
            assert (lent is None) == blended
            if lent is not None:
                assert lent.faces == wearer.faces
                others.add(lent.correspondence is wearer.correspondence)
        assert others == {True, False}

    def test_the_other_draws_stay_what_they_are(self, studio_set: PreparedSet) -> None:
        plain, lent = self.batches(studio_set), self.batches(studio_set, exchanged=1.0)
        before, after = plain.batch(2, 6), lent.batch(2, 6)
        assert not torch.equal(before.source, after.source)
        for one, other in zip(before[2:], after[2:], strict=True):
            assert torch.equal(one, other)
