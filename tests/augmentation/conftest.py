"""A small set to enlarge, and untrained weights to do it with, in milliseconds a face."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.methods.lgpgan import FlowLgpGan, FlowLgpGanConfig
from lgpgan.networks.flow_generator import FlowGeneratorConfig
from random_weights import fill, write_weights
from small_set import Entry, write_small_set

UNJUDGED = ("no face", "other person", "not read")
"""Gates that made-up faces cannot pass."""


@pytest.fixture
def people(tmp_path: Path) -> PreparedSet:
    """Ann with two neutral faces and a happy one, Ben with a neutral one; Cat is kept out."""
    known = (("gender", "female"), ("licence", "CC0"))
    return write_small_set(
        tmp_path / "people",
        [
            Entry("ann", "neutral", "train", "ann_0", known),
            Entry("ann", "neutral", "train", "ann_1", known),
            Entry("ann", "happy", "train", "ann_2", known),
            Entry("ben", "neutral", "train", "ben_0"),
            Entry("cat", "neutral", "test", "cat_0"),
            Entry("cat", "sad", "test", "cat_1"),
        ],
    )


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the cascade with all its parts, but few channels."""
    generator = FlowGeneratorConfig(width=4, residual_blocks=1, kernel=3, flow_limit=16.0)
    config = FlowLgpGanConfig(
        global_generator=generator,
        local_generator=generator,
        discriminator_channels=4,
        fade=12.0,
        inside=True,
    )
    generators = FlowLgpGan(config)
    with torch.no_grad():
        fill(generators, 0)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    return write_weights(path, generators)
