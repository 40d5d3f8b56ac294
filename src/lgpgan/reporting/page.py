"""HTML pages of an evaluation and of a comparison: one file each, which needs only a browser.

Styles, scripts, plotly.js and pictures are inside the page, and a policy in its head forbids it to
load anything else. Each picture is in it once, as PNG: the places that show it are filled in by the
page's script, and eyes and mouths are cut out of it by its style. Every text that comes from a file
is escaped.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.errors import MissingPartError
from lgpgan.faces.regions import mouth_box_at
from lgpgan.photos.marks import png_marks
from lgpgan.reporting.comparison import accuracy_tables, column_of, comparison_table, table_rows
from lgpgan.reporting.faces_shown import ShownFace, credit
from lgpgan.reporting.plots import (
    accuracy_against_identity,
    breakdown_plots,
    confusion_plots,
    loss_plot,
    overview_plot,
)
from lgpgan.reporting.results_model import Cell, Data, Evaluation, Reading
from lgpgan.reporting.statements import (
    RENDERED,
    is_rendered,
    limits,
    missing,
    standings,
    what_was_compared,
)
from lgpgan.reporting.table_forms import arrow, interval_text, to_html, value_text
from lgpgan.reporting.tables import Column, pooled, with_decimals

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["comparison_page", "evaluation_page", "own_html", "render_page"]

TEMPLATES = "templates"
HEADLINE_MEASURES = (
    "accuracy_fer",
    "accuracy_face_api",
    "identity_distance",
    "sharpness_mouth",
    "paired_whole",
)
"""What an evaluation's page says first, as far as it is there."""


@dataclass(frozen=True)
class Line:
    """A figure as an evaluation's page shows it, all of it text.

    Attributes:
        title: with unit.
        better: the sign for which way is.
        value: of outputs.
        interval: in brackets; may be empty.
        count: of how many; may be empty.
        real: of real images; may be empty.
        real_interval: in brackets; may be empty.
        about: what it is.
    """

    title: str
    better: str
    value: str
    interval: str
    count: str
    real: str
    real_interval: str
    about: str


@dataclass(frozen=True)
class Picture:
    """A place on a page that shows a face.

    Attributes:
        key: of its picture in the page.
        caption: what it is.
        mouth_top: first row of its mouth region.
    """

    key: str
    caption: str
    mouth_top: int


