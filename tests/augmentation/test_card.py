"""The card says what a user of the set must know."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from conftest import UNJUDGED
from lgpgan.augmentation.augment import augment_set
from lgpgan.augmentation.data import open_data
from lgpgan.augmentation.methods import TrainedMethod
from lgpgan.augmentation.options import AugmentationOptions, GateLimits
from lgpgan.datasets.prepared import PreparedSet


@pytest.fixture
def card(people: PreparedSet, small_weights: Path, tmp_path: Path) -> str:
    folder = tmp_path / "made"
    limits = GateLimits(left_out=UNJUDGED, change=0.0)
    options = AugmentationOptions(per_class=4, classes=["happy", "sad"], seed=7, limits=limits)
    method = TrainedMethod(small_weights)
    augment_set(open_data(people.folder, folder), folder, method, options)
    return (folder / "README.md").read_text(encoding="utf-8")


def test_says_that_they_are_synthetic_and_how_many(card: str) -> None:
    assert card.startswith("---\npretty_name: Synthetic facial expressions\nlicense: other\n")
    assert "# 8 synthetic facial expressions of 2 people" in card
    assert "**Every face here is synthetic.**" in card
    assert "| happy | 4 | 0 | " in card


def test_says_how_they_were_made(card: str, small_weights: Path, people: PreparedSet) -> None:
    assert hashlib.sha256(small_weights.read_bytes()).hexdigest() in card
    assert people.content_hash in card
    assert "seed 7" in card
    assert "LGP-GAN (`lgp-gan`)" in card


def test_says_which_gates_judged(card: str) -> None:
    assert "8 faces were drawn, 0 of them rejected." in card
    assert "| too near | mean change of eyes or mouth at least 0 | 0 |" in card
    assert "| not read | probability by a recogniser at least 0.3 | not judged |" in card
    assert "The gate 'no face' is left out as asked." in card


def test_cites_its_sources_with_their_terms(card: str) -> None:
    assert "faces from: Nobody: made-up faces. Licence: CC0." in card
    assert "faces from: Nobody: made-up faces. Licence: not named." in card


def test_counts_groups(card: str) -> None:
    """Only Ann's gender is known."""
    assert "| gender female | " in card
    assert "| gender not known | " in card
