"""Weights files of a cascade so small that it is traced in seconds."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from lgpgan.datasets.prepared import template_description
from lgpgan.expressions import Expression
from lgpgan.methods.lgpgan import LgpGan, LgpGanConfig
from lgpgan.methods.weights import WeightsInfo, save_weights
from lgpgan.networks.generator import GeneratorConfig
from random_weights import fill


def small_config(*, local: bool = True) -> LgpGanConfig:
    """The shipped cascade with an eighth of its width and one residual block a generator."""

    def small(config: GeneratorConfig) -> GeneratorConfig:
        return replace(config, width=4, residual_blocks=1)

    flow = LgpGanConfig.flow()
    return replace(
        flow,
        global_generator=small(flow.global_generator),
        local_generator=small(flow.local_generator),
        local=local,
    )


def write_cascade(path: Path, *, seed: int, local: bool = True) -> Path:
    """A weights file of a small cascade with random weights."""
    config = small_config(local=local)
    generator = LgpGan(config)
    fill(generator, seed)
    for name, value in generator.named_parameters():
        if (
            "flow_head" in name or "inside_head" in name
        ):  # or what rounding differs in is torn apart
            value.data *= 0.1
    info = WeightsInfo(
        method="lgp-gan",
        config=asdict(config),
        labels=tuple(str(expression) for expression in Expression),
        template=template_description(),
        data_hash="none",
        images=seed,
        citations=("Nobody: Nothing, 2026",),
    )
    save_weights(path, generator, info)
    return path
