"""Ways of using synthetic faces: what each changes of a batch and of its loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from made_up_sides import QUICK, make_side
from torch import Tensor, nn
from torch.nn import functional

from lgpgan.benefit.backbones import make_backbone
from lgpgan.benefit.recogniser import train_recogniser
from lgpgan.benefit.uses import (
    CANDIDATES,
    DEFAULT,
    HEAD_CANDIDATES,
    USES,
    Batch,
    contrastive,
    find_use,
    mixed_with,
)
from lgpgan.errors import InputError

REAL = torch.tensor([4.0, 1.0])
"""Real faces of two classes."""


def batch_of(pictures: Tensor | None = None) -> Batch:
    """Two real faces and two synthetic ones; of each a black picture, class 0, and a white one."""
    targets = torch.eye(2)[torch.tensor([0, 1, 0, 1])]
    read = torch.tensor([[1, 0], [0, 1], [0.25, 0.75], [0.5, 0.5]])
    made = torch.tensor([False, False, True, True])
    if pictures is None:
        pictures = (targets[:, 1] * 2 - 1)[:, None, None, None].expand(4, 3, 32, 32)
    return Batch(pictures, targets, torch.ones(4), made, read)


@pytest.mark.parametrize("name", list(USES))
def test_every_use_is_learnt_with(name: str) -> None:
    real, made = make_side("ann", "ben"), make_side("made", copies=4, seed=5)
    read = np.eye(2)[made.labels]
    side = make_side("made", copies=4, seed=5)
    object.__setattr__(side, "read", read)
    assert train_recogniser(real, side, 2, QUICK_OF_TWO, use=USES[name]) is not None
    assert USES[name].name == name


QUICK_OF_TWO = type(QUICK)(steps=4, batch=8, size=32, width=4)


def test_the_share_of_synthetic_faces() -> None:
    def shares(name: str, done: float) -> list[float]:
        return [round(share, 3) for share in find_use(name).share(done, REAL).tolist()]

    assert shares(DEFAULT, 0.3) == [0.5, 0.5]
    assert shares("mixed-20", 0.3) == [0.2, 0.2]
    assert shares("none", 0.3) == [0, 0]
    assert shares("falling", 0.0) == [0.9, 0.9]
    assert shares("falling", 0.5) == [0.45, 0.45]
    assert shares("pretrained", 0.49) == [1, 1]
    assert shares("pretrained", 0.5) == [0.2, 0.2]
    assert shares("pretrained-only", 0.5) == [0, 0]
    assert shares("balancing", 0.3) == [0, 0.75]  # of four faces three are missing


def test_a_use_without_variation() -> None:
    plain = find_use("pretrained-plain")
    assert type(plain) is type(USES["pretrained"])
    assert not plain.varied
    assert USES["pretrained"].varied
    assert plain.share(0.3, REAL).tolist() == [1, 1]
    assert "no face is varied" in plain.about
    assert find_use("mixed-50-plain").name == "mixed-plain"


@pytest.mark.parametrize(
    "name", ["mixed-0", "mixed-100", "mixed-", "half", "auto", "auto-plain", "mixed-plain-plain"]
)
def test_uses_that_there_are_not(name: str) -> None:
    with pytest.raises(InputError, match=f"there is no use '{name.removesuffix('-plain')}"):
        find_use(name)


def test_what_is_tried_by_itself_needs_no_other_files() -> None:
    """Candidates must run with every recogniser, and without the recognisers of expressions."""
    tried = [find_use(name) for name in (*CANDIDATES, *HEAD_CANDIDATES)]
    assert not any(use.reads or use.pictures for use in tried)


def test_synthetic_faces_count_by_what_is_read_in_them() -> None:
    found = USES["weighed"].prepare(batch_of(), np.random.default_rng(0))
    assert found.weights.tolist() == [1, 1, 0.25, 0.5]


def test_soft_labels_are_half_what_is_read() -> None:
    found = USES["soft"].prepare(batch_of(), np.random.default_rng(0))
    assert found.targets.tolist() == [[1, 0], [0, 1], [0.625, 0.375], [0.25, 0.75]]


def test_smoothed_labels_are_of_synthetic_faces() -> None:
    found = find_use("smoothed").prepare(batch_of(), np.random.default_rng(0)).targets
    assert found[:2].tolist() == [[1, 0], [0, 1]]
    assert found[2:].numpy() == pytest.approx(np.array([[0.95, 0.05], [0.05, 0.95]]))


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_labels_are_blended_as_the_pictures_are(name: str) -> None:
    """A black picture is class 0, a white one class 1: the mean tells the share of class 1."""
    for seed in range(8):
        found = USES[name].prepare(batch_of(), np.random.default_rng(seed))
        white = (found.inputs.mean(dim=(1, 2, 3)) + 1) / 2
        assert torch.allclose(white, found.targets[:, 1], atol=1e-5)
        assert torch.allclose(found.targets.sum(1), torch.ones(4))


def test_statistics_of_synthetic_faces_are_not_kept() -> None:
    """The synthetic faces are far brighter; the running means are those of the real ones."""
    pictures = torch.zeros(4, 3, 33, 33)
    pictures[2:] = 1
    kept = []
    for shown in (pictures, torch.zeros(4, 3, 33, 33)):
        network = make_backbone(2, QUICK, 0).train()
        USES["apart"].loss(network, batch_of(shown), 0.0)
        layers = [one for one in network.modules() if isinstance(one, nn.BatchNorm2d)]
        kept.append(layers[0].running_mean)
        assert all(layer.momentum == 0.1 for layer in layers)
    assert kept[0] is not None
    assert kept[1] is not None
    assert torch.equal(kept[0], kept[1])


def test_the_contrastive_loss_is_least_where_classes_lie_apart() -> None:
    labels = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    mixed = apart[[0, 2, 1, 3]]
    assert contrastive(apart, labels) < 0.01 < contrastive(mixed, labels)
    # One positive each, so the loss is a cross entropy over the other three.
    by_hand = functional.cross_entropy(torch.tensor([[0.0, 10, 0]]), torch.tensor([0]))
    assert contrastive(mixed, labels) == pytest.approx(by_hand.item(), rel=1e-4)
    assert contrastive(apart[:2], torch.tensor([0, 1])) == 0


def test_a_share_has_a_name() -> None:
    assert mixed_with(0.5) == DEFAULT
    assert mixed_with(0.2) == "mixed-20"
    assert find_use(mixed_with(0.125)).synthetic == 0.125
    for share in (0.0, 1.0, 1e-7, float("nan")):
        with pytest.raises(InputError, match=f"between 0 and 1, not {share:g}"):
            mixed_with(share)


def test_one_way_has_one_name() -> None:
    """Regression: 'mixed-50' was another row than 'mixed', and a share of a third had 12 digits."""
    assert find_use("mixed-50") is find_use("mixed-50.00") is USES[DEFAULT]
    assert find_use("mixed-05").name == "mixed-5"
    assert mixed_with(1 / 3) == "mixed-33.33"


def test_the_page_says_what_is_tried() -> None:
    page = (Path(__file__).parents[2] / "docs" / "benefit.md").read_text()
    tried = ", ".join(f"`{name}`" for name in CANDIDATES)
    assert f"({tried}; others with" in " ".join(page.split())
    tried = ", ".join(f"`{name}`" for name in HEAD_CANDIDATES)
    assert f"of a linear layer {tried}" in " ".join(page.split())
    assert all(f"`{name}`" in page for name in USES)
