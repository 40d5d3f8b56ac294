from __future__ import annotations

import re

import pytest

from lgpgan.training.monitor import DiagnosticsMonitor, Patience

HEALTHY = {"keep": 0.9, "change": 0.05, "fake_accuracy": 0.7, "margin": 2.0}


def monitor() -> DiagnosticsMonitor:
    return DiagnosticsMonitor(patience=Patience(images=1000, updates=50), classes=8)


def test_nothing_is_said_of_a_healthy_run() -> None:
    assert monitor().warnings(5000, 600, HEALTHY) == []


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
    watching, figures = monitor(), {**HEALTHY, figure: value}
    assert watching.warnings(999, 900, figures) == []  # at the beginning all of it is normal
    assert watching.warnings(1000, 49, figures) == []
    (sentence,) = watching.warnings(1000, 50, figures)
    assert re.search(said, sentence)
    assert "1000 images" in sentence
    assert any(word in sentence for word in ("Try", "Look"))
    assert watching.warnings(2000, 100, figures) == []


def test_what_a_method_does_not_know_does_not_look_wrong() -> None:
    """StarGAN has no mask, GANimation no classes."""
    without_mask = {k: v for k, v in HEALTHY.items() if k != "keep"}
    without_classes = {k: v for k, v in HEALTHY.items() if k != "fake_accuracy"}
    assert monitor().warnings(5000, 600, without_mask) == []
    assert monitor().warnings(5000, 600, {**without_classes, "unit_error": 0.9}) == []
    (sentence,) = monitor().warnings(5000, 600, {**without_classes, "keep": 0.999})
    assert "the term of classes or action units" in sentence


@pytest.mark.parametrize(
    ("images", "patience"), [(16, 4_000), (32_000, 4_000), (96_000, 9_600), (3_200_000, 320_000)]
)
def test_the_patience_of_a_run(images: int, patience: int) -> None:
    """A run of 80 images was told after 8 of them that it did not learn its labels."""
    assert Patience.of_run(images).images == patience
    assert Patience.of_run(images).updates == 500
