"""Tables as Markdown, LaTeX and HTML, a small one to the letter."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from made_up import made_up_cells

from lgpgan.reporting.comparison import comparison_table
from lgpgan.reporting.table_forms import (
    escape_latex,
    escape_markdown,
    to_html,
    to_latex,
    to_markdown,
    value_text,
)
from lgpgan.reporting.tables import Column, Entry, Kind, Standing, Table, TableRow

COLUMNS = (
    Column("accuracy_fer", "accuracy, fer", "share", "higher", "How <often>.", 1),
    Column("kid", "KID", "", "lower", "", 3),
    Column("sees_pairs", "saw pairs", "yes or no"),
)
TABLE = Table(
    COLUMNS,
    (
        TableRow(
            "A_1 & <b>|",
            Kind.METHOD,
            (
                Entry(0.712, (0.66, 0.76), (0.70, 0.724), Standing.LEADS),
                Entry(-0.0201, None, (-0.0201,), Standing.AHEAD),
                Entry(1.0),
            ),
        ),
        TableRow("real images", Kind.REAL, (Entry(0.8, (0.7, 0.9)), None, None)),
    ),
    "Small",
    "50 % of it.",
)


def test_markdown() -> None:
    assert to_markdown(TABLE).splitlines() == [
        "|  | accuracy, fer (%) ↑ | KID ↓ | saw pairs |",
        "| --- | ---: | ---: | ---: |",
        r"| A\_1 &amp; \<b\>\| | **71.2** [66.0, 76.0] | *−0.020* | yes |",
        "| real images | 80.0 [70.0, 90.0] | – | – |",
        "",
        "50 % of it.",
    ]
    assert "50 %" not in to_markdown(TABLE, caption=False)


def test_latex() -> None:
    assert to_latex(TABLE, label="tab:small").splitlines() == [
        r"\begin{table*}",
        r"\centering",
        r"\setlength{\belowcaptionskip}{6pt}",
        r"\caption{Small. 50 \% of it.}",
        r"\label{tab:small}",
        r"\resizebox{\textwidth}{!}{%",
        r"\begin{tabular}{lrrr}",
        r"\toprule",
        r" & \begin{tabular}[b]{@{}r@{}}accuracy\\fer (\%) $\uparrow$\end{tabular} &"
        r" KID $\downarrow$ & \begin{tabular}[b]{@{}r@{}}saw\\pairs\end{tabular} \\",
        r"\midrule",
        r"A\_1 \& <b>| & \textbf{71.2} & \textit{$-$0.020} & yes \\[-2pt]",
        r" & {\scriptsize [66.0, 76.0]} &  &  \\[2pt]",
        r"\midrule",
        r"real images & 80.0 & -- & -- \\[-2pt]",
        r" & {\scriptsize [70.0, 90.0]} &  &  \\[2pt]",
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table*}",
    ]


def test_html() -> None:
    html = to_html(TABLE)
    assert '<th scope="col" title="How &lt;often&gt;.">accuracy, fer (%) ↑</th>' in html
    assert '<tr class="method"><th scope="row">A_1 &amp; &lt;b&gt;|</th>' in html
    assert (
        '<td class="leads" title="by seed: 70.0, 72.4"><span>71.2</span>'
        " <small>[66.0, 76.0]</small></td>"
    ) in html
    assert '<td class="ahead"><span>−0.020</span></td>' in html
    assert html.count("<tbody>") == html.count("</tbody>") == 2
    assert html.count("<td>–</td>") == 2


def test_every_form_has_every_row_and_column() -> None:
    table = comparison_table(made_up_cells())
    cells = len(table.rows) * len(table.columns)
    assert to_html(table).count("<td") == cells
    lines = to_markdown(table).split("\n\n")[0].splitlines()
    assert {line.count(" | ") for line in lines} == {len(table.columns)}
    rows = [line for line in to_latex(table).splitlines() if r" \\" in line]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in rows} == {len(table.columns)}
    latex = to_latex(table)
    assert latex.count("{") == latex.count("}")


def test_html_is_balanced() -> None:
    class Balance(HTMLParser):
        open: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    parser = Balance()
    parser.feed(to_html(comparison_table(made_up_cells())))
    assert parser.open == []


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "shown"),
    [
        (0.7125, "share", 1, "71.2"),
        (1.0, "share", 1, "100.0"),
        (4_612_345, "count", 0, "4,612,345"),
        (0.0, "yes or no", 0, "no"),
        (-0.0001, "", 2, "0.00"),
        (-1234.5, "", 1, "−1,234.5"),
    ],
)
def test_values(value: float, unit: str, decimals: int, shown: str) -> None:
    assert value_text(value, Column("", "", unit, decimals=decimals)) == shown


def test_text_is_escaped() -> None:
    assert escape_latex("a_b 5% {x} \\ ~^ & # $ → é\nc") == (
        r"a\_b 5\% \{x\} \textbackslash{} \textasciitilde{}\textasciicircum{} \& \# \$"
        r" $\rightarrow$ é c"
    )
    assert escape_markdown("[a](b) *c* `d`\n<e> & f|g") == (
        r"\[a\](b) \*c\* \`d\` \<e\> &amp; f\|g"
    )
