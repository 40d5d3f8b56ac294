"""Cells: how long they are trained, and that nothing is computed twice."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lgpgan.comparing import cells as cells_module
from lgpgan.comparing.cells import Comparison, fitted
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError, LgpganError, TrainingError
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.judges import Judges
from lgpgan.methods.weights import load_method
from lgpgan.reporting.results_model import read_cells
from lgpgan.training.interruption import Interrupted
from lgpgan.training.observer import Observer
from lgpgan.training.presets import find_preset
from lgpgan.training.run import train
from lgpgan.training.run_files import CHECKPOINT, STATISTICS, WEIGHTS
from quick_comparison import (
    BUDGET,
    IDENTITY,
    STARGAN,
    STUDIO,
    STUDIO_BASELINE,
    at,
    complete,
    judged_on,
)

pytestmark = pytest.mark.xdist_group("finished cell")  # which is computed once

STARGAN_CONFIG = find_preset("stargan", "narrow")


class Counted:
    """How often runs were trained, and editors judged."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.trained: list[str] = []
        self.judged: list[str] = []
        judge = Evaluator.judge

        def train_and_count(data: Path, run: Path, *arguments: Any, **options: Any) -> Path:
            self.trained.append(run.name)
            return train(data, run, *arguments, **options)

        def judge_and_count(evaluator: Evaluator, subject: Any, made: Any) -> dict[str, Any]:
            self.judged.append(subject.name)
            return judge(evaluator, subject, made)

        monkeypatch.setattr(cells_module, "train", train_and_count)
        monkeypatch.setattr(Evaluator, "judge", judge_and_count)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, quick: None) -> Counted:
    return Counted(monkeypatch)


@pytest.fixture
def evaluator(tiny_set: PreparedSet, quick: None) -> Evaluator:
    return Evaluator(tiny_set, Judges.load())


@pytest.fixture
def comparison(tiny_set: PreparedSet, tmp_path: Path, quick: None) -> Comparison:
    return at(tiny_set, tmp_path)


def test_a_budget_becomes_images(tiny_set: PreparedSet) -> None:
    """An image costs StarGAN, narrow, in GFLOP: 1.33201152 to make an output, 1.662615552 for the
    critic's terms, 1.686831104 for its penalty, and in every second step 7.143368192 for the
    generator: 8.253142272. In 1 TFLOP are 15 batches of 8, which are 120 images; a sixteenth would
    end at 1.0564 TFLOP.
    """
    config, arithmetic = fitted(STARGAN_CONFIG, tiny_set, 1e12)
    assert arithmetic.operations(config) == pytest.approx(8.253142272e9, rel=1e-9)
    assert config == replace(
        STARGAN_CONFIG, images=120, report_every=8, save_every=24, validate_every=120
    )


def test_a_long_run_reports_thirty_times_and_is_saved_five_times(tiny_set: PreparedSet) -> None:
    config, _ = fitted(STARGAN_CONFIG, tiny_set, 200e12)
    # 200 / (8 · 0.008253142272) = 3029.15 steps
    assert config.images == 3029 * 8
    assert (config.report_every, config.save_every) == (807, 4846)


def test_a_budget_of_less_than_a_step(tiny_set: PreparedSet) -> None:
    with pytest.raises(InputError, match=r"0\.01 TFLOP is not .* stargan, .* which takes 0\.066\."):
        fitted(STARGAN_CONFIG, tiny_set, 1e10)


@pytest.mark.parametrize(
    ("budget", "told"), [(-5e12, "-5 TFLOP is not enough"), (math.nan, "nan"), (math.inf, "inf")]
)
def test_budgets_that_are_none(tiny_set: PreparedSet, budget: float, told: str) -> None:
    """Regression: these ended in "this should not have happened"."""
    with pytest.raises(InputError, match=told):
        fitted(STARGAN_CONFIG, tiny_set, budget)


def test_a_finished_cell(comparison: Comparison, evaluator: Evaluator) -> None:
    told: list[tuple[str, int, int]] = []
    comparison.progress = lambda *where: told.append(where)
    cell = replace(STARGAN, seed=3)
    complete(comparison, evaluator, [cell, IDENTITY])
    (trained, idle) = read_cells(
        comparison.options.finished, ["stargan-narrow-3.json", "identity.json"]
    )
    assert (trained.row, trained.title, trained.seed) == ("stargan/narrow", "StarGAN", 3)
    assert trained.budget == BUDGET
    assert trained.training is not None
    assert trained.training.images == 24
    assert trained.training.operations is not None
    assert BUDGET * 3 / 4 < trained.training.operations <= BUDGET
    assert trained.training.config["seed"] == 3
    assert trained.evaluation.subject.name == "stargan-narrow-3"
    assert trained.evaluation.subject.images == 24
    assert (idle.budget, idle.training, idle.is_baseline) == (None, None, True)
    assert told == [("images, training stargan-narrow-3", images, 24) for images in (8, 16, 24)]
    assert load_method(comparison.options.runs / "stargan-narrow-3" / WEIGHTS).info.images == 24


