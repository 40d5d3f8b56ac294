"""Many clients at once: every answer is the right one, and memory does not grow."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from servers import LiveServer, MakeServer, encoded

from lgpgan.editing.editor import Editor

CLIENTS = 16
TARGETS = ({"to": "happy"}, {"to": "sad", "intensity": 0.5}, {"to": {"angry": 0.4, "happy": 0.3}})


@dataclass
class Traffic:
    """Clients of a server that know what it must answer.

    Attributes:
        port: of the server.
        photos: files, of several sizes.
        expected: what an edit of a photo with a target must be, by their numbers.
        edits: that were answered rightly.
        wrong: what was wrong with the others.
    """

    port: int
    photos: list[bytes]
    expected: dict[tuple[int, int], bytes]
    edits: int = 0
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, number: int, until: Callable[[int], bool]) -> None:
        """Edit photos, opened anew now and then, until one has done enough."""
        chance = random.Random(number)
        base = f"http://127.0.0.1:{self.port}"
        headers = {"Content-Type": "image/jpeg"}
        names: dict[int, str] = {}
        done = 0
        with httpx.Client(base_url=base, timeout=300) as client:
            while not until(done):
                photo, target = chance.randrange(len(self.photos)), chance.randrange(len(TARGETS))
                if photo not in names:
                    answer = patient(
                        client, "/api/photos", content=self.photos[photo], headers=headers
                    )
                    names[photo] = answer.json()["id"]
                route = f"/api/photos/{names[photo]}/edits"
                answer = patient(client, route, json={"target": TARGETS[target]})
                if answer.status_code == 404:  # others took its place
                    del names[photo]
                    continue
                right = answer.content == self.expected[photo, target]
                with self._lock:
                    self.edits += right
                    if not right:
                        self.wrong.append(f"{answer.status_code}: {answer.text[:200]}")
                done += 1
                if chance.random() < 0.05:
                    client.delete(f"/api/photos/{names.pop(photo)}")

    def slow(self, ended: threading.Event) -> None:
        """A client that sends a photo in drops, again and again."""
        head = b"POST /api/photos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"
        while not ended.is_set():
            with contextlib.suppress(OSError), self._connected() as connection:
                connection.sendall(head)
                for _ in range(20):
                    connection.sendall(b"x")
                    if ended.wait(0.1):
                        break

    def rubbish(self, ended: threading.Event) -> None:
        """A client that sends anything."""
        chance = random.Random(1)
        heads = (b"", b"GET /", b"POST /api/photos HTTP/1.1\r\nHost: localhost\r\n", b"\x16\x03")
        while not ended.wait(0.02):
            with contextlib.suppress(OSError), self._connected() as connection:
                connection.sendall(chance.choice(heads) + chance.randbytes(chance.randrange(300)))

    def _connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def run(self, until: Callable[[int], bool]) -> None:
        """All clients, until each has done enough."""
        ended = threading.Event()
        with ThreadPoolExecutor(CLIENTS + 2) as threads:
            besides = [threads.submit(one, ended) for one in (self.slow, self.rubbish)]
            clients = [threads.submit(self.client, n, until) for n in range(CLIENTS)]
            try:
                for each in clients:
                    each.result()
            finally:
                ended.set()
            for each in besides:
                each.result()


def patient(client: httpx.Client, route: str, **options: object) -> httpx.Response:
    """The answer of a server that may be busy: asked again after as long as it says."""
    while (answer := client.post(route, **options)).status_code == 429:  # type: ignore[arg-type]
        time.sleep(int(answer.headers["retry-after"]) * random.uniform(0.2, 1))
    return answer


def traffic(
    editor: Editor, astronaut: NDArray[np.uint8], sides: list[int], folder: Path
) -> Traffic:
    """Photos of several sizes, and what the command makes of them; no server yet."""
    face, photos, expected = astronaut[:300, 90:390], [], {}
    for number, side in enumerate(sides):
        pixels = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
        photos.append(encoded(np.asarray(pixels, np.uint8), "JPEG", quality=90))
        file = folder / f"{number}.jpg"
        file.write_bytes(photos[-1])
        opened = editor.open(file)
        for which, target in enumerate(TARGETS):
            made = folder / "made.jpg"
            editor.apply(opened, editor.target(**target)).save(made, overwrite=True)  # type: ignore[arg-type]
            expected[number, which] = made.read_bytes()
    return Traffic(0, photos, expected)


def test_sixteen_clients_get_what_they_asked_for(
    make_server: MakeServer, editor: Editor, astronaut: NDArray[np.uint8], tmp_path: Path
) -> None:
    """While one is slow and one sends rubbish; fewer places than clients, and fewer photos."""
    all_of_it = traffic(editor, astronaut, [160, 220], tmp_path)
    with make_server(waiting=10, photos=20, opened_megabytes=1) as server:
        all_of_it.port = server.port
        all_of_it.run(lambda done: done == 2)
        check_bounds(server)
    assert all_of_it.wrong == []
    assert all_of_it.edits == 2 * CLIENTS


def check_bounds(server: LiveServer) -> None:
    service = server.service
    assert len(service.store) <= service.limits.photos
    assert service.store.size <= service.limits.kept_bytes
    assert service.queue.waiting == 0


def resident(process: int) -> int:
    """Bytes that a process has in memory."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.nightly
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_ten_minutes_of_mixed_traffic(astronaut: NDArray[np.uint8], tmp_path: Path) -> None:
    """The command itself, with the shipped weights: 0 wrong answers, memory flat."""
    minutes = float(os.environ.get("LGPGAN_TRAFFIC_MINUTES", "10"))
    all_of_it = traffic(Editor.from_pretrained(), astronaut, [200, 512, 1024, 2600], tmp_path)
    command = [sys.executable, "-m", "lgpgan", "serve", "--port", "0", "--photos", "40"]
    sizes = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            all_of_it.port = int(httpx.URL(process.stdout.readline().strip()).port or 0)
            for part in (0.2, 0.4, 0.4):
                end = time.monotonic() + part * minutes * 60
                all_of_it.run(lambda done, end=end: time.monotonic() > end)
                sizes.append(resident(process.pid))
        finally:
            process.terminate()
    assert process.returncode == 0
    assert all_of_it.wrong == []
    assert all_of_it.edits >= CLIENTS
    assert sizes[2] < sizes[1] * 1.1 + 30e6, f"{sizes} bytes after each part"
