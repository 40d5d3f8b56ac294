"""The recogniser learns what there is to learn, repeatably, and nothing from labels by chance."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from made_up_sides import QUICK, make_side

from lgpgan.benefit.backbones import make_backbone
from lgpgan.benefit.figures import accuracy
from lgpgan.benefit.recipe import Recipe
from lgpgan.benefit.recogniser import FacePool, classes_read, train_recogniser
from lgpgan.benefit.sides import Side
from lgpgan.benefit.uses import USES
from lgpgan.benefit.variation import vary
from lgpgan.errors import InputError, TrainingError

PEOPLE = [f"person{number}" for number in range(20)]
TEST = make_side(*(f"other{number}" for number in range(25)), seed=9)


def reading_of(real: Side | None, synthetic: Side | None = None) -> tuple[float, float]:
    """Accuracy on other people, and the mean probability of the true class."""
    read = classes_read(train_recogniser(real, synthetic, 2, QUICK), TEST)
    return accuracy(read, TEST.labels), float(read[np.arange(len(TEST)), TEST.labels].mean())


def test_what_can_be_learnt_is_learnt() -> None:
    right, probability = reading_of(make_side(*PEOPLE))
    assert right > 0.95
    assert probability > 0.75


def test_from_labels_that_say_nothing_nothing_is_learnt() -> None:
    """All test faces of a class are much alike, so accuracy may be anything; certainty may not."""
    _, probability = reading_of(make_side(*PEOPLE, copies=10, shuffled=True))
    assert probability == pytest.approx(0.5, abs=0.15)


def test_synthetic_faces_alone_are_learnt_from() -> None:
    assert reading_of(None, make_side("made", copies=20))[0] > 0.95


def test_the_network_is_resnet_18() -> None:
    """Of 64 channels and 1,000 classes it has 11,689,512 parameters, as published."""
    network = make_backbone(1000, Recipe(width=64), seed=0)
    assert sum(parameter.numel() for parameter in network.parameters()) == 11_689_512


def test_nothing_needs_torchvision() -> None:
    make_backbone(2, QUICK, seed=0)
    assert "torchvision" not in sys.modules


def test_the_same_seed_gives_the_same_recogniser_whatever_was_drawn_before() -> None:
    recipe = replace(QUICK, steps=3)
    real, made = make_side("ann"), make_side("made", seed=5)
    reads = []
    for seed in (0, 0, 1):
        torch.rand(7)
        network = train_recogniser(real, made, 2, recipe, classical=True, seed=seed)
        reads.append(classes_read(network, TEST))
    assert np.array_equal(reads[0], reads[1])
    assert not np.array_equal(reads[0], reads[2])


def drawn(use: str, done: float, real: Side | None, synthetic: Side | None) -> np.ndarray:
    """How many real (first line) and synthetic faces of each class 20,000 draws have, in shares."""
    pool = FacePool(real, synthetic, 3)
    share = USES[use].share(done, pool.real_faces)
    rng, generator = np.random.default_rng(0), torch.Generator()
    batch = pool.draw(20_000, share, rng, generator, varied=False)
    places = batch.synthetic.long() * 3 + batch.targets.argmax(1)
    return np.asarray(places.bincount(minlength=6).reshape(2, 3) / len(places))


def test_a_class_that_synthetic_faces_lack_is_not_all_that_looks_real() -> None:
    """It was drawn as often as the others, always real: what looked real was read as it."""
    some = make_side("ann", copies=2)
    real = replace(some, labels=np.array([0, 1, 2, 2]))
    made = make_side("made")  # of the classes 0 and 1
    close = partial(pytest.approx, abs=0.02)
    third, half = 1 / 3, 1 / 2
    assert drawn("mixed", 0, real, made) == close(
        np.array([[third / 2] * 3, [half / 2, half / 2, 0]])
    )
    assert drawn("pretrained", 0, real, made) == close(np.array([[0, 0, 0], [half, half, 0]]))
    assert drawn("mixed", 0, None, made) == close(np.array([[0, 0, 0], [half, half, 0]]))
    assert drawn("pretrained", 0, real, None) == close(np.array([[third] * 3, [0, 0, 0]]))


def test_rare_classes_are_filled_up() -> None:
    side = make_side("ann", copies=2)
    real = replace(side, labels=np.array([0, 0, 0, 1]))
    found = drawn("balancing", 0, real, make_side("made"))
    assert found == pytest.approx(np.array([[1 / 2, 1 / 6, 0], [0, 1 / 3, 0]]), abs=0.02)


def test_every_step_is_reported() -> None:
    steps: list[int] = []
    train_recogniser(make_side("ann"), None, 2, replace(QUICK, steps=4), progress=steps.append)
    assert steps == [1, 2, 3, 4]


def test_probabilities_of_every_face() -> None:
    read = classes_read(make_backbone(3, QUICK, seed=0), make_side(*PEOPLE, copies=8))
    assert read.shape == (320, 3)
    assert np.allclose(read.sum(axis=1), 1)


def test_without_faces_nothing_is_trained() -> None:
    with pytest.raises(InputError, match="no faces to train"):
        train_recogniser(make_side("ann").of([]), None, 2, QUICK)


def test_a_loss_that_is_no_number_stops_the_training() -> None:
    with pytest.raises(TrainingError, match="no number since step"):
        train_recogniser(make_side("ann"), None, 2, replace(QUICK, learning_rate=float("inf")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps is 1 or more"),
        ({"batch": 0}, "batch is 1 or more"),
        ({"size": 16}, "side of 32 pixels or more"),
        ({"recogniser": "resnet"}, "no recogniser 'resnet'"),
        ({"recogniser": "fer", "batch": 1}, "a batch of 2 or more"),
    ],
)
def test_recipes_that_cannot_be(options: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Recipe(**options)  # type: ignore[arg-type]


def test_varied_pictures_keep_form_and_range_and_differ() -> None:
    pictures = torch.linspace(-1, 1, 32).expand(16, 3, 32, 32)
    varied = vary(pictures, torch.Generator().manual_seed(0))
    assert varied.shape == pictures.shape
    assert varied.abs().max() <= 1
    assert not torch.equal(varied[0], varied[1])


def test_about_half_of_the_pictures_are_mirrored() -> None:
    # Brighter to the right: mirrored, brighter to the left. What is covered lies anywhere.
    pictures = torch.linspace(-0.5, 0.5, 32).expand(200, 3, 32, 32)
    varied = vary(pictures, torch.Generator().manual_seed(0))
    mirrored = varied[..., :16].mean(dim=(1, 2, 3)) > varied[..., 16:].mean(dim=(1, 2, 3))
    assert 70 < int(mirrored.sum()) < 130


def test_variation_moves_little() -> None:
    """A disc in the middle stays where it is, within a shift of 6 % of the side."""
    pictures = torch.full((64, 3, 64, 64), -1.0)
    pictures[..., 28:36, 28:36] = 1
    varied = vary(pictures, torch.Generator().manual_seed(0))
    bright = (varied.mean(dim=1) > 0.1).float()  # what is covered is 0
    places = torch.arange(64) + 0.5
    seen = bright.sum(dim=(1, 2)) > 20  # the others are covered
    centre = (bright.sum(dim=1) @ places / bright.sum(dim=(1, 2)))[seen]
    assert seen.sum() > 32
    assert (centre - 32).abs().max() < 0.06 * 64 / 0.9 + 1.5


def test_one_face_that_leaves_one_pixel_is_refused_in_a_sentence() -> None:
    """Batch normalisation raised a ValueError of torch."""
    with pytest.raises(InputError, match="a batch of 2 or more"):
        Recipe(batch=1, size=32)
    recipe = replace(QUICK, batch=1, size=33, width=1, steps=1)
    side = make_side("ann")
    larger = np.ascontiguousarray(np.pad(side.faces, ((0, 0), (0, 1), (0, 1), (0, 0))))
    assert train_recogniser(replace(side, faces=larger), None, 2, recipe) is not None
