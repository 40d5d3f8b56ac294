"""Every method through the one training loop: trained, stopped, taken up again, loaded, used."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from runs import assert_same_run, checkpoint, statistics
from tiny_methods import SHAPES, tiny
from torch import Tensor

from lgpgan.datasets.prepared import PreparedSet, template_description
from lgpgan.editing.editor import Editor
from lgpgan.errors import InputError
from lgpgan.expressions.expression import Expression
from lgpgan.methods.attgan import AttGan
from lgpgan.methods.registry import METHODS
from lgpgan.methods.weights import WeightsInfo, load_method, save_weights
from lgpgan.training.config import TrainingConfig
from lgpgan.training.interruption import Interrupted
from lgpgan.training.loop import Trainer
from lgpgan.training.observer import Observer, TrainingProgress
from lgpgan.training.presets import find_preset
from lgpgan.training.run import RunOptions, train
from lgpgan.training.run_files import CHECKPOINT, WEIGHTS
from lgpgan.training.state import TrainingState

pytestmark = pytest.mark.xdist_group("methods")  # each of which is trained once
CPU = torch.device("cpu")
REPAINTED = ("stargan", "attgan")
"""Methods that draw every pixel anew."""


def run(
    data: Path,
    folder: Path,
    method: str,
    progress: Callable[[TrainingProgress], None] = lambda _: None,
    **arguments: Any,
) -> Path:
    options = RunOptions(shape=SHAPES[method], **arguments)
    return train(data, folder, tiny(method), options, Observer(progress=progress))


def begin(method: str, config: TrainingConfig | None = None) -> TrainingState:
    return TrainingState(config or tiny(method), SHAPES[method], "", CPU)


@pytest.fixture(scope="session")
def trained(tiny_set: PreparedSet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a short run of every method. Do not change them."""
    folder = tmp_path_factory.mktemp("methods")
    return {method: run(tiny_set.folder, folder / method, method).parent for method in METHODS}


def test_every_method_is_tried() -> None:
    assert SHAPES.keys() == METHODS.keys()


@pytest.mark.parametrize("method", METHODS)
class TestRuns:
    def test_everything_is_trained(self, trained: dict[str, Path], method: str) -> None:
        saved, begun = checkpoint(trained[method]), begin(method)
        assert (saved["method"], saved["preset"], saved["images"]) == (method, "narrow", 16)
        for part in ("generators", "discriminators"):
            for name, value in getattr(begun, part).state_dict().items():
                # A critic's last bias is in the scores of real and fake alike.
                moved = name != "whole.realness_head.2.bias"
                assert torch.equal(saved[part][name], value) is not moved, name

    def test_statistics_name_every_term(
        self, trained: dict[str, Path], tiny_set: PreparedSet, tmp_path: Path, method: str
    ) -> None:
        trainer = Trainer(begin(method), tiny_set, tmp_path)
        (batch,) = trainer.batch()
        objective = trainer.objective
        fake = objective.synthesise(batch)
        names = {
            *objective.discriminator_terms(batch, fake),
            *objective.gradient_penalty(batch, fake, 1),
            *objective.generator_terms(batch, fake),
            *(f"diagnostics/{name}" for name in objective.diagnostics(batch, fake)),
        }
        first, _, look = statistics(trained[method])
        assert set(first) == {"images", *names}
        assert {name for name in look if name != "images"} == {
            "kept_out/reconstruction",
            "kept_out/cycle",
            "kept_out/change",
        }
        for line in statistics(trained[method]):
            assert all(math.isfinite(value) for value in line.values())

    def test_a_run_that_was_stopped_ends_as_one_that_was_not(
        self, data: Path, tmp_path: Path, trained: dict[str, Path], method: str
    ) -> None:
        """Weights, running statistics, optimisers, statistics and sheets, bit for bit."""

        def stop(progress: TrainingProgress) -> None:
            if progress.images == 4:  # the generators have not moved, the discriminators have
                raise KeyboardInterrupt

        folder = tmp_path / "run"
        with pytest.raises(Interrupted):
            run(data, folder, method, stop)
        run(data, folder, method, resume=True)
        assert_same_run(folder, trained[method])

    def test_its_weights_make_what_the_average_made(
        self, trained: dict[str, Path], tiny_set: PreparedSet, method: str
    ) -> None:
        state = TrainingState.load(trained[method] / CHECKPOINT, tiny_set.content_hash, CPU)
        loaded = load_method(trained[method] / WEIGHTS)
        assert loaded.info.method == method
        assert loaded.generator.config == state.shape
        image = torch.rand(2, 3, 128, 128) * 2 - 1
        inputs = (image, torch.eye(8)[[0, 4]], torch.tensor([64, 62]))
        with torch.inference_mode():
            made, expected = loaded.generator(*inputs), state.moving_average(*inputs)
        torch.testing.assert_close(made.output, expected.output, rtol=0, atol=5e-3)
        torch.testing.assert_close(made.change.apply(image), made.output, rtol=0, atol=1e-5)
        assert bool(made.change.keep.any()) is (method not in REPAINTED)

    def test_its_weights_edit_photos(
        self,
        trained: dict[str, Path],
        astronaut: np.ndarray[Any, np.dtype[np.uint8]],
        method: str,
    ) -> None:
        edit = Editor.from_pretrained(trained[method]).edit(astronaut, to="sad")
        changed = (edit.pixels != astronaut).any(axis=2)
        assert changed[100:140, 200:240].any()  # the face
        assert not changed[300:].any()  # the suit

    def test_a_warm_start_begins_with_the_weights(
        self, trained: dict[str, Path], method: str
    ) -> None:
        state, loaded = begin(method), load_method(trained[method] / WEIGHTS)
        state.warm_start(loaded, tuple(Expression))
        for part in (state.generators, state.moving_average):
            for name, value in loaded.generator.state_dict().items():
                assert torch.equal(part.state_dict()[name], value), name

    def test_a_warm_start_from_another_method_is_refused(
        self, data: Path, tmp_path: Path, trained: dict[str, Path], method: str
    ) -> None:
        for other in METHODS.keys() - {method}:
            weights = trained[other] / WEIGHTS
            with pytest.raises(InputError, match=f"of {other}, and this run is of {method}; name"):
                run(data, tmp_path / "run", method, warm_start=weights)
        assert not (tmp_path / "run").exists()

    def test_a_run_of_another_method_is_not_gone_on_with(
        self, data: Path, trained: dict[str, Path], method: str
    ) -> None:
        """Its own method went on, whatever was asked for."""
        for other in METHODS.keys() - {method}:
            before = (trained[other] / CHECKPOINT).read_bytes()
            message = f"a run of {other}, preset narrow, not of {method}.*add --method {other}"
            with pytest.raises(InputError, match=message):
                run(data, trained[other], method, resume=True)
            assert (trained[other] / CHECKPOINT).read_bytes() == before

    def test_what_is_compiled_is_what_training_calls(
        self, tiny_set: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
    ) -> None:
        """AttGAN's encoder and decoder and GANimation's network were not: they have other names."""
        calls: list[str] = []

        def compile_nothing(function: Callable[..., Any], *_: Any, **__: Any) -> Any:
            def compiled(*arguments: Any, **named: Any) -> Any:
                calls.append(str(function))
                return function(*arguments, **named)

            return compiled

        monkeypatch.setattr(torch, "compile", compile_nothing)
        trainer = Trainer(begin(method, tiny(method, compile=True)), tiny_set, tmp_path)
        names = list(trainer.state.generators.state_dict())
        assert names == list(trainer.state.moving_average.state_dict())
        trainer.objective.synthesise(trainer.batch()[0])
        assert len(set(calls)) == (2 if method == "attgan" else 1)


