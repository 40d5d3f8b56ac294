"""The layers of a network as lines, to compare them with Table II."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn


def layers(module: nn.Module) -> Iterator[str]:
    """A line for every leaf, as in Table II: kind, channels, kernel, stride, padding, bias."""
    for leaf in module.modules():
        if isinstance(leaf, (nn.Conv2d, nn.ConvTranspose2d)):
            kind = "conv" if isinstance(leaf, nn.Conv2d) else "transposed"
            sides = {leaf.kernel_size, leaf.stride, leaf.padding}
            assert all(isinstance(side, tuple) and side[0] == side[1] for side in sides)
            kernel, stride, padding = leaf.kernel_size[0], leaf.stride[0], leaf.padding[0]
            bias = "" if leaf.bias is None else " bias"
            yield (
                f"{kind} {leaf.in_channels}→{leaf.out_channels} {kernel},{stride},{padding}{bias}"
            )
        elif isinstance(leaf, nn.GroupNorm):
            assert leaf.num_groups == leaf.num_channels
            assert leaf.affine
            yield f"instance norm {leaf.num_channels}"
        elif isinstance(leaf, nn.ReLU):
            yield "relu"
        else:
            assert next(leaf.children(), None) is not None, f"{leaf} is not in the table"
