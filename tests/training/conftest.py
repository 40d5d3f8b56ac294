from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_run import CONFIG, SHAPE, write_tiny_set

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.studio.pairs import StudioPairs
from lgpgan.training.state import TrainingState


@pytest.fixture(scope="session")
def tiny_set(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    """Do not change it."""
    return write_tiny_set(tmp_path_factory.mktemp("tiny") / "set")


@pytest.fixture
def data(tiny_set: PreparedSet) -> Path:
    return tiny_set.folder


@pytest.fixture
def kept_out(tiny_set: PreparedSet) -> StudioPairs:
    return StudioPairs(tiny_set, "test")


@pytest.fixture
def tiny_batch(tiny_set: PreparedSet) -> PairBatch:
    return StudioPairs(tiny_set, "train").batch(0, 4)


@pytest.fixture
def state(tiny_set: PreparedSet) -> TrainingState:
    """The state at the beginning of a run."""
    return TrainingState(CONFIG, SHAPE, tiny_set.content_hash, torch.device("cpu"))
