"""Tasks in replicas of Ray Serve, on this machine or many.

The server itself stays the one door: it receives requests, keeps the photos' files and lets
requests wait. Every task brings the photo's file along, so any replica can work on any photo, and a
new one takes the place of one that dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lgpgan.errors import LgpganError
from lgpgan.packages import require
from lgpgan.parallel.processes import keep_to_one_thread
from lgpgan.parallel.ray_cluster import cluster
from lgpgan.serving.engines.attempts import Outcome, answered, attempt, died
from lgpgan.serving.engines.engine import Engine, WorkerPlan
from lgpgan.serving.worker import Answer, Facts, Task

__all__ = ["RayEngine"]

IDLE_SECONDS = 60.0
"""After which a replica lets go of a decoded photo that nobody uses: it is not told of those that
are forgotten."""
CONTROLLER = "SERVE_CONTROLLER_ACTOR"
"""What Ray Serve calls the actor that runs it."""
HEALTH_PERIOD = 2
"""Seconds between two looks whether a replica lives."""


class RayEngine(Engine):
    """Replicas with a worker each.

    Args:
        plan: how the workers are made.
        workers: replicas.
        jobs: threads in each.
    """

    lanes = 1

    def __init__(self, plan: WorkerPlan, workers: int, jobs: int) -> None:
        self.slots = self.openings = workers * jobs  # of which replica it is, Ray decides
        self._plan = plan
        self._workers = workers
        self._jobs = jobs
        self._name = f"lgpgan-{secrets.token_hex(4)}"
        self._handle: Any = None
        self._open = contextlib.ExitStack()

    async def start(self) -> Facts:
        """Start the replicas, and wait until all have loaded what works."""
        # In a thread: Ray waits for its processes.
        await asyncio.get_running_loop().run_in_executor(None, self._deploy)
        outcome: Facts | LgpganError = await self._handle.facts.remote()
        if isinstance(outcome, LgpganError):
            raise outcome
        return outcome

    def _deploy(self) -> None:
        ray = self._open.enter_context(cluster(self._workers + 1))
        require("lgpgan serve --engine ray needs", "grpc_reflection", extra="serve-ray")
        from ray import serve

        logging.getLogger("ray.serve").setLevel(logging.ERROR)
        if not _serve_runs(ray):
            self._open.callback(serve.shutdown)
        serve.start(proxy_location="Disabled", logging_config={"log_level": "ERROR"})
        self._open.callback(serve.delete, self._name)  # before that; others may have theirs there
        deployment: Any = serve.deployment(
            _Replica,
            name="editor",
            num_replicas=self._workers,
            max_ongoing_requests=self._jobs + 1,
            health_check_period_s=HEALTH_PERIOD,
            ray_actor_options={"num_cpus": 1},
            logging_config={"log_level": "ERROR"},
        )
        application = deployment.bind(self._plan, self._jobs)
        self._handle = serve.run(application, name=self._name, route_prefix=None)
        self._errors = (ray.exceptions.RayError, serve.exceptions.RayServeException)

    def lane_of(self, photo: str) -> int:
        """The one there is: Ray Serve chooses the replica."""
        return 0

    async def do(self, lane: int, task: Task, content: bytes) -> Answer:
        """The answer to a task."""
        try:
            outcome: Outcome = await self._handle.do.remote(task, content)
        except self._errors as error:
            raise died() from error
        return answered(outcome)

    def forget(self, photo: str) -> None:
        """Nothing: replicas let go of what they have decoded by themselves, in a minute."""

    def give_up(self, task: Task | None) -> None:
        """Nothing: what a replica has begun it finishes."""

    async def close(self) -> None:
        """Stop the replicas; Ray Serve and the cluster, too, where they were started here."""
        await asyncio.get_running_loop().run_in_executor(None, self._open.close)


def _serve_runs(ray: Any) -> bool:
    """Whether the cluster that was joined runs Ray Serve already."""
    named = ray.util.list_named_actors(all_namespaces=True)
    return any(actor["name"] == CONTROLLER for actor in named)


class _Replica:
    """A worker in a process of Ray's.

    Args:
        plan: how it is made.
        jobs: threads.
    """

    def __init__(self, plan: WorkerPlan, jobs: int) -> None:
        keep_to_one_thread()
        self._worker = plan.make()
        self._threads = ThreadPoolExecutor(jobs)
        self._threads.submit(self._worker.prepare)
        self._sweeper: asyncio.Task[None] | None = None

    async def facts(self) -> Facts:
        """What can be asked of it."""
        return self._worker.facts

    async def do(self, task: Task, content: bytes | None) -> Outcome:
        """What becomes of a task."""
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep())
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, attempt, self._worker, task, content)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(IDLE_SECONDS / 4)
            self._worker.opened.sweep(IDLE_SECONDS)
