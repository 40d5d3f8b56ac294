from __future__ import annotations

import pytest
import torch

from lgpgan.datasets.batches import LabelledBatch, PairBatch
from lgpgan.methods.lgpgan import FlowLgpGanConfig, LgpGanConfig
from lgpgan.networks.flow_generator import FlowGeneratorConfig
from lgpgan.networks.generator import GeneratorConfig


@pytest.fixture
def paper_shape() -> LgpGanConfig:
    """The structure of the paper's cascade, in milliseconds."""
    generator = GeneratorConfig(width=4, residual_blocks=1, kernel=3)
    return LgpGanConfig(generator, generator, discriminator_channels=4)


@pytest.fixture
def flow_shape() -> FlowLgpGanConfig:
    """Heads of flow and shade, a mouth's inside read from a picture, stage I joined by a window."""
    generator = FlowGeneratorConfig(
        width=4, residual_blocks=1, kernel=3, flow_limit=16.0, shaded=True
    )
    return FlowLgpGanConfig(generator, generator, discriminator_channels=4, fade=12.0, inside=True)


@pytest.fixture
def faces() -> LabelledBatch:
    """Two random faces, neutral and angry, to become happy and sad."""
    draw = torch.Generator().manual_seed(5)
    return LabelledBatch(
        image=torch.rand(2, 3, 128, 128, generator=draw) * 2 - 1,
        label=torch.eye(8)[[5, 0]],
        target=torch.eye(8)[[4, 6]],
        mouth_top=torch.tensor([62, 71]),
        mix=torch.tensor([0.2, 0.9]),
    )


@pytest.fixture
def batch() -> PairBatch:
    """Two random pairs whose regions do not overlap."""
    draw = torch.Generator().manual_seed(3)
    images = torch.rand(2, 2, 3, 128, 128, generator=draw) * 2 - 1
    return PairBatch(
        source=images[0],
        target=images[1],
        label=torch.eye(8)[[4, 6]],
        flow=torch.randn(2, 2, 128, 128, generator=draw) * 3,
        visible=(torch.rand(2, 1, 128, 128, generator=draw) < 0.8).float(),
        mouth_top=torch.tensor([62, 71]),
        eye_label=torch.eye(8)[[4, 6]],
        inside=torch.rand(2, 2, 128, 128, generator=draw) * 48,
        shows_inside=(torch.rand(2, 1, 128, 128, generator=draw) < 0.1).float(),
        lids_and_lips=(torch.rand(2, 1, 128, 128, generator=draw) < 0.05).float(),
    )
