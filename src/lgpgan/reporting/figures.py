"""Figures for a paper, by matplotlib: faces side by side, regions enlarged, bars, confusions.

Every function returns a matplotlib figure; :func:`save_figure` writes it as PNG and PDF. Figures of
people carry a line that names their source and says that they were altered.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.files import replacing
from lgpgan.packages import needed
from lgpgan.photos.marks import pdf_marks, png_marks
from lgpgan.reporting.faces_shown import ShownFace, regions_of
from lgpgan.reporting.results_model import Evaluation
from lgpgan.reporting.tables import Kind, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "bars_figure",
    "confusion_figure",
    "expressions_figure",
    "lines_figure",
    "methods_figure",
    "row_colours",
    "save_figure",
]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Of methods, in their order: Okabe and Ito's, which people see apart whatever their eyes."""
BASELINE_COLOURS = ("#767676", "#a8a8a8")
INK = "#222222"
FACE_INCHES = 0.86
"""Width of a face: nine of them and a title fill a page 8.3 inches wide."""
TITLE_INCHES = 0.95
HEAD_LETTERS = 15
"""What fits over a face on one line."""
CREDIT_POINTS = 5.5
LETTER_WIDTH = 0.56
"""Of the credit's font, on average, as a part of its size."""
RESOLUTION = 300
"""Dots per inch of a PNG."""
FORMATS = (".png", ".pdf")


def expressions_figure(
    faces: Sequence[ShownFace],
    row: str,
    targets: Sequence[str],
    *,
    caption: str,
    regions: bool = False,
) -> Figure:
    """Figure 4 of the paper: one input a row, and what a method makes of it.

    Args:
        faces: the inputs.
        row: title of the comparison's row whose outputs are shown.
        targets: expressions, a column each.
        caption: the line that names the people's source.
        regions: show eyes and mouth enlarged instead of whole faces.

    Raises:
        InputError: when there are no faces, or an output is missing.
        MissingPartError: when matplotlib is not installed.
    """
    pictures = []
    for shown in faces:
        outputs = [_output(shown, row, target) for target in targets]
        pictures.append([_view(shown, face, regions=regions) for face in (shown.face, *outputs)])
    names = [shown.title for shown in faces]
    return _grid(pictures, names, ["input", *targets], caption)


def methods_figure(
    shown: ShownFace,
    rows: Sequence[str],
    targets: Sequence[str],
    *,
    caption: str,
    regions: bool = False,
) -> Figure:
    """Figure 5 of the paper: the methods side by side, an expression a row.

    Where exact targets are known they stand in the last column.

    Args:
        shown: the input.
        rows: titles of the comparison's rows, a column each.
        targets: expressions, a row each.
        caption: the line that names the person's source.
        regions: show eyes and mouth enlarged instead of whole faces.

    Raises:
        InputError: when there are no targets, or an output is missing.
        MissingPartError: when matplotlib is not installed.
    """
    columns = ["input", *rows]
    lines = [[shown.face, *(_output(shown, row, target) for row in rows)] for target in targets]
    if shown.exact is not None and all(target in shown.exact for target in targets):
        columns.append("exact")
        for line, target in zip(lines, targets, strict=True):
            line.append(shown.exact[target])
    pictures = [[_view(shown, face, regions=regions) for face in line] for line in lines]
    names = [f"{shown.source} → {target}" for target in targets]
    return _grid(pictures, names, columns, caption)


