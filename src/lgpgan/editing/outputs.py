"""What is written for a photo: its edits, a sheet, a strip, animations; and a report on them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lgpgan.editing.done import (
    MadeOf,
    is_done,
    is_kept,
    recording,
)
from lgpgan.editing.jobs import Editing, Files, Job, described, finished_files
from lgpgan.files import before_reading
from lgpgan.parallel.processes import in_threads

if TYPE_CHECKING:  # all that takes long to load is loaded where photos are worked on
    from lgpgan.editing.editor import Editor
    from lgpgan.editing.opened_photo import OpenedPhoto
    from lgpgan.editing.sheet import SheetCell
    from lgpgan.expressions.target import Target

__all__ = ["FrameProgress", "edit_photo"]

FrameProgress = Callable[[str, int, int], None]
"""Told the file, and how many of how many of its frames are made."""


ROOM = 200 * 2**20
"""Bytes for outputs that are made at a time: 500 MB hold the command and a 12-megapixel photo."""
BYTES_A_PIXEL = 8
"""What an output that is being made needs."""


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

    before = before_reading(job.photo)
    if editing.resume:
        finished = finished_files(job)
        if finished is not None:
            done = starmap(is_done, finished.made_of(job, editing, before.digest).items())
            if all(done):
                return {"photo": str(job.photo), "skipped": True}
    photo = read_photo(job.photo)
    files = Files.of(job, output_suffix(photo))
    files.check(overwrite=editing.overwrite or editing.resume)
    made_of = files.made_of(job, editing, before.digest_of_what_was_read())
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
    from lgpgan.editing.sheet import describe_sheet, expression_sheet
    from lgpgan.photos.writing import write_photo

    sheet = expression_sheet(opened, cells)
    write_photo(sheet, file, description=describe_sheet(len(cells)), overwrite=overwrite)


def _write_strip(
    editor: Editor, opened: OpenedPhoto, job: Job, file: Path, *, overwrite: bool
) -> None:
    from lgpgan.editing.strips import describe_strip, strip
    from lgpgan.photos.writing import write_photo

    steps = job.forms.strip or 0
    write_photo(
        strip(editor, opened, job.targets, steps),
        file,
        description=describe_strip(job.targets, steps),
        overwrite=overwrite,
    )


def _strip_output(opened: OpenedPhoto, job: Job, file: Path, notes: list[str]) -> dict[str, Any]:
    """What the report says of the strip; adds to the notes."""
    from lgpgan.editing.strips import strengths

    steps = job.forms.strip or 0
    shown = opened.largest_face.number
    if len(opened.faces) > 1:
        notes.append(f"the strip shows face {shown}, the largest; choose another with --face.")
    rows = [described(target) | {"intensities": strengths(target, steps)} for target in job.targets]
    return {"strip": steps, "face": shown, "rows": rows, "file": str(file)}


def _output(target: Target, file: Path) -> dict[str, Any]:
    return described(target) | {"intensity": target.intensity, "file": str(file)}


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
