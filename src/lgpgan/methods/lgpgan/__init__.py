"""LGP-GAN (IEEE TCSVT 2022): the cascade and its objectives."""

from __future__ import annotations

from lgpgan.methods.lgpgan.cascade import (
    LgpGan,
    LgpGanConfig,
    LgpGanDiscriminators,
    LocalSynthesis,
    Synthesis,
)

__all__ = ["LgpGan", "LgpGanConfig", "LgpGanDiscriminators", "LocalSynthesis", "Synthesis"]
