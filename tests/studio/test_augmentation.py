"""Light and colours of pairs: source and target alike, smooth, and off where they are off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.studio.augmentation import Augmentation, recolour
from sitting import UNVARIED


def batch_of(source: Tensor, target: Tensor) -> PairBatch:
    number = len(source)
    return PairBatch(
        source=source,
        target=target,
        label=torch.eye(8)[:number],
        flow=torch.zeros(number, 2, 128, 128),
        visible=torch.ones(number, 1, 128, 128),
        mouth_top=torch.full((number,), 60),
        eye_label=torch.eye(8)[:number],
        inside=torch.zeros(number, 2, 128, 128),
        shows_inside=torch.zeros(number, 1, 128, 128),
        lids_and_lips=torch.zeros(number, 1, 128, 128),
    )


def generators(number: int, seed: int = 0) -> list[np.random.Generator]:
    return [np.random.default_rng((seed, n)) for n in range(number)]


def plain_grey(value: float = -0.2, number: int = 6) -> PairBatch:
    image = torch.full((number, 3, 128, 128), value)
    return batch_of(image, image.clone())


@pytest.fixture
def noise() -> PairBatch:
    rng = np.random.default_rng(4)
    images = torch.from_numpy(rng.uniform(-0.9, 0.9, (2, 6, 3, 128, 128)).astype(np.float32))
    return batch_of(*images)


def recoloured(batch: PairBatch, seed: int = 0, **changes: float) -> PairBatch:
    options = Augmentation(**(UNVARIED | changes))
    return recolour(batch, options, generators(len(batch.source), seed))


def test_without_shares_pictures_stay(noise: PairBatch) -> None:
    same = recoloured(noise)
    torch.testing.assert_close(same.source, noise.source, rtol=0, atol=2e-6)
    torch.testing.assert_close(same.target, noise.target, rtol=0, atol=2e-6)
    for name in ("label", "flow", "visible", "mouth_top", "eye_label"):
        assert getattr(same, name) is getattr(noise, name)


@pytest.mark.parametrize(
    "kind", ["side_light", "cast", "contrast", "pale", "grey", "blur", "gain", "tint", "gamma"]
)
def test_each_kind_changes_source_and_target_alike(noise: PairBatch, kind: str) -> None:
    """Where both show the same, both show the same afterwards; what is drawn is the seed's."""
    twins = noise._replace(target=noise.source.clone())
    changed = recoloured(twins, **{kind: 1.0})
    assert torch.equal(changed.source, changed.target)
    assert (changed.source - noise.source).abs().mean(dim=(1, 2, 3)).min() > 1e-3
    assert changed.source.dtype == torch.float32
    assert changed.source.min() >= -1
    assert changed.source.max() <= 1
    assert torch.equal(recoloured(twins, **{kind: 1.0}).source, changed.source)
    assert not torch.equal(recoloured(twins, 1, **{kind: 1.0}).source, changed.source) or (
        kind == "grey"
    )


def test_side_light_is_smooth_and_comes_from_all_sides() -> None:
    lit = recoloured(plain_grey(number=8), side_light=1.0)
    unit = (lit.source[:, 0] + 1) / 2
    for step in (unit.diff(dim=1), unit.diff(dim=2)):
        assert step.abs().max() < 0.02
    assert (unit.amax((1, 2)) / unit.amin((1, 2))).min() > 1.15
    assert unit.min() > 0.02  # no side falls to black
    assert unit.max() < 1.2 * 0.4  # and none is burnt out
    brightest = {divmod(int(place), 128) for place in unit.flatten(1).argmax(1)}
    rows, columns = zip(*brightest, strict=True)
    assert min(rows) < 40 < 90 < max(rows)
    assert min(columns) < 40 < 90 < max(columns)
    assert torch.equal(lit.source[:, 0], lit.source[:, 2])  # white light


def test_casts_are_warm_or_cool() -> None:
    cast = recoloured(plain_grey(number=8), cast=1.0).source.mean((2, 3))
    red_to_blue: NDArray[np.float32] = ((cast[:, 0] + 1) / (cast[:, 2] + 1)).numpy()
    assert ((red_to_blue > 1.1) | (red_to_blue < 0.9)).all()
    assert red_to_blue.min() < 0.9 < 1.1 < red_to_blue.max()


def chroma(images: Tensor) -> Tensor:
    return (images - images.mean(1, keepdim=True)).abs().mean((1, 2, 3))


def test_pale_pictures_keep_some_colour_and_grey_ones_none(noise: PairBatch) -> None:
    share = chroma(recoloured(noise, pale=1.0).source) / chroma(noise.source)
    assert share.min() > 0.15
    assert share.max() < 0.75
    assert chroma(recoloured(noise, pale=1.0, grey=1.0).source).max() < 1e-6


def test_contrast_is_about_middle_grey(noise: PairBatch) -> None:
    changed = recoloured(noise, contrast=1.0).source
    factor = (changed * noise.source).sum((1, 2, 3)) / noise.source.square().sum((1, 2, 3))
    assert factor.min() > 0.55
    assert factor.max() < 1.25
    assert factor.std() > 0.05
    unchanged = recoloured(plain_grey(0.0), contrast=1.0).source
    assert unchanged.abs().max() < 1e-6


@pytest.mark.parametrize("wrong", [{"glasses": 1.5}, {"jpeg": -0.1}])
def test_shares_are_between_0_and_1(wrong: dict[str, float]) -> None:
    build: Callable[[object], Augmentation] = TypeAdapter(Augmentation).validate_python
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        build(wrong)


def test_nearly_half_of_the_pairs_stay_clean() -> None:
    """The chance that a pair of the default has no kind that changes more than its tone."""
    options = vars(Augmentation())
    kinds = [
        *("side_light", "cast", "contrast", "pale", "grey", "low_resolution", "noise", "jpeg"),
        *("glasses", "fringe", "side_hair", "hat", "held", "make_up", "beard"),
    ]
    assert np.prod([1 - options[kind] for kind in kinds]) > 0.45
