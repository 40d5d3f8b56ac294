"""The results page of the documentation, written from finished cells and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lgpgan.counts import people_text
from lgpgan.reporting.comparison import (
    accuracy_tables,
    comparison_table,
    protocol_table,
    table_rows,
)
from lgpgan.reporting.results_model import Cell
from lgpgan.reporting.statements import limits, missing, standings, what_was_compared
from lgpgan.reporting.table_forms import escape_markdown, tflop_text, to_markdown

__all__ = ["HowMade", "results_markdown"]

NOTE = "<!-- Written by lgpgan compare from its finished cells: change these, not this page. -->"


@dataclass(frozen=True)
class HowMade:
    """What a reader needs to reproduce the results.

    Attributes:
        command: command that wrote them; empty leaves it out.
        machine: the machine in words, as "two CPU cores"; empty leaves it out.
        differences: what differs from the publications, a sentence each.
    """

    command: str = ""
    machine: str = ""
    differences: tuple[str, ...] = ()


def results_markdown(cells: Sequence[Cell], made: HowMade) -> str:
    """The page: table, the best of each column, accuracy by expression, what it proves, the runs.

    Args:
        cells: finished ones, of one set.
        made: how.

    Raises:
        InputError: as :func:`~lgpgan.reporting.comparison.table_rows`.
    """
    table = comparison_table(cells)
    proves, not_proved = limits(cells)
    absent = missing([cell.evaluation for cell in cells])
    verdicts = [
        f"- **{escape_markdown(title)}**: {escape_markdown(sentence)}"
        for title, sentence in standings(table, cells)
    ]
    parts = [
        NOTE,
        "# Results",
        " ".join(escape_markdown(sentence) for sentence in what_was_compared(cells)),
        f"## {table.title}\n\n{to_markdown(table)}",
        "\n".join(["## Who is best", "", *verdicts]) if verdicts else "",
        *_protocols(cells),
        *(
            f"## {escape_markdown(one.title)}\n\n{to_markdown(one, caption=False)}"
            for one in accuracy_tables(cells)
        ),
        _listed("## What the numbers prove", proves),
        _listed("## What they do not prove", not_proved),
        _listed("## What differs from the publications", made.differences)
        if made.differences
        else "",
        _listed("## Missing", absent) if absent else "",
        _how_made(cells, made),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _protocols(cells: Sequence[Cell]) -> list[str]:
    """FID, KID and inception score under every protocol, and what each protocol is."""
    table = protocol_table(cells)
    if table is None:
        return []
    shown = [f"- **{escape_markdown(c.title)}**: {escape_markdown(c.about)}" for c in table.columns]
    listed = "\n".join(shown)
    return [f"## {escape_markdown(table.title)}\n\n{to_markdown(table, caption=False)}\n\n{listed}"]


def _listed(title: str, sentences: Sequence[str]) -> str:
    return "\n".join([title, "", *(f"- {escape_markdown(sentence)}" for sentence in sentences)])


def _how_made(cells: Sequence[Cell], made: HowMade) -> str:
    """Command, machine, set, and what every run cost."""
    data = cells[0].evaluation.data
    lines = ["## How it was made", ""]
    if made.command:
        lines += ["```sh", made.command, "```", ""]
    where = f", on {made.machine}" if made.machine else ""
    lines += [
        f"{escape_markdown(f'lgpgan {cells[0].evaluation.lgpgan}{where}')}. Set"
        f" {escape_markdown(data.folder)}, content hash `{_code(data.content_hash)}`:"
        f" {data.sources:,} inputs of {people_text(data.people)}, {data.outputs:,} outputs,"
        f" {data.references:,} reference images and {data.held_out:,} more for the floors.",
        "",
        *(f"- {escape_markdown(citation)}" for citation in data.citations),
        "",
        "| run | seed | images | TFLOP | seconds |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row in table_rows(cells):
        for cell in row.cells:
            if (cost := cell.training) is None:
                continue
            operations = "–" if cost.operations is None else tflop_text(cost.operations)
            seconds = "–" if cost.seconds is None else f"{cost.seconds:,.0f}"
            lines.append(
                f"| {escape_markdown(row.title)} | {cell.seed} | {cost.images:,} | {operations}"
                f" | {seconds} |"
            )
    return "\n".join(lines)


def _code(text: str) -> str:
    """Text that fits between backticks."""
    return text.replace("`", "'")
