from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
from pydantic import TypeAdapter
from tiny_methods import SHAPES
from tiny_run import CONFIG, SHAPE
from torch import Tensor, nn

import lgpgan
from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet, template_description
from lgpgan.errors import InputError, LgpganError
from lgpgan.expressions.expression import Expression
from lgpgan.methods.lgpgan import FlowLgpGan
from lgpgan.methods.weights import WeightsInfo, default_weights, load_method, save_weights
from lgpgan.training.loop import Trainer
from lgpgan.training.options import StudioConfig
from lgpgan.training.presets import find_preset
from lgpgan.training.state import TrainingState, begun_config

CPU = torch.device("cpu")


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Everything in nested dictionaries and lists, by path."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = dict(enumerate(value)).items()
    else:
        return {prefix: value}
    return {k: v for key, inner in items for k, v in flat(inner, f"{prefix}/{key}").items()}


def assert_same(first: Any, second: Any) -> None:
    """Bit for bit."""
    ours, theirs = flat(first), flat(second)
    assert ours.keys() == theirs.keys()
    for path, value in ours.items():
        if isinstance(value, Tensor):
            assert torch.equal(value, theirs[path]), path
        else:
            assert value == theirs[path], path


@pytest.fixture
def trained(
    state: TrainingState, tiny_set: PreparedSet, tiny_batch: PairBatch, tmp_path: Path
) -> TrainingState:
    """A state after one step, so that the optimisers have something to remember."""
    Trainer(state, tiny_set, tmp_path).step(tiny_batch)
    state.seconds += 0.25
    state.means.add({"G/flow": 0.1})
    return state


@pytest.fixture
def checkpoint(trained: TrainingState, tmp_path: Path) -> Path:
    path = tmp_path / "checkpoint.pt"
    trained.save(path)
    return path


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = torch.load(path, weights_only=True)
    change(content)
    torch.save(content, path)


class TestSteps:
    def test_the_seed_decides_the_first_weights(self) -> None:
        first, again = (TrainingState(CONFIG, SHAPE, "", CPU) for _ in range(2))
        other = TrainingState(replace(CONFIG, seed=1), SHAPE, "", CPU)
        assert_same(first.generators.state_dict(), again.generators.state_dict())
        assert_same(first.discriminators.state_dict(), again.discriminators.state_dict())
        name = "eye_generator.encoder.0.0.weight"
        assert not torch.equal(
            first.generators.state_dict()[name], other.generators.state_dict()[name]
        )

    def test_the_average_starts_as_the_generators(self, state: TrainingState) -> None:
        assert_same(state.moving_average.state_dict(), state.generators.state_dict())
        assert not any(parameter.requires_grad for parameter in state.moving_average.parameters())
        assert not state.moving_average.training

    def test_rates_follow_the_images(self, state: TrainingState) -> None:
        for images, factor in ((0, 0.5), (4, 1.0), (32, 0.5)):
            state.images = images
            state.set_rates()
            assert [g["lr"] for g in state.generator_optimiser.param_groups] == [
                pytest.approx(5e-4 * factor)
            ]
            assert [g["lr"] for g in state.discriminator_optimiser.param_groups] == [
                pytest.approx(2.5e-4 * factor)
            ]

    def test_the_average_moves_by_its_decay(self, state: TrainingState) -> None:
        before = [parameter.clone() for parameter in state.moving_average.parameters()]
        for parameter in state.generators.parameters():
            nn.init.constant_(parameter, 3.0)
        state.images = 1000
        state.update_moving_average()
        decay = 0.5 ** (4 / 16)
        for old, new in zip(before, state.moving_average.parameters(), strict=True):
            torch.testing.assert_close(new, decay * old + (1 - decay) * 3.0)

    @pytest.mark.parametrize("part", ["generators", "discriminators"])
    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_weights_that_are_no_numbers_are_noticed(
        self, state: TrainingState, part: str, value: float
    ) -> None:
        assert state.is_finite()
        with torch.no_grad():
            list(getattr(state, part).parameters())[-1].view(-1)[-1] = value
        assert not state.is_finite()


