"""Requests in turn: few at a time, few that wait, previews before others, of a stream the newest.

What is urgent goes before what came up to :data:`HEAD_START` seconds earlier. So nothing waits for
ever, however many previews are asked for.
"""

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

HEAD_START = 5.0
"""Seconds that what is urgent has before the rest."""
LEARNING = 0.2
"""Share of the last request in the estimate of how long one takes."""


@dataclass(order=True)
class _Waiting:
    """A request that waits for its turn.

    Attributes:
        due: when it came, in seconds of a clock; later for what is not urgent. The least is next.
        number: in the order of arrival.
        opens: whether it opens a photo.
        turn: set when it may begin; it holds the error where it never will.
    """

    due: float
    number: int
    opens: bool = field(compare=False)
    turn: asyncio.Future[None] = field(compare=False)


@dataclass
class _Lane:
    """A process that works, or a pool of them.

    Attributes:
        free: requests that it could begin at once.
        free_to_open: of these, how many may open a photo.
        waiting: the others.
    """

    free: int
    free_to_open: int
    waiting: list[_Waiting] = field(default_factory=list)

    def forget_gone(self) -> None:
        """Let go of requests that were refused or dropped, or hung up, while nothing was free."""
        self.waiting = [one for one in self.waiting if not one.turn.done()]
        heapq.heapify(self.waiting)


class Queue:
    """Hands out turns. Used from one event loop.

    Args:
        lanes: what works, each with a line of its own.
        slots: requests that a lane works on at a time.
        most: requests that may wait in all lanes together.
        openings: requests that open photos, of those that a lane works on at a time; all if None.
        clock: of seconds.
    """

    def __init__(
        self,
        lanes: int,
        slots: int,
        most: int,
        openings: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lanes = [_Lane(slots, openings or slots) for _ in range(lanes)]
        self._slots = lanes * slots
        self._most = most
        self._clock = clock
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
        opens: bool = False,
        admitted: bool = False,
        stream: str | None = None,
    ) -> ResultT:
        """Work when it is one's turn. Where the caller is cancelled, the place goes to the next.

        Args:
            lane: which one.
            work: what is to be done. Once begun it is finished, whether anybody waits or not.
            urgent: whether it has a head start.
            opens: whether it opens a photo.
            admitted: whether it waits on, however many there are, since it was begun before.
            stream: of the requests with the same one, the newest takes the place of the others.

        Raises:
            ApiError: when too many wait, or a newer request took the place.
        """
        line = self._lanes[lane]
        self._drop_older(stream)
        line.forget_gone()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._clock() + (0 if urgent else HEAD_START)
        one = _Waiting(due, next(self._numbers), opens, turn)
        heapq.heappush(line.waiting, one)
        self._call_next(line)
        if not (turn.done() or admitted) and self.waiting > self._most:
            turn.cancel()
            raise ApiError(
                "busy",
                f"{self._most} requests are waiting already; try again in a moment.",
                retry_after=self._patience(),
            )
        if stream is not None:
            self._streams[stream] = one
        try:
            await turn
        except asyncio.CancelledError:
            called = turn.done() and not turn.cancelled() and turn.exception() is None
            if called:  # while the caller went away
                self._finish(line, one)
            raise
        finally:
            if stream is not None and self._streams.get(stream) is one:
                del self._streams[stream]
        started = self._clock()
        working = asyncio.ensure_future(work())

        def done(finished: asyncio.Future[ResultT]) -> None:
            if not finished.cancelled():
                finished.exception()  # asked for, so that nobody is warned
            self._seconds += LEARNING * (self._clock() - started - self._seconds)
            self._finish(line, one)

        working.add_done_callback(done)
        return await asyncio.shield(working)

    def _drop_older(self, stream: str | None) -> None:
        older = None if stream is None else self._streams.pop(stream, None)
        if older is not None and not older.turn.done():
            older.turn.set_exception(
                ApiError("superseded", "a newer request of the same stream took its place.")
            )

    def _finish(self, line: _Lane, one: _Waiting) -> None:
        line.free += 1
        line.free_to_open += one.opens
        self._call_next(line)

    def _call_next(self, line: _Lane) -> None:
        passed: list[_Waiting] = []
        while line.free and line.waiting:
            one = heapq.heappop(line.waiting)
            if one.turn.done():  # it was dropped, or hung up
                continue
            if one.opens and not line.free_to_open:
                passed.append(one)
                continue
            line.free -= 1
            line.free_to_open -= one.opens
            one.turn.set_result(None)
        for one in passed:
            heapq.heappush(line.waiting, one)

    def _patience(self) -> int:
        """Seconds in which the line will have moved on."""
        return max(1, math.ceil(self.waiting * self._seconds / self._slots / 2))
