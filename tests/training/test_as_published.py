"""Runs as published, and what is said to differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.methods.registry import METHODS
from lgpgan.training.as_published import DIFFERENCES, as_published, differences
from lgpgan.training.presets import find_preset

PAGE = Path(__file__).parents[2] / "docs" / "paper.md"


@pytest.mark.parametrize("method", METHODS)
def test_it_is_the_preset_paper_in_full_float32(method: str) -> None:
    assert as_published(method) == replace(find_preset(method, "paper"), precision="fp32")


def test_how_the_rivals_draw_is_as_published() -> None:
    drawn = {m: as_published(m) for m in ("stargan", "attgan", "ganimation", "lgp-gan")}
    told = {
        name: (one.flips, one.targets, one.target_noise)  # type: ignore[attr-defined]
        for name, one in drawn.items()
    }
    assert told == {
        "stargan": (True, "permuted", 0.0),
        "attgan": (False, "permuted", 0.0),
        "ganimation": (True, "uniform", 0.1),
        "lgp-gan": (False, "uniform", 0.0),
    }


def as_the_paper(prepared: PreparedSet, **details: object) -> PreparedSet:
    usual = {"layout": "rafd", "split": "image", "test_share": 0.1, "validation_share": 0.0}
    return replace(prepared, description={**prepared.description, **usual, **details})


def test_a_run_as_published_differs_in_what_is_listed_alone(tiny_set: PreparedSet) -> None:
    told = differences(as_published("attgan"), as_the_paper(tiny_set))
    assert told == [*DIFFERENCES[""], *(f"AttGAN: {one}" for one in DIFFERENCES["attgan"])]


def test_options_and_sets_that_differ_are_named(tiny_set: PreparedSet) -> None:
    config = replace(as_published("lgp-gan"), images=64, precision="bf16", seed=3, save_every=9)
    told = differences(config, as_the_paper(tiny_set, split="auto", layout="listing"))
    assert told[0] == "The set is not RaFD."
    assert told[1].startswith("The set was not split by images")
    assert told[2:4] == [
        "LGP-GAN: images is 64, and 3,200,000 as published.",
        "LGP-GAN: precision is bf16, and fp32 as published.",
    ]
    assert told[4:] == [*DIFFERENCES[""], *(f"LGP-GAN: {one}" for one in DIFFERENCES["lgp-gan"])]


def test_images_that_were_split_otherwise(tiny_set: PreparedSet) -> None:
    told = differences(as_published("lgp-gan"), as_the_paper(tiny_set, validation_share=0.1))
    assert told[0] == "The images were not split nine to one, as the paper's were."


def test_what_is_on_or_off_is_told_as_that(tiny_set: PreparedSet) -> None:
    told = differences(replace(as_published("stargan"), flips=False), as_the_paper(tiny_set))
    assert told[0] == "StarGAN: flips is False, and True as published."


@pytest.mark.parametrize("method", DIFFERENCES)
def test_the_page_lists_them_too(method: str) -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for sentence in DIFFERENCES[method]:
        assert sentence in text
