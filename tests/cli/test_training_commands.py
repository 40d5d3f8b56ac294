"""``lgpgan studio`` and ``lgpgan train`` from end to end, on the small head."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lgpgan.cli import train as train_module
from lgpgan.cli.application import run
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.methods.weights import default_weights, load_method
from lgpgan.training import plan
from lgpgan.training.as_published import as_published
from lgpgan.training.config import TrainingConfig
from lgpgan.training.interruption import Interrupted

SHORT = ("--images", "4", "--batch", "2", "--warm-up", "0", "--penalty-every", "2")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step is made only to see how fast the machine is; tests/training/test_probe.py does."""
    monkeypatch.setattr(plan, "probed_rate", lambda *asked: 2e10)


def test_photos_to_set_to_weights_to_edit(
    portraits: tuple[Path, Path],
    small_head_file: Path,
    portrait_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made, trained, out = tmp_path / "set", tmp_path / "run", tmp_path / "out"
    photos = str(portraits[0].parent)
    studio = ["studio", photos, str(made), "--face-model", str(small_head_file), "--takes", "1"]
    assert run([*studio, "--test-share", "0.5", "--jobs", "1"]) == 0
    assert capsys.readouterr().out == f"{made}\n"
    assert {record.split for record in PreparedSet.load(made).records} == {"train", "test"}
    assert run(["train", str(made), "--out", str(trained), *SHORT]) == 0
    assert load_method(trained / "weights.safetensors").info.images == 4
    assert run(["train", str(made), "--out", str(trained)]) == 2
    assert "--resume" in capsys.readouterr().err
    edit = ["edit", str(portrait_file), "--to", "happy", "--weights", str(trained), "-o", str(out)]
    assert run(edit) == 0
    assert [path.name for path in out.iterdir()] == ["portrait_happy.png"]


def test_the_studio_is_told_what_further_takes_hold(
    portraits: tuple[Path, Path],
    small_head_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made, photos = tmp_path / "set", str(portraits[0].parent)
    studio = ["studio", photos, str(made), "--face-model", str(small_head_file), "--takes", "2"]
    studio += ["--test-share", "0.5", "--jobs", "1"]
    assert run([*studio, "--mixtures", "-1"]) == 2
    assert "from 0 to 100 mixtures" in capsys.readouterr().err
    studio += ["--mixtures", "1", "--halves", "0", "--variants", "2", "--units", "1"]
    assert run(studio) == 0
    kinds = [face.variant is None for face in PreparedSet.load(made).blended]
    assert sorted(kinds) == [False] * 4 + [True] * 4
    capsys.readouterr()
    assert run(["prepare", "--check", str(made)]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].startswith("40 faces of 128×128 pixels")
    assert ["blended", "4", "4"] in [row.split() for row in table]


def test_without_the_3d_face_the_studio_says_where_to_get_it(
    portraits: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    assert run(["studio", str(portraits[0].parent), str(tmp_path / "set")]) == 1
    assert "github.com/ICT-VGL/ICT-FaceKit" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("--batch", "0"), ("--precision", "fp8"), ("--bogus", "1")])
def test_bad_options_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]
) -> None:
    assert run(["train", str(tmp_path), "--out", str(tmp_path / "run"), *arguments]) == 2
    error = capsys.readouterr().err
    assert arguments[0].lstrip("-") in error
    assert "Traceback" not in error


@pytest.mark.parametrize("value", ["1.5", "-0.1"])
def test_shares_that_are_none_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    """Such a share was taken, and training began: options within options were not checked."""
    assert run(["train", str(tmp_path), "--out", str(tmp_path / "run"), "--glasses", value]) == 2
    said = capsys.readouterr().err
    assert "glasses" in said
    assert "input_value" not in said  # what pydantic adds for programmers
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_set_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    assert "lgpgan studio" in capsys.readouterr().err


def test_ctrl_c_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> Path:
        raise Interrupted

    monkeypatch.setattr(train_module, "train_method", stopped)
    assert run(["train", "set", "--out", str(tmp_path / "run"), "--method", "attgan"]) == 130
    assert capsys.readouterr().err == (
        "stopped; everything is saved. To go on: lgpgan train set --out "
        f"{tmp_path / 'run'} --resume --device cpu --method attgan\n"
    )


