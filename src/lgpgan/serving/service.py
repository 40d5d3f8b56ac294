"""What a server does, apart from HTTP: photos are opened, worked on in turn, and forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from lgpgan.serving.answers import PhotoAnswer, Picture
from lgpgan.serving.engines.engine import Engine
from lgpgan.serving.errors import ApiError
from lgpgan.serving.limits import Limits
from lgpgan.serving.metrics import Metrics
from lgpgan.serving.queue import Queue
from lgpgan.serving.requests import EditRequest, OpenRequest, Request, ThumbnailsRequest
from lgpgan.serving.store import Store, new_id
from lgpgan.serving.tags import tag_of
from lgpgan.serving.worker import Answer, Facts, Task

__all__ = ["Service"]

SWEEP = 15.0
"""Seconds between two looks for photos that nobody uses any more."""


class Service:
    """Opens photos and works on them.

    Args:
        engine: what works.
        limits: how much is taken and kept.
        metrics: what is counted.
    """

    def __init__(self, engine: Engine, limits: Limits, metrics: Metrics | None = None) -> None:
        self.engine = engine
        self.limits = limits
        self.store = Store(limits, engine.forget)
        self.queue = Queue(engine.lanes, engine.slots, limits.waiting, engine.openings)
        self.metrics = Metrics() if metrics is None else metrics
        self.metrics.watch(self.store, self.queue)
        self._facts: Facts | None = None

    @property
    def facts(self) -> Facts:
        """What can be asked for.

        Raises:
            ApiError: when it was not started, or was stopped.
        """
        if self._facts is None:
            raise ApiError("unavailable", "the server is starting; try again.", retry_after=1)
        return self._facts

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load what works, and let go of it and of all photos at the end.

        Within a service that runs already, it does nothing.

        Raises:
            LgpganError: when it cannot be loaded.
        """
        if self._facts is not None:
            yield
            return
        sweeper: asyncio.Task[None] | None = None
        try:
            self._facts = await self.engine.start()
            sweeper = asyncio.create_task(self._sweep())
            yield
        finally:
            if sweeper is not None:
                sweeper.cancel()
            self._facts = None
            self.store.clear()
            await self.engine.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(SWEEP, self.limits.minutes * 60))
            self.store.sweep()

    async def open(self, content: bytes) -> PhotoAnswer:
        """Open a photo and keep it.

        Raises:
            ApiError: when there are too many requests, or the photo cannot be used.
        """
        name = new_id()
        try:
            answer = await self._do(Task(name, OpenRequest()), content)
            assert isinstance(answer, PhotoAnswer)
            self.store.add(name, content, answer)
        finally:
            self._forget_unless_kept(name)
        return answer

    def photo(self, name: str) -> PhotoAnswer:
        """What a client was told of a photo that is kept.

        Raises:
            ApiError: when it is not kept.
        """
        return self.store.get(name).answer

    async def picture(self, name: str, request: Request) -> Picture:
        """A picture of a photo that is kept.

        Raises:
            ApiError: when it is not kept, there are too many requests, a newer one took its place,
                or the request cannot be used.
        """
        photo = self.store.get(name)
        try:
            answer = await self._do(Task(name, request), photo.content)
        finally:
            self._forget_unless_kept(name)  # it may have been forgotten meanwhile
        assert isinstance(answer, Picture)
        return answer

    async def edit_once(self, content: bytes, request: EditRequest) -> Picture:
        """Edit a photo that is not kept.

        Raises:
            ApiError: when there are too many requests, or the photo or the request cannot be used.
        """
        name, apart = new_id(), self.engine.openings < self.engine.slots
        try:
            if apart:  # meanwhile other requests have the places that may not open photos
                await self._do(Task(name, OpenRequest()), content)
            answer = await self._do(Task(name, request, kept=False), content, admitted=apart)
        finally:
            self.engine.forget(name)
        assert isinstance(answer, Picture)
        return answer

    def give_up(self) -> None:
        """Let what is being worked on end soon, and all that waits: the server stops."""
        self.engine.give_up(None)

    def tag(self, photo: str, request: Request) -> str:
        """What the answer to a request is known by.

        An id stands for one photo in one server, so for its weights and device, too.

        Args:
            photo: its id.
            request: what is to be done.

        Raises:
            ApiError: when the photo is not kept.
        """
        self.store.get(photo)
        asked = {name: value for name, value in request if name != "stream"}
        return tag_of(f"{photo} {type(request).__name__} {asked}".encode())

    async def _do(self, task: Task, content: bytes, *, admitted: bool = False) -> Answer:
        request = task.request
        lane = self.engine.lane_of(task.photo)
        stream = getattr(request, "stream", None)
        kind = type(request).__name__.removesuffix("Request").lower()

        asking, working = True, False

        async def work() -> Answer:
            nonlocal working
            started, working = time.perf_counter(), True
            try:
                return await self.engine.do(lane, task, content)
            finally:
                working = False
                self.metrics.worked(kind, time.perf_counter() - started)
                if not asking:  # nobody keeps a photo whose client has hung up
                    self._forget_unless_kept(task.photo)

        self.facts  # refuses what comes before the start or after the end  # noqa: B018
        try:
            return await self.queue.run(
                lane,
                work,
                urgent=isinstance(request, ThumbnailsRequest)
                or (isinstance(request, EditRequest) and request.preview is not None),
                opens=isinstance(request, OpenRequest),
                admitted=admitted,
                stream=None if stream is None else f"{task.photo} {stream}",
            )
        finally:
            asking = False
            if working:
                self.engine.give_up(task)

    def _forget_unless_kept(self, name: str) -> None:
        """Let go of a photo that lies decoded but is not kept any more, or never was."""
        if name not in self.store:
            self.engine.forget(name)
