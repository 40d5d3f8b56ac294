"""Batches of exact pairs."""

from __future__ import annotations

import torch

from lgpgan.datasets.batches import PairBatch


def test_a_batch_moves_whole() -> None:
    batch = PairBatch(
        source=torch.rand(2, 3, 8, 8),
        target=torch.rand(2, 3, 8, 8),
        label=torch.rand(2, 8),
        flow=torch.rand(2, 2, 8, 8),
        visible=torch.ones(2, 1, 8, 8),
        mouth_top=torch.tensor([60, 64]),
        eye_label=torch.rand(2, 8),
        inside=torch.rand(2, 2, 8, 8),
        shows_inside=torch.ones(2, 1, 8, 8),
        lids_and_lips=torch.zeros(2, 1, 8, 8),
    )
    moved = batch.to(torch.device("cpu"))
    assert type(moved) is PairBatch
    for before, after in zip(batch, moved, strict=True):
        assert torch.equal(before, after)
        assert before.dtype == after.dtype
