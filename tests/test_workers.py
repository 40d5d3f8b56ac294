from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from lgpgan.errors import InputError, LgpganError
from lgpgan.workers import AHEAD, work

ADVICE = "try again"


def start() -> Callable[[int], tuple[int, int, str]]:
    """Squares numbers, but leaves at 13 and cannot stand 7."""

    def square(number: int) -> tuple[int, int, str]:
        if number == 13:
            os._exit(1)
        if number == 7:
            raise InputError("seven")
        return number**2, os.getpid(), os.environ["OMP_NUM_THREADS"]

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


def test_nothing_to_do() -> None:
    assert list(work([], fail, 2, advice=ADVICE)) == []
    assert list(work([], fail, 1, advice=ADVICE)) == []
