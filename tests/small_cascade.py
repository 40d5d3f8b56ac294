"""Weights files of a cascade so small that it is traced in seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lgpgan.methods.lgpgan import FlowLgpGan, FlowLgpGanConfig
from lgpgan.methods.lgpgan.shapes import flow_networks
from lgpgan.networks.flow_generator import FlowGeneratorConfig
from random_weights import fill, write_weights


def small_config(*, local: bool = True) -> FlowLgpGanConfig:
    """The shipped cascade with an eighth of its width and one residual block a generator.

    Generators look again only where there is one: the graph of three that do takes twice as long.
    """

    def small(config: FlowGeneratorConfig) -> FlowGeneratorConfig:
        return replace(config, width=4, residual_blocks=1, look_again=not local)

    flow = flow_networks()
    return replace(
        flow,
        global_generator=small(flow.global_generator),
        local_generator=small(flow.local_generator),
        local=local,
    ).with_units((4, 12))


def write_cascade(path: Path, *, seed: int, local: bool = True) -> Path:
    """A weights file of a small cascade with random weights."""
    config = small_config(local=local)
    generator = FlowLgpGan(config)
    fill(generator, seed)
    for name, value in generator.named_parameters():
        # Or what rounding differs in is torn apart.
        if "flow_head" in name or "inside_head" in name or "shade_head" in name:
            value.data *= 0.1
    return write_weights(path, generator, images=seed, citations=("Nobody: Nothing, 2026",))
