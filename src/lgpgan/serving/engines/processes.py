"""Tasks in processes of this machine; every photo belongs to one of them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Lock, Thread
from typing import Any

from lgpgan.errors import LgpganError, explained
from lgpgan.parallel.processes import follow_parent, keep_to_one_thread
from lgpgan.serving.engines.attempts import Outcome, PhotoNeeded, answered, attempt, died
from lgpgan.serving.engines.engine import Engine, WorkerPlan
from lgpgan.serving.errors import api_error
from lgpgan.serving.worker import Answer, Facts, Task

__all__ = ["ProcessEngine"]

SECONDS_TO_END = 5.0
"""In which a process ends by itself that is asked to."""


class ProcessEngine(Engine):
    """Processes with a worker each. One that dies is replaced.

    Args:
        plan: how the workers are made.
        workers: processes.
        jobs: threads in each.
    """

    def __init__(self, plan: WorkerPlan, workers: int, jobs: int) -> None:
        self.lanes = workers
        self.slots = jobs
        self.openings = 1
        self._children = [_Child(plan, jobs) for _ in range(workers)]

    async def start(self) -> Facts:
        """Start the processes, and wait until all have loaded what works."""
        facts = await asyncio.gather(*(child.running() for child in self._children))
        return facts[0]

    def lane_of(self, photo: str) -> int:
        """The process that a photo belongs to."""
        digest = hashlib.sha256(photo.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.lanes

    async def do(self, lane: int, task: Task, content: bytes) -> Answer:
        """The answer to a task; the photo is sent along where the process does not have it."""
        child = self._children[lane]
        try:
            await child.running()
        except (LgpganError, OSError) as error:
            raise died() from error
        outcome = await child.ask(task, None)
        if isinstance(outcome, PhotoNeeded):
            outcome = await child.ask(task, content)
        return answered(outcome)

    def forget(self, photo: str) -> None:
        """Let go of a photo."""
        self._children[self.lane_of(photo)].tell(photo)

    def give_up(self, task: Task | None) -> None:
        """Let a task, or all, end at the next step."""
        if task is not None:
            self._children[self.lane_of(task.photo)].tell(task.number)
            return
        for child in self._children:
            child.tell(None)

    async def close(self) -> None:
        """Stop the processes."""
        await asyncio.gather(*(child.close() for child in self._children))


class _Child:
    """A process, as the one that started it sees it. Used from one event loop.

    Args:
        plan: how its worker is made.
        jobs: threads in it.
    """

    def __init__(self, plan: WorkerPlan, jobs: int) -> None:
        self._plan = plan
        self._jobs = jobs
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Outcome]] = {}
        self._ready: asyncio.Future[Facts] | None = None
        self._process: Any = None
        self._pipe: Connection | None = None
        self._sender: ThreadPoolExecutor | None = None
        self._closed = False

    async def running(self) -> Facts:
        """What can be asked of it, once it runs; it is started where it does not.

        Raises:
            LgpganError: when it cannot load what works.
        """
        if self._ready is None:
            self._start()
        assert self._ready is not None
        return await asyncio.shield(self._ready)

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        context = get_context("spawn")
        pipe, theirs = context.Pipe()
        with theirs:
            process = context.Process(
                target=_run, args=(theirs, self._plan, self._jobs), daemon=True
            )
            process.start()
        self._ready, self._process, self._pipe = loop.create_future(), process, pipe
        self._sender = ThreadPoolExecutor(1, "lgpgan-send")  # a full pipe blocks
        Thread(target=self._listen, args=(loop, pipe), daemon=True).start()

    async def ask(self, task: Task, content: bytes | None) -> Outcome:
        """What becomes of a task.

        Raises:
            ApiError: when the process dies.
        """
        number = next(self._numbers)
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        self._send((number, task, content))
        return await answer

    def tell(self, what: str | int | None) -> None:
        """Let the process forget a photo, by its id; or give up a task, by its number, or all."""
        if self._pipe is not None:
            self._send(what)

    def _send(self, message: Any) -> None:
        loop, pipe, sender = asyncio.get_running_loop(), self._pipe, self._sender
        if pipe is None or sender is None:
            raise died()

        def send() -> None:
            try:
                pipe.send(message)
            except Exception:  # it died, or memory ran out: whoever waits for an answer is told
                if isinstance(message, tuple):
                    loop.call_soon_threadsafe(self._heard, (message[0], died()))

        sender.submit(send)

    def _listen(self, loop: asyncio.AbstractEventLoop, pipe: Connection) -> None:
        """Hand on what the process says, in a thread, until it ends or cannot be understood."""
        with contextlib.suppress(RuntimeError):  # of an event loop that was closed
            with contextlib.suppress(Exception):
                while True:
                    loop.call_soon_threadsafe(self._heard, pipe.recv())
            loop.call_soon_threadsafe(self._ended, pipe)

    def _heard(self, message: tuple[int | None, Any]) -> None:
        number, said = message
        if number is not None:
            answer = self._asked.pop(number, None)
            if answer is not None and not answer.done():
                answer.set_result(said)
        elif self._ready is not None and not self._ready.done():
            if isinstance(said, Exception):
                self._ready.set_exception(said)
            else:
                self._ready.set_result(said)

    def _ended(self, pipe: Connection) -> None:
        """The process is gone: whoever waits is told, and the next task starts another one."""
        if pipe is not self._pipe:
            return
        pipe.close()
        self._process.terminate()  # where it lives, nobody listens to it any more
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(LgpganError("a process could not be started; try again."))
        if self._sender is not None:
            self._sender.shutdown(wait=False)
        self._ready = self._pipe = self._sender = None
        asked, self._asked = self._asked, {}
        for answer in asked.values():
            if not answer.done():
                answer.set_exception(died())

    async def close(self) -> None:
        """Stop the process."""
        process, pipe = self._process, self._pipe
        if process is None:
            return
        process.terminate()
        await asyncio.to_thread(process.join, SECONDS_TO_END)
        if process.is_alive():
            process.kill()
            await asyncio.to_thread(process.join)
        if pipe is not None:
            self._ended(pipe)
        process.close()
        self._process = None


def _run(pipe: Connection, plan: WorkerPlan, jobs: int) -> None:
    """The process: works on tasks until the pipe is closed."""
    follow_parent()
    keep_to_one_thread()
    try:
        worker = plan.make()
    except Exception as error:
        pipe.send((None, explained(error)))
        return
    pipe.send((None, worker.facts))
    sending = Lock()

    def work(number: int, task: Task, content: bytes | None) -> None:
        outcome = attempt(worker, task, content)
        with sending:
            try:
                pipe.send((number, outcome))
            except Exception as error:  # as where memory runs out: the asker must not wait
                pipe.send((number, api_error(error)))

    with ThreadPoolExecutor(jobs) as threads:
        threads.submit(worker.prepare)
        while True:
            try:
                message = pipe.recv()
            except (EOFError, OSError):
                return
            if isinstance(message, str):
                worker.opened.forget(message)
            elif isinstance(message, tuple):
                threads.submit(work, *message)
            else:
                worker.give_up(message)
