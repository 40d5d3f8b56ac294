"""A whole comparison: what would stop it is found before anything is trained."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from lgpgan.comparing import cells as cells_module
from lgpgan.comparing.compare import check_fid, compare_rows, plan_comparison
from lgpgan.comparing.rows import Row, find_rows
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError, MissingPartError, TrainingError
from lgpgan.evaluation.judges import Judges
from lgpgan.reporting.results import HowMade
from lgpgan.training import plan as plan_module
from lgpgan.training.config import TrainingConfig
from lgpgan.training.run_files import CHECKPOINT
from quick_comparison import BUDGET, STARGAN, at

pytestmark = [
    pytest.mark.usefixtures("quick"),
    pytest.mark.xdist_group("finished cell"),  # which is computed once
]


def rows(*names: str) -> list[Row]:
    return find_rows(names)


def test_what_is_left_to_do(
    tiny_set: PreparedSet, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "probed_rate", lambda *asked: BUDGET / 120)
    plan = plan_comparison(at(tiny_set, begun), rows("identity", "stargan/narrow"), seeds=2)
    assert [cell.name for cell in plan.cells] == [
        "identity",
        "stargan-narrow-0",
        "stargan-narrow-1",
    ]
    assert [cell.name for cell in plan.pending] == ["identity", "stargan-narrow-1"]
    assert list(plan.lines()) == [
        "1 of 3 cells are finished.",
        "  identity: to be judged",
        "  stargan-narrow-1: 24 images of 0.2 GFLOP",
        "training takes about 2 minutes on this device; runs that have begun take what is left of "
        "them.",
    ]


def test_every_row_takes_its_own_time(
    tiny_set: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: all rows had the rate of the first, and processes on a CPU were all the faster.

    They share its cores.
    """
    rates = {"stargan": BUDGET / 3600, "lgp-gan": BUDGET / 7200}
    asked: list[str] = []

    def rate(config: TrainingConfig, *others: object) -> float:
        asked.append(config.method)
        return rates[config.method]

    monkeypatch.setattr(plan_module, "probed_rate", rate)
    comparison = at(tiny_set, tmp_path, processes=2)
    plan = plan_comparison(comparison, rows("stargan/narrow", "lgp-gan/studio"), seeds=2)
    assert "training takes about 4.9 hours on this device" in list(plan.lines())[-1]
    assert asked == ["stargan", "lgp-gan"]


def test_a_plan_writes_nothing(tiny_set: PreparedSet, tmp_path: Path) -> None:
    plan_comparison(at(tiny_set, tmp_path / "out"), rows("identity", "stargan/narrow"))
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_the_set_does_not_suit_stops_the_plan(
    labelled_set: PreparedSet, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="the row 'lgp-gan/studio' learns from exact pairs"):
        plan_comparison(at(labelled_set, tmp_path), rows("stargan/narrow", "lgp-gan/studio"))


class TestWithoutThe3dFace:
    """The usual rows were refused as a whole, where other rows were left out with a note."""

    @pytest.fixture(autouse=True)
    def _no_face(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
        monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)

    def test_a_usual_row_is_left_out(self, tiny_set: PreparedSet, tmp_path: Path) -> None:
        told: list[str] = []
        comparison = at(tiny_set, tmp_path, notice=told.append)
        plan = plan_comparison(comparison, rows("identity", "studio"), skip_missing=True)
        names = [[cell.name for cell in cells] for cells in (plan.cells, plan.pending)]
        assert names == [["identity"], ["identity"]]
        assert len(told) == 1
        assert told[0].startswith("the row 'studio' is left out: ")
        assert "--face-model" in told[0]

    def test_a_row_that_was_named_is_refused(self, tiny_set: PreparedSet, tmp_path: Path) -> None:
        with pytest.raises(MissingPartError, match=r"'studio' cannot .* --face-model .* --methods"):
            plan_comparison(at(tiny_set, tmp_path), rows("identity", "studio"))


def test_a_run_in_the_way_stops_the_plan(tiny_set: PreparedSet, begun: Path) -> None:
    comparison = at(tiny_set, begun, budget=2 * BUDGET)
    with pytest.raises(InputError, match="stargan-narrow-0 holds another run"):
        plan_comparison(comparison, rows("identity", "stargan/narrow"), overwrite=True)


