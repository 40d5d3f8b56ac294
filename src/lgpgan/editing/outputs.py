"""What is written for a photo: its edits, a sheet, a strip, animations; and a report on them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image

from lgpgan.editing.done import (
    MadeOf,
    digest_of_file,
    digest_of_options,
    is_done,
    is_kept,
    recording,
)
from lgpgan.errors import InputError
from lgpgan.expressions.target import intensity_mark
from lgpgan.parallel.processes import in_threads

if TYPE_CHECKING:  # all that takes long to load is loaded where photos are worked on
    from lgpgan.editing.editor import Editor, OpenedPhoto
    from lgpgan.editing.selecting import Select
    from lgpgan.editing.sheet import SheetCell
    from lgpgan.expressions.target import Target

__all__ = ["Editing", "Files", "Forms", "FrameProgress", "Job", "edit_photo"]

FrameProgress = Callable[[str, int, int], None]
"""Told the file, and how many of how many of its frames are made."""


@dataclass(frozen=True)
class Editing:
    """How photos are worked on, all alike.

    Attributes:
        editor: arguments of :meth:`lgpgan.editing.editor.Editor.from_pretrained`.
        face: number of the one face to edit, from 1, left to right.
        select: where no number is given, ``all`` faces or the ``largest`` alone.
        min_size: leave out faces with fewer pixels than this between the eyes.
        overwrite: replace files that exist.
        resume: keep those that an earlier run made of the same, and pass over photos that lack
            none.
        record: leave a record of what the outputs are made of, for runs to come.
        weights: digest of the weights' file.
        private: keep of the photos' metadata only how they were taken; see `write_photo`.
        threads: outputs of a photo that are made at a time, if there is room for so many.
    """

    editor: Mapping[str, Any] = field(default_factory=dict)
    face: int | None = None
    select: Select = "all"
    min_size: float = 0.0
    overwrite: bool = False
    resume: bool = False
    record: bool = False
    weights: str = ""
    private: bool = False
    threads: int = 1

    @property
    def options(self) -> list[Any]:
        """All that an output depends on beside the photo and what is asked for.

        What runs the networks is not among them: backends agree to rounding.
        """
        landmarks = self.editor.get("landmarks", "")
        return [
            self.weights,
            landmarks,
            self.face,
            self.select,
            self.min_size,
            self.private,
        ]


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
        targets: expressions to give, all at one intensity.
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
        single = f"{targets[0].file_name}_strip" if len(targets) == 1 else "strip"
        sheet = f"sheet{intensity_mark(targets[0].intensity)}" if forms.sheet else None
        return cls(
            photos=tuple((t, job.file(t.file_name, suffix)) for t in targets if forms.photos),
            sheet=None if sheet is None else job.file(sheet, ".png"),
            strip=None if forms.strip is None else job.file(single, ".png"),
            animations=tuple(
                (t, job.file(t.file_name, kind)) for t in targets for kind in forms.animations
            ),
        )

    def __iter__(self) -> Iterator[Path]:
        """All of them."""
        yield from (file for _, file in self.photos)
        yield from (file for file in (self.sheet, self.strip) if file is not None)
        yield from (file for _, file in self.animations)

    def check(self, *, overwrite: bool) -> None:
        """Make sure that all can be written, before any work is done.

        Args:
            overwrite: whether they may exist.

        Raises:
            InputError: naming the first that cannot.
        """
        from lgpgan.editing.animation import ANIMATIONS
        from lgpgan.photos.writing import WRITABLE_SUFFIXES, check_destination

        films = {file for _, file in self.animations}
        for file in self:
            suffixes = ANIMATIONS if file in films else WRITABLE_SUFFIXES
            check_destination(file, suffixes=suffixes, overwrite=overwrite)

    def made_of(self, job: Job, editing: Editing) -> dict[Path, MadeOf]:
        """What each file is made of.

        Raises:
            InputError: when the photo cannot be read.
        """
        every = list(job.targets)
        shown: dict[Path, list[Any]] = {file: ["photo", target] for target, file in self.photos}
        shown |= {file: ["animation", target] for target, file in self.animations}
        if self.sheet is not None:
            shown[self.sheet] = ["sheet", *every]
        if self.strip is not None:
            shown[self.strip] = [f"strip of {job.forms.strip}", *every]
        photo = digest_of_file(job.photo)
        options = editing.options
        return {
            file: MadeOf(job.photo.name, photo, digest_of_options([*options, *map(_exactly, what)]))
            for file, what in shown.items()
        }


ROOM = 200 * 2**20
"""Bytes for outputs that are made at a time: 500 MB hold the command and a 12-megapixel photo."""
BYTES_A_PIXEL = 8
"""What an output that is being made needs."""


def _exists(file: Path) -> bool:
    return os.path.lexists(file)


def _exactly(what: str | Target) -> Any:
    """A target with all its numbers, as JSON can hold it."""
    return what if isinstance(what, str) else [_named(what), what.intensity]


def finished_files(job: Job) -> Files | None:
    """The files of a job where all of them exist, found without decoding the photo."""
    from lgpgan.photos.writing import WRITABLE_SUFFIXES

    own = job.photo.suffix
    suffixes = (own, *WRITABLE_SUFFIXES) if own.lower() in WRITABLE_SUFFIXES else WRITABLE_SUFFIXES
    every = (Files.of(job, suffix) for suffix in suffixes)
    return next((files for files in every if all(map(_exists, files))), None)


def edit_photo(
    editor: Editor,
    job: Job,
    editing: Editing,
    progress: FrameProgress = lambda file, done, total: None,
) -> dict[str, Any]:
    """Edit one photo and write its outputs.

    Args:
        editor: who edits.
        job: the photo, and what to write.
        editing: how.
        progress: told of every frame of an animation.

    Returns:
        What ``lgpgan edit --json`` prints: ``photo``, ``faces``, ``outputs``, ``sheet``, ``notes``;
        or ``photo`` and ``skipped`` where an earlier run had made all of it.

    Raises:
        InputError: when the photo cannot be used, or files are in the way.
        DiskFullError: when there is no room for the outputs.
        LgpganError: when they cannot be written otherwise.
    """
    from lgpgan.photos.reading import read_photo
    from lgpgan.photos.writing import output_suffix

    if editing.resume:
        finished = finished_files(job)
        if finished is not None and all(starmap(is_done, finished.made_of(job, editing).items())):
            return {"photo": str(job.photo), "skipped": True}
    photo = read_photo(job.photo)
    files = Files.of(job, output_suffix(photo))
    files.check(overwrite=editing.overwrite or editing.resume)
    made_of = files.made_of(job, editing)
    missing = set(files)
    if editing.resume:
        says = {file: target.describe() for target, file in files.photos}
        missing = {file for file in files if not is_kept(file, made_of[file], says.get(file))}
    opened = editor.open(photo, face=editing.face, select=editing.select, min_size=editing.min_size)
    return _write(
        editor,
        opened,
        job,
        files,
        made_of if editing.record and not job.to_file else {},
        missing,
        progress,
        overwrite=editing.overwrite or editing.resume,
        private=editing.private,
        threads=editing.threads,
    )


def _write(
    editor: Editor,
    opened: OpenedPhoto,
    job: Job,
    files: Files,
    made_of: Mapping[Path, MadeOf],
    missing: Collection[Path],
    progress: FrameProgress,
    *,
    overwrite: bool,
    private: bool,
    threads: int,
) -> dict[str, Any]:
    """Write those of a job's files that are missing; returns the report on all of them.

    What they are made of is recorded, where it is given.
    """
    from lgpgan.editing.animation import animate
    from lgpgan.editing.sheet import SheetCell
    from lgpgan.photos.writing import write_photo

    def write_edit(target: Target, file: Path) -> _Written:
        edited = editor.apply(opened, target)
        notes: tuple[str, ...] = ()
        if file in missing:
            about = target.describe()
            with recording(file, made_of.get(file)):
                notes = write_photo(
                    edited.pixels,
                    file,
                    opened.photo,
                    description=about,
                    overwrite=overwrite,
                    private=private,
                )
        return _Written(notes, SheetCell.of(edited) if files.sheet in missing else None)

    wanted = [(t, file) for t, file in files.photos if file in missing or files.sheet in missing]
    height, width = opened.photo.pixels.shape[:2]
    fitting = max(1, ROOM // (BYTES_A_PIXEL * height * width))
    written = in_threads([partial(write_edit, *each) for each in wanted], min(threads, fitting))
    notes = [*opened.photo.notes, *opened.notes]
    notes += (note for each in written for note in each.notes)
    outputs = [_output(target, file) for target, file in files.photos]
    if files.strip is not None:
        if files.strip in missing:
            with recording(files.strip, made_of.get(files.strip)):
                _write_strip(editor, opened, job, files.strip, overwrite=overwrite)
        outputs.append(_strip_output(opened, job, files.strip, notes))
    for target, file in files.animations:
        if file in missing:
            with recording(file, made_of.get(file)):
                animate(editor, opened, target, file, progress=partial(progress, file.name))
        outputs.append(_output(target, file))
    report = _report(job, opened, outputs, notes)
    if files.sheet is not None:
        if files.sheet in missing:
            cells = [each.cell for each in written if each.cell is not None]
            with recording(files.sheet, made_of.get(files.sheet)):
                _write_sheet(opened, cells, files.sheet, overwrite=overwrite)
        report["sheet"] = str(files.sheet)
    return report


class _Written(NamedTuple):
    """What is left of an edit once it is written.

    Attributes:
        notes: on what the file could not hold.
        cell: for the sheet, where there will be one.
    """

    notes: tuple[str, ...]
    cell: SheetCell | None


def _write_sheet(
    opened: OpenedPhoto, cells: Sequence[SheetCell], file: Path, *, overwrite: bool
) -> None:
    from lgpgan.editing.sheet import expression_sheet
    from lgpgan.photos.writing import write_photo

    description = f"The photo and {len(cells)} synthetic expressions, made by lgpgan."
    sheet = expression_sheet(opened, cells)
    write_photo(sheet, file, description=description, overwrite=overwrite)


def _write_strip(
    editor: Editor, opened: OpenedPhoto, job: Job, file: Path, *, overwrite: bool
) -> None:
    from lgpgan.editing.strips import strip
    from lgpgan.photos.writing import write_photo

    steps = job.forms.strip or 0
    names = "; ".join(target.caption for target in job.targets)
    write_photo(
        strip(editor, opened, job.targets, steps),
        file,
        description=f"A face at {steps} strengths of {names}, made by lgpgan: synthetic.",
        overwrite=overwrite,
    )


def _strip_output(opened: OpenedPhoto, job: Job, file: Path, notes: list[str]) -> dict[str, Any]:
    """What the report says of the strip; adds to the notes."""
    from lgpgan.editing.strips import strengths

    steps = job.forms.strip or 0
    shown = opened.largest_face.number
    if len(opened.faces) > 1:
        notes.append(f"the strip shows face {shown}, the largest; choose another with --face.")
    rows = [_named(target) | {"intensities": strengths(target, steps)} for target in job.targets]
    return {"strip": steps, "face": shown, "rows": rows, "file": str(file)}


def _output(target: Target, file: Path) -> dict[str, Any]:
    return _named(target) | {"intensity": target.intensity, "file": str(file)}


def _named(target: Target) -> dict[str, Any]:
    """A target's name, the shares of both halves by class, and its action units by number."""
    halves = {"eyes": target.eyes, "mouth": target.mouth}
    shares = {half: dict(mixture.shares) for half, mixture in halves.items()}
    return {"expression": target.name, **shares, "action_units": dict(target.units)}


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
