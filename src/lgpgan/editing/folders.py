"""Editing many photos: which ones, where their outputs go, and the work spread over processes.

A photo that cannot be edited does not stop the others. Files appear under their names when they are
whole, so a run that was stopped can go on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lgpgan.editing.done import is_synthetic
from lgpgan.editing.jobs import Editing, Files, Forms, Job
from lgpgan.editing.outputs import FrameProgress, edit_photo
from lgpgan.errors import InputError, LgpganError, failure_of_one
from lgpgan.files import before_reading, same_file
from lgpgan.methods.weights_info import weights_of
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import cores, number_of_processes, work
from lgpgan.photos.photo import photos_below

if TYPE_CHECKING:
    from lgpgan.expressions.target import Target

__all__ = ["Outcome", "edit_photos", "plan"]


@dataclass(frozen=True)
class Outcome:
    """What came of one photo.

    Attributes:
        photo: the file.
        report: what ``--json`` prints.
        error: why it could not be edited; None where it was.
    """

    photo: Path
    report: dict[str, Any]
    error: LgpganError | None = None


def plan(
    paths: Sequence[Path],
    targets: tuple[Target, ...],
    forms: Forms,
    *,
    out: Path,
    in_place: bool = False,
) -> list[Job]:
    """One job a photo.

    A folder stands for the photos in it and in its folders, whose places are kept under ``out``;
    ``out`` itself, where it lies among them, is passed over, and so are pictures that lgpgan made.

    Args:
        paths: photos and folders.
        targets: expressions to give.
        forms: what to write.
        out: folder to write to; or a file, where there is one output.
        in_place: ``out`` names the photo itself, which is replaced.

    Raises:
        InputError: when a folder holds no photo or cannot be listed, when two outputs would be the
            same file, when an output would take the place of a photo that is to be edited, or when
            ``in_place`` is said and ``out`` is not the photo.
    """
    planned: dict[str, Job] = {}
    for path in paths:
        within = _photos_of(path, out) if path.is_dir() else [path]
        base = path if path.is_dir() else path.parent
        for photo in within:
            place = photo.parent.relative_to(base)
            planned.setdefault(os.path.abspath(photo), Job(photo, targets, forms, out / place))
    jobs = list(planned.values())
    outputs = sum(job.outputs for job in jobs)
    if jobs[0].to_file and outputs > 1:
        raise InputError(
            f"{out} is one file, but there will be {outputs} outputs; name a folder, or choose one "
            "expression with --to."
        )
    over_photo = jobs[0].to_file and same_file(out, jobs[0].photo)
    if over_photo and not in_place:
        raise InputError(
            f"{out} is the photo itself; name another file, or add --in-place to replace the photo."
        )
    if in_place and not over_photo:
        raise InputError("--in-place replaces a photo; name it with -o, too.")
    _check_photos_stay(jobs)
    _check_names(jobs)
    return jobs


def _photos_of(folder: Path, out: Path) -> list[Path]:
    """The photos below a folder, without those that lgpgan made.

    Raises:
        InputError: when there is none.
    """
    found = photos_below(folder, besides=out)
    photos = [photo for photo in found if not is_synthetic(photo)]
    if not photos:
        raise InputError(
            f"all pictures in the folder {folder} were made by lgpgan, and those are passed over; "
            "name one of them itself to edit it again."
        )
    return photos


def _check_photos_stay(jobs: Sequence[Job]) -> None:
    """Make sure that no output takes the place of a photo that is to be edited as well.

    Raises:
        InputError: when one would.
    """
    real = cache(os.path.realpath)
    outputs = {
        (real(job.out), file.stem.casefold()): job.photo
        for job in jobs
        if not job.to_file
        for file in Files.of(job, job.photo.suffix)
    }
    for job in jobs:
        first = outputs.get((real(job.photo.parent), job.photo.stem.casefold()))
        if first is not None:
            raise InputError(
                f"an output of {first} would have the name of {job.photo}, which is to be edited, "
                "too; name another folder."
            )


def _check_names(jobs: Sequence[Job]) -> None:
    """Make sure that no two outputs are the same file, on no file system.

    Raises:
        InputError: naming the first two photos of which that is not so.
    """
    from lgpgan.photos.reading import image_format
    from lgpgan.photos.writing import suffix_for

    alike: dict[tuple[Path, str], list[Job]] = {}
    for job in jobs:
        alike.setdefault((job.out, job.photo.stem.casefold()), []).append(job)
    for of_name in alike.values():
        seen: dict[str, Job] = {}
        for job in of_name if len(of_name) > 1 else ():
            for file in Files.of(job, suffix_for(job.photo, image_format(job.photo))):
                first = seen.setdefault(str(file).casefold(), job)
                if first is not job:
                    raise InputError(
                        f"{first.photo} and {job.photo} would both be written to {file}; edit them "
                        "one after the other, with another folder for each."
                    )


def edit_photos(
    jobs: Sequence[Job],
    editing: Editing,
    *,
    processes: int = 1,
    engine: Engine = work,
    progress: FrameProgress = lambda file, done, total: None,
) -> Iterator[Outcome]:
    """Edit photos, here or in several processes; yields what came of each, in their order.

    Args:
        jobs: the photos, and what to write for each.
        editing: how they are worked on.
        processes: at most, each with one thread; 1 is this process itself, with all its threads.
        engine: what spreads the photos over processes.
        progress: told of every frame of an animation, where there is one process.

    Raises:
        InputError: when the weights cannot be used, or do not know what is asked for.
        DiskFullError: when there is no room for an output: nor would there be for the others.
        MissingPartError: when a package or a file is missing that every photo needs.
        LgpganError: when one of the processes was killed.
    """
    processes = min(number_of_processes(processes, "--jobs"), len(jobs))
    targets = jobs[0].targets if jobs else ()
    if engine is work and processes <= 1:  # its threads share the outputs of one photo
        start = partial(_start, replace(editing, threads=cores()), targets, progress)
    else:
        start = partial(_start, editing, targets)
    return engine(
        jobs,
        start,
        processes,
        advice="run the same command with --resume, and with fewer --jobs",
        again=partial(_start, replace(editing, resume=not editing.overwrite), targets),
    )


def _start(
    editing: Editing,
    targets: Sequence[Target],
    progress: FrameProgress = lambda file, done, total: None,
) -> Callable[[Job], Outcome]:
    """Load the networks, which must know the targets of all photos; returns what edits a photo."""
    from lgpgan.editing.editor import (
        Editor,  # here, so that a process of a pool loads it with one thread
    )

    weights = before_reading(weights_of(editing.editor.get("weights")))
    editor = Editor.from_pretrained(**editing.editor)
    editor.check(targets)
    editing = replace(editing, weights=weights.digest_of_what_was_read())
    untold = list(editor.backend.notes)  # told once, not of every photo

    def edit(job: Job) -> Outcome:
        try:
            report = edit_photo(editor, job, editing, progress)
            notes = [*untold, *report.get("notes", [])]
            untold.clear()
            return Outcome(job.photo, {**report, "notes": notes} if notes else report)
        except Exception as error:  # whatever it is, the other photos can still be edited
            told = failure_of_one(error)
            return Outcome(job.photo, {"photo": str(job.photo), "error": str(told)}, told)

    return edit
