"""Weights that are the same on every machine, for networks whose real ones are not at hand."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn


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
