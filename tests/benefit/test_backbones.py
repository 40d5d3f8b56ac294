"""Networks that bring what they learnt before, and what a linear layer is put on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_up_sides import QUICK, make_side
from torch import Tensor

from lgpgan.benefit import backbones as module
from lgpgan.benefit.backbones import make_backbone
from lgpgan.benefit.figures import accuracy
from lgpgan.benefit.recipe import Recipe, recipe_of, usual_of
from lgpgan.benefit.recogniser import classes_read, train_recogniser
from lgpgan.benefit.sides import Side
from lgpgan.errors import InputError
from lgpgan.evaluation.distances.mobilenet import MobileNetV2

HEAD = replace(QUICK, recogniser="face-api", learning_rate=0.1)


def described(side: Side) -> Side:
    """With numbers that a linear layer can read: mean grey, which tells classes, and noise."""
    grey = side.faces.mean(axis=(1, 2, 3))
    noise = np.random.default_rng(0).normal(0, 1, (len(side), 3))
    numbers = np.column_stack([grey, noise]).astype(np.float16)
    return replace(side, descriptions=np.repeat(numbers[:, None], 5, axis=1))


def test_a_linear_layer_learns_from_descriptions() -> None:
    real = described(make_side(*(f"person{number}" for number in range(10))))
    test = described(make_side(*(f"other{number}" for number in range(10)), seed=9))
    network = train_recogniser(real, None, 2, HEAD, classical=True)
    assert sum(one.numel() for one in network.parameters()) == 2 * (4 + 1)
    assert accuracy(classes_read(network, test), test.labels) > 0.95


def test_variations_of_descriptions_are_drawn_where_faces_are_varied() -> None:
    """What is as it is says nothing here, and the variations tell the classes."""
    real = described(make_side(*(f"person{number}" for number in range(10))))
    assert real.descriptions is not None
    telling = real.descriptions.copy()
    telling[:, 0] = 0
    real = replace(real, descriptions=telling)
    plain, varied = (
        train_recogniser(real, None, 2, HEAD, classical=varied) for varied in (False, True)
    )
    shown = torch.from_numpy(telling[:, 1].astype(np.float32))

    def right(network: torch.nn.Module) -> float:
        read = network.eval()(shown).argmax(1).numpy()
        return float((read == real.labels).mean())

    assert right(varied) > 0.85 > 0.7 > right(plain)


def test_mobilenet_is_given_what_its_weights_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Black is −1 here, and minus the mean by the deviation there."""
    seen: list[Tensor] = []
    network = MobileNetV2()
    network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    monkeypatch.setattr(module, "pretrained_mobilenet", lambda: network)
    backbone = make_backbone(2, recipe_of("mobilenet"), 0).eval()
    with torch.inference_mode():
        assert backbone(torch.full((1, 3, 32, 32), -1.0)).shape == (1, 2)
    assert seen[0][0, :, 0, 0].tolist() == pytest.approx(
        [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225]
    )


def test_what_is_usual_for_a_recogniser() -> None:
    assert recipe_of("resnet18") == Recipe()
    assert recipe_of("mobilenet").size == 96
    assert recipe_of("fer", size=64, steps=7) == Recipe(
        steps=7, learning_rate=1e-2, size=64, recogniser="fer"
    )
    assert usual_of("fer").frozen
    with pytest.raises(InputError, match="no recogniser 'resnet50'"):
        recipe_of("resnet50")
