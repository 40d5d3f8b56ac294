"""The script that shows pairs of faces to a person and counts the answers."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_a_folder_without_pairs_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: it ended in a traceback."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setattr(sys, "argv", ["forced_choice.py", "count", str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit, match=r"no key\.csv and no answers\.csv in .*nowhere; name"):
        runpy.run_path(str(BENCHMARKS / "forced_choice.py"), run_name="__main__")