class TestCheckpoint:
    def test_everything_comes_back(self, trained: TrainingState, checkpoint: Path) -> None:
        back = TrainingState.load(checkpoint, trained.data_hash, CPU)
        assert back.config == trained.config
        assert back.shape == trained.shape
        assert (back.images, back.seconds) == (4, 0.25)
        for name, part in trained._parts().items():
            assert_same(back._parts()[name].state_dict(), part.state_dict())
        assert back.means.take() == {"G/flow": 0.1}
        assert not any(parameter.requires_grad for parameter in back.moving_average.parameters())

    def test_optimisers_remember(self, trained: TrainingState, checkpoint: Path) -> None:
        back = TrainingState.load(checkpoint, trained.data_hash, CPU)
        for optimiser in (back.generator_optimiser, back.discriminator_optimiser):
            moments = optimiser.state_dict()["state"]
            assert moments
            assert all(moment["step"] == 1 for moment in moments.values())
            assert any(moment["exp_avg"].any() for moment in moments.values())

    def test_it_holds_plain_values_and_tensors(
        self, trained: TrainingState, checkpoint: Path
    ) -> None:
        content = torch.load(checkpoint, weights_only=True)
        assert content["version"] == lgpgan.__version__
        assert content["data_hash"] == trained.data_hash
        assert content["shape"] == asdict(SHAPE)
        config = json.loads(json.dumps(content["config"]))
        assert TypeAdapter(StudioConfig).validate_python(config) == CONFIG

    def test_the_first_ones_knew_no_ablations(
        self, trained: TrainingState, checkpoint: Path
    ) -> None:
        def forget(content: dict[str, Any]) -> None:
            del content["config"]["without"], content["shape"]["local"]

        rewrite(checkpoint, forget)
        back = TrainingState.load(checkpoint, trained.data_hash, CPU)
        assert (back.config, back.shape) == (trained.config, trained.shape)

    def test_older_ones_lack_newer_options(self, checkpoint: Path, trained: TrainingState) -> None:
        """They name the preset beside the options, and knew no checkpoints by the clock."""

        def forget(content: dict[str, Any]) -> None:
            assert content["preset"] == "studio"
            del content["config"]["preset"], content["config"]["save_minutes"]

        rewrite(checkpoint, forget)
        assert TrainingState.load(checkpoint, trained.data_hash, CPU).config == CONFIG


class TestRefusals:
    def refuse(self, path: Path, data_hash: str, message: str) -> None:
        with pytest.raises(InputError, match=message):
            TrainingState.load(path, data_hash, CPU)

    def test_missing(self, tmp_path: Path) -> None:
        self.refuse(tmp_path / "checkpoint.pt", "", "no checkpoint at .*leave out --resume")

    def test_a_folder(self, tmp_path: Path) -> None:
        self.refuse(tmp_path, "", "is a folder; name a file in it")

    @pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 0.9999])
    def test_truncated(self, trained: TrainingState, checkpoint: Path, share: float) -> None:
        content = checkpoint.read_bytes()
        checkpoint.write_bytes(content[: int(len(content) * share)])
        self.refuse(checkpoint, trained.data_hash, "not a checkpoint, or is damaged")

    @pytest.mark.parametrize("place", [0.001, 0.3, 0.6])
    def test_damaged(self, trained: TrainingState, checkpoint: Path, place: float) -> None:
        content = bytearray(checkpoint.read_bytes())
        start = int(len(content) * place)
        content[start : start + 64] = bytes(b ^ 0xFF for b in content[start : start + 64])
        checkpoint.write_bytes(content)
        self.refuse(checkpoint, trained.data_hash, "not a checkpoint, or is damaged")

    @pytest.mark.parametrize(
        "content",
        [b"hello", b"\x89PNG\r\n\x1a\n" + bytes(300), b'{"images": 3}', b"\x80\x04.", bytes(64)],
    )
    def test_not_a_checkpoint(self, tmp_path: Path, content: bytes) -> None:
        """Torch's unpickler raises what the bytes lead it to: ``b"hello"`` was a ``KeyError``."""
        path = tmp_path / "checkpoint.pt"
        path.write_bytes(content)
        self.refuse(path, "", "not a checkpoint, or is damaged")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("images", -1),
            ("images", 10**30),  # ended in "this should not have happened (ValueError)"
            ("images", math.nan),
            ("images", 1.5),
            ("images", True),
            ("seconds", math.nan),
            ("seconds", -1.0),
            ("best_ratio", math.nan),
        ],
    )
    def test_what_was_done_is_a_number(
        self, trained: TrainingState, checkpoint: Path, name: str, value: float
    ) -> None:
        """Regression: a run went on from images below nothing, or from no number of them."""
        rewrite(checkpoint, lambda content: content.__setitem__(name, value))
        self.refuse(checkpoint, trained.data_hash, "is not a checkpoint of this version")

    def test_code_is_not_run(self, tmp_path: Path) -> None:
        path = tmp_path / "checkpoint.pt"
        torch.save({"format": 1, "code": Path("x").joinpath}, path)
        self.refuse(path, "", "not a checkpoint, or is damaged")

    @pytest.mark.parametrize("content", [[1, 2], {"weight": 3}, {"format": 2, "data_hash": ""}])
    def test_somebody_elses(self, tmp_path: Path, content: object) -> None:
        path = tmp_path / "checkpoint.pt"
        torch.save(content, path)
        self.refuse(path, "", "not a checkpoint of this version")

    def test_another_set(self, checkpoint: Path) -> None:
        self.refuse(checkpoint, "another hash", "another set, or the set has changed")

    @pytest.mark.parametrize(
        "change",
        [
            lambda content: content.pop("images"),
            lambda content: content.pop("average"),
            lambda content: content["config"].update(mood="sunny"),
            lambda content: content["config"].update(images=-1),
            lambda content: content["shape"].update(depth=1),
            lambda content: content["shape"].update(discriminator_channels=5),
            lambda content: content["generators"].popitem(),
        ],
        ids=["images", "average", "key", "value", "shape", "other shape", "weight"],
    )
    def test_other_contents(
        self,
        trained: TrainingState,
        checkpoint: Path,
        change: Callable[[dict[str, Any]], object],
    ) -> None:
        """These ended in a traceback."""
        rewrite(checkpoint, change)
        self.refuse(checkpoint, trained.data_hash, "not a checkpoint of this version")


