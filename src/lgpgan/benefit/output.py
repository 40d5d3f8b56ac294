"""Writing the results: figures as JSON, pages in Markdown and HTML, and a plot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import lgpgan
from lgpgan.benefit.conditions import Condition
from lgpgan.benefit.figures import FIGURES
from lgpgan.benefit.recipe import Recipe, usual_of
from lgpgan.benefit.results import (
    DIFFERENCES,
    Results,
    choice_table,
    confusion_table,
    group_table,
    size_table,
    verdicts,
)
from lgpgan.counts import faces_text, people_text
from lgpgan.errors import LgpganError
from lgpgan.evaluation.resampling import FEWEST_PEOPLE
from lgpgan.files import write_text
from lgpgan.reporting.faces_shown import credit
from lgpgan.reporting.figures import lines_figure, save_figure
from lgpgan.reporting.line_plots import lines_plot
from lgpgan.reporting.page_template import own_html, render_page
from lgpgan.reporting.results_model import Reading
from lgpgan.reporting.table_forms import escape_markdown, to_html, to_markdown

__all__ = [
    "SetUsed",
    "about_copies",
    "about_strangers",
    "limits",
    "results_json",
    "results_markdown",
    "results_page",
    "write_results",
]

RESULTS_FORMAT = 1
FEW = 10
"""People of a group below which its figure says little."""
AXIS = "people whose real faces were trained on"
NOTE = "<!-- Written by lgpgan benefit from its finished cells: change these, not this page. -->"


@dataclass(frozen=True)
class SetUsed:
    """A set that was trained on or tested on.

    Attributes:
        part: ``real``, ``synthetic`` or ``test``.
        folder: where it lies.
        content_hash: content hash of the set.
        faces: how many of it were used.
        people: how many, as far as they are named.
        unnamed: how many of its faces name nobody, and cannot be traced to a real face.
        strange: of a synthetic set, whether it has other names than the real set, or none.
        near_copies: how many of its faces are nearly the same picture as one that is tested on.
        citations: citations of the set.
    """

    part: str
    folder: str
    content_hash: str
    faces: int
    people: int
    unnamed: int
    strange: bool
    near_copies: int
    citations: Sequence[str]


@dataclass(frozen=True)
class Setting:
    """How a result was made.

    Attributes:
        sets: sets that were used.
        recipe: training options of every recogniser.
        same_people: whether synthetic faces were those of the people drawn only.
        weakest: intensity below which a face was left out.
        uses: every use of synthetic faces that was trained, and what it does.
        trials: recognisers that were trained to find a use.
        command: command that repeats it; may be empty.
    """

    sets: Sequence[SetUsed]
    recipe: Recipe
    same_people: bool
    weakest: float
    uses: Mapping[str, str] = field(default_factory=dict)
    trials: int = 0
    command: str = ""


def write_results(folder: Path, results: Results, setting: Setting) -> list[Path]:
    """Write everything; returns the files.

    ``results.json``, ``results.md``, ``report.html``, and under ``figures`` accuracy over the size
    of the real set as PNG and PDF. The same cells give the same bytes.

    Raises:
        LgpganError: when a file cannot be written.
        MissingPartError: when a package for pages or figures is not installed.
    """
    content = json.dumps(results_json(results, setting), indent=1, ensure_ascii=False)
    written = [
        write_text(folder / "report.html", results_page(results, setting)),
        write_text(folder / "results.md", results_markdown(results, setting)),
        write_text(folder / "results.json", content + "\n"),
    ]
    figure = lines_figure(size_table(results, "accuracy"), results.counts, AXIS)
    try:
        return written + save_figure(figure, folder / "figures" / "accuracy")
    except OSError as error:
        raise LgpganError(
            f"the figure in {folder / 'figures'} cannot be written ({error.strerror})."
        ) from error


def results_json(results: Results, setting: Setting) -> dict[str, Any]:
    """All figures, each with its interval, seed by seed."""
    return {
        "format": RESULTS_FORMAT,
        "lgpgan": lgpgan.__version__,
        **asdict(setting),
        "choices": [
            {"cell": cell.name, **asdict(choice)} for cell, choice in results.choices.items()
        ],
        "classes": list(results.classes),
        "seeds": results.seeds,
        "test_faces": results.test_faces,
        "test_people": results.test_people,
        "results": [
            _result(results, condition, count)
            for condition in results.conditions
            for count in results.counts
        ],
    }


def _result(results: Results, condition: Condition, count: int) -> dict[str, Any]:
    real, synthetic = results.faces[condition][count]
    return {
        "condition": condition.name,
        "people": count,
        "real_faces": real,
        "synthetic_faces": synthetic,
        **{
            key: [_reading(reading) for reading in of[condition][count]]
            for key, of in results.readings.items()
            if condition in of
        },
        "confusion": results.confusions[condition][count].tolist(),
        "groups": [
            asdict(group) | {"accuracy": [_reading(reading) for reading in of[condition][count]]}
            for group, of in results.groups.items()
        ],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {"value": reading.value, "interval": reading.interval, "people": reading.people}


def results_markdown(results: Results, setting: Setting) -> str:
    """The page: verdicts, a table a figure, confusion where there is least data, limits, how."""
    least = results.counts[0]
    parts = [
        NOTE,
        "# Do synthetic faces help a recogniser?",
        " ".join(map(escape_markdown, _what_was_done(results, setting))),
        "![Accuracy over the number of people whose real faces were trained on]"
        "(figures/accuracy.png)",
        *(
            "\n".join(
                [f"## Against {DIFFERENCES[key][1]}", ""]
                + [
                    f"- **{escape_markdown(title)}**: {escape_markdown(text)}"
                    for title, text in verdicts(results, key)
                ]
            )
            for key in results.differences
        ),
        *_choices_markdown(results),
        *(
            f"## {escape_markdown(table.title)}\n\n{to_markdown(table)}"
            for table in (size_table(results, key) for key in (*results.differences, *FIGURES))
        ),
        *_groups_markdown(results),
        "## Confusion where real faces are fewest",
        *(
            f"### {escape_markdown(table.title)}\n\n{to_markdown(table, caption=False)}"
            for table in (confusion_table(results, one, least) for one in results.conditions)
        ),
        "\n".join(
            ["## What this does not prove", ""]
            + [f"- {escape_markdown(sentence)}" for sentence in limits(results, setting)]
        ),
        _how_made(setting),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _choices_markdown(results: Results) -> Iterator[str]:
    """The uses that were found; nothing where none was to be found."""
    if results.choices:
        table = choice_table(results)
        yield "\n".join(
            [f"## {escape_markdown(table.title)}", "", to_markdown(table), ""]
            + [f"- {escape_markdown(sentence)}" for sentence in _reasons(results)]
        )


def _reasons(results: Results) -> list[str]:
    """Why every use was chosen, a sentence a cell."""
    return [f"{cell.title}: {choice.why}" for cell, choice in results.choices.items()]


def _groups_markdown(results: Results) -> Iterator[str]:
    """Accuracy by group, a table a condition; nothing where the test set tells none apart."""
    if not results.groups:
        return
    tables = [group_table(results, condition) for condition in results.conditions]
    yield f"## Accuracy by group of people\n\n{tables[0].caption}"
    for table in tables:
        yield f"### {escape_markdown(table.title)}\n\n{to_markdown(table, caption=False)}"


def results_page(results: Results, setting: Setting) -> str:
    """The same as HTML that needs only a browser, with plots and the confusion of every cell.

    Raises:
        MissingPartError: when Jinja2 or plotly is not installed.
    """
    tables = {key: size_table(results, key) for key in (*results.differences, *FIGURES)}
    found = choice_table(results) if results.choices else None
    confusions = [
        confusion_table(results, condition, count)
        for condition in results.conditions
        for count in results.counts
    ]
    citations = dict.fromkeys(one for used in setting.sets for one in used.citations)
    return render_page(
        "benefit.html.jinja",
        {key: lines_plot(tables[key], results.counts, AXIS) for key in tables},
        credit=credit(list(citations), altered=True),
        done=_what_was_done(results, setting),
        verdicts=[(DIFFERENCES[key][1], verdicts(results, key)) for key in results.differences],
        choices=found and (found, own_html(to_html(found)), _reasons(results)),
        tables=[(key, table, own_html(to_html(table))) for key, table in tables.items()],
        groups=[
            (table.title, own_html(to_html(table)), table.caption)
            for table in (group_table(results, condition) for condition in results.conditions)
            if table.rows
        ],
        confusions=[(table.title, own_html(to_html(table))) for table in confusions],
        limits=limits(results, setting),
        setting=setting,
        version=lgpgan.__version__,
    )


def _what_was_done(results: Results, setting: Setting) -> list[str]:
    recipe = setting.recipe
    about = usual_of(recipe.recogniser).about.format(width=recipe.width)
    kinds = "; ".join(f"'{name}' means {about}" for name, about in setting.uses.items())
    found = [
        f"What 'auto' stands for was found with {setting.trials:,} more recognisers of as many"
        " steps, which read held-out people of the real set and nobody of the test set."
    ]
    return [
        f"A recogniser of {', '.join(results.classes)} was trained on real"
        " faces, on synthetic ones, and on both, and tested on"
        f" {results.test_faces:,} real faces of {people_text(results.test_people)} of whom"
        " nothing was trained on.",
        f"Every one is {about}, on faces of {recipe.size} pixels, and"
        f" makes the same {recipe.steps:,} optimiser steps of {recipe.batch} faces, however many"
        " faces there are; classes are drawn equally often, of either kind, the last weights are"
        " tested, and nothing is chosen by results of the test.",
        f"Of the uses of synthetic faces, {kinds}."
        + (
            " Synthetic faces are of the people whose real faces were drawn, and of nobody else."
            if setting.same_people
            else " Synthetic faces may be of more people than the real ones drawn."
        ),
        *(found if setting.trials else []),
    ]


def limits(results: Results, setting: Setting) -> list[str]:
    """What the figures leave open, in sentences."""
    found = [
        "The recogniser is one of several that people use (--recogniser). One that was trained on"
        " many faces before has less to gain than one with random first weights.",
        "The test faces are of one set: how photos of other cameras, poses and people would be"
        " read is not known.",
    ]
    if not setting.same_people:
        found.append(
            "Where the synthetic set shows people of whom no real face was drawn, part of a gain"
            " may come of their number; --same-people takes that away."
        )
    if any(group.people < FEW for group in results.groups):
        found.append(
            f"Groups of fewer than {FEW} test people hardly tell anything: look at their intervals,"
            f" and at how many people they are. Groups of fewer than {FEWEST_PEOPLE} have none."
        )
    if results.seeds < 3:
        found.append(
            "With fewer than three seeds there is no telling how much depends on whose faces were"
            " drawn."
        )
    found += [
        f"{used.unnamed:,} faces of {used.folder} name nobody: that these people are on one side"
        " only cannot be checked, beyond that no picture is on both."
        for used in setting.sets
        if used.unnamed
    ]
    found += [
        about_copies(used.folder, used.near_copies) for used in setting.sets if used.near_copies
    ]
    if results.choices:
        found += [about_strangers(used.folder) for used in setting.sets if used.strange]
    return found


def about_copies(folder: Path | str, faces: int) -> str:
    """What it means that faces are nearly the same pictures as some that are tested on."""
    return (
        f"{folder} has {faces_text(faces)} nearly the same as a picture that is tested on, most"
        " often of the same person under another name. Figures are too good by what is learnt from"
        " such faces; leave them out of one of the sets."
    )


def about_strangers(folder: Path | str) -> str:
    """What is not known of a search with a synthetic set whose people have other names."""
    return (
        f"It cannot be told whether {folder} shows people of the real set: it has other names, or"
        " none. If it does, 'auto' chooses by people whose synthetic faces its trials have seen;"
        " give a person the same name in both sets."
    )


def _how_made(setting: Setting) -> str:
    lines = ["## How it was made", ""]
    if setting.command:
        lines += ["```sh", setting.command, "```", ""]
    lines += ["| part | set | faces | people | content hash |", "| --- | --- | ---: | ---: | --- |"]
    lines += [
        f"| {used.part} | {escape_markdown(used.folder)} | {used.faces:,} | {used.people:,} |"
        f" {escape_markdown(used.content_hash[:16])} |"
        for used in setting.sets
    ]
    citations = dict.fromkeys(one for used in setting.sets for one in used.citations)
    lines += ["", *(f"- {escape_markdown(one)}" for one in citations)] if citations else []
    return "\n".join(lines)
