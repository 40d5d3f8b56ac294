"""What works on photos: threads, processes, replicas of Ray Serve; and what if one dies."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from multiprocessing import Pipe
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from lgpgan.errors import InputError, LgpganError
from lgpgan.parallel.processes import cores
from lgpgan.serving.answers import Picture
from lgpgan.serving.engines.choosing import make_engine
from lgpgan.serving.engines.engine import Engine, WorkerPlan
from lgpgan.serving.engines.processes import ProcessEngine, _run
from lgpgan.serving.engines.ray_replicas import RayEngine
from lgpgan.serving.engines.threads import ThreadEngine
from lgpgan.serving.errors import ApiError
from lgpgan.serving.limits import Limits
from lgpgan.serving.requests import EditRequest, PreviewRequest, TargetRequest
from lgpgan.serving.service import Service
from lgpgan.serving.worker import Task

LIMITS = Limits()
PREVIEW = EditRequest(target=TargetRequest(to="happy"), preview=PreviewRequest(side=64))
RETRIES = 20


def with_service(
    engine: Engine, use: Callable[[Service], Awaitable[None]], seconds: float = 120
) -> None:
    async def run() -> None:
        service = Service(engine, LIMITS)
        async with asyncio.timeout(seconds), service.running():
            await use(service)

    asyncio.run(run())


async def patiently(ask: Callable[[], Awaitable[Any]]) -> tuple[Any, int]:
    """The answer, and how often one had to ask again: what a client does that is told 503."""
    for again in range(RETRIES):
        try:
            return await ask(), again
        except ApiError as error:
            if error.status_code != 503 or "Retry-After" not in (error.headers or {}):
                raise
            await asyncio.sleep(0.5)
    raise AssertionError("the server did not recover")


async def try_death(service: Service, portrait: bytes, kill: Callable[[], None]) -> None:
    """Edits while what works on them is killed: only those in its hands are refused, once."""
    photos = [await service.open(portrait) for _ in range(4)]
    expected = (await service.picture(photos[0].id, PREVIEW)).content

    async def ask(number: int) -> tuple[Any, int]:
        return await patiently(lambda: service.picture(photos[number % 4].id, PREVIEW))

    async def kill_soon() -> None:
        await asyncio.sleep(0.1)
        kill()

    *answers, _ = await asyncio.gather(*(ask(number) for number in range(24)), kill_soon())
    assert {answer.content for answer, _ in answers} == {expected}
    assert (await ask(0))[0].content == expected


async def try_send_failure(service: Service, portrait: bytes, engine: ProcessEngine) -> None:
    """Regression: what could not be sent to a process was waited for for ever."""

    class Full:
        def send(self, message: object) -> None:
            raise MemoryError

    pipes = [child._pipe for child in engine._children]
    for child in engine._children:
        child._pipe = Full()  # type: ignore[assignment]
    with pytest.raises(ApiError, match="try again") as caught:
        await service.open(portrait)
    assert caught.value.status_code == 503
    for child, pipe in zip(engine._children, pipes, strict=True):
        child._pipe = pipe


def test_a_process_always_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: an outcome that could not be sent was waited for for ever."""

    class Unsendable(bytes):
        def __reduce__(self) -> tuple[object, ...]:
            raise ZeroDivisionError

    class Maker:
        def make(self) -> object:
            worker = SimpleNamespace(facts=None, prepare=lambda: None)
            worker.do = lambda task, content: Picture(Unsendable(), "image/png", "a.png")
            return worker

    monkeypatch.setattr("lgpgan.serving.engines.processes.follow_parent", lambda: None)
    ours, theirs = Pipe()
    process = Thread(target=_run, args=(theirs, Maker(), 1), daemon=True)
    process.start()
    assert ours.recv() == (None, None)
    ours.send((7, Task("a", PREVIEW), None))
    number, said = ours.recv()
    ours.close()
    process.join(20)
    assert (number, said.kind) == (7, "internal")
    busy = pickle.loads(pickle.dumps(ApiError("busy", "try again.", 3)))  # it lost its header
    assert dict(busy.headers)["Retry-After"] == "3"


