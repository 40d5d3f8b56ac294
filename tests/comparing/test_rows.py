"""Rows by name: what they are called, what they train, and on which sets they can be computed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lgpgan.comparing.rows import ABLATIONS, TABLE_IV, find_rows, usual_rows
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.training.options import StudioConfig
from lgpgan.training.presets import find_preset


def with_classes(prepared: PreparedSet, *classes: str) -> PreparedSet:
    return replace(prepared, description={**prepared.description, "classes": list(classes)})


@pytest.mark.parametrize(
    ("name", "title", "file_name", "sees_pairs"),
    [
        ("identity", "doing nothing", "identity", False),
        ("studio", "the 3-D face", "studio", False),
        ("stargan/narrow", "StarGAN", "stargan-narrow", False),
        ("ganimation/paper", "GANimation", "ganimation-paper", False),
        ("lgp-gan/narrow", "LGP-GAN", "lgp-gan-narrow", False),
        ("lgp-gan/studio", "LGP-GAN, exact pairs", "lgp-gan-studio", True),
        (
            "lgp-gan/studio-without-local",
            "LGP-GAN, exact pairs, without local generators",
            "lgp-gan-studio-without-local",
            True,
        ),
        (
            "lgp-gan/studio-without-pairs",
            "LGP-GAN, exact pairs, without the paired loss",
            "lgp-gan-studio-without-pairs",
            True,
        ),
    ],
)
def test_a_row_by_its_name(name: str, title: str, file_name: str, sees_pairs: bool) -> None:
    (row,) = find_rows([name])
    assert (row.name, row.title, row.file_name) == (name, title, file_name)
    assert row.sees_pairs is sees_pairs


def test_a_row_trains_the_values_of_its_preset() -> None:
    rows = find_rows(["stargan/narrow", "lgp-gan/studio", "lgp-gan/studio-without-flow"])
    assert [row.config for row in rows] == [
        find_preset("stargan", "narrow"),
        StudioConfig(),
        StudioConfig(without=("flow",)),
    ]


def test_parts_that_are_left_out_have_one_order() -> None:
    (row,) = find_rows(["lgp-gan/studio-without-flow-without-local"])
    assert row.name == "lgp-gan/studio-without-local-without-flow"
    assert row.title == "LGP-GAN, exact pairs, without local generators and flow"
    assert isinstance(row.config, StudioConfig)
    assert row.config.without == ("local", "flow")


def test_a_method_alone_is_its_usual_preset() -> None:
    assert [row.name for row in find_rows(["stargan", "lgp-gan"])] == [
        "stargan/narrow",
        "lgp-gan/studio",
    ]


def test_the_tables() -> None:
    assert [row.name for row in find_rows(TABLE_IV)] == list(TABLE_IV)
    assert TABLE_IV[:2] == ("identity", "studio")
    assert ABLATIONS == (
        "lgp-gan/studio",
        "lgp-gan/studio-without-local",
        "lgp-gan/studio-without-masks",
        "lgp-gan/studio-without-flow",
        "lgp-gan/studio-without-pairs",
    )
    assert [row.name for row in find_rows(ABLATIONS)] == list(ABLATIONS)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["pix2pix"], "there is no row 'pix2pix'; .*attgan.*identity, studio"),
        (["stargan/studio"], "stargan has no preset 'studio'; choose one of narrow, paper"),
        (["identity/narrow"], "there is no row 'identity/narrow'"),
        (["stargan/narrow-without-flow"], "no row 'stargan/narrow-without-flow'; .*local, masks"),
        (["lgp-gan/studio-without-eyes"], "no row .*-without-eyes'; .*local, masks, flow, pairs"),
        (["lgp-gan/studio-without-flow-without-flow"], "no row 'lgp-gan/studio-without-flow-w"),
        (["identity", "identity"], "'identity' is named twice"),
        (["stargan", "stargan/narrow"], "'stargan/narrow' is named twice"),
    ],
)
def test_what_is_no_row(names: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_rows(names)


def test_every_row_can_be_computed_on_a_studio_set(tiny_set: PreparedSet) -> None:
    told: list[str] = []
    assert [row.name for row in usual_rows(tiny_set, told.append)] == list(TABLE_IV)
    assert told == []


def test_a_row_that_learns_from_pairs_needs_them(labelled_set: PreparedSet) -> None:
    (row,) = find_rows(["lgp-gan/studio"])
    with pytest.raises(InputError, match=r"exact pairs, and .* has none; leave the row out"):
        row.check(labelled_set)
    told: list[str] = []
    assert [row.name for row in usual_rows(labelled_set, told.append)] == list(TABLE_IV[:-1])
    assert len(told) == 1


def test_classes_that_a_row_does_not_know(labelled_set: PreparedSet) -> None:
    prepared = with_classes(labelled_set, "neutral", "wink")
    told: list[str] = []
    assert [row.name for row in usual_rows(prepared, told.append)] == [
        "identity",
        "stargan/narrow",
        "attgan/narrow",
        "lgp-gan/narrow",
    ]
    assert "the row 'studio' draws the classes angry, " in told[0]
    assert "not 'wink'" in told[0]
    assert "the row 'ganimation/narrow' cannot be trained: GANimation needs" in told[1]
    assert "exact pairs" in told[2]
