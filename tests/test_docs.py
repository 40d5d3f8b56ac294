"""What the documentation says exists: files it links to, commands, options and names it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lgpgan.cli.application import COMMANDS, run

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.md")])
COMMAND = re.compile(rf"(?:^|`|/)(lgpgan (?:{'|'.join(COMMANDS)})[^`\n#]*)", re.MULTILINE)


def commands() -> list[str]:
    found = {match.strip() for page in PAGES for match in COMMAND.findall(page.read_text())}
    return sorted(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def anchors(page: Path) -> set[str]:
    """What the headings of a page can be linked by, as GitHub makes it of them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_headings_lead_to_one(page: Path) -> None:
    """Links to headings that had been renamed led to the top of the page."""
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text()):
        if not target.startswith(("http://", "https://")):
            there = page.parent / target if target else page
            assert anchor in anchors(there), f"{page.name} links to {target}#{anchor}"


@pytest.mark.parametrize("command", commands())
def test_every_option_shown_exists(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command.replace("…", ""))
    assert run([words[1], "--help"]) == 0
    text = capsys.readouterr().out
    for word in words[2:]:
        if word.startswith("-"):
            assert re.search(rf"(?<![\w-]){re.escape(word)}\b", text), f"{word} in '{command}'"


def test_python_in_the_documentation_compiles() -> None:
    snippets = [
        code
        for page in PAGES
        for code in re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    ]
    assert snippets
    for code in snippets:
        compile(code, "documentation", "exec")
        for module, names in re.findall(r"^from (lgpgan[\w.]*) import (.+)$", code, re.MULTILINE):
            loaded = __import__(module, fromlist=names.split(", "))
            assert all(hasattr(loaded, name.strip()) for name in names.split(","))


def test_the_repository_names_no_registry() -> None:
    for name in ("pyproject.toml", "constraints.txt", "Makefile"):
        assert "index-url" not in (ROOT / name).read_text()


@pytest.mark.parametrize("page", ["paper", "rivals"])
def test_classes_named_beside_the_papers_statements_exist(page: str) -> None:
    """Regression: the pages named classes of the presets that were long gone."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[A-Z][a-z]+){2,})[.`]", text))
    sources = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("src/**/*.py"))
    assert named
    assert sorted(name for name in named if f"class {name}" not in sources) == []
