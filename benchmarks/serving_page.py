"""How fast the page of `lgpgan serve` answers in a browser; and its pictures for the docs.

    python benchmarks/serving_page.py [--megapixels 1 4 12 24] [--moves 40]
    python benchmarks/serving_page.py --pictures docs/images

Debian's Chromium opens the demo photo, enlarged to so many megapixels. Then a hand takes the slider
of the strength: it moves, waits for the picture, and moves on. Slider to picture is the time from
the slider's event until the picture was drawn. Dragged, the slider moves at every frame for some
seconds, and the time is that from the move that a picture shows. Browser and server share the
machine.
"""

from __future__ import annotations

import argparse
import io
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.data
from PIL import Image
from playwright.sync_api import sync_playwright

from lgpgan.photos.writing import write_photo

SCREEN = {"width": 1360, "height": 850}
PICTURED = {"width": 1200, "height": 760}
PHONE = {"width": 390, "height": 844}
DRAGGED = 4.0
"""Seconds of dragging."""


def main() -> None:
    """Measure, or take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, nargs="*", default=[1, 4, 12, 24])
    parser.add_argument("--moves", type=int, default=40, help="of the slider")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="take the pictures only")
    options = parser.parse_args()
    started = time.perf_counter()
    with serving() as address, chromium() as browser:
        if options.pictures:
            take_pictures(browser, address, options.pictures)
            return
        print(f"server and browser ready after {time.perf_counter() - started:.1f} s")
        print("| photo | opened | slider to picture | 95 % | dragged | 95 % | pictures a second |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        with tempfile.TemporaryDirectory() as folder:
            for megapixels in options.megapixels:
                photo = Path(folder) / "photo.jpg"
                enlarged(megapixels).save(photo, quality=92)
                measure(browser, address, photo, f"{megapixels:g} megapixels", options.moves)


@contextmanager
def serving() -> Iterator[str]:
    """A server of its own; its address."""
    command = [sys.executable, "-m", "lgpgan", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium."""
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)


def enlarged(megapixels: float) -> Image.Image:
    """The demo photo's upper part, with so many pixels."""
    part = skimage.data.astronaut()[:330, 40:480]
    scale = math.sqrt(megapixels * 1e6 / (part.shape[0] * part.shape[1]))
    return Image.fromarray(
        cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    )


def open_photo(page: Any, address: str, photo: Path | None = None) -> None:
    """Open a photo, or the sample, and wait for its thumbnails."""
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    if photo is None:
        page.click("#sample")
    else:
        page.set_input_files("#file", photo)
    page.wait_for_selector("#expressions:not(:has(canvas.empty))")


def measure(browser: Any, address: str, photo: Path, name: str, moves: int) -> None:
    """Print the row of a photo."""
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    open_photo(page, address, photo)
    (opened,) = times(page, "lgpgan.open")
    page.click("[data-expression=surprised]")
    page.wait_for_timeout(3000)  # until the edit at full size is made, too
    left, width, middle = track(page)
    page.mouse.move(left + width / 2, middle)
    page.mouse.down()
    times(page, "lgpgan.preview")
    single: list[float] = []
    for move in range(moves):
        page.mouse.move(left + width * (0.2 + 0.6 * (move % 7) / 7), middle)
        while not (taken := times(page, "lgpgan.preview")):
            page.wait_for_timeout(25)  # looking takes time, too
        single += taken
    until = time.monotonic() + DRAGGED
    step = 0
    while time.monotonic() < until:
        step += 1
        page.mouse.move(left + width * (0.5 + 0.4 * math.sin(step / 20)), middle)
        page.wait_for_timeout(16)
    dragged = times(page, "lgpgan.preview")
    page.mouse.up()
    print(
        f"| {name} | {opened / 1000:.1f} s | {np.median(single):.0f} ms | "
        f"{np.percentile(single, 95):.0f} ms | {np.median(dragged):.0f} ms | "
        f"{np.percentile(dragged, 95):.0f} ms | {len(dragged) / DRAGGED:.1f} |",
        flush=True,
    )
    context.close()


def track(page: Any) -> tuple[float, float, float]:
    """Left end and length of the slider of the strength, and the height at which it lies."""
    box = page.locator("#strength").bounding_box()
    return box["x"] + 9, box["width"] - 18, box["y"] + box["height"] / 2


def times(page: Any, name: str) -> list[float]:
    """Milliseconds that the page has noted under a name since the last look."""
    return page.evaluate(
        """(name) => {
            const noted = performance.getEntriesByName(name).map(({ duration }) => duration);
            performance.clearMeasures(name);
            return noted;
        }""",
        name,
    )


def take_pictures(browser: Any, address: str, folder: Path) -> None:
    """Write the pictures of the page: light, dark, and on a phone."""
    for name, scheme, screen in (
        ("page_light", "light", {"viewport": PICTURED}),
        ("page_dark", "dark", {"viewport": PICTURED}),
        ("page_phone", "light", {"viewport": PHONE, "is_mobile": True, "has_touch": True}),
    ):
        context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", **screen)
        page = context.new_page()
        open_photo(page, address)
        page.click("[data-expression=surprised]")
        page.locator("#strength").fill("90")
        page.click("#zoom-face")
        page.click("#zoom-out")
        page.click("#zoom-out")
        if name == "page_light":
            page.click("#compare")
        page.mouse.move(0, 0)
        page.wait_for_timeout(2500)  # for the edit at full size, and the names of buttons to go
        pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        write_photo(
            pixels,
            folder / f"{name}.jpg",
            description="The page of lgpgan serve with a synthetic expression, made by lgpgan.",
            overwrite=True,
        )
        context.close()


if __name__ == "__main__":
    main()
