"""What ``lgpgan prepare`` says of a finished set: copies across splits, doubtful labels."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from collections_on_disk import portrait, save
from fake_judges import FakeRecogniser
from lgpgan.cli.application import run
from lgpgan.datasets import label_doubts
from lgpgan.datasets.tables import read_table
from lgpgan.recognisers.recogniser import Recognisers
from small_set import Entry, write_small_set


@pytest.fixture
def judges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recognisers that read the made-up faces."""
    both = Recognisers((FakeRecogniser("fer"), FakeRecogniser("face-api")), {})
    monkeypatch.setattr(label_doubts, "available_recognisers", lambda: both)


def test_a_test_face_that_is_nearly_one_of_training_is_told_and_named(
    judges: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was said of a photo that was saved again, brighter, in the other split."""
    twin = portrait(1)
    copy = np.asarray(np.clip(twin.astype(int) + 6, 0, 255), np.uint8)
    save(tmp_path / "own/train/happy/a.png", twin)
    save(tmp_path / "own/train/sad/b.png", cv2.flip(portrait(2), 1))
    save(tmp_path / "own/test/happy/c.png", copy)
    assert run(["prepare", str(tmp_path / "own"), str(tmp_path / "set"), "--jobs", "1"]) == 0
    listed = tmp_path / "set/report/near_duplicates.csv"
    told = capsys.readouterr().err
    assert "1 face of test is nearly the same picture as one of train" in told
    assert str(listed) in told
    (row,) = [row for row in read_table(listed) if row["split"] != row["other_split"]]
    assert [row["split"], row["other_split"]] == ["train", "test"]
    assert "happy" in str(row["file"])
    assert run(["prepare", "--check", str(tmp_path / "set"), "--jobs", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (named,) = [line for line in lines if line.startswith("faces that are nearly the same, in dif")]
    assert named.endswith(f"1 ({row['file']} ≈ {row['other_file']})")


def test_the_twins_of_the_shared_cases_are_told(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = shared / "data" / "london_neutral"
    first, other = sorted(photos.glob("*.jpg"))[:2]
    for number, photo in enumerate((first, other)):
        place = tmp_path / "own/train" / ("happy", "sad")[number] / f"a{number}.jpg"
        place.parent.mkdir(parents=True)
        shutil.copy(photo, place)
    pixels = cv2.imread(str(first)).astype(int) + 6
    (tmp_path / "own/test/happy").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "own/test/happy/b.jpg"), np.clip(pixels, 0, 255))
    assert run(["prepare", str(tmp_path / "own"), str(tmp_path / "set"), "--jobs", "1"]) == 0
    assert "1 face of test is nearly the same picture" in capsys.readouterr().err
    (row,) = read_table(tmp_path / "set/report/near_duplicates.csv")
    assert "a0" in str(row["file"])
    assert "b" in str(row["other_file"])


def test_a_set_without_doubts_has_an_empty_list_and_page(
    judges: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared = write_small_set(
        tmp_path / "set", [Entry("ann", "happy", "train"), Entry("ben", "sad", "train")]
    )
    metadata = prepared.folder / "metadata.jsonl"
    before = metadata.read_bytes()
    assert run(["prepare", "--check", str(prepared.folder), "--jobs", "1"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "labels that both recognisers doubt: none" in printed
    assert metadata.read_bytes() == before
    assert (prepared.folder / "report/doubts.csv").exists()
    page = (prepared.folder / "report/doubts.html").read_text(encoding="utf-8")
    assert "nothing in the set was changed" in page
    assert len(page) < 100_000  # it has no plot, so it does without the megabytes of plotly.js


def test_doubts_may_be_left_out(
    judges: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared = write_small_set(tmp_path / "set", [Entry("ann", "happy", "train")])
    check = ["prepare", "--check", str(prepared.folder), "--jobs", "1"]
    assert run([*check, "--without-doubts"]) == 0
    assert "recognisers doubt" not in capsys.readouterr().out
    assert not (prepared.folder / "report/doubts.csv").exists()
    assert run(["prepare", str(tmp_path), str(tmp_path / "made"), "--without-doubts"]) == 2
    assert "--without-doubts goes with --check" in capsys.readouterr().err


def test_what_is_missing_is_a_sentence_and_the_check_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = Recognisers((FakeRecogniser("fer"),), {"face-api": "fetch it with this command."})
    monkeypatch.setattr(label_doubts, "available_recognisers", lambda: lacking)
    prepared = write_small_set(tmp_path / "set", [Entry("ann", "happy", "train")])
    assert run(["prepare", "--check", str(prepared.folder), "--jobs", "1"]) == 0
    printed = capsys.readouterr()
    assert "takes both recognisers: fetch it with this command." in printed.err
    assert printed.out.splitlines()[-1].endswith("regions.png")
