"""``lgpgan evaluate``: a run, a weights file or a baseline in, every figure out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import LgpganError
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.judges import Judges
from lgpgan.evaluation.subjects import find_subject
from lgpgan.files import replacing

__all__ = ["evaluate"]

RESULT = "evaluation.json"
WRONG_INPUT = 2


def evaluate(
    subject: Annotated[str, tyro.conf.Positional],
    data: Annotated[Path, tyro.conf.Positional],
    *,
    out: Path | None = None,
    sources: Annotated[str | None, tyro.conf.arg(metavar="EXPRESSION")] = None,
    inception: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None,
    face_model: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
) -> int:
    """Measure how well expressions are given to people who were kept out of training.

    SUBJECT is a run's folder, a weights file, 'default' (the weights that come with lgpgan), or a
    baseline: 'identity', which returns its input, or 'studio', the 3-D face itself. Every face of
    the set's split 'test' is asked for every class. What is measured: whether two independent
    recognisers read what was asked for, whether the person is kept, what was changed and where, how
    sharp eyes and mouth are, the error where the exact target is known, and the distance to real
    images beside the floor that real images have; each with an interval over people, and by class,
    source, age, gender and ethnicity.

    Files that are not here ('lgpgan assets' lists them) leave their figures out; FID and inception
    score need the weights of their network.

    Examples:
      lgpgan evaluate default runs/studio
      lgpgan evaluate runs/mine runs/studio --sources neutral
      lgpgan evaluate identity runs/studio --out runs/identity
      lgpgan evaluate runs/mine runs/rafd --inception pt_inception-2015-12-05-6726825d.pth

    Args:
        subject: What is judged.
        data: A prepared set, with people kept out.
        out: Folder for evaluation.json and evaluation.html; by default 'evaluation' in the run's
            folder, or lgpgan-out.
        sources: Edit only faces of this class.
        inception: Weights of FID's network, in place of those in the cache.
        face_model: The 3-D face, for the baseline 'studio'.
        device: 'cpu', or 'cuda' for a GPU.
    """
    prepared = PreparedSet.load(data)
    about, editor = find_subject(subject, device=device, face_model=face_model)
    folder = out or _usual_folder(subject)
    judges = Judges.load(inception=inception, device=device)
    with progress_bar("evaluating", unit="faces") as advance:
        evaluator = Evaluator(
            prepared,
            judges,
            sources=sources,
            progress=lambda what, done, total: advance(done, total, what),
        )
        made = evaluator.outputs(editor)
        result = evaluator.judge(about, made)
    _write(folder / RESULT, result)
    sys.stderr.writelines(f"note: {sentence}\n" for sentence in result["missing"])
    sys.stderr.writelines(f"lgpgan: {sentence}\n" for sentence in result["problems"])
    _print(result)
    sys.stdout.write(f"{folder / RESULT}\n")
    return WRONG_INPUT if result["problems"] else 0


def _usual_folder(subject: str) -> Path:
    path = Path(subject)
    if path.is_dir():
        return path / "evaluation"
    return Path("lgpgan-out") / f"{path.stem}-evaluation"


def _write(path: Path, result: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as unfinished:
            unfinished.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise LgpganError(f"{path} cannot be written ({error.strerror}).") from error


def _print(result: dict[str, Any]) -> None:
    """The figures of all outputs, a line each."""
    rows = [
        (measure["title"], measure["overall"], measure["real"])
        for measure in result["measures"].values()
        if measure["overall"]
    ]
    rows += [
        (
            distance["title"],
            distance,
            {"value": distance["floor"], "interval": distance["floor_interval"]},
        )
        for distance in result["distances"].values()
    ]
    width = max(len(title) for title, _, _ in rows)
    sys.stdout.write(f"{'':<{width}}  outputs                    real faces\n")
    for title, made, real in rows:
        sys.stdout.write(
            f"{title:<{width}}  {_figure(made):<25}  {_figure(real)}\n".rstrip() + "\n"
        )


def _figure(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return ""
    value = f"{figure['value']:.4g}"
    if figure["interval"] is None:
        return value
    low, high = figure["interval"]
    return f"{value} [{low:.4g}, {high:.4g}]"
