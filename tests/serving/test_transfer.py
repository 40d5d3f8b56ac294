"""Bodies and connections: too large, too slow, cut short, of wrong lengths; nothing leaks."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import socket
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI, Request
from numpy.typing import NDArray
from servers import LiveServer, MakeClient, MakeServer, encoded
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Message
from uvicorn.server import ServerState

from lgpgan.serving.connections import bounded_protocol
from lgpgan.serving.error_handlers import handle_errors
from lgpgan.serving.limits import REQUEST_BYTES, Limits
from lgpgan.serving.transfer import TransferMiddleware

JPEG = {"Content-Type": "image/jpeg"}


def kind_of(answer: object) -> str:
    return answer.json()["error"]["kind"]  # type: ignore[attr-defined]


class TestSizes:
    def test_a_body_that_is_too_large(self, make_client: MakeClient, portrait: bytes) -> None:
        with make_client(photo_megabytes=0.01) as client:
            for headers in (JPEG, JPEG | {"Transfer-Encoding": "chunked"}):
                answer = client.post("/api/photos", content=bytes(80_000), headers=headers)
                assert (answer.status_code, kind_of(answer)) == (413, "too_large")
            answer = client.post("/api/edit?to=happy", content=bytes(80_000), headers=JPEG)
            assert answer.status_code == 413

    def test_a_request_without_a_photo_is_small(self, client: TestClient, photo: str) -> None:
        content = b'{"target": {"to": "' + b"x" * REQUEST_BYTES + b'"}}'
        headers = {"Content-Type": "application/json"}
        answer = client.post(f"/api/photos/{photo}/edits", content=content, headers=headers)
        assert (answer.status_code, kind_of(answer)) == (413, "too_large")

    def test_a_body_is_refused_before_it_is_read(self, make_server: MakeServer) -> None:
        """Its length is enough."""
        with make_server(photo_megabytes=0.01) as server:
            head = (
                b"POST /api/photos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"
            )
            assert b" 413 " in conversation(server, head).partition(b"\r\n")[0]

    def test_pixels_are_counted_before_they_are_decoded(
        self, make_client: MakeClient, portrait: bytes
    ) -> None:
        with make_client(megapixels=0.08) as client:
            answer = client.post("/api/photos", content=portrait, headers=JPEG)
            assert (answer.status_code, kind_of(answer)) == (413, "too_large")
            assert "0.08 megapixels" in answer.json()["error"]["message"]

    def test_a_bomb_unfolds_to_nothing(self, client: TestClient) -> None:
        """A PNG that says it has 30,000 pixels a side, of 30 kB."""
        rows = zlib.compress(bytes(30_000 * 91), 9)

        def chunk(name: bytes, content: bytes) -> bytes:
            check = zlib.crc32(name + content)
            return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

        header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows)
        answer = client.post("/api/photos", content=bomb + chunk(b"IEND", b""), headers=JPEG)
        assert (answer.status_code, kind_of(answer)) == (413, "too_large")

    def test_a_picture_that_is_something_else_as_well(
        self, client: TestClient, portrait: bytes
    ) -> None:
        """A JPEG with a page in its comment, and a page behind it: what comes out is a JPEG."""
        page = b"<html><script>alert(1)</script></html>"
        comment = b"\xff\xfe" + struct.pack(">H", len(page) + 2) + page
        both = portrait[:2] + comment + portrait[2:] + page
        answer = client.post("/api/edit?to=happy", content=both, headers={"Content-Type": ""})
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert b"<script" not in answer.content

    def test_nested_too_deeply(self, client: TestClient, photo: str) -> None:
        content = b"[" * 60_000
        headers = {"Content-Type": "application/json"}
        answer = client.post(f"/api/photos/{photo}/edits", content=content, headers=headers)
        assert answer.status_code == 400

    def test_a_length_of_thousands_of_digits(self, client: TestClient) -> None:
        """Regression: Python refuses to read such a number, which was a 500."""
        answer = client.post("/api/photos", headers={"Content-Length": "9" * 5000})
        assert (answer.status_code, kind_of(answer)) == (413, "too_large")

    @pytest.mark.parametrize(
        ("boundary", "part", "status"),
        [
            ("x", b'Content-Disposition: form-data; name="photo"\r\n', 400),
            ("x", b"", 400),  # regression: parts without a name were not counted
            ("x" * 300, b"", 400),  # regression: this was a 500
        ],
    )
    def test_a_form_with_many_parts(
        self, client: TestClient, boundary: str, part: bytes, status: int
    ) -> None:
        line = b"--" + boundary.encode()
        content = (line + b"\r\n" + part + b"\r\nx\r\n") * 30 + line + b"--\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answer = client.post("/api/photos", content=content, headers=headers)
        assert (answer.status_code, kind_of(answer)) == (status, "bad_request")


class TestTogether:
    """What is on its way at a time, in both directions."""

    @staticmethod
    async def exchange(
        within: TransferMiddleware, body: bytes, taken: asyncio.Event | None = None
    ) -> int:
        """The status of a request; its client takes the answer when it is told to."""
        statuses: list[int] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            elif taken is not None:
                await taken.wait()

        scope = {"type": "http", "path": "/", "headers": [], "method": "POST", "query_string": b""}
        await within(scope, receive, send)
        (status,) = statuses
        return status

    def test_many_large_requests_and_answers(self) -> None:
        """Regression: answers that were not taken had no bound.

        Regression: the refusal of an answer was raised where the application hands answers on,
        which made it a plain 500.
        """
        app = FastAPI()
        handle_errors(app)

        @app.post("/")
        async def echo(request: Request) -> Response:
            return Response((await request.receive())["body"] * 100)

        async def run() -> None:
            limits = Limits(transfer_megabytes=0.003)
            within = TransferMiddleware(app, limits, lambda path: 10_000)
            taken = asyncio.Event()
            first = asyncio.create_task(self.exchange(within, bytes(20), taken))
            await asyncio.sleep(0.01)
            assert await self.exchange(within, bytes(1000)) == 429  # the request is too large now
            assert await self.exchange(within, bytes(15)) == 429  # its answer is
            assert await self.exchange(within, bytes(5)) == 200
            taken.set()
            assert await first == 200
            assert await self.exchange(within, bytes(50)) == 200  # alone, it is taken
            assert await self.exchange(within, bytes(20_000)) == 413

        asyncio.run(run())


def conversation(server: LiveServer, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What a server answers to bytes, until it closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for piece in pieces:
            with contextlib.suppress(OSError):
                connection.sendall(piece)
            time.sleep(pause)
        said = b""
        with contextlib.suppress(OSError):
            while piece := connection.recv(65536):
                said += piece
        return said


POST = b"POST /api/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"


@pytest.fixture(scope="module")
def hasty(make_server: MakeServer) -> Iterator[LiveServer]:
    """A server that waits for nobody."""
    with make_server(patience=1.0) as server:
        yield server


class TestConnections:
    def test_half_a_head(self, hasty: LiveServer) -> None:
        """uvicorn itself would wait for the rest for ever."""
        assert conversation(hasty, b"POST /api/photos HTTP/1.1\r\nHost: loc") == b""
        assert conversation(hasty) == b""

    def test_half_a_body(self, hasty: LiveServer) -> None:
        said = conversation(hasty, POST + b"Content-Length: 1000\r\n\r\n", b"half")
        assert b" 408 " in said.partition(b"\r\n")[0]
        assert b'"slow"' in said

    def test_a_body_in_drops(self, hasty: LiveServer) -> None:
        drops = [b"1\r\nx\r\n"] * 15
        said = conversation(hasty, POST + b"Transfer-Encoding: chunked\r\n\r\n", *drops, pause=0.1)
        assert b" 408 " in said.partition(b"\r\n")[0]

    @pytest.mark.parametrize(
        "head",
        [
            b"Content-Length: -1\r\n",
            b"Content-Length: x\r\n",
            b"Content-Length: 5\r\nContent-Length: 6\r\n",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: gzip\r\n",
            b"X-Long: " + b"x" * 100_000 + b"\r\n",
        ],
    )
    def test_wrong_lengths(self, hasty: LiveServer, head: bytes) -> None:
        said = conversation(hasty, POST + head + b"\r\n" + b"5\r\nabcde\r\n0\r\n\r\n")
        assert said.partition(b"\r\n")[0].split()[1:2] in ([b"400"], [b"422"], [b"431"], [b"501"])

    def test_who_hangs_up_in_the_middle_leaves_nothing(self, hasty: LiveServer) -> None:
        with socket.create_connection(("127.0.0.1", hasty.port)) as connection:
            connection.sendall(POST + b"Content-Length: 100000\r\n\r\n" + bytes(50_000))
        said = conversation(hasty, b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in said.partition(b"\r\n")[0]
        assert len(hasty.service.store) == 0

    def test_an_answer_that_nobody_takes(
        self, make_server: MakeServer, astronaut: NDArray[np.uint8]
    ) -> None:
        """A client that reads nothing held the answer in the server's memory for ever."""
        large = encoded(np.pad(astronaut, ((0, 1500), (0, 1500), (0, 0))), "JPEG")
        with make_server(patience=0.5) as server:
            head = "POST /api/edit?to=happy&format=bmp HTTP/1.1\r\nHost: localhost\r\n"
            head += f"Content-Type: image/jpeg\r\nContent-Length: {len(large)}\r\n\r\n"
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(20)
                connection.connect(("127.0.0.1", server.port))
                connection.sendall(head.encode() + large)
                time.sleep(4)
                taken = 0
                with contextlib.suppress(ConnectionError):  # it was reset
                    while piece := connection.recv(1 << 20):
                        taken += len(piece)
            assert 0 < taken < 2012 * 2012 * 3

    def test_one_too_many_is_told_to_come_again(self, make_server: MakeServer) -> None:
        """Regression: past the bound everybody got a plain 503, those who were there included."""

        def get(path: str) -> bytes:
            return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode()

        with make_server(connections=2) as server, contextlib.ExitStack() as stack:
            there = ("127.0.0.1", server.port)
            first = stack.enter_context(socket.create_connection(there, timeout=20))
            second = stack.enter_context(socket.create_connection(there, timeout=20))
            for each in (first, second):
                each.sendall(get("/api/info"))
            refused = conversation(server, get("/api/info") + b"\r\n")
            assert b" 429 " in refused.partition(b"\r\n")[0]
            assert b"retry-after: " in refused.lower()
            assert b'"busy"' in refused
            lives = conversation(server, get("/api/health") + b"Connection: close\r\n\r\n")
            assert b" 200 " in lives.partition(b"\r\n")[0]
            first.sendall(b"\r\n")
            assert b" 200 " in first.recv(100)
            for _ in range(2):  # that only stand there: the next gets no answer
                stack.enter_context(socket.create_connection(there, timeout=20))
            assert conversation(server, get("/api/info") + b"\r\n") == b""

    def test_a_client_that_crawls(self) -> None:
        """Regression: one that took some of its answer now and then had it for ever."""

        class Transport:
            buffered, aborted = 0, False

            def write(self, data: bytes) -> None:
                self.buffered += len(data)

            def get_write_buffer_size(self) -> int:
                self.buffered -= min(self.buffered, 50)
                return self.buffered

            def is_closing(self) -> bool:
                return self.aborted

            def abort(self) -> None:
                self.aborted = True

            def get_extra_info(self, name: str) -> None:
                return None

        async def run() -> None:
            made = bounded_protocol(Limits(patience=0.04))
            config = uvicorn.Config(FastAPI(), lifespan="off")
            protocol, transport = made(config, ServerState(), {}), Transport()
            protocol.connection_made(transport)  # type: ignore[arg-type]
            protocol.transport.write(bytes(1_000_000))
            while not transport.aborted:
                await asyncio.sleep(0.01)
            assert transport.buffered > 0

        asyncio.run(asyncio.wait_for(run(), 20))

    def test_garbage(self, hasty: LiveServer) -> None:
        for garbage in (
            b"\x16\x03\x01\x02\x00",
            b"GET / HTTP/9.9\r\n\r\n",
            b"\r\n" * 100,
            b"\0" * 99,
        ):
            said = conversation(hasty, garbage)
            assert said.partition(b"\r\n")[0].split()[1:2] in ([], [b"400"], [b"421"])