def test_nothing_is_computed_twice(
    tiny_set: PreparedSet, begun: Path, evaluator: Evaluator, counted: Counted
) -> None:
    cells = [IDENTITY, STARGAN, replace(STARGAN, seed=1), STUDIO]
    complete(at(tiny_set, begun), evaluator, cells)
    names = ["stargan-narrow-1", "lgp-gan-studio-0"]
    assert (counted.trained, counted.judged) == (names, ["identity", *names])
    complete(at(tiny_set, begun), evaluator, cells)
    assert (counted.trained, counted.judged) == (names, ["identity", *names])


def test_a_run_that_is_whole_is_only_judged(
    tiny_set: PreparedSet, begun: Path, evaluator: Evaluator, counted: Counted
) -> None:
    comparison = at(tiny_set, begun)
    before = json.loads(comparison.path(STARGAN).read_text())
    comparison.path(STARGAN).unlink()
    complete(comparison, evaluator, [STARGAN])
    assert (counted.trained, counted.judged) == ([], ["stargan-narrow-0"])
    again = json.loads(comparison.path(STARGAN).read_text())
    assert again["evaluation"]["measures"] == before["evaluation"]["measures"]
    assert again["training"] == before["training"]


def test_a_run_that_was_stopped_goes_on(
    tiny_set: PreparedSet, finished: Path, tmp_path: Path, evaluator: Evaluator
) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done == 16:
            raise KeyboardInterrupt

    stopped = at(tiny_set, tmp_path, progress=stop)
    with pytest.raises(Interrupted):
        complete(stopped, evaluator, [STARGAN])
    assert not stopped.path(STARGAN).exists()
    assert load_method(stopped.run_folder(STARGAN) / WEIGHTS).info.images == 16
    with pytest.raises(InputError, match="does not hold the whole run of stargan-narrow-0"):
        stopped.editor(STARGAN)
    seen: list[int] = []
    complete(
        at(tiny_set, tmp_path, progress=lambda what, done, total: seen.append(done)),
        evaluator,
        [STARGAN],
    )
    assert seen == [24]
    first, second = (
        at(tiny_set, folder).run_folder(STARGAN) / WEIGHTS for folder in (finished, tmp_path)
    )
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"row": "identity"}'])
def test_a_damaged_cell_is_computed_again(
    comparison: Comparison, evaluator: Evaluator, content: str
) -> None:
    comparison.options.finished.mkdir()
    comparison.path(IDENTITY).write_text(content)
    complete(comparison, evaluator, [IDENTITY])
    assert read_cells(comparison.options.finished)[0].title == "doing nothing"


@pytest.mark.parametrize(
    ("key", "value"),
    [("row", "attgan/narrow"), ("seed", 1), ("made", {}), ("format", 0)],
)
def test_a_cell_of_something_else_is_not_finished(
    tiny_set: PreparedSet, begun: Path, evaluator: Evaluator, key: str, value: object
) -> None:
    comparison = at(tiny_set, begun)
    path, faces = comparison.path(STARGAN), judged_on(evaluator)
    assert comparison.pending([STARGAN], faces) == []
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert comparison.pending([STARGAN], faces) == [STARGAN]


def test_a_cell_of_other_faces_is_not_finished(
    comparison: Comparison, evaluator: Evaluator
) -> None:
    complete(comparison, evaluator, [IDENTITY])
    others = replace(judged_on(evaluator), faces="of others")
    assert comparison.pending([IDENTITY], others) == [IDENTITY]
    assert comparison.difference(IDENTITY, others) == "judged on other faces"


@pytest.mark.parametrize(
    ("keys", "value", "told"),
    [
        (["protocol"], 1, "judged by the rules of another version of lgpgan"),
        (["set", "facts"], "0", "of another set, or of the same before it was changed"),
        (["set"], None, "of another set, or of the same before it was changed"),
        (["split"], "validation", "judged on other faces"),
        (["edited"], 2, "judged on other faces"),
        (["method_version"], 0, "trained by the code of another version of its method"),
        (["config", "images"], 48, "trained with other options: images 48 and not 24"),
        (["config"], None, "not trained alike"),
    ],
)
def test_a_cell_that_was_made_otherwise_says_in_what(
    tiny_set: PreparedSet,
    begun: Path,
    evaluator: Evaluator,
    keys: list[str],
    value: object,
    told: str,
) -> None:
    """Regression: a cell was known by names and budget alone, so that cells of other options, code
    or renders stood beside new ones in one table."""
    comparison = at(tiny_set, begun)
    path = comparison.path(STARGAN)
    cell = json.loads(path.read_text())
    inner = cell["made"]
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    path.write_text(json.dumps(cell))
    assert comparison.difference(STARGAN, judged_on(evaluator)) == told


def test_a_cell_of_an_earlier_version_says_so(
    tiny_set: PreparedSet, begun: Path, evaluator: Evaluator
) -> None:
    comparison = at(tiny_set, begun)
    cell = json.loads(comparison.path(STARGAN).read_text())
    del cell["made"]
    comparison.path(STARGAN).write_text(json.dumps(cell))
    assert "earlier version" in (comparison.difference(STARGAN, judged_on(evaluator)) or "")


