"""The simulation of a Fréchet distance's bias in the documentation is what the script makes."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_page_has_the_rows_that_are_drawn() -> None:
    """The first row alone is drawn anew: the others take seconds each."""
    script = runpy.run_path(str(ROOT / "benchmarks" / "distance_bias.py"))
    page = (ROOT / "docs" / "evaluating.md").read_text(encoding="utf-8")
    first = script["COUNTS"][0]
    assert script["row"](first) in page
    found = re.findall(r"^\| ([\d,]+) \| ([\d.]+) \| -?[\d.]+ \|$", page, re.MULTILINE)
    assert [int(count.replace(",", "")) for count, _ in found] == list(script["COUNTS"])
    distances = [float(value) for _, value in found]
    assert distances == sorted(distances, reverse=True)
