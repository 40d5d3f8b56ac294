"""Poor cameras: the same in source and target, and noise that moves with the skin."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_augmentation import batch_of, generators

from lgpgan.datasets.batches import PairBatch
from lgpgan.networks.warping import warp_by_flow
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.camera import photograph
from sitting import UNVARIED


@pytest.fixture
def faces() -> PairBatch:
    """Smooth pictures, the target three pixels to the left of the source."""
    rows, columns = torch.meshgrid(torch.arange(128.0), torch.arange(128.0), indexing="ij")
    waves = torch.stack([torch.sin(columns / 9 + n) * torch.cos(rows / 7) for n in range(4)])
    source = 0.6 * waves[:, None].repeat(1, 3, 1, 1)
    batch = batch_of(source, source.clone())
    batch.flow[:, 0] = 3.0
    return batch._replace(target=warp_by_flow(batch.source, batch.flow))


def photographed(batch: PairBatch, seed: int = 0, **changes: float) -> PairBatch:
    options = Augmentation(**(UNVARIED | changes))
    return photograph(batch, options, generators(len(batch.source), seed))


def test_without_shares_pictures_stay(faces: PairBatch) -> None:
    same = photographed(faces)
    assert all(torch.equal(a, b) for a, b in zip(same, faces, strict=True))


@pytest.mark.parametrize("kind", ["low_resolution", "noise", "jpeg"])
def test_each_kind_is_its_seeds_and_leaves_what_it_was_given(faces: PairBatch, kind: str) -> None:
    before = faces.source.clone()
    changed = photographed(faces, **{kind: 1.0})
    assert torch.equal(faces.source, before)
    again, other = photographed(faces, **{kind: 1.0}), photographed(faces, 1, **{kind: 1.0})
    assert torch.equal(changed.source, again.source)
    assert torch.equal(changed.target, again.target)
    assert not torch.equal(changed.source, other.source)
    for image in (changed.source, changed.target):
        assert image.shape == (4, 3, 128, 128)
        assert image.dtype == torch.float32
        assert image.abs().max() <= 1
    assert (changed.source - before).abs().mean((1, 2, 3)).min() > 1e-3


def test_noise_moves_along_the_flow(faces: PairBatch) -> None:
    """The warped source is still the target: the same field in both, or none, would not be."""
    noisy = photographed(faces, noise=1.0)
    torch.testing.assert_close(
        warp_by_flow(noisy.source, noisy.flow), noisy.target, rtol=0, atol=1e-4
    )
    assert (noisy.target - faces.target).std() > 0.01
    assert (noisy.source - faces.source).std((1, 2, 3)).max() < 0.1


def test_what_has_to_be_invented_has_no_noise(faces: PairBatch) -> None:
    faces.visible[:, :, :40] = 0
    noisy = photographed(faces, noise=1.0)
    torch.testing.assert_close(noisy.target[:, :, :40], faces.target[:, :, :40], rtol=0, atol=1e-6)
    assert (noisy.source - faces.source)[:, :, :40].std() > 0.01


def test_low_resolution_leaves_no_fine_detail(faces: PairBatch) -> None:
    """A pattern of single pixels goes, with 2/3 of the pixels or fewer; slow waves stay."""
    stripes = torch.ones(4, 3, 128, 128)
    stripes[..., ::2] = -1
    fine = photographed(batch_of(stripes, stripes.clone()), low_resolution=1.0)
    assert fine.source.abs().mean((1, 2, 3)).max() < 0.5
    coarse = photographed(faces, low_resolution=1.0)
    assert (coarse.source - faces.source).abs().mean() < 0.05


def test_jpeg_keeps_the_colours(faces: PairBatch) -> None:
    """Red stays red: channels are not swapped on the way."""
    red = torch.full((4, 3, 128, 128), -1.0)
    red[:, 0] = 0.5
    through = photographed(batch_of(red, red.clone()), jpeg=1.0)
    assert (through.source - red).abs().max() < 0.06
    assert torch.equal(through.source, through.target)
    steps = {float(np.round((v + 1) * 127.5, 3)) % 1 for v in through.source.unique().tolist()}
    assert max(min(step, 1 - step) for step in steps) < 1e-2  # whole bytes
