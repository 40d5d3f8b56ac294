"""Runs of the ``studio`` preset without a part, from the first step to an edited photo."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tiny_run import CONFIG, SHAPE

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.editing.editor import Editor
from lgpgan.methods.lgpgan.ablation import Part, shape_without
from lgpgan.methods.weights import load_method
from lgpgan.training.options import StudioConfig
from lgpgan.training.run import RunOptions, train
from lgpgan.training.run_files import CHECKPOINT, STATISTICS, WEIGHTS
from lgpgan.training.state import TrainingState

pytestmark = pytest.mark.xdist_group("ablations")  # which are compared with one whole run

VANISHED = {
    "local": {"G/eyes_adversarial", "D/mouth_real", "D/eyes_r1", "G/mouth_paired", "G/local_flow"},
    "masks": {"G/attention"},
    "flow": {"G/flow", "G/local_flow"},
    "pairs": {"G/whole_paired", "G/regions_paired", "G/unseen_paired"},
}
"""Some of the terms that there are in a whole run, and not without the part."""


def run(data: Path, folder: Path, *parts: Part) -> StudioConfig:
    """Two steps."""
    config = replace(CONFIG, images=8, report_every=8, without=parts)
    train(data, folder, config, RunOptions(shape=shape_without(SHAPE, parts)))
    return config


def terms(folder: Path) -> set[str]:
    lines = [json.loads(line) for line in (folder / STATISTICS).read_text().splitlines()]
    return {name for line in lines for name in line if name.startswith(("D/", "G/"))}


@pytest.fixture(scope="session")
def whole(tiny_set: PreparedSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with everything."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    run(tiny_set.folder, folder)
    return folder


@pytest.mark.parametrize("part", get_args(Part))
def test_a_run_without_a_part_leaves_weights_that_edit(
    tiny_set: PreparedSet, whole: Path, tmp_path: Path, astronaut: NDArray[np.uint8], part: Part
) -> None:
    config = run(tiny_set.folder, tmp_path / "run", part)
    assert terms(tmp_path / "run") < terms(whole)
    assert terms(whole) - terms(tmp_path / "run") >= VANISHED[part]

    shape = shape_without(SHAPE, (part,))
    assert load_method(tmp_path / "run" / WEIGHTS).generator.config == shape
    hash_, cpu = tiny_set.content_hash, torch.device("cpu")
    state = TrainingState.load(tmp_path / "run" / CHECKPOINT, hash_, cpu)
    assert (state.config, state.shape, state.images) == (config, shape, 8)

    editor = Editor.from_pretrained(tmp_path / "run")
    both = editor.edit(astronaut, to="happy").pixels
    apart = editor.edit(astronaut, eyes="angry", mouth="happy").pixels
    assert both.shape == apart.shape == astronaut.shape
    assert (both != astronaut).any()
    assert (both != apart).any()
