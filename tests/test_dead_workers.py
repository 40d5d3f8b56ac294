"""No run of the tests hides a worker process that died."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
AFTERWARDS = "import atexit, os\ndef test_it(): atexit.register(os.abort)\n"
"""pytest-xdist let this run pass."""
WITHIN = "import os\ndef test_it(): os.abort()\n"
FINE = "def test_it(): pass\n"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (FINE, 0, "1 passed"),
        (WITHIN, 1, "crashed while running 'test_made_up.py::test_it'"),
        (AFTERWARDS, 1, "ended with status -6; last: test_made_up.py::test_it"),
    ],
    ids=["fine", "within a test", "after the last test"],
)
def test_a_run_fails_where_a_worker_died(
    tmp_path: Path, content: str, status: int, said: str
) -> None:
    (tmp_path / "test_made_up.py").write_text(content)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["dead_workers"]\n')
    options = ["--config-file", str(TESTS.parent / "pyproject.toml"), "--rootdir", str(tmp_path)]
    options += ["-p", "xdist"]  # and no other plugin, which would take seconds to load
    plain = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    plain |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--numprocesses", "1", str(tmp_path)],
        cwd=tmp_path,
        env=plain | {"PYTHONPATH": os.pathsep.join([str(TESTS), plain.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == status, run.stdout + run.stderr
    assert said in run.stdout