def test_nothing_of_a_photo_is_logged_or_written(
    make_client: MakeClient,
    portrait: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Not even for a moment, in the folder of temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened: list[str] = []
    real = io.open

    def watched(file: object, mode: str = "r", *rest: object, **options: object) -> object:
        if any(sign in mode for sign in "wxa+"):
            opened.append(str(file))
        return real(file, mode, *rest, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.open", watched)
    monkeypatch.setattr(io, "open", watched)
    with caplog.at_level(logging.DEBUG), make_client() as client:
        form = {"photo": ("a-secret-name.jpg", portrait * 1 + bytes(2_000_000))}
        name = client.post("/api/photos", files=form).json()["id"]
        route = f"/api/photos/{name}"
        assert client.post(f"{route}/edits", json={"target": {"to": "happy"}}).status_code == 200
        assert client.delete(route).status_code == 204
    said = caplog.text + "".join(capfd.readouterr())
    ours = [record for record in caplog.records if record.name.startswith(("lgpgan", "uvicorn"))]
    assert not ours
    assert "a-secret-name" not in said
    assert opened == []
    assert list(tmp_path.iterdir()) == []


def test_photos_are_gone_at_the_end(make_client: MakeClient, portrait: bytes) -> None:
    with make_client() as client:
        service = client.service  # type: ignore[attr-defined]
        client.post("/api/photos", content=portrait, headers=JPEG)
        assert len(service.store) == 1
    assert len(service.store) == 0