class TestFailingSave:
    @pytest.mark.parametrize(
        ("raised", "expected"),
        [
            (OSError(28, "No space left on device"), LgpganError),
            (RuntimeError("write failed"), LgpganError),
            (KeyboardInterrupt(), KeyboardInterrupt),
        ],
        ids=["full disk", "torch", "interrupted"],
    )
    def test_the_old_checkpoint_stays_and_nothing_beside_it(
        self,
        trained: TrainingState,
        checkpoint: Path,
        monkeypatch: pytest.MonkeyPatch,
        raised: BaseException,
        expected: type[BaseException],
    ) -> None:
        before = checkpoint.read_bytes()

        def half(_: object, file: BinaryIO) -> None:
            file.write(before[:1000])
            raise raised

        monkeypatch.setattr(torch, "save", half)
        with pytest.raises(expected):
            trained.save(checkpoint)
        assert checkpoint.read_bytes() == before
        assert list(checkpoint.parent.iterdir()) == [checkpoint]

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
    def test_a_full_disk_is_called_so(
        self, trained: TrainingState, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Torch calls it "unexpected pos 704 vs 598"."""
        before = checkpoint.read_bytes()

        @contextlib.contextmanager
        def full(_: Path) -> Iterator[Path]:
            yield Path("/dev/full")

        monkeypatch.setattr("lgpgan.training.state.replacing", full)
        with pytest.raises(LgpganError, match=r"No space left on device.*goes on .* --resume"):
            trained.save(checkpoint)
        assert checkpoint.read_bytes() == before

    def test_a_folder_that_is_not_there(self, state: TrainingState, tmp_path: Path) -> None:
        with pytest.raises(LgpganError, match="could not be written"):
            state.save(tmp_path / "absent" / "checkpoint.pt")


class TestWarmStart:
    def test_classes_of_the_same_name_keep_what_they_learnt(self, tmp_path: Path) -> None:
        torch.manual_seed(0)
        trained = FlowLgpGan(SHAPE)
        info = WeightsInfo(
            "lgp-gan", asdict(SHAPE), tuple(Expression), template_description(), "", 0, ()
        )
        save_weights(tmp_path / "w.safetensors", trained, info, dtype=torch.float32)
        classes = ("surprised", "bored", "angry")
        generator = replace(SHAPE.global_generator, labels=3)
        shape = replace(SHAPE, global_generator=generator, local_generator=generator)
        state = TrainingState(CONFIG, shape, "", CPU)
        begun = {k: v.clone() for k, v in state.generators.state_dict().items()}
        state.warm_start(load_method(tmp_path / "w.safetensors"), classes)
        for name, value in state.generators.state_dict().items():
            old = trained.state_dict()[name]
            if not name.endswith("encoder.0.0.weight"):
                assert torch.equal(value, old), name
                continue
            pixels = old.shape[1] - 8
            assert torch.equal(value[:, :pixels], old[:, :pixels])
            assert torch.equal(value[:, pixels], old[:, pixels + Expression.SURPRISED.position])
            assert torch.equal(value[:, pixels + 1], begun[name][:, pixels + 1])
            assert torch.equal(value[:, pixels + 2], old[:, pixels + Expression.ANGRY.position])
        for a, b in zip(
            state.moving_average.parameters(), state.generators.parameters(), strict=True
        ):
            assert torch.equal(a, b)

    def test_networks_of_another_shape_are_refused(self) -> None:
        state = TrainingState(CONFIG, SHAPE, "", CPU)
        with pytest.raises(InputError, match="another shape"):
            state.warm_start(load_method(default_weights()), tuple(Expression))


def test_an_older_run_of_stargan_goes_on_without_flips(tmp_path: Path) -> None:
    """Options that came later were taken from the preset, which has them on."""
    config = replace(find_preset("stargan", "paper"), flips=False, targets="uniform")
    begun = TrainingState(config, SHAPES["stargan"], "", torch.device("cpu"))
    begun.save(tmp_path / "checkpoint.pt")
    stored = torch.load(tmp_path / "checkpoint.pt")
    for name in ("flips", "targets", "target_noise"):
        del stored["config"][name]
    torch.save(stored, tmp_path / "checkpoint.pt")
    assert begun_config(tmp_path / "checkpoint.pt", "") == config
