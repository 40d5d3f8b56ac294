"""Requests in turn: few at a time, few that wait, previews first, the newest of a stream alone."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from lgpgan.serving.errors import ApiError

__all__ = ["Queue"]

ResultT = TypeVar("ResultT")

LEARNING = 0.2
"""Share of the last request in the estimate of how long one takes."""


@dataclass(order=True)
class _Waiting:
    """A request that waits for its turn.

    Attributes:
        rank: 0 for what somebody watches, 1 for the rest.
        number: in the order of arrival.
        turn: set when it may begin; it holds the error where it never will.
    """

    rank: int
    number: int
    turn: asyncio.Future[None] = field(compare=False)


@dataclass
class _Lane:
    """A process that works, or a pool of them.

    Attributes:
        free: requests that it could begin at once.
        waiting: the others.
    """

    free: int
    waiting: list[_Waiting] = field(default_factory=list)


class Queue:
    """Hands out turns. Used from one event loop.

    Args:
        lanes: what works, each with a line of its own.
        slots: requests that a lane works on at a time.
        most: requests that may wait in all lanes together.
    """

    def __init__(self, lanes: int, slots: int, most: int) -> None:
        self._lanes = [_Lane(slots) for _ in range(lanes)]
        self._slots = lanes * slots
        self._most = most
        self._numbers = itertools.count()
        self._streams: dict[str, _Waiting] = {}
        self._seconds = 0.1

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return sum(not one.turn.done() for lane in self._lanes for one in lane.waiting)

    async def run(
        self,
        lane: int,
        work: Callable[[], Awaitable[ResultT]],
        *,
        urgent: bool = False,
        stream: str | None = None,
    ) -> ResultT:
        """Work when it is one's turn. Where the caller is cancelled, the place goes to the next.

        Args:
            lane: which one.
            work: what is to be done. Once begun it is finished, whether anybody waits or not.
            urgent: whether it goes before what is not.
            stream: of the requests with the same one, the newest takes the place of the others.

        Raises:
            ApiError: when too many wait, or a newer request took the place.
        """
        line = self._lanes[lane]
        self._drop_older(stream)
        if not line.free and self.waiting >= self._most:
            raise ApiError(
                "busy",
                f"{self._most} requests are waiting already; try again in a moment.",
                retry_after=self._patience(),
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        one = _Waiting(0 if urgent else 1, next(self._numbers), turn)
        heapq.heappush(line.waiting, one)
        if stream is not None:
            self._streams[stream] = one
        self._call_next(line)
        try:
            await turn
        except asyncio.CancelledError:
            called = turn.done() and not turn.cancelled() and turn.exception() is None
            if called:  # while the caller went away
                self._finish(line)
            raise
        finally:
            if stream is not None and self._streams.get(stream) is one:
                del self._streams[stream]
        started = time.monotonic()
        working = asyncio.ensure_future(work())

        def done(finished: asyncio.Future[ResultT]) -> None:
            if not finished.cancelled():
                finished.exception()  # asked for, so that nobody is warned
            self._seconds += LEARNING * (time.monotonic() - started - self._seconds)
            self._finish(line)

        working.add_done_callback(done)
        return await asyncio.shield(working)

    def _drop_older(self, stream: str | None) -> None:
        older = None if stream is None else self._streams.pop(stream, None)
        if older is not None and not older.turn.done():
            older.turn.set_exception(
                ApiError("superseded", "a newer request of the same stream took its place.")
            )

    def _finish(self, line: _Lane) -> None:
        line.free += 1
        self._call_next(line)

    def _call_next(self, line: _Lane) -> None:
        while line.free and line.waiting:
            one = heapq.heappop(line.waiting)
            if not one.turn.done():  # the others were dropped, or hung up
                line.free -= 1
                one.turn.set_result(None)

    def _patience(self) -> int:
        """Seconds in which the line will have moved on."""
        return max(1, math.ceil(self.waiting * self._seconds / self._slots / 2))
