"""The presets: named values of the options of every method's runs.

``paper`` is a method as published. ``narrow`` is the same objective on networks with about a tenth
of the arithmetic, with settings that suit hours on a CPU rather than days on a GPU. ``studio`` is
LGP-GAN on exact pairs from ``lgpgan studio``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lgpgan.choices import check_choice
from lgpgan.errors import InputError
from lgpgan.training.config import TrainingConfig
from lgpgan.training.options import (
    AttGanTrainingConfig,
    GanimationTrainingConfig,
    LabelledConfig,
    LgpGanTrainingConfig,
    StarGanTrainingConfig,
    StudioConfig,
)

__all__ = ["PRESETS", "find_preset"]

PAPER: Mapping[str, Any] = MappingProxyType(
    {
        "preset": "paper",
        "images": 3_200_000,
        "networks": "paper",
        "generator_rate": 1e-4,
        "discriminator_rate": 1e-4,
        "betas": (0.5, 0.999),
        "warm_up": 0,
        "decay_share": 0.5,
        "average_half_life": 0.0,
        "discriminator_updates": 5,
        "penalty_every": 1,
        "report_every": 16_000,
        "save_every": 160_000,
        "validate_every": 160_000,
    }
)
"""What LGP-GAN adopted from StarGAN, and GANimation all but the length.

200,000 discriminator steps of 16 images, five to one of the generators; Adam with 1e-4 for the
first half, then linearly to 0.
"""

NARROW: Mapping[str, Any] = MappingProxyType(
    {
        "preset": "narrow",
        "images": 32_000,
        "batch": 8,
        "networks": "narrow",
        "generator_rate": 4e-4,
        "discriminator_rate": 2e-4,
        "betas": (0.5, 0.999),
        "discriminator_updates": 2,
        "penalty_every": 1,
    }
)
"""Values with which a published objective learns something on a CPU within an hour or so.

Smaller batches, higher rates and fewer discriminator steps to one of the generators than the
papers' 5: in so short a run the generators must move more often. The moving average is for the
unsteady outputs of a run that is cut short.
"""

STARGAN_PAPER: Mapping[str, Any] = MappingProxyType({"flips": True, "targets": "permuted"})
"""StarGAN as published: faces are flipped, and a batch's labels are given out in another order."""

ATTGAN_PAPER: Mapping[str, Any] = MappingProxyType(
    {
        "images": 36_400_000,
        "batch": 32,
        "generator_rate": 2e-4,
        "discriminator_rate": 2e-4,
        "decay": "step",
        "targets": "permuted",
    }
)
"""AttGAN as published: batches of 32, 2e-4, a tenth of it in the second half.

The authors' 200 epochs are of CelebA's 182,000 training images; a small set needs less.
"""

GANIMATION_PAPER: Mapping[str, Any] = MappingProxyType(
    {
        "images": 6_000_000,
        "batch": 25,
        "decay_share": 1 / 3,
        "flips": True,
        "target_noise": 0.1,
    }
)
"""GANimation as published: batches of 25; the rates fall to 0 over the last third.

The authors' 30 epochs are of EmotioNet's 200,000 images; a small set needs less.
"""


def _published(
    kind: type[LabelledConfig], own: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, TrainingConfig]:
    """The presets ``narrow`` and ``paper`` of a method; ``own`` changes its ``paper`` alone."""
    return {"narrow": kind(**NARROW), "paper": kind(**{**PAPER, **own})}


PRESETS: Mapping[str, Mapping[str, TrainingConfig]] = MappingProxyType(
    {
        "lgp-gan": {"studio": StudioConfig(), **_published(LgpGanTrainingConfig)},
        "stargan": _published(StarGanTrainingConfig, STARGAN_PAPER),
        "attgan": _published(AttGanTrainingConfig, ATTGAN_PAPER),
        "ganimation": _published(GanimationTrainingConfig, GANIMATION_PAPER),
    }
)
"""Every preset by its method's name and its own; a method's first is its default."""


def find_preset(method: str, preset: str | None = None) -> TrainingConfig:
    """The options of a preset of a method; of its default one if none is named.

    Raises:
        InputError: when there is no such method, or it has no such preset.
    """
    check_choice(method, PRESETS, "method")
    presets = PRESETS[method]
    name = next(iter(presets)) if preset is None else preset
    if name not in presets:
        raise InputError(f"{method} has no preset '{name}'; choose one of {', '.join(presets)}.")
    return presets[name]
