"""The page of results in the documentation says what the published cells say."""

from __future__ import annotations

import re
from pathlib import Path

from lgpgan.comparing.cells import Cell
from lgpgan.comparing.rows import TABLE_IV, find_rows
from lgpgan.reporting.results import HowMade, results_markdown
from lgpgan.reporting.results_model import read_cells

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def test_the_page_is_written_from_the_cells() -> None:
    published = (RESULTS / "comparison.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"```sh\n(lgpgan compare .*)\n```", published)
    (seeds,) = re.findall(r"--seeds (\d+)", command)
    names = [
        f"{Cell(row, seed).name}.json"
        for row in find_rows(TABLE_IV)
        for seed in range(int(seeds) if row.config else 1)
    ]
    assert results_markdown(read_cells(RESULTS / "cells", names), HowMade(command)) == published


def test_make_compare_makes_the_page() -> None:
    """Regression: the page was of another set, budget and protocol than the recipe's."""
    published = (RESULTS / "comparison.md").read_text(encoding="utf-8")
    recipe = (RESULTS.parents[1] / "Makefile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^lgpgan compare .*", published, re.MULTILINE)
    (made,) = re.findall(r"lgpgan compare .*", recipe)
    assert made.replace("$(RUNS)", "runs") == f"{command} --overwrite"
