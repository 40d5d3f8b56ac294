"""``lgpgan evaluate``: measure a run, a weights file or a baseline."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.cli.terminal import say, tell
from lgpgan.counts import people_text
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.splits import TEST
from lgpgan.errors import MissingPartError
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.judges import Judges
from lgpgan.evaluation.resampling import FEWEST_PEOPLE
from lgpgan.evaluation.subjects import find_subject
from lgpgan.evaluation.trials import KEPT_OUT
from lgpgan.files import write_text
from lgpgan.photos.writing import check_destination
from lgpgan.reporting.edits_shown import show_edits
from lgpgan.reporting.faces_shown import ShownFace
from lgpgan.reporting.figures import confusion_figure, save_figure
from lgpgan.reporting.page import evaluation_page
from lgpgan.reporting.results_model import Evaluation, evaluation_from_json

__all__ = ["evaluate"]

RESULT, PAGE, CONFUSION = "evaluation.json", "evaluation.html", "confusion"
WRITTEN = (RESULT, PAGE, f"{CONFUSION}.png", f"{CONFUSION}.pdf")
"""Names of all files that an evaluation may consist of."""
WRONG_INPUT = 2


def evaluate(
    subject: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SUBJECT")],
    data: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SET")],
    *,
    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None,
    sources: Annotated[str | None, tyro.conf.arg(metavar="EXPRESSION")] = None,
    faces: Annotated[int | None, tyro.conf.arg(metavar="COUNT")] = None,
    split: Annotated[str, tyro.conf.arg(metavar="|".join(KEPT_OUT))] = TEST,
    inception: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None,
    face_model: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    overwrite: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> int:
    """Measure how well expressions are given to people who were kept out of training.

    SUBJECT is a run's folder, a weights file, 'default' (the weights that come with lgpgan), or a
    baseline: 'identity' returns its input, 'studio' is the 3-D face. Every face of the set's split
    'test' is edited to every class. The figures are: the accuracy of two independent recognisers,
    the identity distance, the change by region, the sharpness of eyes and mouth, the error where
    the exact target is known, and distances to real images. Each stands beside the figure of real
    faces, with an interval over people, and by class, source, age, gender and ethnicity. Figures of
    fewer than six people have no interval.

    Figures whose files are missing are left out ('lgpgan assets' lists the files). FID and
    inception score need the weights of their network.

    Examples:
      lgpgan evaluate default runs/studio
      lgpgan evaluate runs/mine runs/studio --sources neutral --faces 20
      lgpgan evaluate identity runs/studio --out runs/identity
      lgpgan evaluate runs/mine runs/rafd --inception pt_inception-2015-12-05-6726825d.pth

    Args:
        subject: The run, weights or baseline to evaluate.
        data: A prepared set, with people kept out.
        out: Folder for evaluation.json, evaluation.html and confusion.png; by default 'evaluation'
            in the run's folder, or a folder of the subject's name in lgpgan-out.
        sources: Edit only faces of this class.
        faces: Edit only so many faces, drawn at random, always the same ones.
        split: Whose faces are edited: 'test' for figures to report, 'validation' to choose by.
        inception: Weights of FID's network, in place of those in the cache.
        face_model: The 3-D face, for the baseline 'studio'.
        device: 'cpu', or 'cuda' for a GPU.
        overwrite: Replace an evaluation that the folder holds.
    """
    folder = out or _usual_folder(subject)
    for name in WRITTEN:
        check_destination(folder / name, suffixes=(Path(name).suffix,), overwrite=overwrite)
    prepared = PreparedSet.load(data)
    about, editor = find_subject(subject, device=device, face_model=face_model)
    judges = Judges.load(inception=inception, device=device)
    with progress_bar("evaluating", unit="faces") as advance:
        evaluator = Evaluator(
            prepared,
            judges,
            sources=sources,
            count=faces,
            split=split,
            progress=lambda what, done, total: advance(done, total, what),
        )
        result = evaluator.judge(about, evaluator.outputs(editor))
        shown = show_edits(evaluator.trials, {about.title: editor})
    for name in WRITTEN:  # a page that cannot be written now must not stay from the time before
        (folder / name).unlink(missing_ok=True)
    written = [write_text(folder / RESULT, json.dumps(result, indent=1) + "\n")]
    evaluation = evaluation_from_json(result)
    options = {
        "--sources": sources,
        "--faces": faces,
        "--split": None if split == TEST else split,
        "--inception": inception,
    }
    command = _command([subject, str(data)], options)
    for write in (
        partial(_write_page, folder, evaluation, shown, command),
        partial(_write_confusion, folder, evaluation),
    ):
        try:
            written += write()
        except MissingPartError as error:
            say(f"note: {error}")
    for sentence in result["missing"]:
        say(f"note: {sentence}")
    for sentence in result["problems"]:
        say(f"lgpgan: {sentence}")
    _print(result)
    tell(*written)
    return WRONG_INPUT if result["problems"] else 0


def _usual_folder(subject: str) -> Path:
    path = Path(subject)
    if path.is_dir():
        return path / "evaluation"
    return Path("lgpgan-out") / f"{path.stem}-evaluation"


def _write_page(
    folder: Path, evaluation: Evaluation, shown: Sequence[ShownFace], command: str
) -> list[Path]:
    return [write_text(folder / PAGE, evaluation_page(evaluation, faces=shown, command=command))]


def _write_confusion(folder: Path, evaluation: Evaluation) -> list[Path]:
    """What the recognisers read, as a figure; nothing where there is none."""
    if not evaluation.confusion:
        return []
    return save_figure(confusion_figure(evaluation), folder / CONFUSION)


def _command(words: Sequence[str], options: Mapping[str, object]) -> str:
    """What was typed, but for the folder it goes to, for the page."""
    given = [word for name, value in options.items() if value for word in (name, str(value))]
    return shlex.join(["lgpgan", "evaluate", *words, *given])


def _print(result: dict[str, Any]) -> None:
    """The figures of all outputs, a line each."""
    rows = [
        (measure["title"], measure["overall"], measure["real"])
        for measure in result["measures"].values()
    ]
    rows += [
        (
            f"{distance['title']} (N = {distance['count']:,})",
            distance,
            {
                "value": distance["floor"],
                "interval": distance["floor_interval"],
                "people": distance["floor_people"],
            }
            if "floor" in distance
            else None,
        )
        for distance in result["distances"].values()
    ]
    width = max(len(title) for title, _, _ in rows)
    tell(f"{'':<{width}}  outputs                    real faces")
    for title, made, real in rows:
        tell(f"{title:<{width}}  {_figure(made):<25}  {_figure(real)}".rstrip())


def _figure(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return ""
    value = f"{figure['value']:.4g}"
    if figure["interval"] is None:
        few = figure["people"] < FEWEST_PEOPLE
        return f"{value} ({people_text(figure['people'])})" if few else value
    low, high = figure["interval"]
    return f"{value} [{low:.4g}, {high:.4g}]"
