from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import tiny_run
import torch
from runs import assert_same_run, checkpoint, statistics
from tiny_run import CONFIG, KILLED_AT, SHAPE, write_tiny_set
from torch import Tensor, nn

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError, LgpganError, TrainingError
from lgpgan.expressions.expression import Expression
from lgpgan.files import locked
from lgpgan.methods.lgpgan import Synthesis
from lgpgan.methods.lgpgan.studio_objective import StudioObjective
from lgpgan.methods.objective import Terms
from lgpgan.methods.weights import load_method
from lgpgan.training import loop
from lgpgan.training import run as run_module
from lgpgan.training.interruption import Interrupted
from lgpgan.training.loop import Trainer
from lgpgan.training.machines import (
    BF16_INSTRUCTIONS,
    full_precision,
    reproducible,
    use_bf16,
)
from lgpgan.training.observer import Observer, TrainingProgress, TrainingReport
from lgpgan.training.options import StudioConfig
from lgpgan.training.presets import find_preset
from lgpgan.training.run import CHOSEN_ON_TEST, RunOptions, train
from lgpgan.training.run_files import CHECKPOINT, STATISTICS, WEIGHTS
from lgpgan.training.state import TrainingState
from lgpgan.training.validation import PairedValidation

pytestmark = pytest.mark.xdist_group("loop")  # of which one run is compared with many
CPU = torch.device("cpu")
LOOKS_AT_ONCE = replace(CONFIG, images=8, validate_every=4)
"""Two steps, with a look at the people kept out, and a checkpoint, after each."""
Report = Callable[[TrainingProgress], None]


def run(
    data: Path,
    folder: Path,
    progress: Report = lambda _: None,
    *,
    config: StudioConfig = CONFIG,
    resume: bool = False,
) -> Path:
    options = RunOptions(shape=SHAPE, resume=resume)
    return train(data, folder, config, options, Observer(progress=progress))


def stop_at(images: int) -> Report:
    """A progress callback in which somebody presses Ctrl-C."""

    def report(progress: TrainingProgress) -> None:
        if progress.images == images:
            raise KeyboardInterrupt

    return report


