"""Weights that are the same on every machine, for networks whose real ones are not at hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import nn

from lgpgan.datasets.prepared import template_description
from lgpgan.expressions.expression import Expression
from lgpgan.methods.lgpgan import FlowLgpGan, LgpGan
from lgpgan.methods.weights import WeightsInfo, save_weights


def fill(network: nn.Module, seed: int) -> None:
    """Replace a network's parameters and statistics, in the order of their names.

    Uniform numbers, of such a spread that values neither die out nor grow from layer to layer.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    for name, value in sorted(network.state_dict().items()):
        if name.endswith("num_batches_tracked"):
            continue
        numbers = torch.from_numpy(2 * generator.random(value.shape) - 1)
        if value.ndim > 1:
            numbers *= math.sqrt(6 / value[0].numel())
        elif name.endswith(("running_var", "weight")):  # of a batch norm
            numbers = 1 + 0.2 * numbers
        else:
            numbers *= 0.1
        value.copy_(numbers)


def write_weights(
    path: Path,
    cascade: LgpGan | FlowLgpGan,
    *,
    images: int = 0,
    citations: Sequence[str] = (),
    labels: Sequence[str] = tuple(Expression),
) -> Path:
    """A weights file of a cascade, of the eight expressions if not said, trained on nothing."""
    info = WeightsInfo(
        method="lgp-gan",
        config=asdict(cascade.config),
        labels=tuple(map(str, labels)),
        template=template_description(),
        data_hash="none",
        images=images,
        citations=tuple(citations),
    )
    save_weights(path, cascade, info)
    return path
