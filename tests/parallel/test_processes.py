from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Barrier, get_ident

import pytest

from lgpgan.errors import InputError, LgpganError
from lgpgan.parallel.processes import AHEAD, cores, in_threads, work

ADVICE = "try again"


def start() -> Callable[[int], tuple[int, int, str | None]]:
    """Squares numbers, but leaves at 13 and cannot stand 7."""

    def square(number: int) -> tuple[int, int, str | None]:
        if number == 13:
            os._exit(1)
        if number == 7:
            raise InputError("seven")
        return number**2, os.getpid(), os.environ.get("OMP_NUM_THREADS")

    return square


def fail() -> Callable[[int], int]:
    raise InputError("cannot begin")


@pytest.mark.parametrize("processes", [1, 2])
def test_results_keep_the_order_of_the_jobs(processes: int) -> None:
    jobs = [*range(7), *range(20, 45)]
    results = list(work(jobs, start, processes, advice=ADVICE))
    assert [square for square, _, _ in results] == [number**2 for number in jobs]
    assert (os.getpid() in {pid for _, pid, _ in results}) == (processes == 1)
    if processes > 1:
        assert {threads for _, _, threads in results} == {"1"}


def test_few_jobs_are_taken_up_ahead() -> None:
    taken: list[int] = []

    def jobs() -> Iterator[int]:
        for number in range(100, 200):
            taken.append(number)
            yield number

    results = work(jobs(), start, 2, advice=ADVICE)
    next(results)
    assert len(taken) == 2 * AHEAD + 1
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_job_or_the_beginning_raises_is_raised_here(processes: int) -> None:
    with pytest.raises(InputError, match="seven"):
        list(work([1, 7, 2], start, processes, advice=ADVICE))
    with pytest.raises(InputError, match="cannot begin"):
        list(work([1, 2], fail, processes, advice=ADVICE))


def test_a_process_that_dies_is_reported_with_advice() -> None:
    with pytest.raises(LgpganError, match=r"ended unexpectedly.*; try again\.$"):
        list(work([1, 13, 2], start, 2, advice=ADVICE))


SLOW_WORK = """
import time
from lgpgan.parallel.processes import work

def start():
    return time.sleep

if __name__ == "__main__":
    for _ in work([0, 0, 600, 600], start, 2, advice="try again"):
        print("ready", flush=True)
"""


def test_sigterm_leaves_nothing_behind(tmp_path: Path) -> None:
    """Regression: Python warned of semaphores that were left behind by 'lgpgan augment'."""
    script = tmp_path / "slow.py"
    script.write_text(SLOW_WORK)
    words = [sys.executable, str(script)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (128 + signal.SIGTERM, b"")


def test_what_others_do_at_sigterm_stays() -> None:
    def own(number: int, frame: object) -> None:
        del number, frame

    before = signal.signal(signal.SIGTERM, own)
    try:
        for _ in work([1, 2], start, 2, advice=ADVICE):
            assert signal.getsignal(signal.SIGTERM) is own
    finally:
        signal.signal(signal.SIGTERM, before)


def test_nothing_to_do() -> None:
    assert list(work([], fail, 2, advice=ADVICE)) == []
    assert list(work([], fail, 1, advice=ADVICE)) == []


class TestThreads:
    def test_jobs_run_at_the_same_time_and_keep_their_order(self) -> None:
        """Each waits for the other: one after the other they would wait for ever."""
        meeting = Barrier(2, timeout=20)

        def meet(number: int) -> tuple[int, int]:
            meeting.wait()
            return number, get_ident()

        results = in_threads([partial(meet, number) for number in range(6)], 2)
        assert [number for number, _ in results] == list(range(6))
        assert len({thread for _, thread in results}) == 2

    @pytest.mark.parametrize(("jobs", "threads"), [(3, 1), (1, 4)])
    def test_one_at_a_time_needs_no_thread(self, jobs: int, threads: int) -> None:
        assert in_threads([get_ident] * jobs, threads) == [get_ident()] * jobs

    @pytest.mark.parametrize("threads", [1, 2])
    def test_after_a_failure_no_other_job_is_begun(self, threads: int) -> None:
        begun: list[int] = []

        def do(number: int) -> None:
            begun.append(number)
            if number == 0:
                raise InputError("zero")
            time.sleep(0.001)  # or the other thread does all of them before it hears of the failure

        with pytest.raises(InputError, match="zero"):
            in_threads([partial(do, number) for number in range(1000)], threads)
        assert 0 in begun
        assert len(begun) < 1000

    @pytest.mark.parametrize(("said", "limit"), [("1", 1), ("0", 10**6), ("2,1", 10**6)])
    def test_fewer_cores_can_be_asked_for(
        self, said: str, limit: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        usable = cores()
        assert usable >= 1
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert cores() == min(usable, limit)