def test_a_budget_is_nothing_to_a_baseline(
    tiny_set: PreparedSet, tmp_path: Path, evaluator: Evaluator
) -> None:
    complete(at(tiny_set, tmp_path), evaluator, [IDENTITY])
    faces = judged_on(evaluator)
    assert at(tiny_set, tmp_path, budget=1.0).pending([IDENTITY], faces) == []


def test_a_run_of_another_length_is_refused_before_it_goes_on(
    tiny_set: PreparedSet, begun: Path, evaluator: Evaluator, counted: Counted
) -> None:
    longer = at(tiny_set, begun, budget=2 * BUDGET)
    faces = judged_on(evaluator)
    for refused in (longer.check, lambda cell: longer.complete(cell, evaluator, faces)):
        with pytest.raises(InputError, match="holds another run than stargan-narrow-0 with these"):
            refused(STARGAN)
    assert counted.trained == []
    with pytest.raises(InputError, match="does not hold the whole run"):
        longer.editor(STARGAN)


@pytest.mark.usefixtures("quick")
def test_how_often_a_run_reports_is_its_own_affair(
    tiny_set: PreparedSet, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells_module, "REPORTS", 1)
    monkeypatch.setattr(cells_module, "CHECKPOINTS", 1)
    comparison = at(tiny_set, begun)
    assert comparison.training(STARGAN)[0].save_every == 24
    comparison.check(STARGAN)


@pytest.mark.usefixtures("quick")
def test_a_run_with_another_seed_is_another(tiny_set: PreparedSet, begun: Path) -> None:
    comparison, other = at(tiny_set, begun), replace(STARGAN, seed=1)
    comparison.run_folder(STARGAN).rename(comparison.run_folder(other))
    with pytest.raises(InputError, match="holds another run than stargan-narrow-1"):
        comparison.check(other)


def test_weights_without_a_checkpoint_do_if_they_are_whole(
    tiny_set: PreparedSet, begun: Path, evaluator: Evaluator, counted: Counted
) -> None:
    comparison = at(tiny_set, begun)
    (comparison.run_folder(STARGAN) / CHECKPOINT).unlink()
    (comparison.run_folder(STARGAN) / STATISTICS).unlink()
    comparison.path(STARGAN).unlink()
    complete(comparison, evaluator, [STARGAN])
    (cell,) = read_cells(comparison.options.finished)
    assert cell.training is not None
    assert cell.training.seconds is None  # nothing is left that would say
    assert counted.trained == []
    with pytest.raises(InputError, match="holds another run"):
        at(tiny_set, begun, budget=2 * BUDGET).check(STARGAN)


@pytest.mark.usefixtures("quick")
def test_weights_of_another_seed_or_precision_are_another_run(
    tiny_set: PreparedSet, begun: Path
) -> None:
    """Regression: weights without a checkpoint were taken for those of any seed and precision."""
    comparison, other = at(tiny_set, begun), replace(STARGAN, seed=1)
    (comparison.run_folder(STARGAN) / CHECKPOINT).unlink()
    comparison.check(STARGAN)
    with pytest.raises(InputError, match="holds another run than stargan-narrow-0"):
        at(tiny_set, begun, changes={"precision": "bf16"}).check(STARGAN)
    comparison.run_folder(STARGAN).rename(comparison.run_folder(other))
    with pytest.raises(InputError, match="holds another run than stargan-narrow-1"):
        comparison.check(other)


def test_a_set_without_pairs(labelled_set: PreparedSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="learns from exact pairs"):
        at(labelled_set, tmp_path).check(STUDIO)


def test_a_damaged_3d_face(tiny_set: PreparedSet, tmp_path: Path) -> None:
    (tmp_path / "face.npz").write_bytes(b"no face")
    with pytest.raises(InputError, match=r"face\.npz"):
        at(tiny_set, tmp_path, face_model=tmp_path / "face.npz").check(STUDIO_BASELINE)


def test_the_3d_face_is_judged_like_any_row(
    tiny_set: PreparedSet, tmp_path: Path, small_head_file: Path
) -> None:
    comparison = at(tiny_set, tmp_path, face_model=small_head_file)
    comparison.check(STUDIO_BASELINE)
    subject, _ = comparison.editor(STUDIO_BASELINE)
    assert (subject.title, subject.method) == ("the 3-D face", "studio")


def test_what_seems_wrong_names_the_run(
    comparison: Comparison, evaluator: Evaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def grumble(data: Path, run: Path, config: Any, options: Any, observer: Observer) -> Path:
        observer.notice("oh.")
        raise TrainingError("the loss is not finite.")

    monkeypatch.setattr(cells_module, "train", grumble)
    comparison.notice = told.append
    with pytest.raises(TrainingError):
        complete(comparison, evaluator, [STARGAN])
    assert told == ["stargan-narrow-0: oh."]


def test_a_cell_that_cannot_be_written(comparison: Comparison, evaluator: Evaluator) -> None:
    comparison.options.finished.write_text("a file")
    with pytest.raises(LgpganError, match=r"identity\.json cannot be written"):
        comparison.complete(IDENTITY, evaluator, judged_on(evaluator))
