from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import onnxruntime
import pytest

from lgpgan.cli.application import run

pytestmark = pytest.mark.xdist_group("graphs")  # which take long to trace


@pytest.fixture
def finished_run(whole: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(whole, folder / "weights.safetensors")
    return folder


def test_a_run_becomes_a_file_of_its_name_compared_on_the_demo_photo(
    finished_run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished_run.parent)
    assert run(["export", str(finished_run)]) == 0
    captured = capsys.readouterr()
    assert captured.out == "mine.onnx\n"
    assert "greatest difference to torch: " in captured.err
    assert "scikit-image" not in captured.err
    assert onnxruntime.InferenceSession("mine.onnx").get_inputs()[0].name == "image"


@pytest.mark.usefixtures("traced_before")
def test_json_and_a_note_where_there_is_no_demo_photo(
    finished_run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    out = finished_run / "faces.onnx"
    assert run(["export", str(finished_run), "-o", str(out), "--json"]) == 0
    captured = capsys.readouterr()
    said = json.loads(captured.out)
    assert said["file"] == str(out)
    assert max(said["differences"].values()) < 1e-4
    assert "only random faces" in captured.err


@pytest.mark.parametrize(
    ("name", "message"),
    [("there.onnx", "--overwrite"), ("model.pt", "no suffix"), ("missing", "no weights")],
)
def test_what_cannot_be_done_is_said_at_once(
    name: str, message: str, finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (finished_run / "there.onnx").write_bytes(b"")
    weights = "nowhere.safetensors" if name == "missing" else str(finished_run)
    out = finished_run / ("new.onnx" if name == "missing" else name)
    assert run(["export", weights, "--out", str(out)]) == 2
    assert message in capsys.readouterr().err


def test_without_the_exporter_it_says_what_to_install(
    finished_run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("lgpgan.cli.export", "lgpgan.backends.export", "lgpgan.backends.tracing"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    assert run(["export", str(finished_run)]) == 1
    assert "pip install 'lgpgan[export]'" in capsys.readouterr().err
