from __future__ import annotations

import torch

from lgpgan.datasets.batches import PairBatch
from lgpgan.faces.regions import EYE_BOX, mouth_box_at
from lgpgan.methods.lgpgan.regions import (
    crop_eyes,
    crop_mouth,
    global_label,
    paste_eyes,
    paste_mouth,
)
from lgpgan.networks.label_convolution import SplitLabel


class TestRegions:
    def test_crops_are_the_regions_boxes(self, batch: PairBatch) -> None:
        eyes, mouth = crop_eyes(batch.source), crop_mouth(batch.source, batch.mouth_top)
        assert eyes.shape == (2, 3, 48, 96)
        assert mouth.shape == (2, 3, 48, 64)
        assert torch.equal(eyes, batch.source[:, :, EYE_BOX.rows, EYE_BOX.columns])
        for number, top in enumerate(batch.mouth_top.tolist()):
            box = mouth_box_at(top)
            assert box.top == top
            assert torch.equal(mouth[number], batch.source[number, :, box.rows, box.columns])

    def test_what_was_pasted_is_cropped_again(self) -> None:
        eyes, mouth, top = torch.randn(2, 5, 48, 96), torch.randn(2, 5, 48, 64), [0, 80]
        tops = torch.tensor(top)
        assert paste_eyes(eyes).shape == paste_mouth(mouth, tops).shape == (2, 5, 128, 128)
        assert torch.equal(crop_eyes(paste_eyes(eyes)), eyes)
        assert torch.equal(crop_mouth(paste_mouth(mouth, tops), tops), mouth)

    def test_pasting_leaves_zeros_around(self) -> None:
        assert paste_eyes(torch.ones(1, 1, 48, 96)).sum() == 48 * 96
        assert paste_mouth(torch.ones(1, 1, 48, 64), torch.tensor([70])).sum() == 48 * 64


def test_the_global_label_changes_at_the_lower_border_of_the_eyes() -> None:
    mouth, eyes = torch.eye(8)[[4, 6]], torch.eye(8)[[0, 7]]
    assert global_label(mouth, None) is mouth
    assert global_label(mouth, mouth) is mouth
    split = global_label(mouth, eyes)
    assert isinstance(split, SplitLabel)
    assert split.above is eyes
    assert split.below is mouth
    assert split.border == EYE_BOX.top + EYE_BOX.height
