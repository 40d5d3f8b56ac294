"""What building a set takes, with a worker that only counts.

That a build survives kills, and that its processes leave with it, is tested with the studio.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from lgpgan.datasets.building import claim, finished, read_result, work_through, write_result
from lgpgan.errors import InputError, LgpganError


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
    results = dict(finished(tmp_path))
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
    assert list(finished(tmp_path)) == [("b", {"records": ["x"]})]


def test_a_folder_is_claimed_with_its_options(tmp_path: Path) -> None:
    claim(tmp_path / "set", "settings.json", {"size": 128})
    claim(tmp_path / "set", "settings.json", {"size": 128})
    with pytest.raises(InputError, match="begun with other options"):
        claim(tmp_path / "set", "settings.json", {"size": 256})
    with pytest.raises(InputError, match="already holds something else"):
        claim(tmp_path, "settings.json", {})
