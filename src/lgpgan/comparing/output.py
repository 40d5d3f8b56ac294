"""What a comparison leaves behind: tables, pictures and a page, written from finished cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lgpgan.comparing.cells import Cell, Comparison
from lgpgan.errors import LgpganError
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.files import write_text
from lgpgan.reporting.comparison import comparison_table, table_rows
from lgpgan.reporting.edits_shown import show_edits
from lgpgan.reporting.faces_shown import ShownFace, credit
from lgpgan.reporting.figures import expressions_figure, methods_figure, save_figure
from lgpgan.reporting.page import comparison_page
from lgpgan.reporting.results import HowMade, results_markdown
from lgpgan.reporting.results_model import Cell as FinishedCell
from lgpgan.reporting.table_forms import to_latex

__all__ = ["shown_faces", "write_comparison"]


def write_comparison(
    folder: Path,
    finished: Sequence[FinishedCell],
    faces: Sequence[ShownFace],
    citations: Sequence[str],
    made: HowMade,
) -> list[Path]:
    """Write everything; returns the files.

    ``report.html``, ``results.md``, ``table.tex``, and under ``figures`` Figure 4 of every row that
    is shown and Figure 5 of every person, whole faces and enlarged regions, as PNG and PDF.

    Args:
        folder: where to.
        finished: the cells.
        faces: inputs, and outputs of the rows whose weights are here.
        citations: of the set.
        made: how the comparison was made.

    Raises:
        LgpganError: when a file cannot be written.
    """
    page = comparison_page(finished, faces=faces, command=made.command)
    written = [
        write_text(folder / "report.html", page),
        write_text(folder / "results.md", results_markdown(finished, made)),
        write_text(folder / "table.tex", to_latex(comparison_table(finished))),
    ]
    figures = folder / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    caption = credit(citations, altered=True)
    rows = list(faces[0].outputs) if faces else []
    targets = list(faces[0].outputs[rows[0]]) if rows else []
    for regions, suffix in ((False, ""), (True, "_regions")):
        for number, row in enumerate(rows, start=1):
            figure = expressions_figure(faces, row, targets, caption=caption, regions=regions)
            written += save_figure(figure, figures / f"figure4_{number}{suffix}")
        for number, face in enumerate(faces, start=1):
            figure = methods_figure(face, rows, targets, caption=caption, regions=regions)
            written += save_figure(figure, figures / f"figure5_{number}{suffix}")
    return written


def shown_faces(
    comparison: Comparison,
    cells: Sequence[Cell],
    finished: Sequence[FinishedCell],
    evaluator: Evaluator,
) -> list[ShownFace]:
    """A few people kept out, neutral, and what every row makes of them with its first seed.

    Args:
        comparison: whose runs are looked for; a row whose weights are not here is not shown.
        cells: all.
        finished: what they came to.
        evaluator: of the set.
    """
    editors: dict[str, FaceEditor] = {}
    titles = {row.cells[0].row: row.title for row in table_rows(finished)}
    for cell in cells:
        title = titles[cell.row.name]
        if title not in editors:
            try:
                editors[title] = comparison.editor(cell)[1]
            except LgpganError:  # finished elsewhere
                continue
    return show_edits(evaluator.trials, editors)
