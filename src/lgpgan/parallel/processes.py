"""Work spread over processes or threads: results in the order of the jobs, however many there are.

Few jobs wait at a time and every process keeps to one thread, so that memory does not grow with the
number of jobs and processes do not fight for cores.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import Any, NoReturn, TypeVar

from lgpgan.errors import InputError, LgpganError

__all__ = [
    "cores",
    "follow_parent",
    "in_threads",
    "keep_to_one_thread",
    "number_of_processes",
    "wanted_threads",
    "work",
]

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

AHEAD = 8
"""Jobs that are handed out for every process; all at once would fill the memory of a large work."""


MOST_PROCESSES = 4096
"""More than that is a slip of the hand, which would fill the memory of any machine."""


def number_of_processes(asked: int | None, option: str) -> int:
    """How many processes are to work.

    Args:
        asked: as somebody asked for; None for one a core.
        option: with which they ask, for the message.

    Raises:
        InputError: when it is below 1, or beyond all reason.
    """
    if asked is None:
        return os.cpu_count() or 1
    if not 1 <= asked <= MOST_PROCESSES:
        raise InputError(
            f"{option} {asked} is out of range; choose {option} 1 or more, and {MOST_PROCESSES:,} "
            "at most."
        )
    return asked


def work(
    jobs: Iterable[JobT],
    start: Callable[[], Callable[[JobT], ResultT]],
    processes: int,
    *,
    advice: str,
    again: Callable[[], Callable[[JobT], ResultT]] | None = None,
) -> Iterator[ResultT]:
    """Work on jobs, here or in a pool of processes; see :class:`lgpgan.parallel.engine.Engine`.

    One process is this process itself. Where one of several is killed, the work ends. SIGTERM ends
    all of them.
    """
    if processes <= 1:
        yield from _work_here(iter(jobs), start)
        return
    pool = ProcessPoolExecutor(
        max_workers=processes,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(start,),
    )
    try:
        with _ended_by_sigterm(pool):
            waiting = iter(jobs)
            running: deque[Future[ResultT]] = deque(
                pool.submit(_do, job) for job in islice(waiting, processes * AHEAD)
            )
            while running:
                result = running.popleft().result()
                running.extend(pool.submit(_do, job) for job in islice(waiting, 1))
                yield result
    except BrokenProcessPool as error:
        raise LgpganError(
            "a process that worked on the photos ended unexpectedly, most often because memory ran "
            f"out; {advice}."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _ended_by_sigterm(pool: ProcessPoolExecutor) -> Iterator[None]:
    """Inside, SIGTERM ends the processes of a pool, and then this one in order, with code 143.

    Left to itself it would end this process on the spot, and the semaphores that it shares with the
    others would stay behind. What somebody else does at SIGTERM stays as it is.
    """
    ours = current_thread() is main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if not ours:
        yield
        return

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        del frame
        signal.signal(number, signal.SIG_DFL)  # a second one does not wait
        for process in list(pool._processes.values()):
            process.terminate()
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def in_threads(jobs: Sequence[Callable[[], ResultT]], threads: int) -> list[ResultT]:
    """Do jobs that leave Python for most of their time, so many at a time.

    What one of them raises is raised here, once those that were begun are done; the others are not
    begun any more.

    Args:
        jobs: what is to be done.
        threads: at most; 1 is this thread itself.

    Returns:
        Their results, in their order.
    """
    if threads <= 1 or len(jobs) <= 1:
        return [job() for job in jobs]
    pool = ThreadPoolExecutor(min(threads, len(jobs)))
    try:
        return [future.result() for future in [pool.submit(job) for job in jobs]]
    finally:
        pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Cores that this process may use; fewer where ``OMP_NUM_THREADS`` says so."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(usable or 1, wanted_threads() or MOST_PROCESSES)


def wanted_threads() -> int | None:
    """What ``OMP_NUM_THREADS`` asks for; None where it is not set, or is no sensible number."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if not wanted.isdecimal() or len(wanted) > len(str(MOST_PROCESSES)):
        return None
    return min(int(wanted), MOST_PROCESSES) or None


def _work_here(
    jobs: Iterator[JobT], start: Callable[[], Callable[[JobT], ResultT]]
) -> Iterator[ResultT]:
    do: Callable[[JobT], ResultT] | None = None
    for job in jobs:
        do = do or start()
        yield do(job)


_start: Callable[[], Callable[[Any], Any]] | None = None
_made: Callable[[Any], Any] | None = None


def _begin(start: Callable[[], Callable[[Any], Any]]) -> None:
    """Prepare a process of the pool.

    What works on jobs is made at the first one: what is raised then reaches the caller, while here
    it would only break the pool.
    """
    global _start
    follow_parent()
    keep_to_one_thread()
    _start = start


def follow_parent() -> None:
    """Leave it to the process that started this one when to end: it gets Ctrl-C alone.

    This process ends when that one is killed.
    """
    Thread(target=_leave_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def keep_to_one_thread() -> None:
    """Leave the other cores to other processes."""
    os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is loaded, and by the other backends
    import cv2  # takes long to load

    cv2.setNumThreads(1)


def _leave_with_parent() -> None:
    """End this process when the one that started it is killed: a pool's workers would stay."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(job: Any) -> Any:
    global _made
    if _made is None:
        assert _start is not None
        _made = _start()
    return _made(job)
