"""Requests that wait, over HTTP: newer ones, clients that hang up, and a server that stops."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
from servers import LiveServer, MakeServer

from lgpgan.editing.editor import Editor
from lgpgan.faces.detectors.loading import load_detector
from lgpgan.parallel.giving_up import GivenUpError, go_on, unless
from lgpgan.serving.answers import Picture
from lgpgan.serving.engines.threads import ThreadEngine
from lgpgan.serving.limits import Limits
from lgpgan.serving.requests import EditRequest, OpenRequest, StripRequest
from lgpgan.serving.worker import Answer, Task, Worker

PATIENCE = 20.0


class Held(Worker):
    """Edits nothing until it is told to; it counts what it has begun."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor, Limits())
        self.go_on = threading.Event()
        self.begun: list[str] = []

    def do(self, task: Task, content: bytes | None = None) -> Answer:
        if not isinstance(task.request, EditRequest):
            return super().do(task, content)
        assert task.request.target is not None
        self.begun.append(str(task.request.target.to))
        assert self.go_on.wait(PATIENCE)
        return Picture(b"made", "image/png", "made.png")


@pytest.fixture
def held(editor: Editor) -> Held:
    return Held(editor)


@pytest.fixture
def server(make_server: MakeServer, held: Held) -> Iterator[LiveServer]:
    """A server with one place to work."""
    with make_server(engine=ThreadEngine(lambda: held, 1)) as server:
        yield server
        held.go_on.set()


def edit(server: LiveServer, name: str, to: str, stream: str | None = None) -> httpx.Response:
    with server.client() as client:
        fields = {"target": {"to": to}, "preview": {"side": 64}, "stream": stream}
        return client.post(f"/api/photos/{name}/edits", json=fields)


def until(what: object) -> None:
    end = time.monotonic() + PATIENCE
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


def opened(server: LiveServer, portrait: bytes) -> str:
    with server.client() as client:
        return str(client.post("/api/photos", files={"photo": portrait}).json()["id"])


def test_a_newer_preview_takes_the_place_of_an_older_one(
    server: LiveServer, held: Held, portrait: bytes
) -> None:
    name = opened(server, portrait)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(edit, server, name, "happy", "slider")
        until(lambda: held.begun)
        older = threads.submit(edit, server, name, "sad", "slider")
        until(lambda: server.service.queue.waiting == 1)
        other = threads.submit(edit, server, name, "angry", "another slider")
        until(lambda: server.service.queue.waiting == 2)
        newer = threads.submit(edit, server, name, "fearful", "slider")
        assert older.result().status_code == 409
        assert older.result().json()["error"]["kind"] == "superseded"
        held.go_on.set()
        assert [each.result().status_code for each in (first, other, newer)] == [200] * 3
    assert held.begun == ["happy", "angry", "fearful"]


def test_many_at_once_are_told_to_come_again(
    make_server: MakeServer, held: Held, portrait: bytes
) -> None:
    """429 beyond the bound, and none of the others is lost."""
    with make_server(engine=ThreadEngine(lambda: held, 1), waiting=2) as server:
        name = opened(server, portrait)
        with ThreadPoolExecutor(3) as threads:
            waiting = [threads.submit(edit, server, name, "happy") for _ in range(3)]
            until(lambda: held.begun and server.service.queue.waiting == 2)
            refused = edit(server, name, "sad")
            held.go_on.set()
            assert [each.result().status_code for each in waiting] == [200] * 3
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1


def test_a_client_that_hangs_up_frees_its_place(
    server: LiveServer, held: Held, portrait: bytes
) -> None:
    name = opened(server, portrait)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(edit, server, name, "happy")
        until(lambda: held.begun)
        body = b'{"target": {"to": "sad"}}'
        head = f"POST /api/photos/{name}/edits HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head.encode() + body)
            until(lambda: server.service.queue.waiting == 1)
        until(lambda: server.service.queue.waiting == 0)
        held.go_on.set()
        assert first.result().content == b"made"
    assert held.begun == ["happy"]


def test_a_photo_that_is_forgotten_meanwhile_is_gone(
    server: LiveServer, held: Held, portrait: bytes
) -> None:
    """Regression: a request that had waited decoded the photo again, and there it stayed."""
    name = opened(server, portrait)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(edit, server, name, "happy")
        until(lambda: held.begun)
        with server.client() as client:
            waiting = threads.submit(client.get, f"/api/photos/{name}/picture")
            until(lambda: server.service.queue.waiting == 1)
            with server.client() as other:
                assert other.delete(f"/api/photos/{name}").status_code == 204
            held.go_on.set()
            assert waiting.result().status_code == 200
        assert first.result().status_code == 200
    assert held.opened.size == 0