def test_finished_cells_of_another_budget_are_left_out(tiny_set: PreparedSet, begun: Path) -> None:
    """They were replaced without a word where their runs were elsewhere."""
    told: list[str] = []
    comparison = at(tiny_set, begun, budget=2 * BUDGET, notice=told.append)
    plan = plan_comparison(comparison, rows("identity", "stargan/narrow"))
    assert [cell.name for cell in plan.cells] == ["identity"]
    (sentence,) = told
    assert "stargan-narrow-0.json is left out: it is trained with other options: " in sentence
    assert "images 24 and not 48" in sentence
    assert "--overwrite" in sentence
    with pytest.raises(InputError, match="no row is left to compare"):
        plan_comparison(comparison, rows("stargan/narrow"))


class TestRunsThatWereFinishedElsewhere:
    @pytest.fixture
    def run(self, begun: Path) -> Path:
        return begun / "runs" / "stargan-narrow-0"

    def test_one_is_a_row(self, tiny_set: PreparedSet, run: Path, tmp_path: Path) -> None:
        comparison = at(tiny_set, tmp_path / "new")
        plan = plan_comparison(comparison, rows("identity"), runs=[run])
        assert list(plan.lines()) == [
            "0 of 2 cells are finished.",
            "  identity: to be judged",
            "  stargan-narrow-0: to be judged",
        ]
        outcome = compare_rows(plan, tmp_path / "new", HowMade())
        assert [row.title for row in outcome.table.rows[:2]] == ["StarGAN", "doing nothing"]
        assert not comparison.options.runs.exists()
        assert (tmp_path / "new" / "figures" / "figure4_stargan.png").exists()
        again = plan_comparison(comparison, rows("identity"), runs=[run])
        assert again.pending == []

    def test_one_that_is_not_at_its_end_is_refused(
        self, tiny_set: PreparedSet, run: Path, tmp_path: Path
    ) -> None:
        checkpoint = torch.load(run / CHECKPOINT)
        torch.save({**checkpoint, "images": 16}, run / CHECKPOINT)
        with pytest.raises(InputError, match=r"has seen 16 of its 24 images; .*--resume"):
            plan_comparison(at(tiny_set, tmp_path), rows("identity"), runs=[run])

    def test_one_on_another_set_is_refused(
        self, tiny_set: PreparedSet, run: Path, tmp_path: Path
    ) -> None:
        other = replace(tiny_set, description={**tiny_set.description, "content_hash": "0"})
        with pytest.raises(InputError, match="was trained on another set"):
            plan_comparison(at(other, tmp_path), rows("identity"), runs=[run])

    def test_two_of_one_row_and_seed_are_refused(
        self, tiny_set: PreparedSet, run: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(InputError, match="stargan-narrow-0 is asked for twice"):
            plan_comparison(at(tiny_set, tmp_path), rows("identity"), runs=[run, run])


def test_options_of_all_runs(tiny_set: PreparedSet, tmp_path: Path) -> None:
    comparison = at(tiny_set, tmp_path, changes={"precision": "fp32", "accumulate": 2})
    config, _ = comparison.training(STARGAN)
    assert (config.precision, config.accumulate) == ("fp32", 2)


def test_without_a_budget_runs_are_as_long_as_their_options_say(
    tiny_set: PreparedSet, tmp_path: Path
) -> None:
    config, _ = at(tiny_set, tmp_path, budget=None).training(STARGAN)
    assert config == STARGAN.row.config


def test_weights_of_fid_are_missed_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    with pytest.raises(MissingPartError, match=r"needs FID .* --without-fid"):
        check_fid()


def test_judges_without_fid() -> None:
    judges = Judges.load()
    assert judges.without("mobilenet").extractors == ()
    assert judges.without("inception").extractors == judges.extractors


@pytest.mark.parametrize(
    ("options", "seeds", "message"),
    [
        ({}, 0, "at least one seed"),
        ({"device": "abacus"}, 1, "no device 'abacus'"),
        ({"budget": 1.0}, 1, "is not enough for a step of stargan"),
    ],
)
def test_what_is_asked_for_must_be_possible(
    tiny_set: PreparedSet, tmp_path: Path, options: dict[str, Any], seeds: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        plan_comparison(at(tiny_set, tmp_path, **options), rows("stargan/narrow"), seeds=seeds)


def test_packages_are_missed_before_the_training(
    tiny_set: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "lgpgan.packages.find_spec",
        lambda name: None if name in ("jinja2", "plotly") else find(name),
    )
    with pytest.raises(MissingPartError, match=r"jinja2 and plotly, .*'lgpgan\[report\]'"):
        plan_comparison(at(tiny_set, tmp_path), rows("identity"))


def test_cells_finished_elsewhere_make_the_table(
    tiny_set: PreparedSet, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No run is here, and nobody is needed who judges."""

    def unexpected(**options: object) -> Judges:
        raise AssertionError

    monkeypatch.setattr(Judges, "load", unexpected)
    told: list[str] = []
    comparison = at(tiny_set, tmp_path, finished=finished / "cells", notice=told.append)
    plan = plan_comparison(comparison, rows("stargan/narrow"))
    outcome = compare_rows(plan, tmp_path / "out", HowMade())
    assert outcome.table.rows[0].title == "StarGAN"
    assert [file.name for file in outcome.files] == ["report.html", "results.md", "table.tex"]
    assert len(told) == 1
    assert "leave out StarGAN" in told[0]


def test_cells_are_begun_in_the_order_of_the_rows(
    tiny_set: PreparedSet, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins: list[str] = []
    plan = plan_comparison(at(tiny_set, begun), rows("stargan/narrow", "identity"))
    outcome = compare_rows(
        plan, begun / "out", HowMade(), begins=lambda cell: begins.append(cell.name)
    )
    assert begins == ["identity"]
    names = {file.name for file in outcome.files}
    assert {"figure4_stargan.png", "figure4_doing-nothing.pdf", "figure5_1_regions.png"} <= names


def test_cells_of_some_of_the_faces_are_others(tiny_set: PreparedSet, begun: Path) -> None:
    asked = rows("identity", "stargan/narrow")
    told: list[str] = []
    few = plan_comparison(at(tiny_set, begun, notice=told.append), asked, count=2)
    assert [cell.name for cell in few.pending] == ["identity"]
    assert "stargan-narrow-0.json is left out: it is judged on other faces" in told[0]
    few = plan_comparison(at(tiny_set, begun), asked, count=2, overwrite=True)
    outcome = compare_rows(few, begun / "out", HowMade())
    assert outcome.table.caption.startswith(f"{2 * len(tiny_set.classes)} outputs of 2 images")
    assert plan_comparison(at(tiny_set, begun), asked, count=2).pending == []
    all_of_them = len(few.trials.real)
    whole = plan_comparison(at(tiny_set, begun), asked, count=all_of_them, overwrite=True)
    assert whole.judged_on == plan_comparison(at(tiny_set, begun / "new"), asked).judged_on


def test_a_damaged_judge_is_refused_before_the_training(
    tiny_set: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = replace(Judges.load(), problems=("fer.tflite is damaged; fetch it again.",))
    monkeypatch.setattr(Judges, "load", lambda **options: damaged)
    comparison = at(tiny_set, tmp_path)
    plan = plan_comparison(comparison, rows("stargan/narrow"))
    with pytest.raises(InputError, match=r"fer\.tflite is damaged; fetch it again\."):
        compare_rows(plan, tmp_path, HowMade(), inception=tmp_path / "other.pth")
    assert not comparison.options.runs.exists()


def test_a_missing_judge_is_named_before_the_training(
    tiny_set: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judges = replace(Judges.load(), missing=("fer is not here; fetch it.",))
    monkeypatch.setattr(Judges, "load", lambda **options: judges)
    told: list[str] = []

    def train(*arguments: Any, **options: Any) -> Path:
        told.append("training")
        raise TrainingError("the loss is not finite.")

    monkeypatch.setattr(cells_module, "train", train)
    plan = plan_comparison(at(tiny_set, tmp_path, notice=told.append), rows("stargan/narrow"))
    with pytest.raises(TrainingError):
        compare_rows(plan, tmp_path, HowMade())
    assert told == ["fer is not here; fetch it.", "training"]


def test_a_folder_that_is_a_file(tiny_set: PreparedSet, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    plan = plan_comparison(at(tiny_set, tmp_path), rows("identity"))
    with pytest.raises(InputError, match="out cannot be written to"):
        compare_rows(plan, tmp_path / "out", HowMade())
