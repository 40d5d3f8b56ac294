"""The picture of the compared methods in the documentation."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "recipes" / "comparison" / "draw_demo.py"


def test_the_picture_stays_where_cells_were_finished_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Regression: the rows without a run were left out, all of them, and the picture was empty."""
    picture = tmp_path / "methods.jpg"
    picture.write_bytes(b"as it was")
    (tmp_path / "runs" / "stargan-narrow-0").mkdir(parents=True)
    runpy.run_path(str(RECIPE))["main"](tmp_path, picture)
    assert picture.read_bytes() == b"as it was"
    told = capsys.readouterr().out
    assert "lgp-gan-studio-0" in told
    assert "stargan" not in told