@dataclass(frozen=True)
class Grid:
    """Faces side by side.

    Attributes:
        name: by which a reader chooses among several.
        columns: their titles.
        rows: title and faces of each.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Picture | None]]]


class Pictures:
    """The pictures of a page, each kept once however often it is shown."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        """Key to data URI."""
        self._keys: dict[bytes, str] = {}

    def place(
        self, face: NDArray[np.uint8] | None, caption: str, mouth_top: int, *, synthetic: bool
    ) -> Picture | None:
        """A place for a face, which is marked where it is a method's output; None for none.

        Inputs come first: an output that is the input, as of doing nothing, is not marked.
        """
        if face is None:
            return None
        content = face.tobytes()
        key = self._keys.setdefault(content, f"picture-{len(self._keys)}")
        if key not in self.sources:
            self.sources[key] = _data_uri(face, caption if synthetic else "")
        return Picture(key, caption, mouth_box_at(mouth_top).top)


def evaluation_page(
    evaluation: Evaluation, *, faces: Sequence[ShownFace] = (), command: str = ""
) -> str:
    """The page of an evaluation.

    Args:
        evaluation: what is shown.
        faces: inputs and outputs to show, under the subject's title.
        command: that repeats it.

    Returns:
        HTML.

    Raises:
        MissingPartError: when Jinja2 or plotly is not installed.
    """
    subject = evaluation.subject
    cell = Cell(evaluation.format, subject.name, subject.title, evaluation)
    keys = (*evaluation.measures, *evaluation.distances)
    lines = {key: _line_of(evaluation, key) for key in keys}
    headline = [key for key in HEADLINE_MEASURES if key in lines]
    pictures = Pictures()
    expressions = _expression_grids(faces, [subject.title], pictures)
    return _page(
        "evaluation.html.jinja",
        evaluation.data,
        pictures,
        {
            "breakdown": breakdown_plots([cell]),
            **{
                f"confusion-{number}": plot
                for number, plot in enumerate(confusion_plots(evaluation))
            },
        },
        evaluation=evaluation,
        headline=[lines[key] for key in headline],
        lines=list(lines.values()),
        expressions=expressions,
        missing=missing([evaluation]),
        rendered=RENDERED if is_rendered(evaluation) else "",
        command=command,
    )


def comparison_page(
    cells: Sequence[Cell],
    *,
    faces: Sequence[ShownFace] = (),
    statistics: Mapping[str, Sequence[Mapping[str, float]]] = MappingProxyType({}),
    command: str = "",
) -> str:
    """The page of a comparison: the paper's Table IV, Figures 4 and 5, and what they leave out.

    Args:
        cells: finished ones, of one set.
        faces: inputs and every row's outputs to show.
        statistics: title of a row to the statistics of its run, for those that there are.
        command: that repeats it.

    Returns:
        HTML.

    Raises:
        InputError: as :func:`~lgpgan.reporting.comparison.table_rows`.
        MissingPartError: when Jinja2 or plotly is not installed.
    """
    table = comparison_table(cells)
    rows = table_rows(cells)
    proves, not_proved = limits(cells)
    pictures = Pictures()
    titles = [row.title for row in rows]
    plots: dict[str, Any] = {
        "overview": overview_plot(table),
        "breakdown": breakdown_plots(cells),
    }
    trade = accuracy_against_identity(cells)
    if trade is not None:
        plots["trade"] = trade
    confusions = []
    for number, row in enumerate(rows):
        keys = []
        for recogniser, plot in enumerate(confusion_plots(row.evaluations[0])):
            keys.append(f"confusion-{number}-{recogniser}")
            plots[keys[-1]] = plot
        confusions.append((row.title, keys))
    losses = []
    for number, (title, lines) in enumerate(statistics.items()):
        plots[f"losses-{number}"] = loss_plot(lines)
        losses.append((title, f"losses-{number}"))
    return _page(
        "comparison.html.jinja",
        rows[0].evaluations[0].data,
        pictures,
        plots,
        compared=what_was_compared(cells),
        proves=proves,
        not_proved=not_proved,
        standings=standings(table, cells),
        table=table,
        table_html=own_html(to_html(table)),
        classes=[(found.title, own_html(to_html(found))) for found in accuracy_tables(cells)],
        confusions=[pair for pair in confusions if pair[1]],
        losses=losses,
        expressions=_expression_grids(faces, titles, pictures),
        side_by_side=_method_grids(faces, titles, pictures),
        runs=[(row, cell) for row in rows for cell in row.cells],
        missing=missing([cell.evaluation for cell in cells]),
        version=cells[0].evaluation.lgpgan,
        command=command,
    )


def _page(
    template: str,
    data: Data,
    pictures: Pictures,
    plots: Mapping[str, Any],
    **parts: Any,
) -> str:
    """Fill in the template of a page on editors of faces."""
    return render_page(
        template,
        plots,
        credit=credit(data.citations, altered=True),
        pictures=pictures.sources,
        data=data,
        **parts,
    )


def render_page(
    template: str,
    plots: Mapping[str, Any],
    *,
    credit: str,
    pictures: Mapping[str, str] = MappingProxyType({}),
    **parts: Any,
) -> str:
    """Fill in a template that extends ``page.html.jinja``.

    Args:
        template: its name.
        plots: name to plot, as :mod:`lgpgan.reporting.plots` makes them.
        credit: who made the photographs.
        pictures: key to data URI.
        parts: what else it shows; text is escaped, :func:`own_html` is not.

    Returns:
        HTML.

    Raises:
        MissingPartError: when Jinja2 or plotly is not installed.
    """
    environment = _environment()
    return environment.get_template(template).render(
        credit=credit,
        pictures=dict(pictures),
        plots=plots,
        plotly=own_html(_plotly()),
        style=own_html(_own("report.css")),
        script=own_html(_own("report.js")),
        **parts,
    )


@cache
def _environment() -> Environment:
    """Templates whose every value is escaped."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise _not_installed("Jinja2") from None
    environment = Environment(
        loader=PackageLoader("lgpgan.reporting", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "allow_nan": False}
    return environment


def own_html(html: str) -> Any:
    """HTML, style or script of lgpgan's or plotly's own, which is not to be escaped."""
    from markupsafe import Markup

    return Markup(html)


@cache
def _plotly() -> str:
    """plotly.js."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise _not_installed("plotly") from None
    return str(get_plotlyjs())


def _not_installed(package: str) -> MissingPartError:
    return MissingPartError(f"Pages need {package}; install it with: pip install 'lgpgan[report]'")


def _own(name: str) -> str:
    """A file beside the templates."""
    return (resources.files("lgpgan.reporting") / TEMPLATES / name).read_text(encoding="utf-8")


def _data_uri(face: NDArray[np.uint8], synthetic: str) -> str:
    """A face as PNG: blur is what is to be judged, so nothing is lost.

    Args:
        face: (128, 128, 3) uint8 RGB.
        synthetic: the sentence that marks it as synthetic; empty for no mark.
    """
    content = io.BytesIO()
    marks = png_marks(synthetic) if synthetic else None
    Image.fromarray(face).save(content, "PNG", optimize=True, pnginfo=marks)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _line_of(evaluation: Evaluation, key: str) -> Line:
    """A measure or a distance as text."""
    value, real = evaluation.reading(key), evaluation.real(key)
    values = [reading.value for reading in (value, real) if reading is not None]
    column = with_decimals(column_of(evaluation, key), values)
    shown, of_real = _texts(value, column), _texts(real, column)
    return Line(
        title=column.title,
        better=arrow(column),
        value=shown[0],
        interval=shown[1],
        count="" if value is None or value.count is None else f"{value.count:,}",
        real=of_real[0],
        real_interval=of_real[1],
        about=column.about,
    )


def _texts(reading: Reading | None, column: Column) -> tuple[str, str]:
    """Value with unit, and interval; empty for none."""
    entry = pooled([] if reading is None else [reading])
    if entry is None:
        return "", ""
    unit = " %" if column.unit == "share" else ""
    return value_text(entry.value, column) + unit, interval_text(entry, column)


def _targets(faces: Sequence[ShownFace]) -> list[str]:
    """Expressions that any row was asked for, in order."""
    return list(
        dict.fromkeys(
            target for shown in faces for made in shown.outputs.values() for target in made
        )
    )


def _expression_grids(
    faces: Sequence[ShownFace], titles: Sequence[str], pictures: Pictures
) -> list[Grid]:
    """Figure 4, once for every row of the comparison that made any of the faces."""
    targets = _targets(faces)
    grids = []
    for title in titles:
        rows = []
        for shown in faces:
            made = shown.outputs.get(title)
            if not made:
                continue
            places = [_input(shown, pictures)]
            for target in targets:
                caption = f"{title}: {shown.title} → {target}"
                face = made.get(target)
                places.append(pictures.place(face, caption, shown.mouth_top, synthetic=True))
            rows.append((shown.title, places))
        if rows:
            grids.append(Grid(title, ["input", *targets], rows))
    return grids


def _input(shown: ShownFace, pictures: Pictures) -> Picture | None:
    caption = f"input: {shown.title}"
    return pictures.place(shown.face, caption, shown.mouth_top, synthetic=False)


def _method_grids(
    faces: Sequence[ShownFace], titles: Sequence[str], pictures: Pictures
) -> list[Grid]:
    """Figure 5, once for every input."""
    grids = []
    for number, shown in enumerate(faces, start=1):
        made = {title: shown.outputs[title] for title in titles if title in shown.outputs}
        if shown.exact:
            made["exact"] = shown.exact
        rows = []
        for target in _targets([shown]):
            places = [_input(shown, pictures)]
            for title, outputs in made.items():
                caption = f"{title}: {shown.title} → {target}"
                face, made_here = outputs.get(target), outputs is not shown.exact
                places.append(pictures.place(face, caption, shown.mouth_top, synthetic=made_here))
            rows.append((target, places))
        grids.append(Grid(f"{number}: {shown.title}", ["input", *made], rows))
    return grids
