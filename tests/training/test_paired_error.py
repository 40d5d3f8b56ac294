from __future__ import annotations

import numpy as np
import pytest
import torch
from stub_generator import pixels, stub

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions.action_units import ACTION_UNITS
from lgpgan.expressions.expression import Expression
from lgpgan.studio.pairs import StudioPairs
from lgpgan.training.paired_error import first_takes, paired_error, synthesise_all, targets_ratio
from lgpgan.training.state import TrainingState


def test_one_take_a_photo_counts(kept_out: StudioPairs) -> None:
    assert kept_out.photos == ["cat_0", "cat_1"]
    assert first_takes(kept_out) == [0]


def test_all_eight_are_made_from_the_neutral_render(kept_out: StudioPairs) -> None:
    source, exact, output = synthesise_all(stub(), kept_out, 0)
    images = torch.from_numpy(pixels(kept_out, 0)).permute(0, 3, 1, 2).float()
    assert source.shape == (1, 3, 128, 128)
    torch.testing.assert_close(exact, images)
    torch.testing.assert_close(source, images[Expression.NEUTRAL.position][None])
    assert torch.equal(output, source.expand(8, -1, -1, -1))


def test_doing_nothing_has_a_ratio_of_one(kept_out: StudioPairs) -> None:
    measured = paired_error(stub(), kept_out)
    assert measured.ratio == pytest.approx(1)
    assert measured.people == 1
    assert measured.by_expression[Expression.NEUTRAL] == 0


def test_errors_are_mean_absolute_differences(kept_out: StudioPairs) -> None:
    images = pixels(kept_out, 0)
    neutral = images[Expression.NEUTRAL.position]
    measured = paired_error(stub(0.05), kept_out)
    for expression in Expression:
        expected = np.abs(neutral + 0.05 - images[expression.position]).mean()
        assert measured.by_expression[expression] == pytest.approx(expected, rel=1e-5)
    assert measured.error == pytest.approx(np.abs(neutral + 0.05 - images).mean(), rel=1e-5)
    assert measured.doing_nothing == pytest.approx(np.abs(neutral - images).mean(), rel=1e-5)
    assert measured.ratio == pytest.approx(measured.error / measured.doing_nothing)


def test_blends_are_measured_where_there_are_any(
    kept_out: StudioPairs, studio_set: PreparedSet
) -> None:
    pairs = StudioPairs(studio_set, "test")
    assert targets_ratio(stub(), pairs, pairs.blends) == pytest.approx(1)
    assert targets_ratio(stub(0.05), pairs, pairs.blends) != pytest.approx(1)
    assert targets_ratio(stub(), kept_out, kept_out.blends) is None


def test_action_units_are_measured_where_labels_tell_of_them(studio_set: PreparedSet) -> None:
    told = StudioPairs(studio_set, "test", units=tuple(ACTION_UNITS))
    assert targets_ratio(stub(), told, told.with_units) == pytest.approx(1)


def test_measuring_leaves_the_weights_alone(kept_out: StudioPairs, state: TrainingState) -> None:
    average = state.moving_average
    before = {name: value.clone() for name, value in average.state_dict().items()}
    paired_error(average, kept_out)
    assert all(torch.equal(before[name], value) for name, value in average.state_dict().items())