def test_a_photo_whose_client_hangs_up_is_not_kept(
    server: LiveServer, held: Held, portrait: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: it stayed decoded until others needed its place."""
    begun, real = threading.Event(), held.editor.open

    def slowly(*values: object) -> object:
        begun.set()
        assert held.go_on.wait(PATIENCE)
        return real(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(held.editor, "open", slowly)
    hang_up_at(server, portrait, begun)
    until(lambda: b'status="400"' in server.service.metrics.text())  # nobody reads that answer
    held.go_on.set()
    until(lambda: server.service.queue._lanes[0].free == 1)
    assert len(server.service.store) == 0
    assert held.opened.size == 0


def hang_up_at(server: LiveServer, portrait: bytes, begun: threading.Event) -> None:
    """Send a photo, and hang up once it is being opened."""
    head = (
        f"POST /api/photos HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(portrait)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + portrait)
        until(begun.is_set)


@pytest.fixture
def searching(held: Held, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Photos show no face, and whoever looks for one looks for ever. Set when it begins to."""
    begun = threading.Event()

    def search(*values: object) -> None:
        begun.set()
        while True:
            go_on()
            time.sleep(0.01)

    monkeypatch.setattr(held.editor, "open", search)
    return begun


def test_a_photo_that_nobody_waits_for_is_not_searched_on(
    server: LiveServer, searching: threading.Event, portrait: bytes
) -> None:
    """Regression: all further looks were made, and others waited for them."""
    hang_up_at(server, portrait, searching)
    until(lambda: server.service.queue._lanes[0].free == 1)


def test_work_is_given_up_between_two_pictures(editor: Editor, portrait: bytes) -> None:
    """Regression: Ctrl-C waited for the whole of a strip."""
    worker = Worker(editor, Limits())
    made: list[object] = []
    task = Task("a", StripRequest(steps=32))

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(editor.backend, name)

        def change(self, faces: object) -> object:
            made.append(faces)
            worker.give_up(task.number)
            return editor.backend.change(faces)  # type: ignore[arg-type]

    worker.editor = Editor(Counting(), editor.detector)  # type: ignore[arg-type]
    with pytest.raises(GivenUpError):
        worker.do(task, portrait)
    assert len(made) == 1
    worker.give_up(None)
    with pytest.raises(GivenUpError):
        worker.do(Task("a", OpenRequest()))


def test_no_look_at_a_photo_is_made_for_nobody() -> None:
    looks = iter([False, True])
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
    with unless(lambda: next(looks)), pytest.raises(GivenUpError):
        load_detector("dlib").search(noise)


def test_it_stops_whatever_clients_do(
    make_server: MakeServer,
    held: Held,
    searching: threading.Event,
    portrait: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Regression: it waited for work that takes for ever, and for clients that stand still."""
    monkeypatch.setattr("lgpgan.serving.server.SECONDS_TO_FINISH", 0.2)
    with ThreadPoolExecutor(2) as threads, contextlib.ExitStack() as stack:
        with make_server(engine=ThreadEngine(lambda: held, 2)) as server:
            for head in (b"", b"POST /api/pho", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"):
                there = ("127.0.0.1", server.port)
                stack.enter_context(socket.create_connection(there)).sendall(head)
            client = stack.enter_context(server.client())
            for _ in range(2):  # one of them waits for its turn
                asked = threads.submit(client.post, "/api/photos", files={"photo": portrait})
            until(lambda: searching.is_set() and server.service.queue.waiting == 1)
        assert asked.result().json()["error"]["kind"] == "unavailable"


def test_others_go_on_while_a_photo_is_opened(
    make_server: MakeServer, held: Held, portrait: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: two photos that were opened took both places, and one waited for the other."""
    with make_server(engine=ThreadEngine(lambda: held, 2)) as server:
        name, real = opened(server, portrait), held.editor.open

        def slowly(*values: object) -> object:
            assert held.go_on.wait(PATIENCE)
            return real(*values)  # type: ignore[arg-type]

        monkeypatch.setattr(held.editor, "open", slowly)
        with ThreadPoolExecutor(2) as threads:
            opening = [threads.submit(opened, server, portrait) for _ in range(2)]
            until(lambda: server.service.queue.waiting == 1)
            with server.client() as client:
                assert client.get(f"/api/photos/{name}/picture").status_code == 200
            held.go_on.set()
            assert all(each.result() for each in opening)


def test_forwarded_headers_are_believed_of_nobody(server: LiveServer) -> None:
    """Neither the name of the server, nor anything else, comes from a header of a proxy."""
    with server.client() as client:
        headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
        assert client.get("/api/health", headers=headers).status_code == 200
        headers = {"Host": "evil.example", "X-Forwarded-Host": "localhost"}
        assert client.get("/api/health", headers=headers).status_code == 421
