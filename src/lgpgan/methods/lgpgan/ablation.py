"""LGP-GAN with parts of it taken away, to see what each is worth.

An ablation is trained and used as the whole is; only what :data:`Part` says is missing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from lgpgan.methods.lgpgan.cascade import LgpGanConfig
from lgpgan.methods.lgpgan.studio_objective import StudioWeights
from lgpgan.networks.generator import GeneratorConfig

__all__ = ["Part", "shape_without", "weights_without"]

Part = Literal["local", "masks", "flow", "pairs"]
"""What can be taken away.

``local``: the generators of eyes and mouth, their discriminators, and every term about stage I. The
global generator works on the input; the terms about the regions of the final face stay.

``masks``: the mask heads and their term, and the shade of what they keep. M is 0 in equation 1, so
every pixel is drawn by a colour head, and nothing of the input is left in the output; only what
stage I draws still fades into the input at a region's border. The flow moves no pixel of the
output, but shows the colour heads where the input's edges go (the second look), and is still
trained on the exact one.

``flow``: the flow heads, the second look, the mouth's inside that is read along a flow, the shade,
and the terms of all of them: equation 1 as in the paper, on networks otherwise the same. Regions
are still joined by a fade.

``pairs``: every L1 to the exact render, and to its shade. The terms of the exact flow and of the
masks stay, but what colours should look like is learnt from the discriminators alone.
"""


def shape_without(shape: LgpGanConfig, parts: Collection[Part]) -> LgpGanConfig:
    """Shape of the networks without some parts."""

    def generator(config: GeneratorConfig) -> GeneratorConfig:
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
    """Weights of the terms without some parts; terms about stage I vanish with its networks."""
    if "masks" in parts:
        weights = replace(weights, attention=0.0)
    if "flow" in parts:
        weights = replace(weights, local_flow=0.0, flow=0.0, inside=0.0, inside_share=0.0)
    if "pairs" in parts:
        weights = replace(weights, paired=0.0, paired_region=0.0, paired_unseen=0.0)
    if {"masks", "flow", "pairs"} & set(parts):
        weights = replace(weights, local_shade=0.0, shade=0.0)
    return weights
