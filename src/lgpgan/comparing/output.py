"""The files of a comparison: tables, pictures and a page, written from finished cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from lgpgan.comparing.cells import Cell, Comparison
from lgpgan.errors import LgpganError
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.files import write_text
from lgpgan.reporting.comparison import comparison_table, table_rows
from lgpgan.reporting.faces_shown import ShownFace, credit
from lgpgan.reporting.figures import expressions_figure, methods_figure, save_figure
from lgpgan.reporting.page import comparison_page
from lgpgan.reporting.results import HowMade, results_markdown
from lgpgan.reporting.results_model import Cell as FinishedCell
from lgpgan.reporting.table_forms import to_latex
from lgpgan.training.run_files import STATISTICS
from lgpgan.training.statistics import read_statistics

__all__ = ["FIGURES", "editors_here", "statistics_here", "write_comparison"]

FIGURES = "figures"
"""Folder of the figures."""


def write_comparison(
    folder: Path,
    finished: Sequence[FinishedCell],
    faces: Sequence[ShownFace],
    citations: Sequence[str],
    made: HowMade,
    *,
    statistics: Mapping[str, Sequence[Mapping[str, float]]] = MappingProxyType({}),
) -> list[Path]:
    """Write everything; returns the files.

    ``report.html``, ``results.md``, ``table.tex``, and under ``figures`` Figure 4 of every row that
    is shown and Figure 5 of every person, whole faces and enlarged regions, as PNG and PDF. The
    same cells and faces give the same bytes.

    Args:
        folder: folder for the files.
        finished: the finished cells.
        faces: inputs, and outputs of the rows whose weights are here.
        citations: citations of the set.
        made: how the comparison was made.
        statistics: statistics of the runs that are here, by the row's title.

    Raises:
        InputError: when the cells are not of the same faces.
        LgpganError: when a file cannot be written.
        MissingPartError: when a package for pages or figures is not installed.
    """
    page = comparison_page(finished, faces=faces, statistics=statistics, command=made.command)
    written = [
        write_text(folder / "report.html", page),
        write_text(folder / "results.md", results_markdown(finished, made)),
        write_text(folder / "table.tex", to_latex(comparison_table(finished))),
    ]
    try:
        return written + _write_figures(folder / FIGURES, faces, credit(citations, altered=True))
    except OSError as error:
        raise LgpganError(
            f"the figures in {folder / FIGURES} cannot be written ({error.strerror})."
        ) from error


SYNTHETIC = "Faces and what methods of expression synthesis make of them, drawn by lgpgan."
"""What figures with faces say of themselves in their metadata."""


def _write_figures(folder: Path, faces: Sequence[ShownFace], caption: str) -> list[Path]:
    rows = list(faces[0].outputs) if faces else []
    targets = list(faces[0].outputs[rows[0]]) if rows else []
    written = []
    for regions, suffix in ((False, ""), (True, "_regions")):
        for row in rows:
            figure = expressions_figure(faces, row, targets, caption=caption, regions=regions)
            name = f"figure4_{_file_name(row)}{suffix}"
            written += save_figure(figure, folder / name, synthetic=SYNTHETIC)
        for number, face in enumerate(faces, start=1):
            figure = methods_figure(face, rows, targets, caption=caption, regions=regions)
            name = f"figure5_{number}{suffix}"
            written += save_figure(figure, folder / name, synthetic=SYNTHETIC)
    return written


def _file_name(title: str) -> str:
    """A title in letters, digits and hyphens."""
    return "-".join(re.findall("[a-z0-9]+", title.lower()))


def editors_here(
    comparison: Comparison, cells: Sequence[Cell], finished: Sequence[FinishedCell]
) -> dict[str, FaceEditor]:
    """The first run of every row that is here, as an editor, by the row's title.

    Rows that were finished elsewhere, so that their weights are not here, are named in one notice.

    Args:
        comparison: the comparison with the folders of the runs.
        cells: all cells.
        finished: their results.
    """
    titles = {row.cells[0].row: row.title for row in table_rows(finished)}
    editors: dict[str, FaceEditor] = {}
    for cell in cells:
        title = titles[cell.row.name]
        if title in editors:
            continue
        try:
            editors[title] = comparison.editor(cell)[1]
        except LgpganError:  # finished elsewhere
            continue
    absent = [title for title in titles.values() if title not in editors]
    if absent:
        comparison.notice(
            f"Figures 4 and 5 leave out {'; '.join(absent)}: their cells were finished elsewhere, "
            "and their runs, or the 3-D face, are not here."
        )
    return editors


def statistics_here(
    comparison: Comparison, cells: Sequence[Cell], finished: Sequence[FinishedCell]
) -> dict[str, list[dict[str, float]]]:
    """Statistics of every row's first run that is here, by the row's title.

    Args:
        comparison: the comparison with the folders of the runs.
        cells: all cells.
        finished: their results.
    """
    titles = {row.cells[0].row: row.title for row in table_rows(finished)}
    found: dict[str, list[dict[str, float]]] = {}
    for cell in cells:
        lines = read_statistics(comparison.run_folder(cell) / STATISTICS)
        if lines:
            found.setdefault(titles[cell.row.name], lines)
    return found
