"""A run on a set that shows action units on top of classes, from the set to an edit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tiny_run import CONFIG, SHAPE

from lgpgan import Editor
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions.action_units import LABEL_UNITS
from lgpgan.methods.weights import load_method
from lgpgan.training.arithmetic import count_step
from lgpgan.training.options import StudioConfig
from lgpgan.training.run import RunOptions, train

SHORT = replace(CONFIG, images=8)


def test_networks_are_told_of_all_units_or_of_none(
    studio_set: PreparedSet, tiny_set: PreparedSet
) -> None:
    """Two small sets hold different units by chance; weights of one are to fit the other."""
    assert not set(LABEL_UNITS) <= set(studio_set.added_units)
    told, not_told = (StudioConfig().shape_for(prepared) for prepared in (studio_set, tiny_set))
    assert (told.units, told.labels) == (LABEL_UNITS, 8)
    assert not_told.units == ()
    more = count_step(SHORT, told).synthesis - count_step(SHORT, not_told).synthesis
    assert more > 0


def test_what_is_trained_can_be_asked_for(
    studio_set: PreparedSet, tmp_path: Path, astronaut: NDArray[np.uint8]
) -> None:
    shape = SHAPE.with_units(LABEL_UNITS)
    weights = train(studio_set.folder, tmp_path / "first", SHORT, RunOptions(shape=shape))
    assert load_method(weights).info.units == LABEL_UNITS
    editor = Editor.from_pretrained(weights, backend="torch")
    opened = editor.edit(astronaut, units="AU26").pixels
    assert (opened != editor.edit(astronaut, "neutral").pixels).any()
    options = RunOptions(shape=shape, warm_start=weights)
    again = train(studio_set.folder, tmp_path / "second", SHORT, options)
    assert load_method(again).info.images == 8
