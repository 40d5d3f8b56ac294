"""Ablations: LGP-GAN without some of its parts, to measure what each is worth.

An ablation is trained and used like the complete networks; only the parts of :data:`Part` are
missing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from lgpgan.methods.lgpgan.shapes import FlowLgpGanConfig, LgpGanConfig
from lgpgan.methods.lgpgan.studio_objective import StudioWeights
from lgpgan.networks.flow_generator import FlowGeneratorConfig

__all__ = ["Part", "shape_without", "weights_without"]

Part = Literal["local", "masks", "flow", "pairs"]
"""What can be left out.

``local``: the generators of eyes and mouth, their discriminators, and every term about stage I. The
global generator works on the input. The terms about the regions of the final face stay.

``masks``: the mask heads and their term, and the shade of what they keep. M is 0 in equation 1: a
colour head draws every pixel, and nothing of the input is left in the output. What stage I draws
still fades into the input at a region's border. The flow moves no pixel of the output. It still
shows the colour heads where the input's edges go (the second look), and is trained on the exact
flow.

``flow``: the flow heads, the second look, the mouth's inside that is read along a flow, the shade,
and the terms of all of them: equation 1 as in the paper, on networks that are otherwise the same.
Regions are still joined by a fade.

``pairs``: every L1 to the exact render, and to its shade. The terms of the exact flow and of the
masks stay. The colours are learnt from the discriminators alone.
"""


def shape_without(shape: LgpGanConfig, parts: Collection[Part]) -> FlowLgpGanConfig:
    """The shape of the networks without some parts, or with all if there are no ``parts``."""
    if not isinstance(shape, FlowLgpGanConfig):
        shape = FlowLgpGanConfig.extending(shape)

    def generator(config: FlowGeneratorConfig) -> FlowGeneratorConfig:
        if "masks" in parts:
            config = replace(config, masked=False, shaded=False)
        if "flow" in parts:
            config = replace(config, flow_limit=0.0, look_again=False, shaded=False)
        return config

    return replace(
        shape,
        global_generator=generator(shape.global_generator),
        local_generator=generator(shape.local_generator),
        local=shape.local and "local" not in parts,
        inside=shape.inside and "flow" not in parts,
    )


def weights_without(weights: StudioWeights, parts: Collection[Part]) -> StudioWeights:
    """The weights of the terms without some parts; terms about stage I vanish with its networks."""
    if "masks" in parts:
        weights = replace(weights, attention=0.0)
    if "flow" in parts:
        weights = replace(weights, local_flow=0.0, flow=0.0, inside=0.0, inside_share=0.0)
    if "pairs" in parts:
        weights = replace(
            weights, paired=0.0, paired_region=0.0, paired_unseen=0.0, paired_small=0.0
        )
    if {"masks", "flow", "pairs"} & set(parts):
        weights = replace(weights, local_shade=0.0, shade=0.0)
    return weights
