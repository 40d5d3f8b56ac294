"""The queue: in turn, bounded, previews first, the newest of a stream alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from lgpgan.serving.errors import ApiError
from lgpgan.serving.queue import Queue


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def run(*values: object) -> None:
        asyncio.run(asyncio.wait_for(test(*values), 10))

    return run


class Work:
    """Work that is begun, and finished when one says so."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}

    def named(self, name: str) -> Callable[[], Coroutine[Any, Any, str]]:
        self.ends[name] = asyncio.Event()

        async def work() -> str:
            self.begun.append(name)
            await self.ends[name].wait()
            return name

        return work

    async def end(self, name: str) -> None:
        self.ends[name].set()
        await settle()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@in_loop
async def test_in_turn_and_previews_first() -> None:
    queue, work = Queue(1, 1, 10), Work()
    tasks = [
        asyncio.create_task(queue.run(0, work.named(name), urgent=name.startswith("p")))
        for name in ("a", "b", "p1", "c", "p2")
    ]
    await settle()
    assert work.begun == ["a"]
    assert queue.waiting == 4
    for name in ("a", "p1", "p2", "b", "c"):
        await work.end(name)
    assert work.begun == ["a", "p1", "p2", "b", "c"]
    assert await asyncio.gather(*tasks) == ["a", "b", "p1", "c", "p2"]


@in_loop
async def test_nothing_waits_for_ever() -> None:
    """Regression: as long as previews came, nothing else was begun."""
    now = 0.0
    queue, work = Queue(1, 1, 10, clock=lambda: now), Work()
    tasks = []
    for name, second in (("a", 0), ("b", 0), ("p1", 1), ("p2", 4), ("p3", 6)):
        now = float(second)
        urgent = name.startswith("p")
        tasks.append(asyncio.create_task(queue.run(0, work.named(name), urgent=urgent)))
        await settle()
    for name in ("a", "p1", "p2", "b", "p3"):
        await work.end(name)
    await asyncio.gather(*tasks)
    assert work.begun == ["a", "p1", "p2", "b", "p3"]


@in_loop
async def test_photos_that_are_opened_leave_places_to_others() -> None:
    """Regression: of two that were opened one waited for the other in a place of its own."""
    queue, work = Queue(1, 2, 1, openings=1), Work()
    tasks = [
        asyncio.create_task(queue.run(0, work.named(name), opens=name.startswith("o")))
        for name in ("o1", "o2", "a")
    ]
    await settle()
    assert work.begun == ["o1", "a"]
    with pytest.raises(ApiError, match="1 requests are waiting"):
        await queue.run(0, work.named("o3"), opens=True)
    tasks.append(asyncio.create_task(queue.run(0, work.named("b"), admitted=True)))
    await settle()
    for name in ("a", "b", "o1", "o2"):
        await work.end(name)
    assert work.begun == ["o1", "a", "b", "o2"]
    await asyncio.gather(*tasks)


@in_loop
async def test_lanes_do_not_wait_for_each_other() -> None:
    queue, work = Queue(2, 1, 10), Work()
    tasks = [
        asyncio.create_task(queue.run(lane, work.named(n))) for lane, n in ((0, "a"), (1, "b"))
    ]
    await settle()
    assert work.begun == ["a", "b"]
    await work.end("a")
    await work.end("b")
    await asyncio.gather(*tasks)


@in_loop
async def test_too_many_are_told_to_come_again() -> None:
    """Regression: those who were refused stayed in the line, which all others looked through."""
    queue, work = Queue(1, 1, 2), Work()
    tasks = [asyncio.create_task(queue.run(0, work.named(name))) for name in "abc"]
    await settle()
    with pytest.raises(ApiError, match="2 requests are waiting") as caught:
        await queue.run(0, work.named("d"))
    assert caught.value.status_code == 429
    assert int(dict(caught.value.headers or {})["Retry-After"]) >= 1
    for name in "efghi":
        with pytest.raises(ApiError):
            await queue.run(0, work.named(name))
    assert len(queue._lanes[0].waiting) <= 4, "refused requests lay in the line while it stood"
    for name in "abc":
        await work.end(name)
    assert await asyncio.gather(*tasks) == ["a", "b", "c"]


@in_loop
async def test_the_newest_of_a_stream_wins() -> None:
    queue, work = Queue(1, 1, 10), Work()
    first = asyncio.create_task(queue.run(0, work.named("first")))
    await settle()
    tasks = [
        asyncio.create_task(queue.run(0, work.named(name), stream=name[0]))
        for name in ("s1", "t1", "s2", "s3")
    ]
    await settle()
    await work.end("first")
    for name in ("t1", "s3"):
        await work.end(name)
    results = await asyncio.gather(first, *tasks, return_exceptions=True)
    kinds = [getattr(result, "kind", result) for result in results]
    assert kinds == ["first", "superseded", "t1", "superseded", "s3"]
    assert work.begun == ["first", "t1", "s3"]


@in_loop
async def test_who_hangs_up_frees_the_place() -> None:
    queue, work = Queue(1, 1, 1), Work()
    first = asyncio.create_task(queue.run(0, work.named("first")))
    await settle()
    gone = asyncio.create_task(queue.run(0, work.named("gone")))
    await settle()
    gone.cancel()
    await settle()
    assert queue.waiting == 0
    second = asyncio.create_task(queue.run(0, work.named("second")))
    await settle()
    first.cancel()  # it was begun: the lane is free when it has ended, and not before
    await settle()
    assert work.begun == ["first"]
    await work.end("first")
    await work.end("second")
    assert work.begun == ["first", "second"]
    assert await second == "second"


@in_loop
async def test_what_fails_frees_the_place() -> None:
    async def fail() -> str:
        raise ValueError("no")

    queue, work = Queue(1, 1, 1), Work()
    with pytest.raises(ValueError, match="no"):
        await queue.run(0, fail)
    task = asyncio.create_task(queue.run(0, work.named("a")))
    await settle()
    await work.end("a")
    assert await task == "a"
