"""Equation 1 with a flow: ``I_out = (1 − M) C + M · S · warp(I_in, flow)``.

S shades what is kept of the input, as folds shade skin; with S = 1 and a flow of 0 this is equation
1 as in the paper. Two such steps are one :class:`Change`, in which the input is read only once. So
no detail is blurred twice, and a change that was predicted on the aligned face can be applied to
the original photo at any resolution.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lgpgan.methods.change import Change, shaded
from lgpgan.networks.flow_generator import FlowGeneratorOutput
from lgpgan.networks.warping import warp_by_flow

__all__ = ["change_of", "followed_by"]


def change_of(heads: FlowGeneratorOutput) -> Change:
    """The change that the output of a whole-face generator describes."""
    colour = (1 - heads.mask) * heads.colour
    return Change(heads.mask, colour, flow=heads.flow, shade=heads.shade)


def followed_by(earlier: Change, later: FlowGeneratorOutput) -> Change:
    """A change, and after it that of a whole-face generator, as one change."""
    if later.flow is not None:
        earlier = _read_along(earlier, later.flow)
    keep, shade, inside = later.mask, later.shade, earlier.inside
    if inside is not None:
        inside = inside._replace(
            flow=inside.flow if later.flow is None else later.flow + inside.flow,
            lit=keep * inside.lit * (1 if shade is None else shade),
        )
    return Change(
        keep=keep * earlier.keep,
        colour=(1 - keep) * later.colour + keep * shaded(earlier.colour, 1 - earlier.keep, shade),
        flow=_sum(later.flow, earlier.flow),
        inside=inside,
        shade=_product(shade, earlier.shade),
    )


def _read_along(change: Change, flow: Tensor) -> Change:
    """The change as each pixel finds it at its place plus a flow (B, 2, H, W)."""
    named = {
        "flow": change.flow,
        "keep": change.keep,
        "colour": change.colour,
        "shade": change.shade,
        "inside": change.inside and change.inside.flow,
        "lit": change.inside and change.inside.lit,
    }
    parts = {name: part for name, part in named.items() if part is not None}
    read = warp_by_flow(torch.cat(list(parts.values()), dim=1), flow)
    sizes = [part.shape[1] for part in parts.values()]
    found = dict(zip(parts, torch.split(read, sizes, dim=1), strict=True))
    return Change(
        found["keep"],
        found["colour"],
        flow=found.get("flow"),
        inside=change.inside and change.inside._replace(flow=found["inside"], lit=found["lit"]),
        shade=found.get("shade"),
    )


def _sum(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    """The sum of two flows, of which None is 0."""
    if first is None or second is None:
        return first if second is None else second
    return first + second


def _product(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    """The product of two shades, of which None is 1."""
    if first is None or second is None:
        return first if second is None else second
    return first * second
