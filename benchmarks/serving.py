"""How fast `lgpgan serve` answers programs, and what it does under load, beside the command.

    python benchmarks/serving.py [--megapixels 1 4 12 24] [--previews 60] [--photos 63]
                                 [--parts latency load]

Two parts. ``latency``: the demo photo, enlarged to so many megapixels, is opened; then previews of
1,200 pixels are asked for one after the other, each with another intensity, and the full size once.
Times are the client's, from the request to the last byte; the processor's time is the server's.
``load``: 16 clients open photos of three sizes and ask for eight expressions of each, while
one client sends a photo in drops and one sends rubbish; beside it the same edits by `lgpgan edit
--jobs 2`, which writes them to a disk and whose start counts. Ratios are to that. Server and
clients share the machine. ``serving_page.py`` measures in a browser.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

import cv2
import httpx
import numpy as np
import skimage.data
from PIL import Image

from family_memory import family, peak_of
from lgpgan.expressions.expression import Expression

PARTS = ("latency", "load")
CLIENTS = 16
SIDES = (512, 1024, 2048)
"""Of the photos under load, in pixels."""
JPEG = {"Content-Type": "image/jpeg"}
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, nargs="*", default=[1, 4, 12, 24])
    parser.add_argument("--previews", type=int, default=60, help="of each photo")
    parser.add_argument("--photos", type=int, default=63, help="under load")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        if "latency" in options.parts:
            latency(Path(folder), options.megapixels, options.previews)
        if "load" in options.parts:
            load(Path(folder), options.photos)
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}")


@contextlib.contextmanager
def serving(*options: str) -> Iterator[tuple[int, int]]:
    """A server of its own: its port and its process."""
    command = [sys.executable, "-m", "lgpgan", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield int(httpx.URL(process.stdout.readline().strip()).port or 0), process.pid
        finally:
            process.terminate()


def photo_of(side: float, folder: Path) -> Path:
    """The demo photo with so many pixels a side, as a JPEG."""
    file = folder / f"{side:.0f}.jpg"
    size = (round(side), round(side))
    pixels = cv2.resize(skimage.data.astronaut(), size, interpolation=cv2.INTER_CUBIC)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, quality=92)
    return file


def processor_seconds(pid: int) -> float:
    """The processor's time of a process and those that it started."""
    spent = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            spent += sum(map(int, words[11:15]))
    return spent / TICKS


