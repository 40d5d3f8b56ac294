"""The results page."""

from __future__ import annotations

import re

from made_up import made_up_cell, made_up_cells

from lgpgan.reporting.results import HowMade, results_markdown
from lgpgan.reporting.results_model import cell_from_json


def test_the_page_says_all_of_it() -> None:
    page = results_markdown(made_up_cells(), HowMade("lgpgan compare SET", "two cores"))
    titles = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert titles == [
        "The paper's Table IV, with more columns",
        "Who is best",
        "Accuracy, fer, by the expression asked for",
        "Accuracy, face-api, by the expression asked for",
        "What the numbers prove",
        "What they do not prove",
        "Missing",
        "How it was made",
    ]
    assert "| saw pairs |" in page
    assert "Here the paper's method loses" in page
    assert "```sh\nlgpgan compare SET\n```" in page
    assert "lgpgan 0.1.0, on two cores. Set runs/studio, content hash `525afa70" in page
    assert "| StarGAN | 1 | 41,616 | 350 | 1,210 |" in page


def test_it_is_the_same_whenever_it_is_written() -> None:
    made = HowMade()
    assert results_markdown(made_up_cells(), made) == results_markdown(made_up_cells(), made)
    assert "```" not in results_markdown(made_up_cells(), made)


def test_baselines_alone_have_nobody_to_praise() -> None:
    page = results_markdown(made_up_cells()[-2:], HowMade())
    assert "Who is best" not in page
    assert "doing nothing" in page


def test_names_are_text() -> None:
    cell = made_up_cell("stargan/narrow") | {"title": "<script>|*x*"}
    page = results_markdown([cell_from_json(cell)], HowMade())
    assert "<script>" not in page.replace(r"\<script\>", "")
    assert r"\<script\>\|\*x\*" in page
