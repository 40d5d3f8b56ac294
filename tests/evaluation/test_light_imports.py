"""Evaluating faces of which only labels are known needs no 3-D face."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import lgpgan.evaluation.trials
loaded = [name for name in sys.modules if name == "numba" or name.startswith("lgpgan.face3d")]
assert not loaded, loaded
"""


def test_reading_a_labelled_set_imports_neither_numba_nor_the_3d_face() -> None:
    """The name of a first take was asked of the studio, which loads both."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
