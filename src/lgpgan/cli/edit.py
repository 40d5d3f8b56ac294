"""``lgpgan edit``: photos in, the same people with other expressions out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from PIL import Image

from lgpgan.backends.loading import BackendName
from lgpgan.cli.progress import Advance, progress_bar
from lgpgan.errors import InputError, LgpganError
from lgpgan.expressions import Expression
from lgpgan.faces.photo import photos_in

if TYPE_CHECKING:
    from lgpgan.editing import Edit, Editor, OpenedPhoto
    from lgpgan.target import Target

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
    strip: Annotated[int | None, tyro.conf.arg(metavar="STEPS")] = None,
    gif: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    mp4: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("lgpgan-out"),
    weights: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    backend: BackendName = "auto",
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    overwrite: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    as_json: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(name="json")] = False,
) -> int:
    """Give the people on photos another expression, at the photos' own resolution.

    Expressions: angry, contemptuous, disgusted, fearful, happy, neutral, sad, surprised; or several
    with their shares, as happy=0.6,surprised=0.4.

    Examples:
      lgpgan edit portrait.jpg                        all eight, and a labelled sheet
      lgpgan edit portrait.jpg --to happy -o happy.jpg
      lgpgan edit portrait.jpg --to sad --intensity 0.5
      lgpgan edit portrait.jpg --eyes fearful --mouth happy
      lgpgan edit portrait.jpg --to happy=0.6,surprised=0.4
      lgpgan edit portrait.jpg --strip 6              every expression at six strengths
      lgpgan edit portrait.jpg --to happy --gif       from neutral to happy and back
      lgpgan edit group.jpg --to surprised --face 2   the second face from the left
      lgpgan edit holiday/ --to happy -o smiling      every photo of a folder

    Edit only photos of people who agreed to it. What is written is marked as synthetic.

    Args:
        photos: Photos, or folders of photos.
        to: Expression to give, or 'all' for each of the eight (the default).
        eyes: Expression of eyes and brows, where it differs from the mouth's.
        mouth: Expression of the lower half of the face, where it differs.
        intensity: 0 is neutral, 1 the expression itself; times the shares 1.3 at most.
        face: Edit only this face, counted from 1, from left to right.
        strip: In place of the photos, a picture of the largest face at so many strengths from
            neutral to the strongest; a row for each of the expressions.
        gif: In place of the photos, animations from neutral to the expression and back.
        mp4: The same as a video.
        out: Folder to write to; or a file, when there is one output.
        weights: Weights (.safetensors) or a training run's folder, in place of lgpgan's own.
        backend: What runs the networks; 'auto' is ONNX Runtime where it can start at once.
        device: 'cpu', or 'cuda' for a GPU.
        overwrite: Replace files that exist.
        as_json: Print one JSON object a photo.
    """
    from lgpgan.animation import check_animation
    from lgpgan.editing import Editor
    from lgpgan.strips import strengths

    if not photos:
        raise InputError("name at least one photo, or a folder of photos.")
    targets, every = _targets(to, eyes, mouth, intensity)
    if strip is not None:
        strengths(targets[0], strip)  # refuses too few
        if intensity != 1:
            raise InputError(
                "a strip shows all strengths, from neutral to the strongest; leave out --intensity."
            )
    suffixes = tuple(suffix for suffix, asked in ((".gif", gif), (".mp4", mp4)) if asked)
    for suffix in suffixes:
        check_animation(suffix)
    if every and (strip or suffixes):
        targets = tuple(target for target in targets if target.mouth.shares)
    forms = Forms(
        photos=not (strip or suffixes),
        sheet=every and not (strip or suffixes),
        strip=strip,
        animations=suffixes,
    )
    jobs = _plan(photos_in(photos), targets, forms, out=out)
    editor = Editor.from_pretrained(weights, backend=backend, device=device)
    failures: list[tuple[Path, LgpganError]] = []
    written = 0
    with progress_bar("editing") as advance:
        for number, job in enumerate(jobs):
            advance(number, len(jobs), job.photo.name)
            try:
                frames = partial(_advance_frames, advance, number, len(jobs))
                report = _run(editor, job, frames, face=face, overwrite=overwrite)
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


FrameProgress = Callable[[str, int, int], None]
"""Told the file, and how many of how many of its frames are made."""


def _advance_frames(
    advance: Advance, photo: int, photos: int, name: str, done: int, total: int
) -> None:
    advance(photo, photos, f"{name}: frame {done} of {total}")


@dataclass(frozen=True)
class Forms:
    """What is to be written.

    Attributes:
        photos: the edited photos.
        sheet: one picture of them all.
        strip: pictures a row of a strip; None for no strip.
        animations: suffixes of the animations of each target.
    """

    photos: bool = True
    sheet: bool = False
    strip: int | None = None
    animations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """What is to be done to one photo.

    Attributes:
        photo: the file.
        targets: expressions to give.
        forms: what to write.
        out: folder, or file for the one output.
    """

    photo: Path
    targets: tuple[Target, ...]
    forms: Forms
    out: Path

    @property
    def outputs(self) -> int:
        """How many files there will be beside the sheet."""
        each = self.forms.photos + len(self.forms.animations)
        return len(self.targets) * each + (self.forms.strip is not None)

    @property
    def to_file(self) -> bool:
        """Whether ``out`` names the one output itself."""
        suffix = self.out.suffix.lower()
        return suffix in {*Image.registered_extensions(), ".mp4"} and not self.out.is_dir()

    def file(self, what: str, suffix: str) -> Path:
        """Where an output goes, by what it shows.

        Raises:
            InputError: when the one file that was named has another suffix than it must.
        """
        if not self.to_file:
            return self.out / f"{self.photo.stem}_{what}{suffix}"
        if not self.forms.photos and self.out.suffix.lower() != suffix:
            raise InputError(f"{self.out} cannot hold what was asked for; name a {suffix} file.")
        return self.out


def _targets(
    to: str | None, eyes: str | None, mouth: str | None, intensity: float
) -> tuple[tuple[Target, ...], bool]:
    """The targets asked for, and whether they are all eight and deserve a sheet."""
    from lgpgan.target import Target

    if to == ALL or (to is None and eyes is None and mouth is None):
        if eyes is not None or mouth is not None:
            raise InputError("--to all gives whole faces; leave out --eyes and --mouth.")
        every = tuple(Target.parse(expression, intensity=intensity) for expression in Expression)
        return every, True
    return (Target.parse(to, eyes=eyes, mouth=mouth, intensity=intensity),), False


def _plan(photos: list[Path], targets: tuple[Target, ...], forms: Forms, *, out: Path) -> list[Job]:
    """One job a photo.

    Raises:
        InputError: when several outputs would have one name.
    """
    jobs = [Job(photo, targets, forms, out) for photo in photos]
    outputs = sum(job.outputs for job in jobs)
    if jobs[0].to_file and outputs > 1:
        raise InputError(
            f"{out} is one file, but there will be {outputs} outputs; name a folder, or choose one "
            "expression with --to."
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


@dataclass(frozen=True)
class Files:
    """Everything that is to be written for a photo.

    Attributes:
        photos: each target's edited photo.
        sheet: of them all.
        strip: of strengths.
        animations: of each target.
    """

    photos: tuple[tuple[Target, Path], ...] = ()
    sheet: Path | None = None
    strip: Path | None = None
    animations: tuple[tuple[Target, Path], ...] = ()

    @classmethod
    def of(cls, job: Job, suffix: str) -> Files:
        """The files of a job whose photo is written with a suffix."""
        forms, targets = job.forms, job.targets
        single = f"{targets[0].name}_strip" if len(targets) == 1 else "strip"
        return cls(
            photos=tuple((t, job.file(t.name, suffix)) for t in targets if forms.photos),
            sheet=job.file("sheet", ".png") if forms.sheet else None,
            strip=None if forms.strip is None else job.file(single, ".png"),
            animations=tuple(
                (t, job.file(t.name, kind)) for t in targets for kind in forms.animations
            ),
        )

    def check(self, *, overwrite: bool) -> None:
        """Make sure that all can be written, before any work is done.

        Raises:
            InputError: naming the first that cannot.
        """
        from lgpgan.animation import ANIMATIONS
        from lgpgan.faces.photo_writing import check_destination

        pictures = [file for _, file in self.photos]
        for picture in (*pictures, self.sheet, self.strip):
            if picture is not None:
                check_destination(picture, overwrite=overwrite)
        for _, film in self.animations:
            check_destination(film, suffixes=ANIMATIONS, overwrite=overwrite)


def _run(
    editor: Editor, job: Job, progress: FrameProgress, *, face: int | None, overwrite: bool
) -> dict[str, Any]:
    """Edit one photo and write its outputs; returns the report that ``--json`` prints."""
    from lgpgan.animation import animate
    from lgpgan.faces.photo_reading import read_photo
    from lgpgan.faces.photo_writing import output_suffix, write_photo

    photo = read_photo(job.photo)
    files = Files.of(job, output_suffix(photo))
    files.check(overwrite=overwrite)
    opened = editor.open(photo, face=face)
    notes = [*photo.notes, *opened.notes]
    outputs: list[dict[str, Any]] = []
    edits: list[Edit] = []
    for target, file in files.photos:
        edited = editor.apply(opened, target)
        notes += write_photo(
            edited.pixels, file, photo, description=target.describe(), overwrite=overwrite
        )
        outputs.append(_output(target, file))
        if files.sheet is not None:
            edits.append(edited)
    if files.strip is not None:
        outputs.append(_write_strip(editor, opened, job, files.strip, notes, overwrite=overwrite))
    for target, file in files.animations:
        animate(editor, opened, target, file, progress=partial(progress, file.name))
        outputs.append(_output(target, file))
    report = _report(job, opened, outputs, notes)
    if files.sheet is not None:
        from lgpgan.sheet import expression_sheet

        description = f"The photo and {len(edits)} synthetic expressions, made by lgpgan."
        write_photo(
            expression_sheet(opened, edits),
            files.sheet,
            description=description,
            overwrite=overwrite,
        )
        report["sheet"] = str(files.sheet)
    return report


def _write_strip(
    editor: Editor,
    opened: OpenedPhoto,
    job: Job,
    file: Path,
    notes: list[str],
    *,
    overwrite: bool,
) -> dict[str, Any]:
    """Write the strip; returns what the report says of it, and adds to the notes."""
    from lgpgan.closeup import largest_face
    from lgpgan.faces.photo_writing import write_photo
    from lgpgan.strips import strengths, strip

    steps = job.forms.strip or 0
    shown = largest_face(opened).number
    if len(opened.faces) > 1:
        notes.append(f"the strip shows face {shown}, the largest; choose another with --face.")
    names = "; ".join(target.caption for target in job.targets)
    write_photo(
        strip(editor, opened, job.targets, steps),
        file,
        description=f"A face at {steps} strengths of {names}, made by lgpgan: synthetic.",
        overwrite=overwrite,
    )
    rows = [_named(target) | {"intensities": strengths(target, steps)} for target in job.targets]
    return {"strip": steps, "face": shown, "rows": rows, "file": str(file)}


def _output(target: Target, file: Path) -> dict[str, Any]:
    return _named(target) | {"intensity": target.intensity, "file": str(file)}


def _named(target: Target) -> dict[str, Any]:
    """A target's name, and the shares of both halves by class."""
    halves = {"eyes": target.eyes, "mouth": target.mouth}
    shares = {half: dict(mixture.shares) for half, mixture in halves.items()}
    return {"expression": target.name} | shares


def _report(
    job: Job, opened: OpenedPhoto, outputs: list[dict[str, Any]], notes: list[str]
) -> dict[str, Any]:
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
        "outputs": outputs,
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