def confusion_figure(evaluation: Evaluation) -> Figure:
    """What each recogniser reads in outputs, and beside it in real images: shares of every row.

    Raises:
        InputError: when no recogniser was at hand.
        MissingPartError: when matplotlib is not installed.
    """
    if not evaluation.confusion:
        raise InputError(
            "No recogniser was at hand, so there is no confusion matrix; fetch them with: lgpgan"
            " assets --fetch fer face-api, and evaluate again."
        )
    classes = evaluation.data.classes
    panels = []
    for name, confusion in evaluation.confusion.items():
        panels.append((f"{name}, outputs", confusion.rows_of_outputs(classes), confusion.classes))
        panels.append((f"{name}, real images", confusion.rows_of_real(classes), confusion.classes))
    panels = [panel for panel in panels if panel[1]]
    figure = _figure(7.2, 3.5 * -(-len(panels) // 2))
    axes = figure.subplots(-(-len(panels) // 2), 2, squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis, (title, rows, columns) in zip(axes.flat, panels, strict=False):
        _confusion_panel(axis, rows, columns)
        axis.set_title(title, fontsize=9, color=INK)
        axis.set_ylabel("true" if title.endswith("real images") else "asked for", fontsize=8)
        axis.set_xlabel("read", fontsize=8)
    return figure


def bars_figure(table: Table) -> Figure:
    """Bars with intervals: a group for each column, a bar for each row; real images as lines.

    Args:
        table: whose columns share a unit, as :func:`~lgpgan.reporting.comparison.breakdown_table`.

    Raises:
        InputError: when the columns' units differ.
        MissingPartError: when matplotlib is not installed.
    """
    units = {column.unit for column in table.columns}
    if len(units) != 1:
        raise InputError("Bars can only stand side by side where all columns have one unit.")
    unit = units.pop()
    scale = 100.0 if unit == "share" else 1.0
    figure = _figure(7.2, 2.9)
    axis = figure.subplots()
    bars = [row for row in table.rows if row.kind is not Kind.REAL]
    width = 0.84 / max(len(bars), 1)
    colours = row_colours(table)
    for number, row in enumerate(bars):
        shift = (number - (len(bars) - 1) / 2) * width
        shown = [(x + shift, entry) for x, entry in enumerate(row.entries) if entry is not None]
        places = [x for x, _ in shown]
        values = [entry.value * scale for _, entry in shown]
        axis.bar(places, values, 0.92 * width, color=colours[row.title], label=row.title)
        for x, entry in shown:
            if entry.interval is not None:
                axis.vlines(x, *np.multiply(entry.interval, scale), color=INK, linewidth=0.7)
    for row in table.rows:
        if row.kind is Kind.REAL:
            shown = [(x, entry) for x, entry in enumerate(row.entries) if entry is not None]
            axis.hlines(
                [entry.value * scale for _, entry in shown],
                [x - 0.45 for x, _ in shown],
                [x + 0.45 for x, _ in shown],
                color=INK,
                linewidth=1.2,
                linestyle=(0, (2, 1.5)),
                label=row.title,
            )
    axis.set_xticks(range(len(table.columns)), [column.title for column in table.columns])
    axis.set_xlim(-0.55, len(table.columns) - 0.45)
    axis.set_ylabel("%" if unit == "share" else unit, fontsize=8)
    labelled = dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    axis.legend(
        [labelled[row.title] for row in table.rows],
        [row.title for row in table.rows],
        ncols=4,
        fontsize=7,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0, 1),
    )
    _plain(axis)
    return figure


def lines_figure(table: Table, places: Sequence[float], axis: str) -> Figure:
    """A line for each row of a table whose columns stand for numbers above 0, on a log scale.

    Args:
        table: whose columns share a unit.
        places: the number of each column, rising.
        axis: title of the axis.

    Raises:
        MissingPartError: when matplotlib is not installed.
    """
    share = table.columns[0].unit == "share"
    scale = 100.0 if share else 1.0
    figure = _figure(7.2, 3.6)
    plot = figure.subplots()
    colours = row_colours(table)
    middle = (len(table.rows) - 1) / 2
    for number, row in enumerate(table.rows):
        beside = 1.012 ** (number - middle)  # so that whiskers of two rows are seen apart
        shown = [
            (place * beside, entry)
            for place, entry in zip(places, row.entries, strict=True)
            if entry is not None
        ]
        colour = colours[row.title]
        values = [entry.value * scale for _, entry in shown]
        plot.plot([x for x, _ in shown], values, "o-", color=colour, label=row.title, ms=3, lw=1.2)
        for x, entry in shown:
            if entry.interval is not None:
                plot.vlines(x, *np.multiply(entry.interval, scale), color=colour, linewidth=0.7)
    plot.set_xscale("log")
    plot.set_xticks(list(places), [f"{place:,g}" for place in places])
    plot.set_xticks([], minor=True)
    plot.set_xlabel(axis, fontsize=8)
    plot.set_ylabel("%" if share else table.columns[0].unit, fontsize=8)
    plot.legend(ncols=3, fontsize=7, frameon=False, loc="lower left", bbox_to_anchor=(0, 1))
    _plain(plot)
    return figure


def row_colours(table: Table) -> dict[str, str]:
    """Colour of every row of methods and baselines, by its title."""
    methods = [row.title for row in table.rows if row.kind is Kind.METHOD]
    baselines = [row.title for row in table.rows if row.kind is Kind.BASELINE]
    return {
        title: palette[number % len(palette)]
        for titles, palette in ((methods, COLOURS), (baselines, BASELINE_COLOURS))
        for number, title in enumerate(titles)
    }


def save_figure(figure: Figure, path: Path, *, synthetic: str = "") -> list[Path]:
    """Write a figure as PNG and as PDF beside each other.

    Args:
        figure: the figure.
        path: path of both files, without a suffix; its folder is made.
        synthetic: of a figure with synthetic faces, the sentence that marks it as such.

    Returns:
        The files, each whole. The same figure gives the same bytes.

    Raises:
        OSError: when one cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    files = [path.with_name(path.name + suffix) for suffix in FORMATS]
    for file in files:
        options: dict[str, Any] = {}
        if file.suffix == ".pdf":
            marks = pdf_marks(synthetic) if synthetic else {}
            options["metadata"] = {"CreationDate": None, **marks}
        elif synthetic:
            options["pil_kwargs"] = {"pnginfo": png_marks(synthetic)}
        with replacing(file) as unfinished:
            figure.savefig(unfinished, format=file.suffix[1:], dpi=RESOLUTION, **options)
    return files


def _figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that no window belongs to."""
    with needed("Figures need", extra="report"):
        from matplotlib.figure import Figure
    return Figure(figsize=(width, height), layout="constrained")


def _grid(
    pictures: Sequence[Sequence[NDArray[np.uint8]]],
    rows: Sequence[str],
    columns: Sequence[str],
    caption: str,
) -> Figure:
    """Pictures of one size in a grid, titles above and at the left, a line below.

    Placed by hand: the pictures of a row touch nearly, which no layout engine is willing to do.
    """
    if not pictures or not columns:
        raise InputError("There are no faces to show.")
    height, width = pictures[0][0].shape[:2]
    picture_height = FACE_INCHES * height / width
    heads = ["\n".join(textwrap.wrap(title, HEAD_LETTERS)) for title in columns]
    head, gap = 0.08 + 0.12 * max(title.count("\n") + 1 for title in heads), 0.03
    total_width = TITLE_INCHES + len(columns) * FACE_INCHES
    lines = textwrap.wrap(caption, int(total_width * 72 / (CREDIT_POINTS * LETTER_WIDTH)) - 3)
    foot = 0.08 + len(lines) * CREDIT_POINTS * 1.25 / 72
    total_height = head + len(rows) * picture_height + foot
    figure = _figure(total_width, total_height)
    figure.set_layout_engine("none")
    figure.suppressComposite = True  # or a PDF has all pictures as one, placed to a whole dot
    axis = figure.add_axes((0, 0, 1, 1), autoscale_on=False)
    axis.set(xlim=(0, total_width), ylim=(0, total_height))
    axis.set_axis_off()
    for y, line in enumerate(pictures):
        bottom = total_height - head - (y + 1) * picture_height
        for x, picture in enumerate(line):
            left = TITLE_INCHES + x * FACE_INCHES
            place = (left, left + FACE_INCHES - gap, bottom, bottom + picture_height - gap)
            axis.imshow(picture, interpolation="bicubic", aspect="auto", extent=place)
        middle = (bottom + picture_height / 2) / total_height
        title = "\n".join(textwrap.wrap(rows[y], 16))
        right = (TITLE_INCHES - 0.08) / total_width
        figure.text(right, middle, title, ha="right", va="center", fontsize=7, color=INK)
    for x, title in enumerate(heads):
        centre = (TITLE_INCHES + (x + 0.5) * FACE_INCHES) / total_width
        above = 1 - (head - 0.05) / total_height
        figure.text(centre, above, title, ha="center", va="bottom", fontsize=7, color=INK)
    below = 0.03 / total_height
    left = 0.06 / total_width
    text = "\n".join(lines)
    figure.text(left, below, text, ha="left", va="bottom", fontsize=CREDIT_POINTS, color="#666666")
    return figure


def _output(shown: ShownFace, row: str, target: str) -> NDArray[np.uint8]:
    found = shown.outputs.get(row, {}).get(target)
    if found is None:
        raise InputError(f"There is no output of '{row}' for '{target}' of '{shown.title}'.")
    return found


def _view(shown: ShownFace, face: NDArray[np.uint8], *, regions: bool) -> NDArray[np.uint8]:
    return regions_of(face, shown.mouth_top) if regions else face


def _confusion_panel(axis: Axes, rows: Mapping[str, Sequence[int]], columns: Sequence[str]) -> None:
    """Shares of each row in percent, as shades and numbers."""
    counts = np.array(list(rows.values()), float)
    shares = 100 * counts / counts.sum(axis=1, keepdims=True)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for (y, x), share in np.ndenumerate(shares):
        colour = "white" if share > 55 else INK
        axis.text(x, y, f"{share:.0f}", ha="center", va="center", fontsize=7, color=colour)
    axis.set_xticks(
        range(len(columns)), list(columns), rotation=40, ha="right", rotation_mode="anchor"
    )
    axis.set_yticks(range(len(rows)), list(rows))
    axis.tick_params(length=0, labelsize=7)
    for side in axis.spines.values():
        side.set_visible(False)


def _plain(axis: Axes) -> None:
    """Thin lines, small labels, no box."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color("#bbbbbb")
    axis.tick_params(length=0, labelsize=7, colors=INK)
    axis.set_axisbelow(True)
    axis.grid(axis="y", color="#e6e6e6", linewidth=0.6)