def test_sigterm_saves_and_says_how_to_go_on(studio_set: PreparedSet, tmp_path: Path) -> None:
    """After SIGTERM, as SLURM and Docker send it, nothing was saved; and a file showed nothing."""
    trained = tmp_path / "run"
    program = "from lgpgan.cli import main; main()"
    arguments = ["train", str(studio_set.folder), "--out", str(trained), "--batch", "2"]
    arguments += ["--report-every", "2", "--warm-up", "0", "--without", "local", "--no-tensorboard"]
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        text=True,
    )
    statistics = trained / "statistics.jsonl"
    while not (statistics.exists() and statistics.read_text().count("\n") >= 2):
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 143
    assert re.search(
        r"^after .*: 2 of 96,000 images, .* losses D .*, G .* left$", error, re.MULTILINE
    )
    assert f"lgpgan train {studio_set.folder} --out {trained} --resume" in error
    seen = json.loads(statistics.read_text().splitlines()[-1])["images"]
    assert load_method(trained / "weights.safetensors").info.images == seen


NARROW = ("--networks", "flow", "--no-tensorboard")


def test_the_papers_objective_trains_on_any_labelled_set(
    studio_set: PreparedSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = tmp_path / "run"
    paper = ["train", str(studio_set.folder), "--preset", "paper", "--out", str(trained)]
    options = [*NARROW, "--images", "4", "--batch", "2", "--discriminator-updates", "2"]
    assert run([*paper, *options]) == 0
    assert capsys.readouterr().out == f"{trained / 'weights.safetensors'}\n"
    line = json.loads((trained / "statistics.jsonl").read_text().splitlines()[0])
    assert {"G/cycle", "G/reconstruction", "D/whole_penalty", "diagnostics/keep"} <= line.keys()
    assert (trained / "sheets" / "00000004.png").exists() is bool(studio_set.split("test"))


def test_a_dry_run_tells_and_does_nothing(
    studio_set: PreparedSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = tmp_path / "run"
    command = ["train", str(studio_set.folder), "--preset", "paper", "--out", str(trained)]
    assert run([*command, "--dry-run", "--batch", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        *("training faces", "parameters", "steps", "memory", "time"),
    ]
    assert "generators 18,245,184" in lines[1]
    assert re.search(r"about .* (days|hours) on .+, 1 thread$", lines[-1])
    assert not trained.exists()


def test_a_dry_run_needs_no_folder_and_tells_the_options_as_json(
    studio_set: PreparedSet, capsys: pytest.CaptureFixture[str]
) -> None:
    """It wanted --out, and printed 85 lines of JSON before the five that one reads."""
    command = ["train", str(studio_set.folder), "--preset", "paper", "--batch", "4"]
    assert run([*command, "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    options = told["options"]
    assert (options["preset"], options["batch"]) == ("paper", 4)
    assert options["weights"]["cycle"] == 10.0
    assert told["generator_parameters"] == 18_245_184
    assert run([*command, "--json"]) == 2
    assert "--json belongs to --dry-run" in capsys.readouterr().err
    assert run(command) == 2
    assert "name one with --out" in capsys.readouterr().err


def test_parts_to_leave_out_are_named_one_by_one(
    studio_set: PreparedSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", str(studio_set.folder), "--out", str(tmp_path / "run"), "--dry-run"]
    assert run([*command, "--json", "--without", "local", "--without", "masks"]) == 0
    assert json.loads(capsys.readouterr().out)["options"]["without"] == ["local", "masks"]
    assert run([*command, "--without", "flow", "--without", "flow"]) == 2
    assert "'flow' is to be left out twice" in capsys.readouterr().err
    assert run([*command, "--without", "nose"]) == 2
    assert "invalid choice 'nose'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("lgp-gan", "generators 18,245,184, discriminators 50,431,808"),
        ("stargan", "generators 8,439,936, discriminators 44,786,624"),
        ("attgan", "generators 43,336,323, discriminators 44,713,865"),
        ("ganimation", "generators 8,477,568, discriminators 44,876,736"),
    ],
)
def test_a_dry_run_of_every_method(
    studio_set: PreparedSet, capsys: pytest.CaptureFixture[str], method: str, told: str
) -> None:
    command = ["train", str(studio_set.folder), "--method", method, "--preset=paper", "--dry-run"]
    assert run(command) == 0
    assert told in capsys.readouterr().out


def test_a_rival_from_set_to_edit(
    studio_set: PreparedSet,
    portrait_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    trained, out = tmp_path / "run", tmp_path / "out"
    command = ["train", str(studio_set.folder), "--out", str(trained)]
    short = ["--images", "4", "--batch", "2", "--no-tensorboard"]
    assert run([*command, "--method", "stargan", *short]) == 0
    assert load_method(trained / "weights.safetensors").info.method == "stargan"
    assert run([*command, "--resume"]) == 2
    error = capsys.readouterr().err
    assert "holds a run of stargan, preset narrow, not of lgp-gan, preset studio" in error
    assert run([*command, "--resume", "--method", "stargan"]) == 0
    edit = ["edit", str(portrait_file), "--to", "happy", "--weights", str(trained), "-o", str(out)]
    assert run(edit) == 0
    assert [path.name for path in out.iterdir()] == ["portrait_happy.png"]


def test_a_method_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ["train", str(tmp_path), "--out", str(tmp_path / "run"), "--method", "pix2pix"]
    assert run(wrong) == 2
    assert "there is no method 'pix2pix'; choose one of lgp-gan," in capsys.readouterr().err


@pytest.mark.parametrize("written", [["--preset", "papers"], ["--preset=papers"]])
def test_a_preset_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: list[str]
) -> None:
    assert run(["train", str(tmp_path), "--out", str(tmp_path / "run"), *written]) == 2
    assert "no preset 'papers'; choose one of studio, narrow, paper." in capsys.readouterr().err


def test_the_help_of_a_preset_shows_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "--preset", "paper", "--help"]) == 0
    paper = capsys.readouterr().out
    assert "3200000" in paper
    assert "--reconstruction" in paper
    assert "--flow" not in paper


def test_weights_to_begin_with(
    studio_set: PreparedSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = ["train", str(studio_set.folder), "--out", str(tmp_path / "run"), *SHORT]
    assert run([*begin, "--warm-start", str(tmp_path / "none.safetensors")]) == 2
    assert "there are no weights" in capsys.readouterr().err
    shipped = str(default_weights())
    assert (
        run([*begin, "--no-tensorboard", "--generator-rate", "1e-9", "--warm-start", shipped]) == 0
    )
    begun, trained = map(load_method, (shipped, tmp_path / "run/weights.safetensors"))
    own, begun_with = (
        list(one.generator.label_planes(one.info.labels)) for one in (trained, begun)
    )
    inputs, known = trained.generator.label_inputs(), dict(begun.generator.named_parameters())
    for name, weight in trained.generator.named_parameters():
        before = known[name]
        if name in inputs:  # the planes that the shipped weights have, too, wherever they stand
            first = inputs[name].first
            planes = [*range(first), *(first + begun_with.index(plane) for plane in own)]
            before = before.index_select(inputs[name].dimension, torch.tensor(planes))
        torch.testing.assert_close(weight, before, rtol=1e-3, atol=1e-4)


class TestAsPublished:
    def test_it_is_the_papers_run_and_says_what_differs(
        self,
        studio_set: PreparedSet,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        begun: list[TrainingConfig] = []

        def train(data: Path, out: Path, config: TrainingConfig, *others: object) -> Path:
            begun.append(config)
            return out / "weights.safetensors"

        monkeypatch.setattr(train_module, "train_method", train)
        command = ["train", str(studio_set.folder), "--out", str(tmp_path / "run")]
        command += ["--method", "attgan", "--as-published", "--images", "64"]
        assert run(command) == 0
        assert begun == [replace(as_published("attgan"), images=64)]
        said = capsys.readouterr().err
        assert "- The set is not RaFD." in said
        assert "- AttGAN: images is 64, and 36,400,000 as published." in said
        assert "cross entropy takes the place" in said

    def test_another_preset_is_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command = ["train", str(tmp_path), "--out", str(tmp_path / "run"), "--as-published"]
        assert run([*command, "--preset", "narrow"]) == 2
        assert "--as-published stands for the preset 'paper'" in capsys.readouterr().err