class TestRunningStatistics:
    """AttGAN's batch normalisation: what is neither a weight nor learnt by a slope."""

    def test_they_reach_the_average_and_the_file(
        self, trained: dict[str, Path], tiny_set: PreparedSet
    ) -> None:
        saved = checkpoint(trained["attgan"])
        loaded = load_method(trained["attgan"] / WEIGHTS).generator
        begun = begin("attgan").generators
        names = [name for name, _ in begun.named_buffers()]
        assert len(names) == 3 * (5 + 4)
        for name in names:
            assert torch.equal(saved["average"][name], saved["generators"][name])
            assert torch.equal(loaded.get_buffer(name), saved["average"][name])
            assert not torch.equal(loaded.get_buffer(name), begun.get_buffer(name))

    def test_counts_and_variances_too_large_for_half_precision_are_kept(
        self, tmp_path: Path
    ) -> None:
        """2049 steps became 2048, and a variance of 70,000 infinite."""
        state = begin("attgan")
        assert isinstance(state.generators, AttGan)
        norm = state.generators.encoder[0][1]
        norm.num_batches_tracked.fill_(2049)
        norm.running_var.fill_(70_000.0)
        state.update_moving_average()
        path, labels = tmp_path / WEIGHTS, tuple(map(str, Expression))
        info = WeightsInfo("attgan", asdict(state.shape), labels, template_description(), "", 0, ())
        save_weights(path, state.moving_average, info)
        loaded = load_method(path).generator
        assert loaded.get_buffer("encoder.0.1.num_batches_tracked") == 2049
        assert bool((loaded.get_buffer("encoder.0.1.running_var") == 70_000).all())

    def test_reports_leave_no_trace_in_them(self, data: Path, tmp_path: Path) -> None:
        """The batch of a report was counted, so how often one reported changed the weights."""
        generators: list[dict[str, Tensor]] = []
        for every in (4, 100):
            folder = tmp_path / str(every)
            config = tiny("attgan", report_every=every)
            train(data, folder, config, RunOptions(shape=SHAPES["attgan"]))
            generators.append(checkpoint(folder)["generators"])
        for name, value in generators[0].items():
            assert torch.equal(generators[1][name], value), name


@pytest.mark.nightly
def test_the_published_networks_train_at_full_width(tiny_set: PreparedSet, tmp_path: Path) -> None:
    """LGP-GAN of Tables II and III by equations 1 to 9: an update of D, and one of D and G."""
    paper = find_preset("lgp-gan", "paper")
    config = replace(paper, batch=1, images=2, discriminator_updates=2, tensorboard=False)
    state = TrainingState(config, config.shape(tiny_set.classes), tiny_set.content_hash, CPU)
    of_each = {
        name: sum(weight.numel() for weight in part.parameters())
        for networks in (state.generators, state.discriminators)
        for name, part in networks.named_children()
    }
    assert sorted(of_each.values()) == sorted(
        [8_443_072, 4_901_056, 4_901_056, 44_786_624, 2_834_880, 2_810_304]
    )
    trainer = Trainer(state, tiny_set, tmp_path)
    before = {n: w.detach().clone() for n, w in state.generators.named_parameters()}
    first, second = (trainer.step(*trainer.batch()) for _ in range(2))
    assert first.keys() < second.keys()
    assert all(bool(term.isfinite()) for term in second.values())
    assert all(not torch.equal(before[n], w) for n, w in state.generators.named_parameters())
