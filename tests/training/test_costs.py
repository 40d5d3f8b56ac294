"""The counted costs in the documentation, and in the commands' help, are what is counted now."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("costs")  # which are counted once

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def costs() -> dict[str, Callable[..., str]]:
    return runpy.run_path(str(ROOT / "benchmarks" / "costs.py"))


@pytest.fixture(scope="module")
def made(costs: dict[str, Callable[..., Mapping[str, str]]]) -> Mapping[str, str]:
    return costs["tables"]()


@pytest.mark.parametrize("page", ["gpu", "comparing"])
def test_the_tables_are_those_that_the_script_makes(
    page: str, costs: dict[str, Callable[..., str]], made: Mapping[str, str]
) -> None:
    """Regression: they were typed, and told of networks as they were before."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert "<!-- costs: " in text
    assert costs["with_tables"](text, made) == text, "run: python benchmarks/costs.py"


def test_every_table_has_a_page(made: Mapping[str, str]) -> None:
    pages = [
        (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8") for page in ("gpu", "comparing")
    ]
    assert set(re.findall(r"<!-- costs: (\w+) -->", "".join(pages))) == set(made)


def test_no_count_is_typed_in_the_help() -> None:
    for command in ("compare", "train"):
        text = (ROOT / "src" / "lgpgan" / "cli" / f"{command}.py").read_text(encoding="utf-8")
        assert re.findall(r"\d[\d.,]* (?:G|T|P)FLOP", text) == []
