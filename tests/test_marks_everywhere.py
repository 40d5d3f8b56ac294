"""A walk over the outputs of every command: synthetic faces are marked, wherever they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tiny_run import write_tiny_set

from lgpgan.cli.application import COMMANDS, run
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.photos.marks import jpeg_marks
from marked import marks_in, unmarked_pictures
from quick_comparison import BUDGET, use_light_output, use_quick_judges, use_tiny_networks
from small_set import Entry, everybody, write_small_set

UNJUDGED = [f"--without-gate={gate}" for gate in ("no face", "other person", "not read")]
"""Gates that made-up faces cannot pass."""
CLASSES = ("happy", "neutral")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    use_quick_judges(monkeypatch)
    use_tiny_networks(monkeypatch)
    use_light_output(monkeypatch)
    monkeypatch.setattr("lgpgan.editing.animation.SECONDS", 0.2)
    monkeypatch.setattr("lgpgan.reporting.edits_shown.SHOWN_FACES", 1)


@pytest.fixture
def portrait(astronaut: NDArray[np.uint8], tmp_path: Path) -> Path:
    """The demo photo's face, small."""
    path = tmp_path / "portrait.jpg"
    Image.fromarray(astronaut[:300, 90:370]).save(path)
    return path


@pytest.fixture
def tiny_studio_set(tmp_path: Path) -> Path:
    return write_tiny_set(tmp_path / "tiny").folder


WALKED = {
    "edit": "files, sheets, strips and animations in every format",
    "prepare": "faces of photos that are marked, and sheets of marked faces",
    "studio": "renders",
    "train": "sheets",
    "evaluate": "pages",
    "compare": "figures and pages",
    "augment": "faces in every layout, and a sheet",
    "benefit": "curves, which show no face",
}
"""The commands that write pictures, and which."""
WITHOUT_FILES = {"export", "assets", "doctor", "serve"}
"""The commands that write no picture; tests/serving/test_api.py looks at what serve answers."""


