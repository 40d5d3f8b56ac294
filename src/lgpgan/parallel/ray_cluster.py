"""Work spread over a Ray cluster, this machine or many: results in the order of the jobs.

Every worker is an actor with one thread. A worker that dies, with its machine or alone, is replaced
and what it had begun is done again, so no job is lost and none is given back twice.

Ray Data would do the same for tables that flow from stage to stage. Here each job writes files of
its own, and what comes back is small and wanted in order, for which its blocks are a detour.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from lgpgan.errors import LgpganError
from lgpgan.packages import needed
from lgpgan.parallel.processes import AHEAD, keep_to_one_thread

__all__ = ["ATTEMPTS", "cluster", "work_on_ray"]

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

ATTEMPTS = 3
"""How often a job is begun whose worker dies, before it counts as the reason."""
BEGUN = 2
"""Jobs that a worker has at a time: one that it works on, and the next."""
PATIENCE = 10.0
"""Seconds in which a cluster must answer."""
STORE = 128 * 2**20
"""Bytes of shared memory for a cluster of one's own: jobs and results are small."""


def work_on_ray(
    jobs: Iterable[JobT],
    start: Callable[[], Callable[[JobT], ResultT]],
    processes: int,
    *,
    advice: str,
    again: Callable[[], Callable[[JobT], ResultT]] | None = None,
) -> Iterator[ResultT]:
    """Work on jobs in actors; see :class:`lgpgan.parallel.engine.Engine`.

    A cluster that runs is joined where ``RAY_ADDRESS`` names it, or where Ray was initialised
    before; else one is started on this machine, and stopped at the end.

    Raises:
        MissingPartError: when Ray is not installed.
        LgpganError: when the cluster cannot be reached, or workers die at a job time after time.
    """
    with cluster(processes) as ray:
        pool = _Pool(ray, start, again or start, max(processes, 1))
        try:
            yield from pool.work(jobs, advice)
        finally:
            pool.close()


@contextlib.contextmanager
def cluster(processes: int) -> Iterator[Any]:
    """The module ``ray``, joined to a cluster.

    It is the one that ``RAY_ADDRESS`` names, or one where Ray was initialised before; else one is
    started on this machine, and stopped at the end.

    Args:
        processes: cores of a cluster that is started.

    Raises:
        MissingPartError: when Ray is not installed.
        LgpganError: when the cluster cannot be reached.
    """
    ray = _ray()
    own = not ray.is_initialized()
    terminate = signal.getsignal(signal.SIGTERM)
    if own:
        _connect(ray, processes)
    try:
        yield ray
    finally:
        if own:
            ray.shutdown()
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, terminate)  # Ray's handler would stay


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns
    with needed("The engine 'ray' needs"):
        import ray
    return ray


def _connect(ray: Any, processes: int) -> None:
    """Join the cluster that the environment names, or start one."""
    quiet = {"logging_level": "ERROR", "log_to_driver": False}
    address = os.environ.get("RAY_ADDRESS")
    try:
        if address:
            _knock(address)
            ray.init(address=address, **quiet)
        else:
            ray.init(
                num_cpus=max(processes, 1),
                include_dashboard=False,
                object_store_memory=STORE,
                **quiet,
            )
    except (OSError, RuntimeError, ValueError) as error:
        where = f"The Ray cluster {address}" if address else "A Ray cluster on this machine"
        raise LgpganError(f"{where} cannot be used ({error}).") from error


def _knock(address: str) -> None:
    """Make sure that somebody listens where a cluster should be: Ray itself tries for minutes.

    Raises:
        OSError: when nobody does.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()


class _Begun(NamedTuple):
    """A job in the hands of a worker.

    Attributes:
        number: of the job.
        job: what is to be done.
        worker: the place in the pool.
        actor: who was there.
        attempt: from 1.
    """

    number: int
    job: Any
    worker: int
    actor: Any
    attempt: int


class _Pool:
    """Actors that work on jobs.

    Args:
        ray: the module.
        start: makes what works on a job.
        again: the same for jobs that a worker had begun when it died.
        size: how many there are.
    """

    def __init__(
        self,
        ray: Any,
        start: Callable[[], Callable[[Any], Any]],
        again: Callable[[], Callable[[Any], Any]],
        size: int,
    ) -> None:
        self.ray = ray
        self._kind = ray.remote(num_cpus=1)(_Actor)
        self._how = ray.put((start, again))
        self._actors = [self._kind.remote(self._how) for _ in range(size)]
        self._begun: dict[Any, _Begun] = {}

    def work(self, jobs: Iterable[Any], advice: str) -> Iterator[Any]:
        """Results in the order of the jobs; few of them wait for their turn."""
        waiting, done = enumerate(jobs), dict[int, Any]()
        taken = given = 0
        while True:
            while len(self._begun) < BEGUN * len(self._actors) and taken - given < self._ahead:
                number, job = next(waiting, (None, None))
                if number is None:
                    break
                self._begin(number, job, attempt=1)
                taken += 1
            if given in done:
                yield done.pop(given)
                given += 1
            elif self._begun:
                self._collect(done, advice)
            else:
                return

    @property
    def _ahead(self) -> int:
        return AHEAD * len(self._actors)

    def _begin(self, number: int, job: Any, *, attempt: int) -> None:
        """Hand a job to the worker with the fewest."""
        load = [begun.worker for begun in self._begun.values()]
        worker = min(range(len(self._actors)), key=load.count)
        actor = self._actors[worker]
        reference = actor.do.remote(job, attempt > 1)
        self._begun[reference] = _Begun(number, job, worker, actor, attempt)

    def _collect(self, done: dict[int, Any], advice: str) -> None:
        """Wait for one job: its result, or that its worker died and it is to be done again."""
        (reference, *_), _ = self.ray.wait(list(self._begun), num_returns=1)
        begun = self._begun.pop(reference)
        try:
            done[begun.number] = self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except self.ray.exceptions.RayError as error:
            if begun.attempt == ATTEMPTS:
                raise LgpganError(
                    f"workers died {ATTEMPTS} times at the same job, most often because memory ran "
                    f"out; {advice}."
                ) from error
            if self._actors[begun.worker] is begun.actor:
                self._actors[begun.worker] = self._kind.remote(self._how)
            self._begin(begun.number, begun.job, attempt=begun.attempt + 1)

    def close(self) -> None:
        """Stop the workers, whatever they do."""
        for actor in self._actors:
            self.ray.kill(actor)


class _Actor:
    """Works on jobs, in a process of its own.

    Args:
        how: makes what works on a job, and on one that was begun before.
    """

    def __init__(self, how: tuple[Callable[[], Any], Callable[[], Any]]) -> None:
        keep_to_one_thread()
        self._start = how
        self._made: dict[bool, Callable[[Any], Any]] = {}

    def do(self, job: Any, again: bool) -> Any:
        """The result of a job; what works on it is made at the first one."""
        if again not in self._made:
            self._made[again] = self._start[again]()
        return self._made[again](job)
