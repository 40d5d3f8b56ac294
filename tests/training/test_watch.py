from __future__ import annotations

import re

import pytest

from lgpgan.training.watch import Watch

HEALTHY = {"keep": 0.9, "change": 0.05, "fake_accuracy": 0.7, "margin": 2.0}


def watch() -> Watch:
    return Watch(patience=1000, classes=8)


def test_nothing_is_said_of_a_healthy_run() -> None:
    assert watch().look(5000, HEALTHY) == []


@pytest.mark.parametrize(
    ("figure", "value", "said"),
    [
        ("keep", 0.999, "attention masks keep 99.9%"),
        ("change", 0.001, "differ from inputs by only 0.0010"),
        ("fake_accuracy", 0.15, "only 15% of the outputs .* chance being 12%"),
        ("margin", 80.0, "80 more real"),
    ],
)
def test_each_sign_is_named_once_with_what_to_try(figure: str, value: float, said: str) -> None:
    watcher, figures = watch(), {**HEALTHY, figure: value}
    assert watcher.look(999, figures) == []  # at the beginning all of it is normal
    (sentence,) = watcher.look(1000, figures)
    assert re.search(said, sentence)
    assert "1000 images" in sentence
    assert any(word in sentence for word in ("Try", "Look"))
    assert watcher.look(2000, figures) == []


def test_what_a_method_does_not_know_does_not_look_wrong() -> None:
    """StarGAN has no mask, GANimation no classes."""
    without_mask = {k: v for k, v in HEALTHY.items() if k != "keep"}
    without_classes = {k: v for k, v in HEALTHY.items() if k != "fake_accuracy"}
    assert watch().look(5000, without_mask) == []
    assert watch().look(5000, {**without_classes, "unit_error": 0.9}) == []
    (sentence,) = watch().look(5000, {**without_classes, "keep": 0.999})
    assert "the term of classes or action units" in sentence
