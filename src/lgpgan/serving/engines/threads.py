"""Tasks in threads of the server's own process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from lgpgan.parallel.processes import keep_to_one_thread
from lgpgan.serving.engines.attempts import answered, attempt
from lgpgan.serving.engines.engine import Engine, Make
from lgpgan.serving.worker import Answer, Facts, Task, Worker

__all__ = ["ThreadEngine"]

ResultT = TypeVar("ResultT")
ValuesT = TypeVarTuple("ValuesT")


class ThreadEngine(Engine):
    """One worker, whose threads share its photos.

    Args:
        make: makes the worker.
        jobs: threads.
    """

    lanes = 1
    openings = 1

    def __init__(self, make: Make, jobs: int) -> None:
        self.slots = jobs
        self._make = make
        self._worker: Worker | None = None
        self._threads = ThreadPoolExecutor(jobs, "lgpgan-edit")

    async def start(self) -> Facts:
        """Load networks and detector.

        Where several tasks are worked on at a time, each keeps to one thread: the threads of two
        that fight for the cores cost twice the processor's time.
        """
        if self.slots > 1:
            keep_to_one_thread()
        self._worker = await self._in_thread(self._make)
        self._threads.submit(self._worker.prepare)
        return self._worker.facts

    def lane_of(self, photo: str) -> int:
        """The one there is."""
        return 0

    async def do(self, lane: int, task: Task, content: bytes) -> Answer:
        """The answer to a task, from a thread."""
        assert self._worker is not None
        return answered(await self._in_thread(attempt, self._worker, task, content))

    def forget(self, photo: str) -> None:
        """Let go of a photo."""
        if self._worker is not None:
            self._worker.opened.forget(photo)

    def give_up(self, task: Task | None) -> None:
        """Let a task, or all, end at the next step."""
        if self._worker is not None:
            self._worker.give_up(None if task is None else task.number)

    async def close(self) -> None:
        """Let go of the worker. What it has begun ends at the next step, for which nobody waits."""
        self.give_up(None)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._worker = None

    async def _in_thread(
        self, function: Callable[[*ValuesT], ResultT], *values: *ValuesT
    ) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *values)
