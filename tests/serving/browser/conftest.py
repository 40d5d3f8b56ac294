"""One browser and one server for all tests of the page, and photos for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lgpgan.editing.editor import Editor
from opened_page import OpenedPage

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="package")
def browser(
    astronaut: NDArray[np.uint8], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Debian's Chromium, with a camera that films the demo photo and that nobody has to allow.

    The tests are skipped where it is not installed.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium; 'apt-get install chromium' brings it")
    filmed = tmp_path_factory.mktemp("camera") / "film.mjpeg"
    Image.fromarray(astronaut[:384]).save(filmed, "JPEG", quality=95)
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={filmed}",
    ]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """The address of a server that is started as a person does it."""
    command = [sys.executable, "-m", "lgpgan", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout is not None
        line = server.stdout.readline().decode().strip()
        if not line.startswith("http"):
            server.kill()
            pytest.fail(server.communicate()[1].decode())
        yield line
        server.terminate()
        server.communicate(timeout=20)


@pytest.fixture
def opened_page(browser: Any, address: str) -> Iterator[OpenedPage]:
    """The page on a wide screen."""
    with OpenedPage.of(browser, address, viewport={"width": 1280, "height": 800}) as opened:
        yield opened


@pytest.fixture
def phone(browser: Any, address: str) -> Iterator[OpenedPage]:
    """The page on a phone."""
    screen = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    with OpenedPage.of(browser, address, **screen) as opened:
        yield opened


@pytest.fixture(scope="package")
def shipped() -> Editor:
    """An editor with the weights that come with lgpgan, as the server has it."""
    return Editor.from_pretrained()


@pytest.fixture(scope="package")
def one_face(astronaut: NDArray[np.uint8], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of one person."""
    path = tmp_path_factory.mktemp("one_face") / "portrait.jpg"
    Image.fromarray(astronaut[:320, 60:380]).save(path, quality=92)
    return path


@pytest.fixture(scope="package")
def two_faces(astronaut: NDArray[np.uint8], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of two people, side by side, without losses."""
    left = astronaut[:320, 60:380]
    right = cv2.convertScaleAbs(left[:, ::-1], alpha=0.9, beta=4)
    path = tmp_path_factory.mktemp("two_faces") / "pair.png"
    Image.fromarray(np.hstack([left, right])).save(path)
    return path
