"""What building a set takes, with a worker that only counts.

That a build survives kills, and that its processes leave with it, is tested with the studio.
"""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path

import pytest

from lgpgan.datasets.building import (
    claim,
    class_folders,
    failure_of_photo,
    pending,
    plain_name,
    read_result,
    work_through,
    write_result,
)
from lgpgan.errors import DestinationError, InputError, LgpganError


class Counting:
    """Writes down what it was given, and in which process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def process(self, name: str, entry: object) -> None:
        if entry == "deadly":
            os._exit(1)
        write_result(self.folder, name, {"records": [entry], "process": os.getpid()})


@pytest.mark.parametrize("workers", [1, 2])
def test_every_photo_is_worked_on_once(tmp_path: Path, workers: int) -> None:
    """More photos than may wait at a time: they are handed out as others are done."""
    claim(tmp_path, "settings.json", {})
    jobs = [(f"photo-{number:02}", f"entry {number}") for number in range(40)]
    assert sum(1 for _ in work_through(jobs, partial(Counting, tmp_path), workers)) == 40
    results = {name: read_result(tmp_path, name) for name, _ in jobs}
    assert [(name, result["records"][0]) for name, result in results.items()] == jobs
    assert (os.getpid() in {result["process"] for result in results.values()}) == (workers == 1)


def test_no_worker_is_made_for_nothing(tmp_path: Path) -> None:
    def start() -> Counting:
        raise AssertionError("made")

    assert list(work_through([], start, 2)) == []


def test_a_process_that_dies_is_reported(tmp_path: Path) -> None:
    claim(tmp_path, "settings.json", {})
    jobs = [("a", "deadly"), ("b", "harmless")]
    with pytest.raises(LgpganError, match=r"ended unexpectedly.*with fewer --jobs"):
        list(work_through(jobs, partial(Counting, tmp_path), 2))


def test_results_are_kept(tmp_path: Path) -> None:
    claim(tmp_path, "settings.json", {})
    assert read_result(tmp_path, "b") == {}
    write_result(tmp_path, "b", {"records": ["x"]})
    write_result(tmp_path, "a", {"error": "no face"})
    assert read_result(tmp_path, "a") == {"error": "no face"}
    seen = []
    pending(tmp_path, {}, lambda *of_photo: seen.append(of_photo))
    assert seen == [("b", None, {"records": ["x"]})]


def test_a_folder_is_claimed_with_its_options(tmp_path: Path) -> None:
    claim(tmp_path / "set", "settings.json", {"size": 128})
    claim(tmp_path / "set", "settings.json", {"size": 128})
    with pytest.raises(InputError, match="begun with other options"):
        claim(tmp_path / "set", "settings.json", {"size": 256})
    with pytest.raises(InputError, match="already holds something else"):
        claim(tmp_path, "settings.json", {})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("happy", "happy"),
        ("../x y", "_._x_y"),
        ("x" * 120, "x" * 120),
        ("y" + "x" * 400, "x" * 111 + "-c0ffee00"),
    ],
)
def test_a_name_is_one_that_files_can_have(text: str, name: str) -> None:
    """Regression: a class with a label of 400 characters had no folder, and ended the run."""
    made = plain_name(text)
    assert made[:-8] == name[:-8] if len(text) > 120 else made == name
    assert len(made) <= 120
    assert plain_name("z" + text[1:]) != made


def test_every_class_has_a_folder_of_its_own() -> None:
    """Regression: a/b, a_b and a with a line break and b shared one: three classes were merged."""
    names = ["a/b", "a_b", "a\nb", "very happy", "..", "con", "<b>x</b>", "A_B"]
    folders = class_folders(names)
    assert len({folder.casefold() for folder in folders.values()}) == len(names)
    assert folders["very happy"] == "very_happy"
    assert folders["con"] == "_con"
    assert all(set(folder).isdisjoint("/\\\n<>") for folder in folders.values())
    assert not any(folder.startswith(".") for folder in folders.values())


class TestFailures:
    def test_of_one_photo_is_given_back(self, tmp_path: Path) -> None:
        claim(tmp_path, "settings.json", {})
        assert "memory" in str(failure_of_photo(tmp_path, MemoryError()))
        unreadable = OSError(errno.EIO, "Input/output error", "photo.jpg")
        assert "photo.jpg" in str(failure_of_photo(tmp_path, unreadable))

    def test_of_the_folder_stops_the_work(self, tmp_path: Path) -> None:
        """Regression: what was left of a run whose folder was deleted should not have happened."""
        gone = OSError(errno.ENOENT, "No such file or directory")
        with pytest.raises(DestinationError, match=r"set cannot be written \(No such file"):
            failure_of_photo(tmp_path / "set", gone)
        with pytest.raises(DestinationError, match="see that it is there"):
            write_result(tmp_path / "set", "a", {})
