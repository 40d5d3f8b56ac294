"""``lgpgan edit FOLDER``: what one photo or one kill may not spoil for the others."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from interruptions import kill_at
from lgpgan.backends.backend import Backend
from lgpgan.cli.application import run
from lgpgan.editing import editor, folders, outputs
from lgpgan.editing.done import FOLDER
from lgpgan.editing.editor import Editor
from lgpgan.files import is_unfinished, locked
from lgpgan.methods.weights import load_method, save_weights
from lgpgan.photos import reading
from lgpgan.photos.photo import Photo
from named_pipes import replace_by_pipe

PHOTOS = ("a.png", "b.png", "deeper/a.png", "deeper/c.png")
OUTPUTS = ["a_happy.png", "b_happy.png", "deeper/a_happy.png", "deeper/c_happy.png"]

Edit = Callable[..., int]


@pytest.fixture(scope="module")
def face(astronaut: NDArray[np.uint8]) -> Image.Image:
    """The demo photo's face, small so that tests are quick."""
    return Image.fromarray(astronaut[:300, 90:370])


@pytest.fixture(scope="module")
def photos(face: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photos, two of them in a folder of their own. Do not change them."""
    photos = tmp_path_factory.mktemp("folders") / "photos"
    (photos / "deeper").mkdir(parents=True)
    for number, name in enumerate(PHOTOS):
        face.rotate(number).save(photos / name)
    return photos


@pytest.fixture
def folder(photos: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(photos, tmp_path / "photos")


def edit_with(weights: Path, *more: object) -> int:
    """``lgpgan edit photos --to happy``."""
    return run(["edit", "photos", "--to", "happy", "--weights", str(weights), *map(str, more)])


@pytest.fixture
def edit(weights: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    """The same with the untrained weights."""
    monkeypatch.chdir(tmp_path)
    return partial(edit_with, weights)


@pytest.fixture(scope="module")
def edited(weights: Path, photos: Path) -> Path:
    """What ``edit`` makes of the photos, beside them. Do not change it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(photos.parent)
        assert edit_with(weights, "-o", "out") == 0
    return photos.parent / "out"


@pytest.fixture
def made(edited: Path, edit: Edit, tmp_path: Path) -> dict[str, bytes]:
    """What is in a folder ``out``, as if ``edit`` had just made it."""
    return contents(shutil.copytree(edited, tmp_path / "out"))


@pytest.fixture
def light_weights(whole: Path, whole_graph: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights with a graph: a new process edits with them without loading torch."""
    monkeypatch.setenv("LGPGAN_CACHE", str(whole_graph))
    return whole


def test_photos_that_differ_only_in_their_suffix_are_both_edited(
    edit: Edit, face: Image.Image, tmp_path: Path
) -> None:
    """Regression: same_name.jpg beside same_name.png was refused."""
    shutil.rmtree(tmp_path / "photos")
    (tmp_path / "photos").mkdir()
    face.save(tmp_path / "photos/same_name.jpg", quality=95)
    face.save(tmp_path / "photos/same_name.png")
    assert edit("-o", "made") == 0
    assert files(tmp_path / "made") == ["same_name_happy.jpg", "same_name_happy.png"]


def files(folder: Path) -> list[str]:
    """Every file below a folder, hidden ones and all, but for the records of what was made."""
    every = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != FOLDER)
    return sorted(str(path.relative_to(folder)) for path in every)


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


@pytest.mark.xdist_group("graphs")  # which take long to trace
def test_several_processes_make_and_say_the_same(
    edit: Edit,
    light_weights: Path,
    folder: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    edit = partial(edit, "--weights", light_weights)
    (folder / "bad.png").write_bytes(b"no image")
    assert edit("--json", "-o", "out") == 1
    alone, _ = capfd.readouterr()
    made = contents(tmp_path / "out")
    assert list(made) == OUTPUTS
    assert edit("--json", "-o", "out", "--overwrite", "--jobs", 2) == 1
    assert capfd.readouterr().out == alone
    assert contents(tmp_path / "out") == made
    named = [json.loads(line)["photo"] for line in alone.splitlines()]
    assert named == [f"photos/{n}" for n in ("a.png", "b.png", "bad.png", *PHOTOS[2:])]


def test_a_note_on_the_networks_is_told_once(
    edit: Edit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load_backend(*arguments: Any, **options: Any) -> Backend:
        backend = load_torch(*arguments, **options)
        monkeypatch.setattr(backend, "notes", ("The graph was not kept.",))
        return backend

    load_torch = editor.load_backend
    monkeypatch.setattr(editor, "load_backend", load_backend)
    assert edit("-o", "out") == 0
    assert capsys.readouterr().err.count("photos/a.png: The graph was not kept.") == 1


def test_large_photos_are_made_one_at_a_time(
    edit: Edit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On many cores so many outputs of a large photo at once took gigabytes."""
    used: list[int] = []

    def in_threads(jobs: list[Callable[[], object]], threads: int) -> list[object]:
        used.append(threads)
        return [job() for job in jobs]

    monkeypatch.setattr(folders, "cores", lambda: 16)
    monkeypatch.setattr(outputs, "in_threads", in_threads)
    assert edit("-o", "out") == 0
    with Image.open(folder / PHOTOS[0]) as photo:
        pixels = photo.width * photo.height
    for room in (3 * outputs.BYTES_A_PIXEL * pixels, 1):
        monkeypatch.setattr(outputs, "ROOM", room)
        assert edit("-o", "out", "--overwrite") == 0
    assert used == [16] * 4 + [3] * 4 + [1] * 4


def test_several_threads_make_and_say_the_same(
    edit: Edit, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said, made = [], []
    for threads in (1, 3):
        monkeypatch.setattr(folders, "cores", lambda threads=threads: threads)
        assert edit("--to", "sad", "--to", "angry", "--json", "-o", "out", "--overwrite") == 0
        said.append(capfd.readouterr().out)
        made.append(contents(tmp_path / "out"))
    assert said[0] == said[1]
    assert made[0] == made[1]
    assert len(made[0]) == 3 * len(PHOTOS)


@pytest.mark.xdist_group("graphs")  # which take long to trace
def test_a_killed_run_left_nothing_half_written_and_goes_on(
    edit: Edit, light_weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files that were written when the kill came stayed for ever, under names that nobody knew."""
    edit = partial(edit, "--weights", light_weights)
    assert edit("-o", "whole") == 0
    command = ["edit", "photos", "--to", "happy", "-o", "out", "--weights", str(light_weights)]
    kill_at(5, command)  # a record before and after each output
    left = files(tmp_path / "out")
    assert len(left) == 2
    assert is_unfinished(Path(left[0]))
    assert left[1] == "a_happy.png"
    first = (tmp_path / "out" / "a_happy.png").stat().st_mtime_ns
    capsys.readouterr()
    assert edit("-o", "out", "--resume") == 0
    assert "1 of 4 photos were done already" in capsys.readouterr().err
    assert (tmp_path / "out" / "a_happy.png").stat().st_mtime_ns == first
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_full_disk_stops_the_run_which_goes_on_later(
    edit: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every photo that followed was edited for nothing."""
    replace, written = os.replace, []

    def full(source: Path, target: Path) -> None:
        if Path(target).parent.name != FOLDER:
            written.append(target)
        if len(written) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    assert edit("-o", "out") == 1
    assert "the disk is full; make room" in capsys.readouterr().err
    assert len(written) == 2
    assert files(tmp_path / "out") == OUTPUTS[:1]
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert edit("-o", "out", "--resume") == 0
    assert files(tmp_path / "out") == OUTPUTS


def test_a_photo_that_vanishes_meanwhile_is_reported(
    edit: Edit,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened = Editor.open

    def vanish(self: Editor, *arguments: object, **more: object) -> object:
        (folder / "b.png").unlink(missing_ok=True)
        return opened(self, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Editor, "open", vanish)
    assert edit("-o", "out") == 1
    error = capsys.readouterr().err
    assert "1 of 4 photos could not be edited" in error
    assert "b.png" in error
    assert files(tmp_path / "out") == [OUTPUTS[0], *OUTPUTS[2:]]


def test_a_second_run_in_the_same_folder_is_refused(
    edit: Edit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with locked(tmp_path / "out"):
        assert edit("-o", "out") == 2
    assert "another run is writing to out" in capsys.readouterr().err
    assert files(tmp_path / "out") == []


def test_a_folder_that_cannot_be_written_to_is_said_once(
    edit: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert edit("-o", "out") == 2
    assert capsys.readouterr().err.count("out cannot be written to (Permission denied)") == 1


def test_outputs_among_the_photos_are_not_edited_again(edit: Edit, folder: Path) -> None:
    for more in ((), ("--overwrite",)):
        assert edit("-o", "photos/out", *more) == 0
    assert files(folder / "out") == OUTPUTS


class TestResuming:
    def test_only_what_is_missing_is_made(
        self, edit: Edit, tmp_path: Path, made: dict[str, bytes]
    ) -> None:
        (tmp_path / "out" / "deeper" / "a_happy.png").unlink()
        kept = (tmp_path / "out" / "a_happy.png").stat().st_mtime_ns
        assert edit("-o", "out", "--resume") == 0
        assert contents(tmp_path / "out") == made
        assert (tmp_path / "out" / "a_happy.png").stat().st_mtime_ns == kept

    def test_what_was_made_otherwise_is_not_taken_for_done(
        self, edit: Edit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A weaker edit has the name of the one that is asked for."""
        assert edit("-o", "out", "--intensity", "0.5") == 0
        for file in (tmp_path / "out").rglob("*_intensity-50.png"):
            file.rename(file.with_name(file.name.replace("_intensity-50", "")))
        made = contents(tmp_path / "out")
        assert edit("-o", "out", "--resume") == 1
        assert "does not show what is asked for" in capsys.readouterr().err
        assert contents(tmp_path / "out") == made

    def test_a_sheet_that_is_missing_is_made(
        self, weights: Path, portrait_file: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "out"
        command = ["edit", str(portrait_file), "-o", str(out), "--weights", str(weights)]
        assert run(command) == 0
        made = contents(out)
        (out / "portrait_sheet.png").unlink()
        assert run([*command, "--resume"]) == 0
        assert contents(out) == made

    @pytest.mark.usefixtures("made")
    def test_a_skipped_photo_is_not_decoded(
        self,
        edit: Edit,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(reading, "read_photo", None)
        assert edit("-o", "out", "--resume", "--json") == 0
        reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert reports == [{"photo": f"photos/{name}", "skipped": True} for name in PHOTOS]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--jobs", "0"), "--jobs 1 or more"),
        (("--resume", "--overwrite"), "choose one"),
        (("--face", "1", "--select", "largest"), "leave one of them out"),
    ],
)
def test_what_cannot_be_asked_for(
    edit: Edit,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    assert edit("-o", "out", *arguments) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists() or files(tmp_path / "out") == []


def test_weights_that_cannot_be_used_are_named_by_every_number_of_processes(
    edit: Edit, capfd: pytest.CaptureFixture[str]
) -> None:
    """Raised while a process began, it was said to have run out of memory."""
    for jobs in (1, 2):
        assert edit("--weights", "nowhere.safetensors", "--jobs", jobs) == 2
        assert "no weights at nowhere.safetensors" in capfd.readouterr().err


class TestOneBadPhoto:
    """Regression: what one photo raised that was no sentence ended the run of all others."""

    @pytest.mark.parametrize(
        ("raised", "said"),
        [
            (RecursionError("maximum recursion depth exceeded"), "nested too deeply"),
            (MemoryError(), "memory ran out"),
            (ZeroDivisionError("oh"), "ZeroDivisionError: oh"),
            (OSError(errno.EIO, "Input/output error", "b.png"), "Input/output error"),
        ],
    )
    def test_stops_none_of_the_others_whatever_it_raises(
        self,
        edit: Edit,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        raised: Exception,
        said: str,
    ) -> None:
        opened = Editor.open

        def fail(self: Editor, photo: Photo, **more: object) -> object:
            if photo.path is not None and photo.path.name == "b.png":
                raise raised
            return opened(self, photo, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(Editor, "open", fail)
        assert edit("-o", "out") == 1
        assert files(tmp_path / "out") == [OUTPUTS[0], *OUTPUTS[2:]]
        error = capsys.readouterr().err
        assert "1 of 4 photos could not be edited" in error
        assert said in error
        assert "b.png" in error

    def test_alone_shows_where_it_came_from(
        self, edit: Edit, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys
    ) -> None:
        def fail(self: Editor, photo: Photo, **more: object) -> None:
            raise ZeroDivisionError("oh")

        monkeypatch.setattr(Editor, "open", fail)
        for name in PHOTOS[1:]:
            (folder / name).unlink()
        assert edit("-o", "out", "--debug") == 1
        error = capsys.readouterr().err
        assert "in fail" in error
        assert "ZeroDivisionError: oh" in error

    def test_may_have_a_name_that_leaves_no_room_for_its_outputs(
        self, edit: Edit, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        name = "x" * 246 + ".png"
        (folder / "b.png").rename(folder / name)
        assert edit("-o", "out") == 1
        assert files(tmp_path / "out") == [OUTPUTS[0], *OUTPUTS[2:]]
        error = capsys.readouterr().err
        assert "too long" in error
        assert "should not have happened" not in error


class TestPhotosStay:
    def test_the_photo_itself_is_replaced_in_place_only(
        self, weights: Path, face: Image.Image, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Regression: ``-o`` that named the photo replaced it with --overwrite, for ever."""
        photo, link = tmp_path / "a.png", tmp_path / "link.png"
        face.save(photo)
        link.symlink_to(photo)
        before = photo.read_bytes()
        command = ["edit", str(photo), "--to", "happy", "--weights", str(weights)]
        for out in (photo, tmp_path / "." / "a.png", link):
            assert run([*command, "-o", str(out), "--overwrite"]) == 2
            assert "add --in-place" in capsys.readouterr().err
        assert run([*command, "-o", str(tmp_path / "b.png"), "--in-place"]) == 2
        assert photo.read_bytes() == before
        assert run([*command, "-o", str(photo), "--in-place"]) == 0
        assert photo.read_bytes() != before

    def test_no_output_takes_the_place_of_another_photo(
        self, edit: Edit, folder: Path, face: Image.Image, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Regression: the photo a_happy.png was lost where a.png was edited beside it."""
        face.save(folder / "a_happy.png")
        before = (folder / "a_happy.png").read_bytes()
        assert edit("-o", "photos", "--overwrite") == 2
        assert "would have the name of photos/a_happy.png" in capsys.readouterr().err
        assert (folder / "a_happy.png").read_bytes() == before

    @pytest.mark.parametrize("suffix", [".png", ".bmp"])
    def test_what_was_made_is_not_edited_again(
        self, edit: Edit, folder: Path, face: Image.Image, suffix: str
    ) -> None:
        """Regression: ``edit F -o F --resume`` edited its own outputs, and theirs, and so on."""
        for name in PHOTOS:
            face.save((folder / name).with_suffix(suffix))
            if suffix != ".png":
                (folder / name).unlink()
        outputs = [name.replace(".png", suffix) for name in OUTPUTS]
        for _ in range(3):
            assert edit("-o", "photos", "--resume") == 0
            assert [name for name in files(folder) if "happy" in name] == outputs
        assert edit("-o", "out") == 0  # nor where they go elsewhere

    @pytest.mark.usefixtures("made")
    def test_a_folder_of_nothing_else_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["edit", "out"]) == 2
        assert "were made by lgpgan" in capsys.readouterr().err


class TestWhatIsDone:
    """Regression: --resume took a file for done by its name, and by what it says of itself."""

    @pytest.mark.parametrize("left", [0, 100, -1])
    def test_not_what_was_cut(
        self, edit: Edit, tmp_path: Path, made: dict[str, bytes], left: int
    ) -> None:
        (tmp_path / "out" / "b_happy.png").write_bytes(made["b_happy.png"][:left])
        assert edit("-o", "out", "--resume") == 0
        assert contents(tmp_path / "out") == made

    def test_not_of_a_photo_replaced_while_it_is_read(
        self,
        edit: Edit,
        folder: Path,
        face: Image.Image,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Its digest was taken when it had been read: the edit of the earlier one was kept."""
        read = reading.read_photo

        def read_and_replace(path: Path) -> Photo:
            photo = read(path)
            if path.name == "b.png":
                face.rotate(5).save(path)
            return photo

        with monkeypatch.context() as patched:
            patched.setattr(reading, "read_photo", read_and_replace)
            assert edit("-o", "out") == 0
        before = contents(tmp_path / "out")["b_happy.png"]
        assert edit("-o", "out", "--resume") == 0
        assert contents(tmp_path / "out")["b_happy.png"] != before

    def test_not_of_a_photo_that_was_another_while_it_was_read(
        self,
        edit: Edit,
        folder: Path,
        face: Image.Image,
        tmp_path: Path,
        made: dict[str, bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Of 40 photos replaced again and again, one edit was of another photo, and kept."""
        read = reading.read_photo

        def read_another(path: Path) -> Photo:
            if path.name != "b.png":
                return read(path)
            path.rename(folder / "kept")
            face.rotate(5).save(path)
            try:
                return read(path)
            finally:
                (folder / "kept").replace(path)

        with monkeypatch.context() as patched:
            patched.setattr(reading, "read_photo", read_another)
            assert edit("-o", "out", "--overwrite") == 0
        assert contents(tmp_path / "out") != made
        assert edit("-o", "out", "--resume") == 0
        assert contents(tmp_path / "out") == made

    def test_nor_where_the_record_is_a_named_pipe(
        self, edit: Edit, tmp_path: Path, made: dict[str, bytes]
    ) -> None:
        """The program waited for ever for somebody to write to it."""
        for record in (tmp_path / "out" / FOLDER).iterdir():
            replace_by_pipe(record)
        assert edit("-o", "out", "--resume") in (0, 1)
        assert contents(tmp_path / "out") == made

    def test_not_of_another_photo(
        self,
        edit: Edit,
        folder: Path,
        face: Image.Image,
        tmp_path: Path,
        made: dict[str, bytes],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        face.rotate(5).save(folder / "b.png")
        assert edit("-o", "out", "--resume") == 0
        assert "3 of 4 photos were done already" in capsys.readouterr().err
        again = contents(tmp_path / "out")
        assert again.pop("b_happy.png") != made.pop("b_happy.png")
        assert again == made

    @pytest.mark.parametrize("other", ["weights", "options"])
    def test_not_what_was_made_otherwise(
        self,
        edit: Edit,
        weights: Path,
        tmp_path: Path,
        made: dict[str, bytes],
        capsys: pytest.CaptureFixture[str],
        other: str,
    ) -> None:
        more = ["--min-size", "1"]
        if other == "weights":
            # what was trained further has other bytes
            method = load_method(weights)
            further = replace(method.info, images=method.info.images + 1)
            save_weights(tmp_path / "further.safetensors", method.generator, further)
            more = ["--weights", str(tmp_path / "further.safetensors")]
        assert edit("-o", "out", "--resume", *more) == 1
        error = capsys.readouterr().err
        assert error.count("was made with other weights or options") == 4
        assert contents(tmp_path / "out") == made

    def test_not_a_foreign_file(
        self, edit: Edit, face: Image.Image, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "out").mkdir()
        face.save(tmp_path / "out" / "b_happy.png")
        before = (tmp_path / "out" / "b_happy.png").read_bytes()
        assert edit("-o", "out", "--resume") == 1
        assert "is nothing that lgpgan wrote" in capsys.readouterr().err
        assert (tmp_path / "out" / "b_happy.png").read_bytes() == before

    def test_also_where_the_folder_was_copied(
        self, edit: Edit, tmp_path: Path, made: dict[str, bytes], capsys
    ) -> None:
        shutil.copytree(tmp_path / "out", tmp_path / "copy")
        assert edit("-o", "copy", "--resume") == 0
        assert "4 of 4 photos were done already" in capsys.readouterr().err
        for path in (tmp_path / "copy").rglob(FOLDER):
            shutil.rmtree(path)
        assert edit("-o", "copy", "--resume") == 0
        assert contents(tmp_path / "copy") == made