def latency(folder: Path, megapixels: list[float], previews: int) -> None:
    """From the request to the last byte, by the size of the photo."""
    begun = time.perf_counter()
    with (
        serving() as (port, pid),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client,
    ):
        ready = time.perf_counter() - begun
        rows = []
        for size in megapixels:
            content = photo_of((size * 1e6) ** 0.5, folder).read_bytes()
            started = time.perf_counter()
            name = client.post("/api/photos", content=content, headers=JPEG).json()["id"]
            opened = time.perf_counter() - started
            route = f"/api/photos/{name}/edits"
            times = []
            before = 0.0
            for number in range(previews + 1):
                if number == 1:  # the first one reduces the photo
                    before = processor_seconds(pid)
                target = {"to": "happy", "intensity": 0.3 + number / previews}
                started = time.perf_counter()
                client.post(
                    route, json={"target": target, "preview": {"side": 1200}}
                ).raise_for_status()
                times.append(time.perf_counter() - started)
                if number == 0 and not rows:
                    print(
                        f"ready {ready:.1f} s after the command, the first picture "
                        f"{time.perf_counter() - begun:.1f} s after it"
                    )
            spent = (processor_seconds(pid) - before) / previews
            started = time.perf_counter()
            client.post(route, json={"target": {"to": "happy"}}).raise_for_status()
            whole = time.perf_counter() - started
            rows.append((size, opened, times[0], times[1:], spent, whole))
            client.delete(f"/api/photos/{name}")
    print("| megapixels | opened, ms | first preview | preview | 95 % | processor | full size |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for size, opened, first, times, spent, whole in rows:
        values = (opened, first, median(times), quantiles(times, n=20)[-1], spent, whole)
        print(f"| {size:g} | " + " | ".join(f"{1000 * value:.0f}" for value in values) + " |")


def load(folder: Path, photos: int) -> None:
    """Edits a second under load, beside those of the command."""
    sizes = [photo_of(side, folder) for side in SIDES]
    inputs = folder / "photos"
    inputs.mkdir()
    files = []
    for number in range(photos):
        files.append(inputs / f"{number:03}.jpg")
        files[-1].write_bytes(sizes[number % len(sizes)].read_bytes())
    edits = photos * len(Expression)
    expected = {side.read_bytes(): answers_of(side, folder) for side in sizes}
    of_command, *costs = command(inputs, folder / "made", edits)
    for name, rate, spent, memory in (
        ("lgpgan edit --jobs 2", of_command, *costs),
        ("lgpgan serve --threads 2", *served(files, expected, "--threads", "2")),
        ("lgpgan serve --jobs 2", *served(files, expected, "--jobs", "2", "--threads", "1")),
    ):
        print(
            f"{name}: {rate:.1f} edits a second ({rate / of_command:.2f} x the command), "
            f"{1000 * spent / edits:.0f} ms of the processor an edit, peak memory {memory:.0f} MB"
        )


def answers_of(photo: Path, folder: Path) -> dict[str, bytes]:
    """What the command writes for a photo."""
    made = folder / f"expected-{photo.stem}"
    run = [sys.executable, "-m", "lgpgan", "edit", str(photo), "-o", str(made)]
    subprocess.run(run, check=True, capture_output=True)
    return {name: (made / f"{photo.stem}_{name}.jpg").read_bytes() for name in Expression}


def command(inputs: Path, made: Path, edits: int) -> tuple[float, float, float]:
    """Edits a second of the command, processor's seconds, and its memory in MB."""
    each = [word for name in Expression for word in ("--to", str(name))]
    run = [
        sys.executable,
        "-m",
        "lgpgan",
        "edit",
        str(inputs),
        "-o",
        str(made),
        "--jobs",
        "2",
        *each,
    ]
    started = time.perf_counter()
    peaks: dict[int, float] = {}
    spent = 0.0
    with subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peaks |= {pid: peak_of(pid) for pid in family(process.pid)}
            spent = max(spent, processor_seconds(process.pid))
            time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"lgpgan edit ended with {process.returncode}; run it by hand to see why.")
    return edits / (time.perf_counter() - started), spent, sum(peaks.values())


def served(
    files: list[Path], expected: dict[bytes, dict[str, bytes]], *options: str
) -> tuple[float, float, float]:
    """Edits a second of a server, processor's seconds, and its memory in MB.

    Raises:
        AssertionError: when an answer is not what the command writes.
    """
    waiting, lock, ended = list(files), threading.Lock(), threading.Event()
    with serving(*options) as (port, pid):
        base = f"http://127.0.0.1:{port}"

        def client() -> None:
            with httpx.Client(base_url=base, timeout=300) as asking:
                while True:
                    with lock:
                        if not waiting:
                            return
                        content = waiting.pop().read_bytes()
                    name = patient(asking, "/api/photos", content=content, headers=JPEG).json()[
                        "id"
                    ]
                    for expression, right in expected[content].items():
                        target = {"target": {"to": str(expression)}}
                        made = patient(asking, f"/api/photos/{name}/edits", json=target)
                        assert made.content == right, f"{expression}: {made.status_code}"
                    asking.delete(f"/api/photos/{name}")

        before = processor_seconds(pid)
        started = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS + 2) as threads:
            disturbing = [threads.submit(one, port, ended) for one in (drops, rubbish)]
            try:
                for each in [threads.submit(client) for _ in range(CLIENTS)]:
                    each.result()
            finally:
                ended.set()
            taken = time.perf_counter() - started
            for each in disturbing:
                each.result()
        memory = sum(peak_of(member) for member in family(pid))
        spent = processor_seconds(pid) - before
    return len(files) * len(Expression) / taken, spent, memory


def patient(client: httpx.Client, route: str, **options: object) -> httpx.Response:
    """The answer of a server that may be busy."""
    while (answer := client.post(route, **options)).status_code == 429:  # type: ignore[arg-type]
        time.sleep(int(answer.headers["retry-after"]) * random.uniform(0.2, 1))
    return answer


def drops(port: int, ended: threading.Event) -> None:
    """A client that sends a photo in drops."""
    head = b"POST /api/photos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"
    while not ended.is_set():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as sending:
            sending.sendall(head)
            while not ended.wait(0.2):
                sending.sendall(b"x")


def rubbish(port: int, ended: threading.Event) -> None:
    """A client that sends anything."""
    while not ended.wait(0.05):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as sending:
            sending.sendall(random.randbytes(300))


if __name__ == "__main__":
    main()
