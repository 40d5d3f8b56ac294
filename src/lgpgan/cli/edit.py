"""``lgpgan edit``: photos in, the same people with other expressions out."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from PIL import Image

from lgpgan.cli.progress import progress_bar
from lgpgan.errors import InputError, LgpganError
from lgpgan.expressions import Expression
from lgpgan.faces.photo import photos_in

if TYPE_CHECKING:
    from lgpgan.editing import Edit, Editor, OpenedPhoto, Target

__all__ = ["edit"]

ALL = "all"


def edit(
    photos: Annotated[
        tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="PHOTO [PHOTO ...]")
    ] = (),
    *,
    to: Annotated[str | None, tyro.conf.arg(metavar="EXPRESSION")] = None,
    eyes: Annotated[str | None, tyro.conf.arg(metavar="EXPRESSION")] = None,
    mouth: Annotated[str | None, tyro.conf.arg(metavar="EXPRESSION")] = None,
    intensity: Annotated[float, tyro.conf.arg(metavar="0...1.3")] = 1.0,
    face: Annotated[int | None, tyro.conf.arg(metavar="NUMBER")] = None,
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("lgpgan-out"),
    weights: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    overwrite: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    as_json: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(name="json")] = False,
) -> int:
    """Give the people on photos another expression, at the photos' own resolution.

    Expressions: angry, contemptuous, disgusted, fearful, happy, neutral, sad, surprised.

    Examples:
      lgpgan edit portrait.jpg                        all eight, and a labelled sheet
      lgpgan edit portrait.jpg --to happy -o happy.jpg
      lgpgan edit portrait.jpg --to sad --intensity 0.5
      lgpgan edit portrait.jpg --eyes fearful --mouth happy
      lgpgan edit group.jpg --to surprised --face 2   the second face from the left
      lgpgan edit holiday/ --to happy -o smiling      every photo of a folder

    Edit only photos of people who agreed to it. What is written is marked as synthetic.

    Args:
        photos: Photos, or folders of photos.
        to: Expression to give, or 'all' for each of the eight (the default).
        eyes: Expression of eyes and brows, where it differs from the mouth's.
        mouth: Expression of the lower half of the face, where it differs.
        intensity: 0 is neutral, 1 the expression itself, 1.3 the most.
        face: Edit only this face, counted from 1, from left to right.
        out: Folder to write to; or a file, when there is one output.
        weights: Weights (.safetensors) or a training run's folder, in place of lgpgan's own.
        device: 'cpu', or 'cuda' for a GPU.
        overwrite: Replace files that exist.
        as_json: Print one JSON object a photo.
    """
    from lgpgan.editing import Editor

    if not photos:
        raise InputError("name at least one photo, or a folder of photos.")
    targets, sheet = _targets(to, eyes, mouth, intensity)
    jobs = _plan(photos_in(photos), targets, sheet=sheet, out=out)
    editor = Editor.from_pretrained(weights, device=device)
    failures: list[tuple[Path, LgpganError]] = []
    written = 0
    with progress_bar("editing") as advance:
        for number, job in enumerate(jobs):
            advance(number, len(jobs), job.photo.name)
            try:
                report = _run(editor, job, face=face, overwrite=overwrite)
            except LgpganError as error:
                failures.append((job.photo, error))
                report = {"photo": str(job.photo), "error": str(error)}
            written += len(report.get("outputs", []))
            _print(report, as_json=as_json)
    if failures and not as_json:
        _list_failures(failures, photos=len(jobs))
    if written and not as_json:
        sys.stderr.write("These images are synthetic, and are marked so in their metadata.\n")
    return max((error.exit_code for _, error in failures), default=0)


@dataclass(frozen=True)
class Job:
    """What is to be done to one photo.

    Attributes:
        photo: the file.
        targets: expressions to give.
        out: folder, or file for the one output.
        sheet: whether to write a contact sheet, too.
    """

    photo: Path
    targets: tuple[Target, ...]
    out: Path
    sheet: bool

    @property
    def to_file(self) -> bool:
        """Whether ``out`` names the one output itself."""
        suffix = self.out.suffix.lower()
        return suffix in Image.registered_extensions() and not self.out.is_dir()


def _targets(
    to: str | None, eyes: str | None, mouth: str | None, intensity: float
) -> tuple[tuple[Target, ...], bool]:
    """The targets asked for, and whether they are all eight and deserve a sheet."""
    from lgpgan.editing import Target

    if to == ALL or (to is None and eyes is None and mouth is None):
        if eyes is not None or mouth is not None:
            raise InputError("--to all gives whole faces; leave out --eyes and --mouth.")
        every = tuple(Target.parse(expression, intensity=intensity) for expression in Expression)
        return every, True
    return (Target.parse(to, eyes=eyes, mouth=mouth, intensity=intensity),), False


def _plan(photos: list[Path], targets: tuple[Target, ...], *, sheet: bool, out: Path) -> list[Job]:
    """One job a photo.

    Raises:
        InputError: when several outputs would have one name.
    """
    jobs = [Job(photo, targets, out, sheet) for photo in photos]
    if jobs[0].to_file and len(jobs) * len(targets) > 1:
        raise InputError(
            f"{out} is one file, but there will be {len(jobs) * len(targets)} outputs; name a "
            "folder, or choose one expression with --to."
        )
    seen: dict[str, Path] = {}
    for photo in photos:
        first = seen.setdefault(photo.stem.casefold(), photo)
        if first is not photo:
            raise InputError(
                f"{first} and {photo} would be written to files of the same name; edit them one "
                "after the other, with another folder for each."
            )
    return jobs


def _run(editor: Editor, job: Job, *, face: int | None, overwrite: bool) -> dict[str, Any]:
    """Edit one photo and write its outputs; returns the report that ``--json`` prints."""
    from lgpgan.faces.photo_reading import read_photo
    from lgpgan.faces.photo_writing import check_destination, output_suffix, write_photo
    from lgpgan.sheet import expression_sheet

    photo = read_photo(job.photo)
    suffix = output_suffix(photo)
    stem = job.photo.stem
    files = (
        [job.out]
        if job.to_file
        else [job.out / f"{stem}_{target.name}{suffix}" for target in job.targets]
    )
    sheet_file = job.out / f"{stem}_sheet.png" if job.sheet else None
    for file in [*files, *([sheet_file] if sheet_file else [])]:
        check_destination(file, overwrite=overwrite)
    opened = editor.open(photo, face=face)
    notes = [*photo.notes, *opened.notes]
    edits: list[Edit] = []
    for target, file in zip(job.targets, files, strict=True):
        edited = editor.apply(opened, target)
        notes += write_photo(
            edited.pixels, file, photo, description=target.describe(), overwrite=overwrite
        )
        if sheet_file is not None:
            edits.append(edited)
    report = _report(job, opened, files, notes)
    if sheet_file is not None:
        description = f"The photo and {len(edits)} synthetic expressions, made by lgpgan."
        write_photo(
            expression_sheet(opened, edits),
            sheet_file,
            description=description,
            overwrite=overwrite,
        )
        report["sheet"] = str(sheet_file)
    return report


def _report(job: Job, opened: OpenedPhoto, files: list[Path], notes: list[str]) -> dict[str, Any]:
    return {
        "photo": str(job.photo),
        "faces": [
            {
                "number": face.number,
                "box": [round(value, 1) for value in face.face.box],
                "landmarks": face.face.landmarks.round(1).tolist(),
            }
            for face in opened.faces
        ],
        "outputs": [
            {"expression": target.name, "intensity": target.intensity, "file": str(file)}
            for target, file in zip(job.targets, files, strict=True)
        ],
        "notes": list(dict.fromkeys(notes)),
    }


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    """What was written on stdout, what is worth knowing on stderr."""
    if as_json:
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
        return
    for note in report.get("notes", []):
        sys.stderr.write(f"note: {report['photo']}: {note}\n")
    for output in report.get("outputs", []):
        sys.stdout.write(output["file"] + "\n")
    if "sheet" in report:
        sys.stdout.write(report["sheet"] + "\n")
    sys.stdout.flush()


def _list_failures(failures: list[tuple[Path, LgpganError]], *, photos: int) -> None:
    if photos > 1:
        sys.stderr.write(f"{len(failures)} of {photos} photos could not be edited:\n")
    for photo, error in failures:
        message = str(error)
        named = message if photo.name in message else f"{photo}: {message}"
        sys.stderr.write(f"lgpgan: {named}\n")
