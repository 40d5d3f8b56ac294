from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from lgpgan.cli.application import run
from lgpgan.editing.done import FOLDER
from lgpgan.expressions.expression import Expression
from lgpgan.photos.marks import read_provenance


@pytest.fixture
def edit(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``lgpgan edit`` with the untrained weights, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run(["edit", *map(str, arguments), "--weights", str(weights)])


def pixels_of(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


class TestOutputs:
    def test_all_eight_and_a_sheet_by_default(
        self, edit, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert edit(portrait_file) == 0
        names = [f"portrait_{e}.png" for e in Expression]
        assert files(tmp_path / "lgpgan-out") == sorted([*names, "portrait_sheet.png"])
        printed = capsys.readouterr()
        assert [Path(line).name for line in printed.out.splitlines()] == [
            *names,
            "portrait_sheet.png",
        ]
        assert "synthetic" in printed.err

    def test_to_a_file(self, edit, portrait_file: Path, tmp_path: Path) -> None:
        assert edit(portrait_file, "--to", "happy", "-o", "made/smile.jpg") == 0
        assert files(tmp_path / "made") == ["smile.jpg"]
        assert (tmp_path / "made" / "smile.jpg").read_bytes().startswith(b"\xff\xd8")

    def test_nothing_is_said_of_marks_that_are_not_there(
        self, edit, portrait_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Regression: BMP files, which hold no metadata, were said to be marked in theirs."""
        assert edit(portrait_file, "--to", "happy", "-o", "smile.bmp") == 0
        assert "but for BMP files, which have none." in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["smile.heic", "smile.jxl", "smile.mov"])
    def test_a_name_that_cannot_be_written_is_no_folder(
        self, edit, portrait_file: Path, tmp_path: Path, name: str
    ) -> None:
        """Regression: ``-o smile.heic`` made a folder of that name."""
        assert edit(portrait_file, "--to", "happy", "-o", name) == 2
        assert not (tmp_path / name).exists()

    def test_the_inputs_format_is_kept(
        self, edit, astronaut: NDArray[np.uint8], tmp_path: Path
    ) -> None:
        Image.fromarray(astronaut).save(tmp_path / "p.jpg", quality=95)
        assert edit("p.jpg", "--to", "sad") == 0
        assert files(tmp_path / "lgpgan-out") == ["p_sad.jpg"]

    def test_several_expressions_are_all_written(
        self, edit, portrait_file: Path, tmp_path: Path
    ) -> None:
        """The last of them was taken, without a word on the others."""
        assert edit(portrait_file, "--to", "happy", "--to", "sad") == 0
        assert files(tmp_path / "lgpgan-out") == ["portrait_happy.png", "portrait_sad.png"]

    def test_a_pair_is_named_after_both(self, edit, portrait_file: Path, tmp_path: Path) -> None:
        assert edit(portrait_file, "--eyes", "fearful", "--mouth", "happy") == 0
        assert files(tmp_path / "lgpgan-out") == ["portrait_eyes-fearful_mouth-happy.png"]

    def test_outputs_say_that_they_are_synthetic(
        self, edit, portrait_file: Path, tmp_path: Path
    ) -> None:
        edit(portrait_file, "--to", "happy", "--intensity", "0.5")
        said = read_provenance(tmp_path / "lgpgan-out" / "portrait_happy_intensity-50.png")
        assert said is not None
        assert "happy (intensity 0.5)" in said

    def test_private_edits_name_no_place(
        self, edit, portrait_file: Path, tmp_path: Path, astronaut: NDArray[np.uint8]
    ) -> None:
        exif = Image.Exif()
        exif[ExifTags.Base.Artist], exif[ExifTags.Base.Make] = "Ann", "Camera"
        exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 30.5)})
        Image.fromarray(astronaut).save(tmp_path / "p.png", exif=exif)
        for options, kept in (((), True), (("--private",), False)):
            assert edit("p.png", "--to", "happy", "--overwrite", *options) == 0
            with Image.open(tmp_path / "lgpgan-out" / "p_happy.png") as image:
                exif = image.getexif()
                assert (ExifTags.Base.Artist in exif) == kept
                assert bool(exif.get_ifd(ExifTags.IFD.GPSInfo)) == kept
                assert exif[ExifTags.Base.Make] == "Camera"

    def test_same_bytes_twice(self, edit, portrait_file: Path, tmp_path: Path) -> None:
        for out in ("one", "two"):
            assert edit(portrait_file, "-o", out) == 0
        for name in files(tmp_path / "one"):
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()

    def test_saved_pixels_outside_the_face_are_the_inputs(
        self, edit, astronaut: NDArray[np.uint8], portrait_file: Path, tmp_path: Path
    ) -> None:
        edit(portrait_file, "--to", "surprised")
        saved = pixels_of(tmp_path / "lgpgan-out" / "portrait_surprised.png")
        np.testing.assert_array_equal(saved[350:], astronaut[350:])
        np.testing.assert_array_equal(saved[:, :100], astronaut[:, :100])

    def test_json(
        self, edit, portrait_file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        Path(tmp_path / "bad.png").write_bytes(b"no image")
        assert edit(portrait_file, "bad.png", "--to", "happy", "--json") == 1
        good, bad = map(json.loads, capsys.readouterr().out.splitlines())
        assert good["photo"] == str(portrait_file)
        assert good["faces"][0]["number"] == 1
        assert len(good["faces"][0]["box"]) == 4
        assert np.shape(good["faces"][0]["landmarks"]) == (68, 2)
        assert good["outputs"] == [
            {
                "expression": "happy",
                "eyes": {"happy": 1.0},
                "mouth": {"happy": 1.0},
                "action_units": {},
                "intensity": 1.0,
                "file": "lgpgan-out/portrait_happy.png",
            }
        ]
        assert set(bad) == {"photo", "error"}


class TestRefusals:
    """Each: exit code 2, one sentence, nothing written."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--to", "smug"), "choose one of angry"),
            (("--intensity", "1.5"), "0 to 1.3"),
            (("--face", "2"), "no face 2"),
            (("--face", "0"), "no face 0"),
            (("-o", "one.png"), "8 outputs"),
            (("--to", "all", "--eyes", "happy"), "leave out --eyes"),
            (("--to", "all", "--to", "sad"), "leave out the other --to"),
            (("--to", "sad", "--to", "happy", "--to", "sad"), "twice"),
            (("--to", "happy", "-o", "smile.gif"), "smile.gif"),
            (("--au", "smile"), "write it as AU12=0.8"),
            (("--au", "AU12=1.4"), "choose one from 0 to 1"),
            (("--au", "AU12", "--au", "AU12=0.5"), "AU12 is named twice"),
            (("--au", "AU9"), "these weights do not know AU9; they know only AU4, AU5, AU7, AU12"),
        ],
    )
    def test_what_cannot_be_done(
        self,
        edit,
        portrait_file: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        arguments: tuple[str, ...],
        said: str,
    ) -> None:
        assert edit(portrait_file, *arguments) == 2
        error = capsys.readouterr().err
        assert said in error
        assert "Traceback" not in error
        assert files(tmp_path) == ["portrait.png"]

    def test_nothing_named(self, edit, capsys: pytest.CaptureFixture[str]) -> None:
        assert edit() == 2
        assert "at least one photo" in capsys.readouterr().err

    def test_existing_output_needs_overwrite(
        self, edit, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        there = tmp_path / "lgpgan-out" / "portrait_surprised.png"
        there.parent.mkdir()
        there.write_text("mine")
        assert edit(portrait_file) == 2
        assert "--overwrite" in capsys.readouterr().err
        assert there.read_text() == "mine"
        assert files(there.parent) == [there.name]
        assert edit(portrait_file, "--overwrite") == 0
        assert pixels_of(there).shape == (512, 512, 3)

    def test_two_photos_of_one_name(
        self, edit, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other = tmp_path / "other" / "portrait.jpg"
        other.parent.mkdir()
        Image.fromarray(pixels_of(portrait_file)).save(other)
        assert edit(portrait_file, other) == 2
        assert "would both be written to" in capsys.readouterr().err

    def test_photos_of_one_name_and_different_formats(
        self, edit, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Regression: their outputs have different suffixes, and were refused all the same."""
        with Image.open(portrait_file) as image:
            image.save(tmp_path / "portrait.tiff")
        assert edit(portrait_file, "portrait.tiff", "--to", "sad") == 0
        assert files(tmp_path / "lgpgan-out") == ["portrait_sad.png", "portrait_sad.tiff"]
        assert edit(portrait_file, "portrait.tiff", "--overwrite") == 2  # both have a sheet
        assert "portrait_sheet.png" in capsys.readouterr().err

    def test_strengths_do_not_replace_each_other(
        self, edit, portrait_file: Path, tmp_path: Path
    ) -> None:
        """Regression: both were called ``portrait_happy.png``."""
        for intensity in ("0.5", "0.7"):
            assert edit(portrait_file, "--to", "happy", "--intensity", intensity) == 0
        assert files(tmp_path / "lgpgan-out") == [
            "portrait_happy_intensity-50.png",
            "portrait_happy_intensity-70.png",
        ]

    def test_a_full_disk_leaves_nothing_behind(
        self,
        edit,
        portrait_file: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("os.replace", full)
        assert edit(portrait_file, "--to", "happy") == 1
        assert "lgpgan:" in capsys.readouterr().err
        assert files(tmp_path / "lgpgan-out") == []


class TestFolders:
    def test_the_good_are_done_and_the_bad_listed_at_the_end(
        self,
        edit,
        astronaut: NDArray[np.uint8],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        folder = tmp_path / "photos"
        folder.mkdir()
        Image.fromarray(astronaut).save(folder / "a.png")
        (folder / "b.png").write_bytes(b"")
        Image.new("RGB", (400, 400)).save(folder / "c.png")
        Image.fromarray(astronaut).convert("L").save(folder / "d.png")
        Image.fromarray(astronaut).convert("CMYK").save(folder / "e.jpg")
        assert edit(folder, "--to", "happy") == 1
        made = ["a_happy.png", "d_happy.png", "e_happy.jpg"]
        assert [name for name in files(tmp_path / "lgpgan-out") if name != FOLDER] == made
        error = capsys.readouterr().err
        assert "2 of 5 photos could not be edited" in error
        assert "b.png" in error
        assert "c.png: no face was found" in error

    def test_an_empty_folder(
        self, edit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "none").mkdir()
        assert edit("none") == 2
        assert "none" in capsys.readouterr().err

    def test_a_rotated_photo_comes_out_upright(
        self, edit, astronaut: NDArray[np.uint8], tmp_path: Path
    ) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned a quarter clockwise
        Image.fromarray(np.rot90(astronaut)).save(tmp_path / "turned.png", exif=exif)
        assert edit("turned.png", "--to", "happy") == 0
        saved = pixels_of(tmp_path / "lgpgan-out" / "turned_happy.png")
        np.testing.assert_array_equal(saved[350:], astronaut[350:])
