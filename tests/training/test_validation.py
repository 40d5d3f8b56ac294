from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.expressions.action_units import ACTION_UNITS
from lgpgan.expressions.expression import Expression
from lgpgan.methods.lgpgan import FlowLgpGan
from lgpgan.studio.pairs import StudioPairs
from lgpgan.training.state import TrainingState
from lgpgan.training.validation import (
    PairedLook,
    first_takes,
    goals_ratio,
    paired_error,
    synthesise_all,
)
from marked import unmarked_pictures


class Stub(nn.Module):
    """In the generator's place: the input, brighter by ``offset``."""

    def __init__(self, offset: float = 0.0) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.tensor(offset))

    def forward(
        self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
    ) -> SimpleNamespace:
        assert len(image) == len(label) == len(mouth_top)
        assert len(image) == 8 or eye_label is not None
        return SimpleNamespace(output=image + self.offset)


def stub(offset: float = 0.0) -> FlowLgpGan:
    return cast(FlowLgpGan, Stub(offset))


def pixels(kept_out: StudioPairs, photo: int) -> NDArray[np.float64]:
    """(8, 128, 128, 3), −1 to 1."""
    start = kept_out.starts[photo]
    return np.asarray(kept_out.images[start : start + 8] / 127.5 - 1, np.float64)


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
    assert goals_ratio(stub(), pairs, pairs.blends) == pytest.approx(1)
    assert goals_ratio(stub(0.05), pairs, pairs.blends) != pytest.approx(1)
    assert PairedLook(pairs).measure(stub())["blends"] == pytest.approx(1)
    assert goals_ratio(stub(), kept_out, kept_out.blends) is None
    assert "blends" not in PairedLook(kept_out).measure(stub())


def test_action_units_are_measured_where_labels_tell_of_them(studio_set: PreparedSet) -> None:
    told = StudioPairs(studio_set, "test", units=tuple(ACTION_UNITS))
    assert goals_ratio(stub(), told, told.with_units) == pytest.approx(1)
    assert PairedLook(told).measure(stub())["units"] == pytest.approx(1)
    assert "units" not in PairedLook(StudioPairs(studio_set, "test")).measure(stub())


def test_a_look_leaves_the_weights_alone(kept_out: StudioPairs, state: TrainingState) -> None:
    before = {name: value.clone() for name, value in state.average.state_dict().items()}
    paired_error(state.average, kept_out)
    assert all(torch.equal(before[n], value) for n, value in state.average.state_dict().items())


def test_a_sheet_shows_source_outputs_and_exact_renders(
    kept_out: StudioPairs, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.png"
    PairedLook(kept_out).save_sheet(path, stub(3.0))
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.size == (9 * 128, 2 * 128)
        sheet = np.asarray(image)
    assert unmarked_pictures(tmp_path) == []
    renders = kept_out.images[:8]
    neutral = renders[Expression.NEUTRAL.position]
    for row in (0, 1):
        np.testing.assert_array_equal(sheet[row * 128 : (row + 1) * 128, :128], neutral)
    assert (sheet[:128, 128:] == 255).all()  # values beyond white are cut, not wrapped
    np.testing.assert_array_equal(sheet[128:, 128:], np.concatenate(list(renders), axis=1))


def test_a_sheet_has_so_many_people_at_most(
    kept_out: StudioPairs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lgpgan.training.validation.first_takes", lambda _: [0, 1, 0, 1, 1])
    monkeypatch.setattr("lgpgan.training.validation.SHEET_ROWS", 2)
    PairedLook(kept_out).save_sheet(tmp_path / "sheet.png", stub())
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size == (9 * 128, 2 * 2 * 128)
