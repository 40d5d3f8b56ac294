"""Runs that are trained by the command itself, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lgpgan.cli.application import run
from lgpgan.comparing import cells as cells_module
from lgpgan.comparing import training_apart
from lgpgan.comparing.training_apart import train_apart, train_command
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import LgpganError
from lgpgan.training import plan
from lgpgan.training.config import TrainingConfig
from lgpgan.training.options import StudioConfig
from lgpgan.training.presets import find_preset
from lgpgan.training.run import RunOptions
from quick_comparison import STARGAN, at

CONFIGS = [
    replace(find_preset("stargan", "paper"), images=48, precision="fp32", compile=True, seed=2),
    StudioConfig(images=32, without=("local", "flow"), save_every=16, accumulate=2),
    replace(find_preset("attgan", "narrow"), tensorboard=False, betas=(0.4, 0.9)),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_the_command_has_the_options(
    config: TrainingConfig,
    tiny_set: PreparedSet,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan, "probed_rate", lambda *asked: 1e9)
    words = train_command(tiny_set.folder, Path("run"), config, RunOptions(processes=1))
    assert run([*words, "--dry-run", "--json"]) == 0
    options = json.loads(capsys.readouterr().out)["options"]
    assert {name: options[name] for name in config.learnt()} == config.learnt()
    assert options["compile"] == config.compile
    assert options["save_every"] == config.save_every


@pytest.mark.usefixtures("quick")
def test_several_processes_are_started_by_the_command(
    tiny_set: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RunOptions] = []

    def noted(data: Path, run: Path, config: TrainingConfig, options: RunOptions) -> None:
        asked.append(options)
        raise LgpganError("seen.")

    monkeypatch.setattr(cells_module, "train_apart", noted)
    comparison = at(tiny_set, tmp_path, processes=2)
    with pytest.raises(LgpganError, match=r"^seen\.$"):
        comparison._train(STARGAN)
    assert asked == [RunOptions(processes=2)]


@pytest.mark.parametrize(("code", "error"), [(2, LgpganError), (130, KeyboardInterrupt)])
def test_how_it_ended_is_told(
    code: int, error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.Popen
    monkeypatch.setattr(
        training_apart.subprocess,
        "Popen",
        lambda command: real([sys.executable, "-c", f"raise SystemExit({code})"]),
    )
    with pytest.raises(error):
        train_apart(tmp_path, tmp_path, CONFIGS[0], RunOptions(processes=2))