def test_processes_answer_and_recover(portrait: bytes) -> None:
    """The same bytes as threads give; errors travel; a process that is killed is replaced."""
    engine = make_engine("local", WorkerPlan({}, LIMITS), workers=2)
    assert isinstance(engine, ProcessEngine)
    assert {engine.lane_of(str(number)) for number in range(50)} == {0, 1}
    bytes_of: list[bytes] = []

    async def use(service: Service) -> None:
        photo = await service.open(portrait)
        bytes_of.append((await service.picture(photo.id, PREVIEW)).content)
        wrong = EditRequest(target=TargetRequest(to="hapy"))
        with pytest.raises(ApiError, match="choose one of angry"):
            await service.picture(photo.id, wrong)
        with pytest.raises(ApiError, match="not an image") as caught:
            await service.open(b"no picture")
        assert caught.value.kind == "unusable"
        await try_send_failure(service, portrait, engine)
        service.store.remove(photo.id)
        pids = [child._process.pid for child in engine._children]
        await try_death(service, portrait, lambda: os.kill(pids[0], signal.SIGKILL))

    with_service(engine, use)
    threads = make_engine("local", WorkerPlan({}, LIMITS))

    async def compare(service: Service) -> None:
        photo = await service.open(portrait)
        assert (await service.picture(photo.id, PREVIEW)).content == bytes_of[0]

    with_service(threads, compare)


@pytest.mark.nightly
@pytest.mark.xdist_group("ray")
@pytest.mark.filterwarnings("ignore")  # Ray Serve uses what others have deprecated
def test_replicas_answer_and_recover(portrait: bytes) -> None:
    """A real cluster on this machine; a replica is killed under load."""
    ray = pytest.importorskip("ray")
    pytest.importorskip("grpc_reflection", reason="Ray Serve needs the extra serve-ray")
    plan = WorkerPlan({}, LIMITS)

    def kill() -> None:
        named = ray.util.list_named_actors(all_namespaces=True)
        replica = next(one for one in named if one["name"].startswith("SERVE_REPLICA"))
        ray.kill(ray.get_actor(**replica))

    with_service(
        make_engine("ray", plan, workers=2),
        lambda service: try_death(service, portrait, kill),
        seconds=400,
    )


@pytest.mark.parametrize("runs", [True, False])
def test_ray_serve_is_left_to_those_who_started_it(
    monkeypatch: pytest.MonkeyPatch, runs: bool
) -> None:
    """Regression: it was shut down at the end, with all that others ran there."""
    ended: list[str] = []
    serve = SimpleNamespace(
        start=lambda **options: None,
        run=lambda *values, **options: None,
        deployment=lambda *values, **options: SimpleNamespace(bind=lambda *values: None),
        delete=lambda name: ended.append(name.partition("-")[0]),
        shutdown=lambda: ended.append("everything"),
        exceptions=SimpleNamespace(RayServeException=Exception),
    )
    named = [{"name": "SERVE_CONTROLLER_ACTOR"}] if runs else []
    ray = SimpleNamespace(
        serve=serve,
        exceptions=SimpleNamespace(RayError=Exception),
        util=SimpleNamespace(list_named_actors=lambda all_namespaces: named),
    )
    module = "lgpgan.serving.engines.ray_replicas"
    monkeypatch.setitem(sys.modules, "ray", ray)  # type: ignore[arg-type]
    monkeypatch.setattr(f"{module}.cluster", lambda processes: nullcontext(ray))
    monkeypatch.setattr(f"{module}.require", lambda *values, **options: None)
    engine = RayEngine(WorkerPlan(), 1, 1)
    engine._deploy()
    asyncio.run(engine.close())
    assert ended == (["lgpgan"] if runs else ["lgpgan", "everything"])
    assert engine.openings == engine.slots


def test_which_engine() -> None:
    plan = WorkerPlan()
    alone = make_engine("local", plan)
    assert isinstance(alone, ThreadEngine)
    assert (alone.lanes, alone.slots) == (1, max(cores(), 2))
    several = make_engine("local", plan, workers=3)
    assert (several.lanes, several.slots) == (3, 2)
    assert make_engine("local", plan, workers=3, threads=1).slots == 1
    for wrong in ({"workers": 0}, {"threads": 0}):
        with pytest.raises(InputError, match="out of range"):
            make_engine("local", plan, **wrong)
    with pytest.raises(InputError, match="engine"):
        make_engine("threads", plan)  # type: ignore[arg-type]


def test_weights_that_cannot_be_loaded_stop_the_start(tmp_path: Path) -> None:
    plan = WorkerPlan({"weights": tmp_path / "absent.safetensors"})

    async def nothing(service: Service) -> None:
        raise AssertionError("it started")

    for workers in (1, 2):
        with pytest.raises(LgpganError, match="no weights"):
            with_service(make_engine("local", plan, workers), nothing)
