"""Every method as a run on labelled faces, in networks so small that a step takes milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tiny_run import CONFIG

from lgpgan.expressions.expression import Expression
from lgpgan.methods.attgan import AttGanConfig
from lgpgan.methods.ganimation import GanimationConfig
from lgpgan.methods.lgpgan import LgpGanConfig
from lgpgan.methods.registry import Shape
from lgpgan.methods.stargan import StarGanConfig
from lgpgan.networks.discriminator import DiscriminatorConfig
from lgpgan.networks.generator import GeneratorConfig
from lgpgan.training.config import TrainingConfig
from lgpgan.training.presets import find_preset

SMALL = GeneratorConfig(width=4, residual_blocks=1, kernel=3)
_CRITIC = DiscriminatorConfig(128, 128, layers=5, channels=4)
_UNITS = GanimationConfig.narrow(tuple(Expression))
_COUNT = len(_UNITS.units)

SHAPES: Mapping[str, Shape] = {
    "lgp-gan": LgpGanConfig(
        global_generator=replace(SMALL, fold=2),
        local_generator=replace(SMALL, fold=2),
        discriminator_channels=4,
        global_layers=5,
    ),
    "stargan": StarGanConfig(SMALL, _CRITIC),
    "attgan": AttGanConfig(width=2, discriminator_channels=2, hidden=8),
    "ganimation": replace(
        _UNITS,
        generator=replace(SMALL, labels=_COUNT),
        discriminator=replace(_CRITIC, labels=_COUNT),
    ),
}


def tiny(method: str, **changes: Any) -> TrainingConfig:
    """Four steps, of which the second and the fourth move the generators.

    Reports after 8 and 16 images, a checkpoint after 8, a look at the people kept out after 16.
    """
    options = {
        "images": 16,
        "batch": 4,
        "warm_up": 0,
        "average_half_life": 16.0,
        "report_every": 8,
        "save_every": 8,
        "validate_every": 16,
        "precision": CONFIG.precision,
        "threads": 1,
        "tensorboard": False,
    }
    return replace(find_preset(method, "narrow"), **{**options, **changes})