@pytest.fixture(scope="session")
def finished(tiny_set: PreparedSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nobody interrupted. Do not change it."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    assert run(tiny_set.folder, folder) == folder / WEIGHTS
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


class TestRun:
    def test_it_leaves_checkpoint_statistics_sheets_and_weights(self, finished: Path) -> None:
        files = sorted(str(path.relative_to(finished)) for path in finished.rglob("*.*"))
        sheets = ["sheets/00000020.png", "sheets/00000040.png"]
        assert files == sorted([CHECKPOINT, STATISTICS, WEIGHTS, *sheets])

    def test_the_weights_are_the_averages(self, finished: Path, tiny_set: PreparedSet) -> None:
        method, saved = load_method(finished / WEIGHTS), checkpoint(finished)
        assert method.info.images == saved["images"] == 40
        assert method.info.data_hash == saved["data_hash"] == tiny_set.content_hash
        assert method.info.citations == ("Nobody: Smooth noise",)
        for name, value in method.generator.state_dict().items():
            torch.testing.assert_close(value, saved["average"][name], rtol=2**-10, atol=1e-7)

    def test_everything_was_trained(self, finished: Path, state: TrainingState) -> None:
        saved = checkpoint(finished)
        for part in ("generators", "discriminators"):
            begun = getattr(state, part).state_dict()
            assert all(not torch.equal(saved[part][name], begun[name]) for name in begun)
        average, generators = saved["average"], saved["generators"]
        assert any(not torch.equal(average[name], generators[name]) for name in average)

    def test_statistics_come_when_they_are_due(self, finished: Path) -> None:
        lines = statistics(finished)
        reports = [line for line in lines if "G/flow" in line]
        validations = [line for line in lines if "kept_out/ratio" in line]
        assert [line["images"] for line in reports] == [12, 24, 36, 40]
        assert [line["images"] for line in validations] == [20, 40]
        assert [line["images"] for line in lines] == [12, 20, 24, 36, 40, 40]
        for validation in validations:
            assert set(validation) == {
                "images",
                "kept_out/ratio",
                *(f"kept_out/{expression}" for expression in Expression),
            }

    def test_statistics_name_every_term(
        self, finished: Path, state: TrainingState, tiny_batch: PairBatch
    ) -> None:
        objective = StudioObjective(state.generators, state.discriminators, CONFIG.weights)
        fake = objective.synthesise(tiny_batch)
        names = {
            *objective.discriminator_terms(tiny_batch, fake),
            *objective.gradient_penalty(tiny_batch, fake, 1),
            *objective.generator_terms(tiny_batch, fake),
            *(f"diagnostics/{name}" for name in objective.diagnostics(tiny_batch, fake)),
        }
        assert set(statistics(finished)[0]) == {"images", *names}

    def test_statistics_are_means_since_the_last_line(
        self, data: Path, folder: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        values: list[float] = []
        step = Trainer.step

        def record(self: Trainer, batch: PairBatch) -> dict[str, Tensor]:
            terms = step(self, batch)
            values.append(terms["G/whole_paired"].item())
            return terms

        monkeypatch.setattr(Trainer, "step", record)
        run(data, folder)
        lines = [line["G/whole_paired"] for line in statistics(folder) if "G/flow" in line]
        windows = (values[0:3], values[3:6], values[6:9], values[9:])
        assert lines == [pytest.approx(sum(window) / len(window)) for window in windows]
        assert_same_run(folder, finished)  # two runs of one seed are the same

    def test_progress_is_told_after_every_step(self, data: Path, folder: Path) -> None:
        seen: list[TrainingProgress] = []
        run(data, folder, seen.append, config=replace(CONFIG, images=24))
        assert [progress.images for progress in seen] == list(range(4, 25, 4))
        assert {progress.total for progress in seen} == {24}
        assert all(progress.images_per_second > 0 for progress in seen)
        assert [p.error_ratio is None for p in seen] == [p.images < 20 for p in seen]
        assert seen[-1].seconds_left == 0
        left = (24 - 20) / seen[4].images_per_second
        assert seen[4].seconds_left == pytest.approx(left)

    def test_reports_are_told_as_they_are_written(self, data: Path, folder: Path) -> None:
        told: list[TrainingReport] = []
        config = replace(CONFIG, images=20, validate_every=100)
        train(data, folder, config, RunOptions(shape=SHAPE), Observer(report=told.append))
        written = [line for line in statistics(folder) if "G/flow" in line]
        assert [report.progress.images for report in told] == [12, 20]
        for report, line in zip(told, written, strict=True):
            assert {"images": report.progress.images, **report.values} == line
            losses = [v for name, v in line.items() if name.startswith("G/")]
            assert report.generator_loss == pytest.approx(sum(losses))

    def test_a_short_run_is_not_warned_of(self, data: Path, folder: Path) -> None:
        """After 8 images a run was told that it did not learn its labels."""
        said: list[str] = []
        config = replace(LOOKS_AT_ONCE, report_every=4)
        train(data, folder, config, RunOptions(shape=SHAPE), Observer(notice=said.append))
        assert said == [CHOSEN_ON_TEST]

    def test_another_seed_is_another_run(self, data: Path, folder: Path, finished: Path) -> None:
        run(data, folder, config=replace(CONFIG, seed=1, images=8))
        other, one = checkpoint(folder)["generators"], checkpoint(finished)["generators"]
        assert not any(torch.equal(other[n], one[n]) for n in one if n.endswith("0.0.weight"))

    def test_a_set_without_people_kept_out(
        self, tiny_set: PreparedSet, state: TrainingState, folder: Path
    ) -> None:
        train_only = replace(tiny_set, records=tiny_set.split("train"))
        state.config = replace(CONFIG, images=20)
        Trainer(state, train_only, folder).run()
        assert {line["images"] for line in statistics(folder)} == {12, 20}
        assert list((folder / "sheets").iterdir()) == []

    def test_batches_larger_than_a_cadence(self, data: Path, folder: Path) -> None:
        config = replace(CONFIG, images=16, batch=8, report_every=4, validate_every=100)
        run(data, folder, config=config)
        reports = [line["images"] for line in statistics(folder) if "G/flow" in line]
        assert reports == [8, 16]


class TestStep:
    @pytest.fixture
    def trainer(self, state: TrainingState, tiny_set: PreparedSet, folder: Path) -> Trainer:
        return Trainer(state, tiny_set, folder)

    def test_each_side_is_updated_by_its_own_terms_alone(
        self, trainer: Trainer, tiny_batch: PairBatch
    ) -> None:
        state = trainer.state
        order: list[str] = []

        def frozen_copy(module: nn.Module) -> list[Tensor]:
            return [parameter.detach().clone() for parameter in module.parameters()]

        def same(module: nn.Module, copy: list[Tensor]) -> bool:
            return all(torch.equal(a, b) for a, b in zip(module.parameters(), copy, strict=True))

        generators = frozen_copy(state.generators)
        discriminators: list[Tensor] = []
        slopes: list[Tensor] = []

        def after_discriminators(*_: object) -> None:
            order.append("D")
            assert same(state.generators, generators)
            assert all(parameter.grad is None for parameter in state.generators.parameters())
            discriminators.extend(frozen_copy(state.discriminators))
            slopes.extend(
                p.grad.clone() for p in state.discriminators.parameters() if p.grad is not None
            )

        def after_generators(*_: object) -> None:
            order.append("G")
            assert same(state.discriminators, discriminators)
            grads = [parameter.grad for parameter in state.discriminators.parameters()]
            assert all(
                grad is not None and torch.equal(grad, slope)
                for grad, slope in zip(grads, slopes, strict=True)
            )

        state.discriminator_optimiser.register_step_post_hook(after_discriminators)
        state.generator_optimiser.register_step_post_hook(after_generators)
        trainer.step(tiny_batch)
        assert order == ["D", "G"]
        assert not same(state.generators, generators)
        assert all(parameter.requires_grad for parameter in state.discriminators.parameters())

    def test_the_generators_step_sees_the_new_discriminators(
        self, trainer: Trainer, tiny_batch: PairBatch
    ) -> None:
        state = trainer.state
        fake = trainer.objective.synthesise(tiny_batch)
        terms = trainer.step(tiny_batch)
        again = trainer.objective.generator_terms(tiny_batch, fake)["G/whole_adversarial"]
        torch.testing.assert_close(terms["G/whole_adversarial"], again)
        assert state.images == 4

    def test_the_penalty_is_lazy(self, trainer: Trainer, tiny_batch: PairBatch) -> None:
        penalised = ["D/whole_r1" in trainer.step(tiny_batch) for _ in range(7)]
        assert penalised == [True, False, False, True, False, False, True]

    def test_the_parts_of_a_batch_make_the_step_of_the_whole(
        self, tiny_set: PreparedSet, folder: Path
    ) -> None:
        made = []
        for parts in (1, 2, 4):
            config = replace(CONFIG, precision="fp64", accumulate=parts)
            state = TrainingState(config, SHAPE, tiny_set.content_hash, torch.device("cpu"))
            trainer = Trainer(state, tiny_set, folder)
            batch = trainer.batch()
            assert [len(part.source) for part in batch] == [4 // parts] * parts
            terms = trainer.step(*batch)
            made.append({**terms, **state.generators.state_dict()})
        for other in made[1:]:
            for name, value in made[0].items():
                torch.testing.assert_close(other[name], value, rtol=1e-9, atol=1e-9, msg=name)

    def test_the_generators_wait_for_their_turn(self, tiny_set: PreparedSet, folder: Path) -> None:
        config = replace(CONFIG, discriminator_updates=3)
        state = TrainingState(config, SHAPE, tiny_set.content_hash, torch.device("cpu"))
        trainer = Trainer(state, tiny_set, folder)
        moved = []
        for _ in range(6):
            before = [parameter.clone() for parameter in state.generators.parameters()]
            terms = trainer.step(*trainer.batch())
            after = state.generators.parameters()
            moved.append(any(not torch.equal(a, b) for a, b in zip(before, after, strict=True)))
            assert ("G/flow" in terms) is moved[-1]
        assert moved == [False, False, True] * 2

    def test_rates_and_average_follow(self, trainer: Trainer, tiny_batch: PairBatch) -> None:
        state = trainer.state
        before = [parameter.clone() for parameter in state.moving_average.parameters()]
        trainer.step(tiny_batch)
        rate = CONFIG.generator_rate * CONFIG.rate(0)
        assert state.generator_optimiser.param_groups[0]["lr"] == pytest.approx(rate)
        decay = CONFIG.moving_average_decay(4)
        for old, average, current in zip(
            before, state.moving_average.parameters(), state.generators.parameters(), strict=True
        ):
            torch.testing.assert_close(average, decay * old + (1 - decay) * current)

    def test_bfloat16_can_be_asked_for(
        self, state: TrainingState, tiny_set: PreparedSet, folder: Path, tiny_batch: PairBatch
    ) -> None:
        exact = Trainer(state, tiny_set, folder)
        with torch.no_grad():
            reference = exact.objective.generator_terms(
                tiny_batch, exact.objective.synthesise(tiny_batch)
            )
        state.config = replace(CONFIG, precision="bf16")
        terms = Trainer(state, tiny_set, folder).step(tiny_batch)
        assert all(bool(term.isfinite()) for term in terms.values())
        assert terms["G/whole_paired"] != reference["G/whole_paired"]
        torch.testing.assert_close(
            terms["G/whole_paired"], reference["G/whole_paired"], rtol=0.02, atol=0.02
        )
        assert all(p.dtype == torch.float32 for p in state.generators.parameters())


class TestResume:
    def test_an_interrupted_run_ends_as_an_uninterrupted_one(
        self, data: Path, folder: Path, finished: Path
    ) -> None:
        """Means of statistics used to begin anew where the run was taken up.

        Stopped in the middle of a window of statistics, at a checkpoint, at a validation, at a
        report, at the end.
        """
        for images in (8, 16, 20, 36, 40):
            with pytest.raises(Interrupted):
                run(data, folder, stop_at(images), resume=images > 8)
            assert checkpoint(folder)["images"] == images
        seen: list[TrainingProgress] = []
        run(data, folder, seen.append, resume=True)
        assert seen == []
        assert_same_run(folder, finished)

    def test_a_finished_run_has_nothing_left_to_do(
        self, data: Path, folder: Path, finished: Path
    ) -> None:
        shutil.copytree(finished, folder)
        seen: list[TrainingProgress] = []
        assert run(data, folder, seen.append, resume=True) == folder / WEIGHTS
        assert seen == []
        assert_same_run(folder, finished)

    def test_a_killed_run_ends_as_an_uninterrupted_one(
        self, data: Path, folder: Path, finished: Path
    ) -> None:
        """Statistics beyond the last checkpoint used to be there twice."""
        command = [sys.executable, tiny_run.__file__, str(data), str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if int(line) == KILLED_AT:
                    break
            process.kill()
            assert process.wait() == -signal.SIGKILL
        assert checkpoint(folder)["images"] == 20  # of the validation
        assert [line["images"] for line in statistics(folder)] == [12, 20, 24]
        with (folder / STATISTICS).open("a") as file:
            file.write('{"images": 28, "sec')
        run(data, folder, resume=True)
        assert_same_run(folder, finished)

    def test_it_keeps_the_options_that_it_was_begun_with(
        self, data: Path, folder: Path, finished: Path
    ) -> None:
        with pytest.raises(Interrupted):
            run(data, folder, stop_at(8))
        said: list[str] = []
        other = replace(CONFIG, seed=5)
        train(data, folder, other, RunOptions(resume=True), Observer(notice=said.append))
        assert said[0] == "a resumed run keeps its own options; ignored: seed."
        assert_same_run(folder, finished)

    def test_the_same_options_or_none_are_not_worth_a_word(self, data: Path, folder: Path) -> None:
        """Options that were repeated were called ignored."""
        short = replace(CONFIG, images=12)
        with pytest.raises(Interrupted):
            run(data, folder, stop_at(8), config=short)
        said: list[str] = []
        for config in (short, StudioConfig()):
            train(data, folder, config, RunOptions(resume=True), Observer(notice=said.append))
        assert not any("ignored" in sentence for sentence in said)

    def test_the_last_validation_is_not_told_again_before_the_next(
        self, data: Path, folder: Path
    ) -> None:
        config = replace(CONFIG, images=24, validate_every=12)
        with pytest.raises(Interrupted):
            run(data, folder, stop_at(16), config=config)
        seen: list[TrainingProgress] = []
        run(data, folder, seen.append, resume=True)
        assert [p.error_ratio is None for p in seen] == [True, False]


class TestInterruption:
    @pytest.fixture(autouse=True)
    def _as_in_a_terminal(self) -> Iterator[None]:
        """Where the tests run in the background, the signal is ignored."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @staticmethod
    def press(monkeypatch: pytest.MonkeyPatch, *, at: int, times: int) -> None:
        """Ctrl-C between the discriminators' update and the generators', as from a terminal."""
        generator_terms = StudioObjective.generator_terms
        calls = 0

        def interrupted(self: StudioObjective, batch: PairBatch, fake: Synthesis) -> Terms:
            nonlocal calls
            calls += 1
            if calls * CONFIG.batch == at:
                for _ in range(times):
                    signal.raise_signal(signal.SIGINT)
            return generator_terms(self, batch, fake)

        monkeypatch.setattr(StudioObjective, "generator_terms", interrupted)

    def test_a_step_is_finished_before_the_state_is_saved(
        self, data: Path, folder: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The discriminators' update alone used to be saved, and made again on resuming."""
        with monkeypatch.context() as patch:
            self.press(patch, at=24, times=1)
            with pytest.raises(KeyboardInterrupt) as stopped:
                run(data, folder)
        assert isinstance(stopped.value, Interrupted)
        assert checkpoint(folder)["images"] == 24
        run(data, folder, resume=True)
        assert_same_run(folder, finished)

    def test_pressed_twice_it_stops_at_once_and_saves_nothing(
        self, data: Path, folder: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            self.press(patch, at=24, times=2)
            with pytest.raises(KeyboardInterrupt) as stopped:
                run(data, folder)
        assert not isinstance(stopped.value, Interrupted)
        assert checkpoint(folder)["images"] == 20  # of the validation
        run(data, folder, resume=True)
        assert_same_run(folder, finished)

    def test_sigterm_saves_like_ctrl_c(self, data: Path, folder: Path) -> None:
        """SLURM and Docker send it; the training ended at once, with nothing saved."""

        def terminate(progress: TrainingProgress) -> None:
            if progress.images == 12:
                signal.raise_signal(signal.SIGTERM)

        with pytest.raises(Interrupted) as stopped:
            run(data, folder, terminate)
        assert stopped.value.signal_number == signal.SIGTERM
        assert checkpoint(folder)["images"] == load_method(folder / WEIGHTS).info.images == 12

    def test_python_handles_the_signal_again_afterwards(self, data: Path, folder: Path) -> None:
        with pytest.raises(Interrupted):
            run(data, folder, stop_at(4))
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_training_in_another_thread(self, data: Path, folder: Path) -> None:
        made: list[Path] = []
        config = replace(CONFIG, images=4)
        thread = threading.Thread(target=lambda: made.append(run(data, folder, config=config)))
        thread.start()
        thread.join()
        assert made == [folder / WEIGHTS]


class TestClock:
    """A checkpoint came after so many images alone, which may be hours on a slow machine."""

    @staticmethod
    def saved(
        monkeypatch: pytest.MonkeyPatch, data: Path, folder: Path, minutes: float
    ) -> list[int]:
        """Images of every checkpoint, where a step takes a minute by the clock."""
        images: list[int] = []
        save = TrainingState.save

        def remember(state: TrainingState, path: Path) -> None:
            images.append(state.images)
            save(state, path)

        clock = iter(range(0, 10**6, 60))
        monkeypatch.setattr(TrainingState, "save", remember)
        # Not in the module of time itself: other threads, of a server, sleep by that clock.
        own = SimpleNamespace(monotonic=lambda: next(clock), perf_counter=time.perf_counter)
        monkeypatch.setattr(loop, "time", own)
        config = replace(CONFIG, images=20, save_every=100, validate_every=100)
        run(data, folder, config=replace(config, save_minutes=minutes))
        return images

    def test_checkpoints_come_by_the_clock_too(
        self, data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        images = self.saved(monkeypatch, data, folder, minutes=2)
        assert images[:2] == [8, 16]
        assert images[-1] == 20

    def test_none_comes_where_the_clock_is_not_wanted(
        self, data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.saved(monkeypatch, data, folder, minutes=0) == [20, 20]


class TestExtending:
    """A finished run could not be made longer: the new --images was ignored."""

    @staticmethod
    def extend(data: Path, folder: Path, images: int, said: list[str]) -> Path:
        config = replace(CONFIG, images=images)
        options = RunOptions(resume=True, extend_to=images)
        return train(data, folder, config, options, Observer(notice=said.append))

    @pytest.fixture
    def short(self, data: Path, folder: Path) -> Path:
        run(data, folder, config=replace(CONFIG, images=8))
        return folder

    def test_a_finished_run_goes_on_with_the_schedule_of_the_new_length(
        self, data: Path, short: Path
    ) -> None:
        said: list[str] = []
        self.extend(data, short, 20, said)
        saved = checkpoint(short)
        assert (saved["images"], saved["config"]["images"]) == (20, 20)
        assert saved["generator_optimiser"]["param_groups"][0]["lr"] == pytest.approx(
            CONFIG.generator_rate * replace(CONFIG, images=20).rate(16)
        )
        assert said[0].startswith("the run is extended from 8 to 20 images. The learning rates")
        assert "after 8 images they are 100% of their full values, and not 0%." in said[0]

    def test_a_run_is_not_made_shorter(self, data: Path, short: Path) -> None:
        before = checkpoint(short)["images"]
        with pytest.raises(
            InputError, match=r"run of 8 images, and --images 4 is fewer; name more"
        ):
            self.extend(data, short, 4, [])
        assert checkpoint(short)["images"] == before

    def test_the_same_length_is_not_worth_a_word(self, data: Path, short: Path) -> None:
        said: list[str] = []
        self.extend(data, short, 8, said)
        assert said == [CHOSEN_ON_TEST]


class TestDivergence:
    @staticmethod
    def spoil(
        monkeypatch: pytest.MonkeyPatch, method: str, term: str, value: float, *, after: int
    ) -> None:
        """Make a term no number once so many images were seen."""
        terms_of = getattr(StudioObjective, method)
        calls = 0

        def spoiled(self: StudioObjective, *arguments: Any) -> dict[str, Tensor]:
            nonlocal calls
            calls += 1
            terms = dict(terms_of(self, *arguments))
            if (calls - 1) * CONFIG.batch == after:
                terms[term] = terms[term] * value
            return terms

        monkeypatch.setattr(StudioObjective, method, spoiled)

    @pytest.mark.parametrize(
        ("method", "term", "value"),
        [
            ("generator_terms", "G/whole_paired", float("nan")),
            ("generator_terms", "G/local_flow", float("inf")),
            ("discriminator_terms", "D/eyes_fake", float("nan")),
        ],
    )
    def test_a_term_that_is_no_number_is_named_and_nothing_saved(
        self,
        data: Path,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        method: str,
        term: str,
        value: float,
    ) -> None:
        with monkeypatch.context() as patch:
            self.spoil(patch, method, term, value, after=4)
            with pytest.raises(TrainingError, match=f"after 4 images .*: {term}\\.") as error:
                run(data, folder, config=LOOKS_AT_ONCE)
        assert error.value.exit_code == 1
        # Both of the validation.
        assert checkpoint(folder)["images"] == load_method(folder / WEIGHTS).info.images == 4

    def test_weights_that_are_no_numbers_are_not_saved(self, data: Path, folder: Path) -> None:
        """A finite loss may have slopes that are not: then the loss says so only a step later."""

        def spoil(trainer: Trainer) -> None:
            weight = next(trainer.state.discriminators.parameters())
            with torch.no_grad():
                weight.view(-1)[0] = float("nan")

        trainers: list[Trainer] = []
        original = run_module.Trainer

        def remember(*arguments: Any) -> Trainer:
            trainers.append(original(*arguments))
            return trainers[-1]

        def report(progress: TrainingProgress) -> None:
            if progress.images == 4:
                spoil(trainers[0])
                raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(run_module, "Trainer", remember)
            # The second only so that a failure of this test does not stop all others.
            refusal = (TrainingError, KeyboardInterrupt)
            with pytest.raises(refusal, match="after 4 images some weights"):
                run(data, folder, report, config=LOOKS_AT_ONCE)
        assert checkpoint(folder)["images"] == 4  # of the validation


class TestMemory:
    @pytest.mark.parametrize(
        "error",
        [
            torch.OutOfMemoryError("CUDA out of memory"),
            RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
            MemoryError(),
        ],
    )
    def test_what_would_fit_is_said(
        self, data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(StudioObjective, "generator_terms", fail)
        with pytest.raises(LgpganError, match=r"4 images at a time.*2 at a time.*--accumulate 2"):
            run(data, folder)

    @pytest.mark.parametrize(
        ("batch", "accumulate", "said"),
        [
            # GANimation's: half of it was advised, which is refused as 25 has no half.
            (25, 1, r"with 25 images .* 5 at a time may fit: .*--accumulate 5\."),
            (12, 2, r"with 6 images .* 3 at a time may fit: .*--accumulate 4\."),
            (7, 1, r"with 7 images .* 1 at a time may fit: .*--accumulate 7\."),
            (4, 4, r"with 1 images .* Take a device with more memory"),  # 1 was advised again
        ],
    )
    def test_what_is_advised_can_be_done(
        self,
        tiny_set: PreparedSet,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        batch: int,
        accumulate: int,
        said: str,
    ) -> None:
        def fail(*_: object) -> None:
            raise MemoryError

        monkeypatch.setattr(Trainer, "step", fail)
        config = replace(CONFIG, batch=batch, accumulate=accumulate)
        with pytest.raises(LgpganError, match=said):
            run(tiny_set.folder, folder, config=config)

    def test_other_errors_stay_what_they_are(
        self, data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("something else")

        monkeypatch.setattr(StudioObjective, "generator_terms", fail)
        with pytest.raises(RuntimeError, match="something else"):
            run(data, folder)


class TestBest:
    """Runs that get worse on people kept out: the weights before that are kept."""

    SHORT = replace(CONFIG, images=8, validate_every=4, save_every=100)
    """Validations after 4 and 8 images."""

    @staticmethod
    def validations(monkeypatch: pytest.MonkeyPatch, *ratios: float) -> None:
        """What the validations are to measure, one after the other."""
        coming = iter(ratios)
        measure = PairedValidation.measure

        def measured(validation: PairedValidation, generator: Any) -> dict[str, float]:
            return {**measure(validation, generator), "ratio": next(coming)}

        monkeypatch.setattr(PairedValidation, "measure", measured)

    @pytest.mark.parametrize(
        ("ratios", "kept"), [((0.6, 0.5), 8), ((0.5, 0.6), 4), ((0.5, float("nan")), 4)]
    )
    def test_the_weights_of_the_best_validation_are_kept(
        self,
        data: Path,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        ratios: tuple[float, ...],
        kept: int,
    ) -> None:
        """They were the last ones, worse than earlier ones on people kept out."""
        self.validations(monkeypatch, *ratios)
        run(data, folder, config=self.SHORT)
        assert load_method(folder / WEIGHTS).info.images == kept
        assert checkpoint(folder)["images"] == 8
        assert checkpoint(folder)["best_ratio"] == min(ratios[0], ratios[1])

    def test_a_spoilt_run_is_not_the_best(
        self, data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A look saved discriminators that were no numbers, over a checkpoint that was whole."""
        trainers: list[Trainer] = []
        original = run_module.Trainer

        def remember(*arguments: Any) -> Trainer:
            trainers.append(original(*arguments))
            return trainers[-1]

        measure = PairedValidation.measure

        def spoiling(validation: PairedValidation, generator: Any) -> dict[str, float]:
            with torch.no_grad():
                next(trainers[0].state.discriminators.parameters()).view(-1)[0] = float("nan")
            return measure(validation, generator)

        monkeypatch.setattr(run_module, "Trainer", remember)
        monkeypatch.setattr(PairedValidation, "measure", spoiling)
        with pytest.raises(TrainingError):
            run(data, folder, config=replace(CONFIG, images=8, save_every=4, validate_every=8))
        assert checkpoint(folder)["images"] == load_method(folder / WEIGHTS).info.images == 4

    def test_a_resumed_run_remembers(
        self, data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.validations(monkeypatch, 0.5, 0.6, 0.55)
        run(data, folder, config=self.SHORT)
        train(data, folder, self.SHORT, RunOptions(resume=True, extend_to=12))
        assert load_method(folder / WEIGHTS).info.images == 4


class TestRefusals:
    def test_a_run_is_not_mixed_with_its_set(self, data: Path) -> None:
        """Regression: the run's files were written among those of the set."""
        before = sorted(data.rglob("*"))
        with pytest.raises(InputError, match="is the set itself; name another folder"):
            run(data, data)
        assert sorted(data.rglob("*")) == before

    def test_a_run_is_not_overwritten(self, data: Path, folder: Path) -> None:
        run(data, folder, config=replace(CONFIG, images=4))
        before = {path: path.read_bytes() for path in folder.rglob("*.*")}
        with pytest.raises(InputError, match="already holds a run; add --resume"):
            run(data, folder)
        assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before

    def test_weights_without_a_checkpoint_are_not_overwritten(
        self, data: Path, folder: Path
    ) -> None:
        run(data, folder, config=replace(CONFIG, images=4))
        (folder / CHECKPOINT).unlink()
        before = (folder / WEIGHTS).read_bytes()
        with pytest.raises(InputError, match="already holds weights; name a new folder"):
            run(data, folder)
        assert (folder / WEIGHTS).read_bytes() == before

    def test_what_a_run_without_a_checkpoint_left_is_no_run(
        self, data: Path, folder: Path, finished: Path
    ) -> None:
        """Killed before its first checkpoint; its statistics used to stay in front."""
        folder.mkdir()
        (folder / STATISTICS).write_text('{"images": 12, "seconds": 1.0, "G/flow": 9.0}\n')
        run(data, folder)
        assert_same_run(folder, finished)

    def test_there_is_nothing_to_resume(self, data: Path, folder: Path) -> None:
        with pytest.raises(InputError, match=r"no checkpoint at .*leave out --resume"):
            run(data, folder, resume=True)
        assert not folder.exists()

    def test_a_set_that_has_changed(self, tiny_set: PreparedSet, folder: Path) -> None:
        run(tiny_set.folder, folder, config=replace(CONFIG, images=4))
        other = {**tiny_set.description, "content_hash": "other"}
        with pytest.raises(InputError, match="another set"):
            TrainingState.load(
                folder / CHECKPOINT,
                replace(tiny_set, description=other).content_hash,
                torch.device("cpu"),
            )

    def test_a_picture_that_has_changed(self, tmp_path: Path, folder: Path) -> None:
        """It was learnt from, under the hash of the set as it had been."""
        prepared = write_tiny_set(tmp_path / "set")
        changed = prepared.folder / prepared.split("train")[3].file_name
        cv2.imwrite(str(changed), np.zeros((128, 128, 3), np.uint8))
        with pytest.raises(InputError, match=f"{changed.name} was changed since the set was made"):
            run(prepared.folder, folder)
        assert not folder.exists()

    def test_a_run_of_another_preset(self, data: Path, folder: Path) -> None:
        run(data, folder, config=replace(CONFIG, images=4))
        with pytest.raises(InputError, match="preset studio, not of lgp-gan, preset paper; to go"):
            train(data, folder, find_preset("lgp-gan", "paper"), RunOptions(resume=True))

    def test_no_set(self, tmp_path: Path, folder: Path) -> None:
        with pytest.raises(InputError, match="not a prepared set"):
            run(tmp_path, folder)
        assert not folder.exists()

    @pytest.mark.parametrize("device", ["quantum", "cuda:99"])
    def test_no_such_device(self, data: Path, folder: Path, device: str) -> None:
        """These ended in a traceback."""
        with pytest.raises(InputError, match=f"no device '{device}'"):
            train(data, folder, CONFIG, RunOptions(shape=SHAPE, device=device))
        assert not folder.exists()

    def test_a_folder_that_cannot_be_made(self, data: Path, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch()
        with pytest.raises(InputError, match="cannot be written to"):
            run(data, file / "run")

    def test_a_folder_that_another_run_writes_to(self, data: Path, folder: Path) -> None:
        with locked(folder), pytest.raises(InputError, match="another run is writing to"):
            run(data, folder)
        assert list(folder.iterdir()) == []

    def test_a_disk_that_is_full(
        self, data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(PairedValidation, "save_sheet", full)
        with pytest.raises(LgpganError, match=r"No space left on device.*--resume"):
            run(data, folder, config=LOOKS_AT_ONCE)
        assert checkpoint(folder)["images"] == 4  # of the validation


@pytest.mark.parametrize(
    ("has", "wanted"),
    [((), False), (("_is_amx_tile_supported",), True), (("_is_avx512_bf16_supported",), True)],
)
def test_auto_precision_asks_the_processor(
    monkeypatch: pytest.MonkeyPatch, has: tuple[str, ...], wanted: bool
) -> None:
    """Processors with AVX-512 bfloat16 but no AMX were left at float32, at half the speed."""
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    for name in BF16_INSTRUCTIONS:
        monkeypatch.setattr(torch.cpu, name, lambda name=name: name in has, raising=False)
    assert use_bf16("auto", torch.device("cpu")) is wanted
    assert use_bf16("bf16", torch.device("cpu"))
    assert not use_bf16("fp32", torch.device("cpu"))


class TestPeopleToChooseBy:
    def test_weights_are_chosen_on_them(self, tiny_set: PreparedSet, folder: Path) -> None:
        """Regression: the best weights were chosen on the people that figures are of."""
        records = [
            replace(record, split="validation") if record.person == "ben" else record
            for record in tiny_set.records
        ]
        prepared = replace(tiny_set, records=records)
        trainer = Trainer(TrainingState(CONFIG, SHAPE, "", CPU), prepared, folder)
        assert isinstance(trainer.validation, PairedValidation)
        assert trainer.validation.pairs.photos == ["ben_0"]

    def test_a_set_without_them_is_told_of(self, data: Path, folder: Path) -> None:
        told: list[str] = []
        observer = Observer(notice=told.append)
        train(data, folder, replace(CONFIG, images=4), RunOptions(shape=SHAPE), observer)
        assert told == [CHOSEN_ON_TEST]


class TestTheSameBits:
    def test_on_a_cpu_nothing_changes(self, tiny_set: PreparedSet, folder: Path) -> None:
        config = replace(CONFIG, deterministic=True)
        Trainer(TrainingState(config, SHAPE, "", CPU), tiny_set, folder)
        with reproducible(CPU, wanted=True):
            assert not torch.are_deterministic_algorithms_enabled()

    def test_on_a_gpu_other_operations_are_forbidden_for_the_while(self) -> None:
        with reproducible(torch.device("cuda"), wanted=True):
            assert torch.are_deterministic_algorithms_enabled()
        assert not torch.are_deterministic_algorithms_enabled()

    def test_a_flow_has_none_on_a_gpu(self, tiny_set: PreparedSet, folder: Path) -> None:
        state = TrainingState(replace(CONFIG, deterministic=True), SHAPE, "", CPU)
        state.device = torch.device("cuda")
        with pytest.raises(InputError, match="networks with a flow cannot"):
            Trainer(state, tiny_set, folder)

    def test_float32_is_multiplied_in_full(self) -> None:
        """Regression: convolutions on GPUs rounded float32 to TF32."""
        torch.backends.cudnn.allow_tf32 = True
        with full_precision(wanted=True):
            assert not torch.backends.cudnn.allow_tf32
            assert torch.get_float32_matmul_precision() == "highest"

    def test_one_run_does_not_decide_how_others_multiply(self) -> None:
        """Regression: after one run in float32 every later one, of any precision, was slow."""
        torch.backends.cudnn.allow_tf32 = True
        torch.set_float32_matmul_precision("high")
        try:
            with full_precision(wanted=False):
                assert torch.backends.cudnn.allow_tf32
            with full_precision(wanted=True):
                pass
            assert torch.backends.cudnn.allow_tf32
            assert torch.get_float32_matmul_precision() == "high"
        finally:
            torch.set_float32_matmul_precision("highest")
