"""LGP-GAN (IEEE TCSVT 2022): the paper's cascade, that of the shipped weights, their objectives."""

from __future__ import annotations

from typing import Any

from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.lgpgan.cascade import LgpGan, LgpGanDiscriminators, LocalSynthesis, Synthesis
from lgpgan.methods.lgpgan.flow_cascade import FlowLgpGan
from lgpgan.methods.lgpgan.shapes import FlowLgpGanConfig, LgpGanConfig

__all__ = [
    "FlowLgpGan",
    "FlowLgpGanConfig",
    "LgpGan",
    "LgpGanConfig",
    "LgpGanDiscriminators",
    "LocalSynthesis",
    "Synthesis",
    "build_discriminators",
    "build_generators",
]


def build_generators(shape: LgpGanConfig) -> FaceGenerator[Synthesis[Any]]:
    """The generators of a shape."""
    return FlowLgpGan(shape) if isinstance(shape, FlowLgpGanConfig) else LgpGan(shape)


def build_discriminators(shape: LgpGanConfig) -> LgpGanDiscriminators:
    """All discriminators of a shape."""
    local = shape.local if isinstance(shape, FlowLgpGanConfig) else True
    return LgpGanDiscriminators(shape, local=local)
