"""What spreads work over processes, by its name: this machine's, or a Ray cluster's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol, TypeVar

from lgpgan.choices import check_choice
from lgpgan.parallel.processes import work

__all__ = ["Engine", "EngineName", "find_engine"]

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

EngineName = Literal["local", "ray"]
"""What spreads work: processes of this machine, or a Ray cluster."""


class Engine(Protocol):
    """Spreads work over processes; :func:`lgpgan.parallel.processes.work` is one."""

    def __call__(
        self,
        jobs: Iterable[JobT],
        start: Callable[[], Callable[[JobT], ResultT]],
        processes: int,
        *,
        advice: str,
        again: Callable[[], Callable[[JobT], ResultT]] | None = None,
    ) -> Iterator[ResultT]:
        """Work on jobs; yields the results in the order of the jobs.

        What the work on a job raises is raised here, and ends the work.

        Args:
            jobs: taken up one by one, a few more than are worked on.
            start: makes what works on a job; called in every process at its first job, so it must
                be picklable where there are several.
            processes: at most.
            advice: what to do when a process was killed: the end of a sentence, without a full
                stop.
            again: the same as ``start`` for jobs that were begun by a process that died, where
                they are done again and it matters.

        Raises:
            LgpganError: when processes were killed.
        """


def find_engine(name: EngineName) -> Engine:
    """The engine of a name.

    Raises:
        InputError: when there is none of that name.
    """
    check_choice(name, EngineName, "engine")
    if name == "local":
        return work
    from lgpgan.parallel.ray_cluster import work_on_ray

    return work_on_ray
