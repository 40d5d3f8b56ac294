"""The pages of results in the documentation say what the published cells say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lgpgan.comparing.cells import Cell
from lgpgan.comparing.rows import ABLATIONS, TABLE_IV, find_rows
from lgpgan.reporting.results import HowMade, results_markdown
from lgpgan.reporting.results_model import read_cells

RESULTS = Path(__file__).parents[2] / "docs" / "results"


@pytest.mark.parametrize(
    ("page", "rows", "seeds"), [("comparison", TABLE_IV, 2), ("ablation", ABLATIONS, 1)]
)
def test_a_page_is_written_from_the_cells(page: str, rows: tuple[str, ...], seeds: int) -> None:
    published = (RESULTS / f"{page}.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"```sh\n(lgpgan compare .*)\n```", published)
    names = [
        f"{Cell(row, seed).name}.json"
        for row in find_rows(rows)
        for seed in range(seeds if row.config else 1)
    ]
    assert results_markdown(read_cells(RESULTS / "cells", names), HowMade(command)) == published
