"""Mixtures, strips and animations on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lgpgan.cli.application import run
from lgpgan.expressions.expression import Expression
from lgpgan.photos.marks import read_provenance
from marked import unmarked_pictures


@pytest.fixture
def edit(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``lgpgan edit`` with the untrained weights, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run(["edit", *map(str, arguments), "--weights", str(weights)])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Animations of a fifth of a second."""
    monkeypatch.setattr("lgpgan.editing.animation.SECONDS", 0.2)


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_mixture_is_named_and_described(
    edit, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ("--to", "happy=0.6,surprised=0.4", "--intensity", "0.5", "--json")
    assert edit(portrait_file, *wanted) == 0
    (output,) = json.loads(capsys.readouterr().out)["outputs"]
    assert output["expression"] == "happy-60+surprised-40"
    assert output["eyes"] == output["mouth"] == {"happy": 0.6, "surprised": 0.4}
    assert output["intensity"] == 0.5
    file = tmp_path / output["file"]
    assert file.name == "portrait_happy-60+surprised-40_intensity-50.png"
    assert "happy-60+surprised-40 (intensity 0.5)" in str(read_provenance(file))


def test_action_units_are_named_and_described(
    edit, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edit(portrait_file, "--au", "AU12=0.8", "--au", "AU4", "--json") == 0
    (output,) = json.loads(capsys.readouterr().out)["outputs"]
    assert output["expression"] == "AU4+AU12-80"
    assert output["eyes"] == output["mouth"] == {}
    assert output["action_units"] == {"4": 1.0, "12": 0.8}
    file = tmp_path / output["file"]
    assert file.name == "portrait_AU4+AU12-80.png"
    assert "AU4+AU12-80 (intensity 1)" in str(read_provenance(file))


def test_action_units_come_on_top_of_each_expression(
    edit, portrait_file: Path, tmp_path: Path
) -> None:
    assert edit(portrait_file, "--to", "sad", "--to", "happy", "--au", "AU4=0.5") == 0
    assert made(tmp_path / "lgpgan-out") == [
        "portrait_happy_AU4-50.png",
        "portrait_sad_AU4-50.png",
    ]
    assert edit(portrait_file, "--au", "AU12", "--strip", 3) == 0
    assert (tmp_path / "lgpgan-out/portrait_AU12_strip.png").is_file()


def test_a_strip_has_a_row_for_every_expression_but_neutral(
    edit, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edit(portrait_file, "--strip", 2) == 0
    assert made(tmp_path / "lgpgan-out") == ["portrait_strip.png"]
    assert capsys.readouterr().out.strip().endswith("portrait_strip.png")
    with Image.open(tmp_path / "lgpgan-out/portrait_strip.png") as sheet:
        assert sheet.height > sheet.width * (len(Expression) - 1) / 2
    assert "synthetic" in str(read_provenance(tmp_path / "lgpgan-out/portrait_strip.png"))


def test_a_strip_of_one_expression_goes_to_a_file(
    edit, portrait_file: Path, tmp_path: Path
) -> None:
    assert edit(portrait_file, "--to", "sad", "--strip", 3, "-o", "made/sad.png") == 0
    assert edit(portrait_file, "--to", "sad", "--strip", 3) == 0
    assert made(tmp_path / "made") == ["sad.png"]
    assert made(tmp_path / "lgpgan-out") == ["portrait_sad_strip.png"]


def test_a_strip_says_what_it_shows(
    edit, astronaut: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)
    Image.fromarray(both).save(tmp_path / "two.png")
    halves = ("--eyes", "fearful=0.5", "--mouth", "happy", "--strip", 2, "--json")
    assert edit("two.png", *halves) == 0
    report = json.loads(capsys.readouterr().out)
    (output,) = report["outputs"]
    assert output["face"] in (1, 2)
    (row,) = output["rows"]
    assert row == {
        "expression": "eyes-fearful-50_mouth-happy",
        "eyes": {"fearful": 0.5},
        "mouth": {"happy": 1.0},
        "action_units": {},
        "intensities": [0.0, 1.3],
    }
    assert any(f"face {output['face']}, the largest" in note for note in report["notes"])
    assert "2 strengths of eyes-fearful-50, mouth-happy" in str(read_provenance(output["file"]))
    assert edit("two.png", *halves, "--face", 1, "--overwrite") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["outputs"][0]["face"] == 1
    assert report["notes"] == []


def test_animations_of_both_kinds(
    edit, quick: None, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    av = pytest.importorskip("av", reason="PyAV is not installed")
    assert edit(portrait_file, "--to", "happy", "--gif", "--mp4", "--json") == 0
    outputs = json.loads(capsys.readouterr().out)["outputs"]
    assert [Path(output["file"]).name for output in outputs] == [
        "portrait_happy.gif",
        "portrait_happy.mp4",
    ]
    assert made(tmp_path / "lgpgan-out") == ["portrait_happy.gif", "portrait_happy.mp4"]
    assert unmarked_pictures(tmp_path / "lgpgan-out") == []
    with Image.open(tmp_path / "lgpgan-out/portrait_happy.gif") as gif:
        assert gif.n_frames == 4
        assert gif.info["loop"] == 0
        assert b"synthetic" in gif.info["comment"]
    with av.open(str(tmp_path / "lgpgan-out/portrait_happy.mp4")) as film:
        assert "synthetic" in film.metadata["comment"]
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == 5
    first = frames[0].astype(float)
    assert np.abs(frames[2] - first).mean() > np.abs(frames[1] - first).mean() > 0.05


def test_an_animation_is_the_same_each_time(
    edit, quick: None, portrait_file: Path, tmp_path: Path
) -> None:
    for name in ("one.gif", "two.gif"):
        assert edit(portrait_file, "--to", "happy", "--gif", "-o", name) == 0
    assert (tmp_path / "one.gif").read_bytes() == (tmp_path / "two.gif").read_bytes()


def test_large_photos_are_reduced_to_even_sides(
    edit, quick: None, portrait_file: Path, tmp_path: Path
) -> None:
    with Image.open(portrait_file) as image:
        image.crop((0, 0, 511, 400)).resize((1533, 1200)).save(tmp_path / "large.png")
    assert edit("large.png", "--to", "happy", "--gif") == 0
    with Image.open(tmp_path / "lgpgan-out/large_happy.gif") as gif:
        assert gif.size == (640, 500)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "happy=0.9,sad=0.9"), "comes to 1.8 in all"),
        (("--to", "happy=very"), "write it as happy=0.6"),
        (("--strip", "1"), "two steps at least"),
        (("--strip", "3", "--intensity", "0.5"), "leave out --intensity"),
        (("--to", "happy", "--gif", "-o", "film.mp4"), "name a .gif file"),
        (("--to", "happy", "--gif", "--mp4", "-o", "film.mp4"), "there will be 2 outputs"),
        (("--to", "happy", "--strip", "3", "-o", "strip.gif"), "name a .png file"),
    ],
)
def test_what_cannot_be_made_is_said(
    edit,
    portrait_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    before = made(tmp_path)
    assert edit(portrait_file, *arguments) == 2
    assert sentence in capsys.readouterr().err
    assert made(tmp_path) == before


def test_an_animation_that_exists_is_kept(
    edit, quick: None, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "film.gif").write_bytes(b"mine")
    assert edit(portrait_file, "--to", "happy", "--gif", "-o", "film.gif") == 2
    assert "pass --overwrite" in capsys.readouterr().err
    assert (tmp_path / "film.gif").read_bytes() == b"mine"
    assert edit(portrait_file, "--to", "happy", "--gif", "-o", "film.gif", "--overwrite") == 0
    assert (tmp_path / "film.gif").read_bytes() != b"mine"


def test_nothing_is_written_when_one_of_the_files_exists(
    edit, quick: None, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The strip was written before the animation's file was looked at."""
    (tmp_path / "lgpgan-out").mkdir()
    (tmp_path / "lgpgan-out/portrait_happy.gif").write_bytes(b"mine")
    assert edit(portrait_file, "--to", "happy", "--strip", "2", "--gif") == 2
    assert "portrait_happy.gif exists" in capsys.readouterr().err
    assert made(tmp_path / "lgpgan-out") == ["portrait_happy.gif"]


def test_a_missing_video_library_is_named(
    edit, portrait_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    assert edit(portrait_file, "--to", "happy", "--mp4") != 0
    assert "pip install 'lgpgan[video]'" in capsys.readouterr().err
