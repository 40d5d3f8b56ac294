"""What is to be written for a photo: the expressions, the forms, and the files of a job."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from lgpgan.editing.done import MadeOf, digest_of_options
from lgpgan.errors import InputError
from lgpgan.expressions.target import intensity_mark

if TYPE_CHECKING:  # all that takes long to load is loaded where photos are worked on
    from lgpgan.editing.selecting import Select
    from lgpgan.expressions.target import Target

__all__ = ["Editing", "Files", "Forms", "Job", "described", "finished_files"]


OTHER_SUFFIXES = (".avi", ".heic", ".heif", ".hif", ".jxl", ".m4v", ".mkv", ".mov", ".mp4", ".webm")
"""Of pictures and films that Pillow does not know, which nobody means a folder by."""


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
        known = {*Image.registered_extensions(), *OTHER_SUFFIXES}
        return suffix in known and not self.out.is_dir()

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

    def made_of(self, job: Job, editing: Editing, photo: str) -> dict[Path, MadeOf]:
        """What each file is made of.

        Args:
            job: the photo, and what is written for it.
            editing: how it is worked on.
            photo: SHA-256 of the photo's file, as it was read; empty where that is not known.
        """
        every = list(job.targets)
        shown: dict[Path, list[Any]] = {file: ["photo", target] for target, file in self.photos}
        shown |= {file: ["animation", target] for target, file in self.animations}
        if self.sheet is not None:
            shown[self.sheet] = ["sheet", *every]
        if self.strip is not None:
            shown[self.strip] = [f"strip of {job.forms.strip}", *every]
        options = editing.options
        return {
            file: MadeOf(job.photo.name, photo, digest_of_options([*options, *map(_exactly, what)]))
            for file, what in shown.items()
        }


def _exists(file: Path) -> bool:
    return os.path.lexists(file)


def _exactly(what: str | Target) -> Any:
    """A target with all its numbers, as JSON can hold it."""
    return what if isinstance(what, str) else [described(what), what.intensity]


def finished_files(job: Job) -> Files | None:
    """The files of a job where all of them exist, found without decoding the photo."""
    from lgpgan.photos.writing import WRITABLE_SUFFIXES

    own = job.photo.suffix
    suffixes = (own, *WRITABLE_SUFFIXES) if own.lower() in WRITABLE_SUFFIXES else WRITABLE_SUFFIXES
    every = (Files.of(job, suffix) for suffix in suffixes)
    return next((files for files in every if all(map(_exists, files))), None)


def described(target: Target) -> dict[str, Any]:
    """A target's name, the shares of both halves by class, and its action units by number."""
    halves = {"eyes": target.eyes, "mouth": target.mouth}
    shares = {half: dict(mixture.shares) for half, mixture in halves.items()}
    return {"expression": target.name, **shares, "action_units": dict(target.units)}
