"""Every command of ``docs/reproducing.md``, on a made RaFD, at toy length."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from lgpgan.assets.registry import INCEPTION_WEIGHTS
from lgpgan.cli import assets as assets_command
from lgpgan.cli.application import run
from lgpgan.evaluation.distances import inception
from lgpgan.evaluation.distances.inception import FidInception
from lgpgan.training import presets, state
from lgpgan.training.config import TrainingConfig
from made_rafd import write_made_rafd
from quick_comparison import use_light_output
from random_weights import fill

PAGE = Path(__file__).parents[2] / "docs" / "reproducing.md"
PEOPLE = 4
LENGTH = 4
"""Images of each run."""


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = [line.partition("#")[0].split() for block in blocks for line in block.splitlines()]
    return [shlex.split(" ".join(words))[1:] for words in lines if words and words[0] == "lgpgan"]


def at_toy_length(words: list[str]) -> list[str]:
    """The command, with few images and on the CPU."""
    text = shlex.join(words).replace("--images 3200000", f"--images {LENGTH}")
    return shlex.split(text.replace("--device cuda", "--device cpu"))


def toy(config: TrainingConfig) -> TrainingConfig:
    return replace(config, images=LENGTH, batch=2, networks="narrow", tensorboard=False)


@pytest.fixture
def toy_presets(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, object]:
    """The presets ``paper`` with narrow networks, short."""
    made = {
        method: {**of_method, "paper": toy(of_method["paper"])}
        for method, of_method in presets.PRESETS.items()
    }
    for module in (presets, state):
        monkeypatch.setattr(module, "PRESETS", made)
    return made


@pytest.fixture
def fid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of FID's network of the right form, in the cache; their values are made up."""
    network = FidInception()
    fill(network, seed=0)
    (file,) = INCEPTION_WEIGHTS.files
    path = tmp_path / file.name
    torch.save(network.state_dict(), path)
    content = path.read_bytes()
    theirs = replace(file, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    weights = replace(INCEPTION_WEIGHTS, files=(theirs,))
    monkeypatch.setattr(inception, "INCEPTION_WEIGHTS", weights)
    monkeypatch.setattr(inception, "find", lambda asset: (path,))
    monkeypatch.setattr(inception, "_INPUT_SIZE", 107)  # an eighth of the arithmetic


@pytest.mark.nightly
@pytest.mark.usefixtures("toy_presets", "fid")
def test_the_whole_recipe(
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    photos = sorted((shared / "data" / "london_neutral").glob("*.jpg"))[:PEOPLE]
    fetched: list[str] = []
    monkeypatch.setattr(
        assets_command, "fetch_asset", lambda asset, progress: fetched.append(asset.name)
    )
    use_light_output(monkeypatch)
    monkeypatch.chdir(tmp_path)
    write_made_rafd(tmp_path / "RaFD", photos)
    told: dict[str, SimpleNamespace] = {}
    for words in map(at_toy_length, commands()):
        code = run(words)
        printed = capsys.readouterr()
        told[shlex.join(words)] = SimpleNamespace(out=printed.out, err=printed.err)
        assert code == 0, (words, printed.err)
    assert fetched == ["fer", "face-api", "fid-inception"]
    assert len(told) == len(commands())
    for folder in ("table4", "table4-whole"):
        results = (tmp_path / "runs" / folder / "results.md").read_text(encoding="utf-8")
        for title in ("StarGAN", "AttGAN", "GANimation", "LGP-GAN", "doing nothing"):
            assert f"| {title} |" in results
        assert re.search(r"FID \(24 to 32\)", results)
        assert "equal N (3 to 29)" in results
        assert "## What differs from the publications" in results
        assert f"LGP-GAN: images is {LENGTH}, and" not in results  # the toy presets are "published"
        assert (tmp_path / "runs" / folder / "table.tex").exists()
        figures = {path.name for path in (tmp_path / "runs" / folder / "figures").glob("*.png")}
        assert {"figure4_lgp-gan.png", "figure4_lgp-gan_regions.png", "figure5_1.png"} <= figures
    assert (
        "what differs from the publication"
        in told["train runs/rafd --out runs/paper --as-published --device cpu"].err
    )
    (tmp_path / "runs" / "table4" / "cells" / "attgan-paper-0.json").unlink()
    assert run(at_toy_length(commands()[-2])) == 0  # finished cells are kept, one is judged again


def test_the_page_has_all_steps() -> None:
    names = [words[0] for words in commands()]
    assert names == ["assets", "prepare", "prepare", *["train"] * 8, "compare", "compare"]
