"""A table as Markdown, as LaTeX with booktabs, and as HTML: the same words and numbers in each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from lgpgan.counts import people_text
from lgpgan.reporting.tables import Column, Entry, Kind, Standing, Table

__all__ = [
    "arrow",
    "escape_latex",
    "escape_markdown",
    "interval_text",
    "tflop_text",
    "to_html",
    "to_latex",
    "to_markdown",
    "value_text",
]

NOTHING = "–"
ARROWS: Mapping[str, str] = {"higher": "↑", "lower": "↓", "nearer 1": "→ 1", "none": ""}
MATHEMATICAL: Mapping[str, str] = {
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\rightarrow$",
    "−": "$-$",
    "–": "--",
    "×": r"$\times$",
}
"""Signs that LaTeX has no letter for."""
SPECIAL: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    **MATHEMATICAL,
}


def value_text(value: float, column: Column) -> str:
    """A value as its column shows it: shares in percent, counts with commas, a true minus sign."""
    if column.unit == "yes or no":
        return "yes" if value else "no"
    shown = 100 * value if column.unit == "share" else value
    text = f"{shown:,.{column.decimals}f}"
    return text.removeprefix("-") if not float(text.replace(",", "")) else text.replace("-", "−")


def interval_text(entry: Entry, column: Column) -> str:
    """Its interval in brackets, or the number of people where these are too few for one."""
    if entry.interval is None:
        return f"({people_text(entry.people)})" if entry.people and entry.is_of_few else ""
    low, high = (value_text(end, column) for end in entry.interval)
    return f"[{low}, {high}]"


def tflop_text(operations: float) -> str:
    """A number of floating-point operations in TFLOP, with three digits at least."""
    tflop = operations / 1e12
    return f"{tflop:,.0f}" if tflop >= 100 else f"{tflop:.3g}"


def arrow(column: Column) -> str:
    """The sign for which way is better."""
    return ARROWS[column.better]


def heading(column: Column) -> str:
    """Title, unit and which way is better."""
    unit = " (%)" if column.unit == "share" else ""
    return f"{column.title}{unit} {arrow(column)}".strip()


def to_markdown(table: Table, *, caption: bool = True) -> str:
    """A table as GitHub's Markdown.

    Args:
        table: the table.
        caption: put its caption below it.
    """

    def cell(entry: Entry | None, column: Column) -> str:
        if entry is None:
            return NOTHING
        mark = {Standing.LEADS: "**", Standing.AHEAD: "*", Standing.OTHER: ""}[entry.standing]
        shown = f"{mark}{value_text(entry.value, column)}{mark}"
        return f"{shown} {interval_text(entry, column)}".strip()

    lines = [
        ["", *(escape_markdown(heading(column)) for column in table.columns)],
        ["---", *("---:" for _ in table.columns)],
    ]
    for row in table.rows:
        pairs = zip(row.entries, table.columns, strict=True)
        lines.append([escape_markdown(row.title), *(cell(*pair) for pair in pairs)])
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{body}\n\n{escape_markdown(table.caption)}\n" if caption else f"{body}\n"


def to_latex(table: Table, *, label: str = "tab:comparison") -> str:
    """A ``table*`` that needs ``booktabs`` and ``graphicx``; intervals stand below their values.

    Args:
        table: the table.
        label: by which the text refers to it.
    """

    def value(entry: Entry | None, column: Column) -> str:
        if entry is None:
            return "--"
        shown = escape_latex(value_text(entry.value, column))
        command = {Standing.LEADS: r"\textbf", Standing.AHEAD: r"\textit"}.get(entry.standing)
        return f"{command}{{{shown}}}" if command else shown

    def below(entry: Entry | None, column: Column) -> str:
        shown = interval_text(entry, column) if entry else ""
        return rf"{{\scriptsize {escape_latex(shown)}}}" if shown else ""

    lines = [r"\toprule", _latex_line("", [_stacked(column) for column in table.columns])]
    previous: Kind | None = None
    for row in table.rows:
        if row.kind is not previous:
            lines.append(r"\midrule")
        previous = row.kind
        pairs = list(zip(row.entries, table.columns, strict=True))
        values = _latex_line(escape_latex(row.title), [value(*pair) for pair in pairs])
        intervals = [below(*pair) for pair in pairs]
        if any(intervals):  # nearer to their own values than to those of the next row
            lines += [f"{values}[-2pt]", f"{_latex_line('', intervals)}[2pt]"]
        else:
            lines.append(values)
    columns = "l" + "r" * len(table.columns)
    caption = escape_latex(f"{table.title}. {table.caption}")
    return "\n".join(
        [
            r"\begin{table*}",
            r"\centering",
            r"\setlength{\belowcaptionskip}{6pt}",
            rf"\caption{{{caption}}}",
            rf"\label{{{label}}}",
            r"\resizebox{\textwidth}{!}{%",
            rf"\begin{{tabular}}{{{columns}}}",
            *lines,
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table*}",
            "",
        ]
    )


def to_html(table: Table) -> str:
    """A ``table`` element; every name escaped, seeds' values as tooltips, no style of its own."""
    lines = ["<table>", "<thead><tr><th></th>"]
    for column in table.columns:
        about = f' title="{escape(column.about)}"' if column.about else ""
        lines.append(f'<th scope="col"{about}>{escape(heading(column))}</th>')
    lines.append("</tr></thead>")
    previous: Kind | None = None
    for row in table.rows:
        if row.kind is not previous:
            lines.append("<tbody>" if previous is None else "</tbody><tbody>")
        previous = row.kind
        lines.append(f'<tr class="{row.kind}"><th scope="row">{escape(row.title)}</th>')
        lines += [
            _html_cell(entry, column)
            for entry, column in zip(row.entries, table.columns, strict=True)
        ]
        lines.append("</tr>")
    lines += ["</tbody>", "</table>"]
    return "\n".join(lines)


def escape_markdown(text: str) -> str:
    """Text in which no character is taken for Markdown or HTML, on one line."""
    one_line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", one_line).replace("&", "&amp;")


def escape_latex(text: str) -> str:
    """Text in which no character is taken for a command, on one line."""
    return "".join(SPECIAL.get(sign, sign) for sign in " ".join(text.split()))


def _html_cell(entry: Entry | None, column: Column) -> str:
    if entry is None:
        return f"<td>{NOTHING}</td>"
    classes = "" if entry.standing is Standing.OTHER else f' class="{entry.standing}"'
    seeds = ""
    if len(entry.by_seed) > 1:
        values = ", ".join(value_text(value, column) for value in entry.by_seed)
        seeds = f' title="by seed: {escape(values)}"'
    interval = interval_text(entry, column)
    small = f" <small>{escape(interval)}</small>" if interval else ""
    return f"<td{classes}{seeds}><span>{escape(value_text(entry.value, column))}</span>{small}</td>"


def _latex_line(first: str, others: list[str]) -> str:
    return " & ".join([first, *others]) + r" \\"


def _stacked(column: Column) -> str:
    """A heading on two lines where its title has a comma or a blank to break at."""
    before, _, after = column.title.partition(", ")
    if not after:
        before, _, after = column.title.partition(" ")
    end = heading(column).removeprefix(column.title)
    if not after:
        return escape_latex(before + end)
    stacked = rf"{escape_latex(before)}\\{escape_latex(after + end)}"
    return rf"\begin{{tabular}}[b]{{@{{}}r@{{}}}}{stacked}\end{{tabular}}"
