"""Make-up and beards: on the skin where they belong, moving with it, and off where they are off."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions.expression import Expression
from lgpgan.networks.warping import warp_by_flow
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.pairs import StudioPairs
from lgpgan.studio.skin_paint import Skin, carry, draw_paint, paint
from sitting import UNVARIED

KINDS = ("make_up", "beard")
STILL = {"scale": 0.0, "rotation": 0.0, "shift": 0.0, "region_jitter": 0}
NEUTRAL = Expression.NEUTRAL.position
TONE = (200, 150, 120)


@pytest.fixture(scope="module")
def pairs(studio_set: PreparedSet) -> StudioPairs:
    return StudioPairs(studio_set, "train", augmentation=Augmentation(**UNVARIED, **STILL))


@pytest.fixture(scope="module")
def landmarks(pairs: StudioPairs) -> NDArray[np.float32]:
    """Of the neutral face."""
    return np.asarray(pairs.landmarks[pairs.neutral[0]])


def options(**changes: float) -> Augmentation:
    return Augmentation(**(UNVARIED | STILL | changes))


def painted(landmarks: NDArray[np.float32], seed: int, **changes: float) -> NDArray[np.float32]:
    """On plain skin."""
    plain = np.full((128, 128, 3), TONE, np.uint8)
    drawn = draw_paint(plain, landmarks, options(**changes), np.random.default_rng(seed))
    assert drawn is not None
    return drawn


def opacities(landmarks: NDArray[np.float32], kind: str) -> NDArray[np.float32]:
    """(24, 128, 128)."""
    return np.stack([painted(landmarks, seed, **{kind: 1.0})[..., 3] for seed in range(24)])


def around(point: NDArray[np.float32]) -> tuple[slice, slice]:
    x, y = np.floor(point).astype(int)
    return slice(y - 1, y + 2), slice(x - 1, x + 2)


def test_without_shares_there_is_no_paint(landmarks: NDArray[np.float32]) -> None:
    plain = np.full((128, 128, 3), TONE, np.uint8)
    assert draw_paint(plain, landmarks, options(), np.random.default_rng(0)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_paint_is_its_seeds(landmarks: NDArray[np.float32], kind: str) -> None:
    first = painted(landmarks, 0, **{kind: 1.0})
    assert first.shape == (128, 128, 4)
    assert first.dtype == np.float32
    assert first[..., 3].min() >= 0
    assert 0.1 < first[..., 3].max() <= 1
    np.testing.assert_array_equal(first, painted(landmarks, 0, **{kind: 1.0}))
    assert not np.array_equal(first, painted(landmarks, 1, **{kind: 1.0}))


def test_make_up_is_on_lips_lids_and_cheeks(landmarks: NDArray[np.float32]) -> None:
    drawn = opacities(landmarks, "make_up")
    for lip in ((51, 62), (57, 66)):
        assert drawn[:, *around(landmarks[list(lip)].mean(0))].min(0).mean() > 0.1  # always
    for lid in (37, 44):
        assert 0.2 < (drawn[:, *around(landmarks[lid])].max((1, 2)) > 0.1).mean() < 1
    for edge, wing in ((2, 31), (14, 35)):
        cheek = (landmarks[edge] + landmarks[wing]) / 2
        assert 0.1 < (drawn[:, *around(cheek)].max((1, 2)) > 0.05).mean() < 0.9
    for bare in (landmarks[28], landmarks[8], landmarks[[19, 24]].mean(0) - [0, 10]):
        assert drawn[:, *around(bare)].max() < 0.05  # bridge of the nose, chin, forehead


def test_beards_are_about_the_mouth_and_leave_the_lips(landmarks: NDArray[np.float32]) -> None:
    drawn = opacities(landmarks, "beard")
    moustache, chin = landmarks[[33, 51]].mean(0), landmarks[[8, 57]].mean(0)
    assert drawn[:, *around(moustache)].mean((1, 2)).min() > 0.05  # every form has one
    chins = drawn[:, *around(chin)].mean((1, 2)) > 0.1
    cheeks = drawn[:, *around(landmarks[[4, 48]].mean(0))].mean((1, 2)) > 0.1
    assert 0 < cheeks.sum() < chins.sum() < 24  # full ones, those of the chin, moustaches
    assert drawn[:, *around(landmarks[[57, 66]].mean(0))].max() < 0.35
    assert drawn[:, : int(landmarks[36:48, 1].max())].max() < 0.05


def test_beards_are_dark_and_make_up_is_as_bright_as_the_picture(
    landmarks: NDArray[np.float32],
) -> None:
    drawn = painted(landmarks, 3, beard=1.0)
    skin, opaque = np.array(TONE) / 255, drawn[..., 3] > 0.1
    assert (drawn[opaque][:, :3].mean() / drawn[opaque][:, 3].mean()) < 0.9
    dark = draw_paint(
        np.full((128, 128, 3), np.array(TONE) // 4, np.uint8),
        landmarks,
        options(make_up=1.0),
        np.random.default_rng(3),
    )
    assert dark is not None
    bright = painted(landmarks, 3, make_up=1.0)
    # Relative to the brightness of the skin below, which is a quarter, too.
    np.testing.assert_allclose(dark, bright, atol=0.03)
    assert (bright[..., :3].max() * skin.mean()) < 1


def test_carried_to_the_neutral_face_paint_stays(
    pairs: StudioPairs, landmarks: NDArray[np.float32]
) -> None:
    drawn, correspondence = painted(landmarks, 3, beard=1.0), pairs.correspondence[0]
    carried = carry(drawn, correspondence, NEUTRAL)
    inside = correspondence.shows_skin(NEUTRAL)
    assert np.abs(carried - drawn)[inside].mean() < 0.02
    assert carried[:4].max() == 0


def test_a_spot_goes_where_the_skin_goes(
    pairs: StudioPairs, landmarks: NDArray[np.float32]
) -> None:
    """On the chin, which drops when the jaw does."""
    spot = np.zeros((128, 128, 4), np.float32)
    x, y = np.floor(landmarks[[8, 57]].mean(0)).astype(int)
    spot[y - 2 : y + 3, x - 2 : x + 3] = 1
    surprised = Expression.SURPRISED.position
    correspondence = pairs.correspondence[0]
    carried = carry(spot, correspondence, surprised)[..., 3]
    centre = (np.indices(carried.shape) * carried).sum((1, 2)) / carried.sum()
    assert centre[0] > y + 1
    row, column = np.rint(centre).astype(int)
    flow, _ = correspondence.flow(NEUTRAL, surprised)
    np.testing.assert_allclose(flow[row, column] + [column, row], [x, y], atol=1)


def test_eyes_and_the_inside_of_the_mouth_are_no_skin(
    pairs: StudioPairs, studio_set: PreparedSet
) -> None:
    everywhere = np.ones((128, 128, 4), np.float32)
    surprised = Expression.SURPRISED.position
    correspondence = pairs.correspondence[0]
    record = np.array(
        next(
            face.landmarks
            for face in studio_set.split("train")
            if face.photo == pairs.photos[0] and face.expression == "surprised"
        )
    )
    skin = correspondence.shows_skin(surprised)
    carried = carry(everywhere, correspondence, surprised)[..., 3]
    for hole in (record[36:42].mean(0), record[42:48].mean(0), record[60:68].mean(0)):
        x, y = np.floor(hole).astype(int)
        assert not skin[y, x]
        assert carried[y, x] < 0.2
    nose = np.floor(record[29]).astype(int)
    assert skin[nose[1], nose[0]]
    assert not skin[0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_warped_source_is_still_the_target(pairs: StudioPairs, kind: str) -> None:
    """Where it is visible; and nothing but the pictures was changed."""
    targets = np.array([e for e in range(8) if e != NEUTRAL])
    plain = pairs.pairs(np.zeros(7, int), np.full(7, NEUTRAL), targets)
    before = plain.source.clone()
    skins = [
        Skin(
            pairs.images[pairs.neutral[0]],
            pairs.landmarks[pairs.neutral[0]],
            pairs.correspondence[0],
            NEUTRAL,
            target,
        )
        for target in targets.tolist()
    ]
    generators = [np.random.default_rng(n) for n in range(7)]
    batch = paint(plain, skins, options(**{kind: 1.0}), generators)
    assert torch.equal(plain.source, before)
    for name in ("label", "flow", "visible", "mouth_top", "eye_label"):
        assert getattr(batch, name) is getattr(plain, name)
    for image, bare in ((batch.source, plain.source), (batch.target, plain.target)):
        assert image.shape == bare.shape
        assert image.dtype == torch.float32
        assert image.abs().max() <= 1
        assert ((image - bare).abs().amax((1, 2, 3)) > 0.05).all()
    assert error_of(batch) < 1.2 * error_of(plain)
    standing = plain._replace(source=batch.source, target=plain.target + batch.source - before)
    assert error_of(batch) < error_of(standing)  # paint that stands still does not follow the flow


def error_of(batch: PairBatch) -> float:
    seen = batch.visible > 0.99
    difference = (warp_by_flow(batch.source, batch.flow) - batch.target).abs().mean(1, keepdim=True)
    return float(difference[seen].mean())


def test_other_kinds_do_not_depend_on_paint(studio_set: PreparedSet) -> None:
    """Where a pair is not painted, it is what it is without this option."""

    def batch(make_up: float) -> PairBatch:
        drawn = StudioPairs(
            studio_set, "train", augmentation=Augmentation(make_up=make_up, beard=0)
        )
        return drawn.batch(5, 16)

    bare, some = batch(0.0), batch(0.4)
    same = torch.tensor([torch.equal(a, b) for a, b in zip(bare.source, some.source, strict=True)])
    assert 3 < same.sum() < 16
    assert torch.equal(bare.flow, some.flow)
    assert torch.equal(bare.visible, some.visible)
