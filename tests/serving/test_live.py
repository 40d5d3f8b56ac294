"""What the page shows while photos and settings change, without a browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "src/lgpgan/serving/page"


def test_the_page_shows_what_is_asked_for_now() -> None:
    """The cases are described in ``live.mjs``."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = Path(__file__).parent / "live.mjs"
    run = [node, str(script), str(PAGE)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
