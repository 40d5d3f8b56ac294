"""Cascades with random weights, and what they make of a batch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from lgpgan.datasets.batches import PairBatch
from lgpgan.faces.regions import EYE_BOX
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.lgpgan import (
    FlowLgpGan,
    FlowLgpGanConfig,
    LgpGanConfig,
    Synthesis,
    build_generators,
)
from lgpgan.methods.lgpgan.regions import paste_eyes, paste_mouth
from lgpgan.networks.flow_generator import FlowGeneratorOutput
from lgpgan.networks.generator import GeneratorOutput


def flow_cascade(config: FlowLgpGanConfig, *, flow: float = 0.02) -> FlowLgpGan:
    """The cascade with weights of which every head does something."""
    torch.manual_seed(1)
    cascade = FlowLgpGan(config)
    for name, parameter in cascade.named_parameters():
        if "flow_head" in name or "inside_head" in name or "shade_head" in name:
            nn.init.normal_(parameter, std=flow)
    return cascade


def cascade_of(config: LgpGanConfig) -> FaceGenerator[Synthesis[Any]]:
    """Either cascade, with weights of which every head does something."""
    if isinstance(config, FlowLgpGanConfig):
        return flow_cascade(config)
    torch.manual_seed(1)
    return build_generators(config)


def synthesise(
    cascade: FaceGenerator[Synthesis[Any]], batch: PairBatch, eye_label: Tensor | None = None
) -> Synthesis[Any]:
    with torch.inference_mode():
        return cascade(batch.source, batch.label, batch.mouth_top, eye_label)


def outside_the_regions(batch: PairBatch) -> Tensor:
    """(B, 1, 128, 128) bool."""
    inside = paste_eyes(torch.ones(len(batch.source), 1, EYE_BOX.height, EYE_BOX.width))
    inside = inside + paste_mouth(torch.ones(len(batch.source), 1, 48, 64), batch.mouth_top)
    return inside == 0


def equation_1(heads: GeneratorOutput | FlowGeneratorOutput, image: Tensor) -> Tensor:
    return (1 - heads.mask) * heads.colour + heads.mask * image
