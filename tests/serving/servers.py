"""Servers for tests: in this thread without a socket, and in a thread of its own with one."""

from __future__ import annotations

import faulthandler
import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from lgpgan.editing.editor import Editor
from lgpgan.serving.access import Access
from lgpgan.serving.application import make_application
from lgpgan.serving.engines.engine import Engine
from lgpgan.serving.engines.threads import ThreadEngine
from lgpgan.serving.limits import Limits
from lgpgan.serving.server import Binding, serve
from lgpgan.serving.service import Service
from lgpgan.serving.worker import Worker

BASE = "http://127.0.0.1:7861"

MakeClient = Callable[..., AbstractContextManager[TestClient]]
MakeServer = Callable[..., AbstractContextManager["LiveServer"]]


def thread_engine(editor: Editor, limits: Limits, jobs: int = 2) -> ThreadEngine:
    return ThreadEngine(lambda: Worker(editor, limits), jobs)


@pytest.fixture(scope="session")
def make_client(editor: Editor) -> MakeClient:
    """A client of an application with limits of one's own, without a socket."""

    @contextmanager
    def make(
        *, token: str = "", engine: Engine | None = None, metrics: bool = True, **limits: float
    ) -> Iterator[TestClient]:
        bounds = Limits(**limits)
        service = Service(engine or thread_engine(editor, bounds), bounds)
        access = Access.of("127.0.0.1", token=token)
        application = make_application(service, access, metrics=metrics, weights_digest="d" * 64)
        with TestClient(application, base_url=BASE, raise_server_exceptions=False) as client:
            client.service = service  # type: ignore[attr-defined]
            yield client

    return make


@pytest.fixture(scope="session")
def client(make_client: MakeClient) -> Iterator[TestClient]:
    """A client with the usual limits."""
    with make_client() as client:
        yield client


@dataclass(frozen=True)
class LiveServer:
    """A server that listens.

    Attributes:
        address: of its page.
        port: that it listens at.
        service: what works.
    """

    address: str
    port: int
    service: Service

    def client(self, **options: object) -> httpx.Client:
        """A client for it."""
        return httpx.Client(base_url=self.address.partition("#")[0], timeout=60, **options)


@pytest.fixture(scope="session")
def make_server(editor: Editor) -> MakeServer:
    """A server in a thread, with limits of one's own."""

    @contextmanager
    def make(
        *, engine: Engine | None = None, root_path: str = "", **limits: float
    ) -> Iterator[LiveServer]:
        bounds = Limits(**limits)
        service = Service(engine or thread_engine(editor, bounds), bounds)
        access = Access.of("127.0.0.1")
        application = make_application(service, access, metrics=True)
        started, told = threading.Event(), []

        def ready(address: str, stop: Callable[[], None]) -> None:
            told.extend((address, stop))
            started.set()

        binding = Binding(port=0, root_path=root_path)
        thread = threading.Thread(
            target=serve,
            args=(service, application, binding, bounds, access),
            kwargs={"ready": ready},
            daemon=True,
        )
        thread.start()
        try:
            assert started.wait(60), "the server did not start"
            address, _ = told
            yield LiveServer(address, int(httpx.URL(address).port or 0), service)
        finally:
            if told:
                told[1]()
            thread.join(30)
            if thread.is_alive():
                faulthandler.dump_traceback(file=sys.__stderr__)
            assert not thread.is_alive(), "the server did not stop"

    return make


@pytest.fixture(scope="session")
def server(make_server: MakeServer) -> Iterator[LiveServer]:
    """A server with the usual limits."""
    with make_server() as server:
        yield server


def encoded(pixels: NDArray[np.uint8], image_format: str = "PNG", **options: object) -> bytes:
    """The bytes of a file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, image_format, **options)
    return stream.getvalue()


@pytest.fixture(scope="session")
def portrait(astronaut: NDArray[np.uint8]) -> bytes:
    """A photo of one face, as a small JPEG."""
    return encoded(astronaut[:300, 90:390], "JPEG", quality=92)


@pytest.fixture(scope="session")
def couple(astronaut: NDArray[np.uint8]) -> bytes:
    """A photo of two faces, as a PNG."""
    face = astronaut[:300, 90:370]
    return encoded(np.concatenate([face, face[:, ::-1]], axis=1))


@pytest.fixture
def photo(client: TestClient, portrait: bytes) -> Iterator[str]:
    """The id of the portrait, opened."""
    answer = client.post("/api/photos", content=portrait, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 201, answer.text
    yield answer.json()["id"]
    client.delete(f"/api/photos/{answer.json()['id']}")
