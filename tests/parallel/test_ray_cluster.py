"""The same work on a real Ray cluster of this machine, a worker of which dies on the way."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lgpgan.augmentation.augment import augment_set
from lgpgan.augmentation.methods import TrainedMethod
from lgpgan.augmentation.options import AugmentationOptions, GateLimits
from lgpgan.cli.application import run
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError, LgpganError, MissingPartError
from lgpgan.parallel.engine import find_engine
from lgpgan.parallel.processes import AHEAD, work
from lgpgan.parallel.ray_cluster import ATTEMPTS, work_on_ray
from small_set import Entry, write_small_set

ADVICE = "try again"
pytestmark = pytest.mark.xdist_group("ray")  # one cluster, not one a worker


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """Started once for all tests, as far as they do not ask for one of their own."""
    ray = pytest.importorskip("ray")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    terminate = signal.getsignal(signal.SIGTERM)
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=100 * 2**20,
        logging_level="ERROR",
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path)}},
    )
    yield
    ray.shutdown()
    signal.signal(signal.SIGTERM, terminate)  # Ray's handler stays, and other tests send signals


def squares(folder: Path, mark: str = "first") -> Callable[[int], tuple[int, str]]:
    """Squares numbers and writes down each; its process is killed the first time it meets 5.

    13 kills it every time, and 7 it cannot stand.
    """

    def square(number: int) -> tuple[int, str]:
        with (folder / f"{number}.begun").open("a") as file:
            file.write(".")
        if number == 13 or (number == 5 and mark == "first"):
            os.kill(os.getpid(), signal.SIGKILL)
        if number == 7:
            raise InputError("seven")
        (folder / f"{number}.done").write_text(mark)
        return number**2, mark

    return square


def fail() -> Callable[[int], int]:
    raise InputError("cannot begin")


def test_a_killed_worker_is_replaced_and_no_job_is_lost_or_given_twice(tmp_path: Path) -> None:
    jobs = [*range(7), *range(20, 40)]
    results = list(
        work_on_ray(
            jobs,
            partial(squares, tmp_path),
            2,
            advice=ADVICE,
            again=partial(squares, tmp_path, "again"),
        )
    )
    assert [square for square, _ in results] == [number**2 for number in jobs]
    assert dict(zip(jobs, results, strict=True))[5] == (25, "again")
    assert (tmp_path / "5.begun").read_text() == ".."
    done = sorted(int(path.stem) for path in tmp_path.glob("*.done"))
    assert done == jobs


@pytest.mark.nightly
def test_a_job_that_kills_every_worker_is_named_as_the_reason(tmp_path: Path) -> None:
    with pytest.raises(LgpganError, match=f"died {ATTEMPTS} times at the same job.*{ADVICE}"):
        list(work_on_ray([1, 13], partial(squares, tmp_path), 1, advice=ADVICE))
    assert (tmp_path / "13.begun").read_text() == "." * ATTEMPTS


@pytest.mark.nightly
def test_what_a_job_or_the_beginning_raises_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^seven$"):
        list(work_on_ray([1, 7, 2], partial(squares, tmp_path), 2, advice=ADVICE))
    with pytest.raises(InputError, match=r"^cannot begin$"):
        list(work_on_ray([1, 2], fail, 2, advice=ADVICE))


@pytest.mark.nightly
def test_few_jobs_are_taken_up_ahead(tmp_path: Path) -> None:
    taken: list[int] = []

    def jobs() -> Iterator[int]:
        for number in range(100, 200):
            taken.append(number)
            yield number

    results = work_on_ray(jobs(), partial(squares, tmp_path), 2, advice=ADVICE)
    next(results)
    assert len(taken) <= 2 * AHEAD
    results.close()  # type: ignore[attr-defined]


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*.png") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.nightly
def test_a_folder_is_edited_alike(
    weights: Path, astronaut: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    face = Image.fromarray(astronaut[:300, 90:370])
    for number in range(3):
        face.rotate(number).save(photos / f"{number}.png")
    made = []
    for engine in ("local", "ray"):
        out = tmp_path / engine
        options = ["--to", "happy", "--weights", str(weights), "-o", str(out), "--engine", engine]
        assert run(["edit", str(photos), *options]) == 0
        made.append(contents(out))
    assert made[0] == made[1]
    assert len(made[0]) == 3


@pytest.mark.nightly
def test_a_set_is_enlarged_alike(weights: Path, tmp_path: Path) -> None:
    people = write_small_set(
        tmp_path / "people",
        [Entry("ann", "neutral", "train", "ann_0"), Entry("ann", "happy", "train", "ann_1")],
    )
    limits = GateLimits(change=0.0, left_out=("no face", "other person", "not read"))
    options = AugmentationOptions(per_class=80, classes=("sad",), limits=limits)

    def enlarged(name: str, engine: str) -> PreparedSet:
        chosen = find_engine("ray" if engine == "ray" else "local")
        return augment_set(
            people, tmp_path / name, TrainedMethod(weights), options, processes=2, engine=chosen
        ).prepared

    local, spread = enlarged("one", "local"), enlarged("two", "ray")
    assert local.content_hash == spread.content_hash
    assert len(spread.records) == 80


def test_a_cluster_that_is_not_there_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray tried for minutes, and printed warnings of its own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("RAY_ADDRESS", address)
        monkeypatch.setattr("ray.is_initialized", lambda: False)
        with pytest.raises(LgpganError, match=f"The Ray cluster {address} cannot be used"):
            next(work_on_ray([1], fail, 1, advice=ADVICE))


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPartError, match=r"pip install 'lgpgan\[ray\]'"):
        next(work_on_ray([1], fail, 1, advice=ADVICE))


def test_the_usual_engine_is_this_machine() -> None:
    assert find_engine("local") is work
