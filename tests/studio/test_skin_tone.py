"""Darker skin around the same eyes and teeth."""

from __future__ import annotations

import numpy as np
import torch
from test_augmentation import batch_of, generators

from lgpgan.faces.regions import SKIN_BOX
from lgpgan.studio.skin_tone import DARKEST, EXPONENTS, LEAST_GREEN, darken

SKIN = torch.tensor([0.4, 0.1, 0.0])  # −1 to 1


def openings(number: int) -> list[tuple[np.ndarray, np.ndarray]]:
    eyes, mouth = np.zeros((2, 128, 128), np.bool_)
    eyes[36:48, 30:60] = True
    mouth[80:100, 50:80] = True
    return [(eyes, eyes | mouth)] * number


def pairs(number: int, skin: torch.Tensor = SKIN) -> torch.Tensor:
    return skin[:, None, None].expand(number, 3, 128, 128).clone()


def test_all_but_eyes_and_mouth_gets_darker_in_source_and_target_alike() -> None:
    batch = batch_of(pairs(8), pairs(8))
    darker = darken(batch, openings(8), 1.0, generators(8))
    factors = (1 + darker.source[:, :, 0, 0]) / (1 + SKIN)
    assert DARKEST ** EXPONENTS.max() <= factors.min() < 0.6
    assert 0.7 < factors.max() < 1
    assert (factors[:, 0] > factors[:, 1]).all()  # redder
    assert (factors[:, 1] > factors[:, 2]).all()
    for (eyes, inside), source, target in zip(
        openings(8), darker.source, darker.target, strict=True
    ):
        assert torch.equal(source[:, 110], target[:, 110])
        for image, opening in ((source, eyes), (target, inside)):
            core = np.zeros_like(opening)
            core[2:-2, 2:-2] = opening[4:, 4:] & opening[:-4, :-4]
            assert np.abs(image.numpy()[:, core] - SKIN.numpy()[:, None]).max() < 0.02
    assert torch.equal(batch.source, pairs(8))  # what was given is left alone


def test_dark_skin_stays() -> None:
    dark = 2 * torch.tensor([0.3, LEAST_GREEN, 0.2]) - 1
    batch = batch_of(pairs(4, dark), pairs(4, dark))
    darker = darken(batch, openings(4), 1.0, generators(4))
    torch.testing.assert_close(darker.source, batch.source)


def test_only_so_many_get_darker_and_each_by_its_own_draw() -> None:
    batch = batch_of(pairs(60), pairs(60))
    darker = darken(batch, openings(60), 0.3, generators(60))
    changed = (darker.source != batch.source).flatten(1).any(dim=1)
    assert 0.15 < changed.float().mean() < 0.45
    part = darken(batch_of(pairs(60)[40:], pairs(60)[40:]), openings(20), 0.3, generators(60)[40:])
    assert torch.equal(part.source, darker.source[40:])
    assert SKIN_BOX.rows.start > 0
