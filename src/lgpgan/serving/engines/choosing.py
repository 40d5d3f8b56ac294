"""The engine that somebody asks for."""

from __future__ import annotations

from lgpgan.choices import check_choice
from lgpgan.parallel.engine import EngineName
from lgpgan.parallel.processes import cores, number_of_processes
from lgpgan.serving.engines.engine import Engine, WorkerPlan

__all__ = ["make_engine"]


def make_engine(
    name: EngineName, plan: WorkerPlan, workers: int = 1, threads: int | None = None
) -> Engine:
    """An engine; nothing is started yet.

    Args:
        name: ``local`` or ``ray``.
        plan: how its workers are made.
        workers: processes, or replicas.
        threads: tasks that each works on at a time. If None, one a core where there is one process,
            and two where there are several. It is two at least: a preview then waits for no photo
            that is being opened.

    Raises:
        InputError: when there is no such engine, or a number is out of range.
    """
    check_choice(name, EngineName, "engine")
    workers = number_of_processes(workers, "--jobs")
    alone = name == "local" and workers == 1
    if threads is None:
        threads = max(cores(), 2) if alone else 2
    threads = number_of_processes(threads, "--threads")
    if name == "ray":
        from lgpgan.serving.engines.ray_replicas import RayEngine

        return RayEngine(plan, workers, threads)
    if alone:
        from lgpgan.serving.engines.threads import ThreadEngine

        return ThreadEngine(plan.make, threads)
    from lgpgan.serving.engines.processes import ProcessEngine

    return ProcessEngine(plan, workers, threads)