def test_no_command_is_forgotten() -> None:
    assert WALKED.keys() | WITHOUT_FILES == COMMANDS.keys()


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tif", "avif"])
def test_edited_photos(portrait: Path, weights: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out" / f"smile.{kind}"
    out.parent.mkdir()
    assert run(["edit", str(portrait), "--to=happy", "-o", str(out), f"--weights={weights}"]) == 0
    assert unmarked_pictures(out.parent) == []


@pytest.mark.parametrize(
    ("wanted", "files"),
    [
        ([], ["portrait_happy.jpg", "portrait_sheet.png"]),
        (["--strip=2", "--to=happy", "--to=sad"], ["portrait_strip.png"]),
        (["--gif", "--to=happy"], ["portrait_happy.gif"]),
        (["--mp4", "--to=happy"], ["portrait_happy.mp4"]),
    ],
)
def test_other_forms_of_edits(
    portrait: Path, weights: Path, tmp_path: Path, wanted: Sequence[str], files: list[str]
) -> None:
    if "--mp4" in wanted:
        pytest.importorskip("av", reason="PyAV is not installed")
    words = ["edit", portrait, "-o", tmp_path / "out", "--weights", weights, *wanted]
    assert run(list(map(str, words))) == 0
    assert set(files) <= {path.name for path in (tmp_path / "out").iterdir()}
    assert unmarked_pictures(tmp_path / "out") == []


def collection(folder: Path, marks: dict[str, bytes], face: Path) -> Path:
    """A face of each of two people in each of two classes, and somebody's grey wall."""
    with Image.open(face) as picture:
        for name in CLASSES:
            for person in ("ann", "ben"):
                photo = folder / name / person / "1.jpg"
                photo.parent.mkdir(parents=True)
                picture.save(photo, **marks)
    Image.new("RGB", (99, 99), "grey").save(folder / "happy/ann/2.jpg", **marks)
    return folder


@pytest.mark.parametrize("mark", ["Facial expression changed to happy.", None])
def test_prepared_faces_and_sheets_of_them(
    portrait: Path, tmp_path: Path, mark: str | None
) -> None:
    """A collection of edited photos became a set without a mark, and so did its sheets."""
    photos, out = collection(tmp_path / "photos", jpeg_marks(mark), portrait), tmp_path / "out"
    assert run(["prepare", str(photos), str(out), "--jobs=1", "--test-share=0.5"]) == 0
    assert len(PreparedSet.load(out).records) == 4
    assert run(["prepare", "--check", str(out), "--jobs=1"]) == 0
    assert (out / "report/regions.png").exists()
    assert (out / "report/left_out/happy_ann_2.jpg").exists()
    files = [path for path in out.rglob("*") if path.suffix in (".png", ".jpg", ".html")]
    assert {found is None for path in files for found in marks_in(path)} == {mark is None}


def test_renders_of_the_studio(studio_set: PreparedSet) -> None:
    """Its set was made as the command makes it; ``tests/cli`` runs the command itself."""
    assert unmarked_pictures(studio_set.folder) == []


def test_sheets_of_a_training(tiny_studio_set: Path, tmp_path: Path) -> None:
    words = ["train", tiny_studio_set, "--out", tmp_path / "out", "--images=8", "--batch=4"]
    more = ["--warm-up=0", "--report-every=4", "--save-every=4", "--no-tensorboard"]
    assert run([*map(str, words), *more]) == 0
    assert list((tmp_path / "out/sheets").iterdir())
    assert unmarked_pictures(tmp_path / "out") == []


def test_pages_of_an_evaluation(tiny_studio_set: Path, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["evaluate", weights, tiny_studio_set, "--out", out, "--faces=1"]
    assert run(list(map(str, words))) == 0
    marks = marks_in(out / "evaluation.html")
    assert any(mark is None for mark in marks)  # the inputs are photographs
    assert any(mark is not None for mark in marks)
    drawn = {path.name for path in out.rglob("*") if path.suffix in (".png", ".jpg", ".pdf")}
    assert drawn == {"confusion.png", "confusion.pdf"}


@pytest.mark.nightly
def test_figures_and_pages_of_a_comparison(tiny_studio_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["compare", tiny_studio_set, "--out", out, "--methods", "stargan"]
    assert run([*map(str, words), "--budget", f"{BUDGET / 1e12:g}"]) == 0
    assert unmarked_pictures(out) == []
    assert any(mark is not None for mark in marks_in(out / "report.html"))


@pytest.mark.parametrize("layout", ["imagefolder", "folders", "csv", "webdataset", "parquet"])
def test_faces_that_augment(weights: Path, tmp_path: Path, layout: str) -> None:
    if layout == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    entries = [Entry("ann", "neutral", "train"), Entry("ben", "happy", "train")]
    people = write_small_set(tmp_path / "people", entries).folder
    words = ["augment", people, tmp_path / "out", "--method", weights, "--per-class=1"]
    more = ["--to=sad", "--jobs=1", "--change=0", f"--write-as={layout}", *UNJUDGED]
    assert run([*map(str, words), *more]) == 0
    assert (tmp_path / "out/report/sheet.png").exists()
    assert unmarked_pictures(tmp_path / "out") == []


def test_curves_of_a_benefit(tmp_path: Path) -> None:
    people = everybody("ann", "ben", split="train", classes=CLASSES)
    others = everybody("dan", "eve", split="test", classes=CLASSES)
    real = write_small_set(tmp_path / "real", people + others, CLASSES).folder
    made = write_small_set(tmp_path / "made", people, CLASSES).folder
    words = ["benefit", real, made, "--test", real, "--out", tmp_path / "out", "--people=1,2"]
    more = ["--seeds=1", "--steps=2", "--batch=4", "--width=4", "--size=32", "--jobs=1"]
    assert run([*map(str, words), *more]) == 0
    assert marks_in(tmp_path / "out/report.html") == []
    drawn = [path.stem for path in (tmp_path / "out").rglob("*.p[nd][gf]")]
    assert [name for name in drawn if not re.match("accuracy", name)] == []
