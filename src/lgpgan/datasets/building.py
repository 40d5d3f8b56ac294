"""Building a set from many photos: in parallel, and continued where it was stopped.

The set's folder is claimed with the options of the build, so that it is neither mixed with another
one nor overwritten. Photos are worked on in parallel, and each leaves a small file under ``.done``
once all that is made of it is written: a build that was stopped goes on where it was.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from lgpgan.datasets.splits import places_of
from lgpgan.errors import (
    DestinationError,
    DiskFullError,
    InputError,
    LgpganError,
    failure_of_one,
)
from lgpgan.files import (
    BeforeReading,
    before_reading,
    is_unfinished,
    regular_file,
    replacing,
    version_of,
)
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import work

__all__ = [
    "Worker",
    "claim",
    "class_folders",
    "digest_of_photo",
    "failure_of_photo",
    "marked",
    "not_written",
    "nothing_used",
    "pending",
    "photo_before_reading",
    "plain_name",
    "plain_signs",
    "read_result",
    "shortened",
    "work_through",
    "write_result",
]

DONE = ".done"
MADE_OF = "made_of"
"""What a result says of the photo's file: its SHA-256."""
NAMED_REASONS = 3
"""Most reasons that are told where no photo could be used."""
NAME_LENGTH = 120
"""Longest name of a file or folder that is made of what a collection says, in bytes."""
DEVICES = {"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(10))}
"""What no file may be called on Windows, whatever its suffix."""


class Photo(Protocol):
    """What a build is told of a photo."""

    @property
    def path(self) -> Path:
        """The file that holds it."""


Entry = TypeVar("Entry", bound=Photo)


class Worker(Protocol):
    """Works on one photo after the other; there is one in every process."""

    def process(self, name: str, entry: Any, /) -> None:
        """Work on a photo; what is wrong with it is written down, not raised."""


def plain_name(text: str) -> str:
    """``text`` as a file or a folder may be called anywhere, cut short where it is too long."""
    return shortened(plain_signs(text), text)


def shortened(name: str, whole: str) -> str:
    """A name of at most :data:`NAME_LENGTH` bytes.

    Args:
        name: given back as it is where it is short enough, else its end with a digest.
        whole: what the digest is of, which tells apart what ends alike.
    """
    return name if len(name.encode()) <= NAME_LENGTH else marked(name, whole)


def marked(name: str, whole: str) -> str:
    """The end of a name, with a digest of what it stands for."""
    end = name.encode()[-NAME_LENGTH + 9 :].decode(errors="ignore")
    return f"{end}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def plain_signs(text: str) -> str:
    """``text`` with _ in place of all signs but letters, digits, -_. and of a dot at its start.

    What Windows takes for a device, such as ``con``, gets a _ in front.
    """
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in text)
    if name.startswith("."):
        return "_" + name[1:]
    return f"_{name}" if name.partition(".")[0].casefold() in DEVICES else name


def class_folders(classes: Iterable[str]) -> dict[str, str]:
    """The name of every class's folder; classes whose plain names are the same get marks.

    Without a mark ``a/b`` and ``a_b`` would share a folder, and a trainer that reads folders would
    take them for one class.
    """
    classes = sorted(set(classes))
    shared = Counter(plain_name(name).casefold() for name in classes)
    return {
        name: plain if shared[plain.casefold()] == 1 else marked(plain, name)
        for name, plain in ((name, plain_name(name)) for name in classes)
    }


def claim(folder: Path, settings: str, options: Mapping[str, Any]) -> None:
    """Make the folder of a set, or check that it was begun with the same options.

    Args:
        folder: the set's.
        settings: name of the file in it that keeps the options.
        options: values that JSON can hold.

    Raises:
        InputError: when it holds something else, or was begun with other options, or cannot be
            written.
    """
    kept = folder / settings
    wanted = json.loads(json.dumps(options))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if kept.exists():
            if _table_in(kept) != wanted:
                raise InputError(
                    f"{folder} was begun with other options; name another folder or delete it."
                )
        elif not all(map(is_unfinished, folder.iterdir())):
            raise InputError(f"{folder} already holds something else; name a new folder.")
        with replacing(kept) as unfinished:
            unfinished.write_text(json.dumps(wanted, indent=2) + "\n")
        (folder / DONE).mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error


def read_result(folder: Path, name: str) -> dict[str, Any]:
    """The result of a photo: its ``records`` or its ``error``; empty if it is not done.

    One that is damaged is empty, too: the photo is worked on again.
    """
    return _table_in(folder / DONE / f"{name}.json")


def _table_in(path: Path) -> dict[str, Any]:
    """The table of a JSON file; empty where there is none that can be read."""
    try:
        table = json.loads(regular_file(path).read_text(encoding="utf-8"))
    except (FileNotFoundError, InputError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def write_result(
    folder: Path, name: str, result: Mapping[str, Any], made_of: str | None = None
) -> None:
    """Write the result of a photo; to be called when all of its files are written.

    Args:
        folder: the set's.
        name: of the photo in the set.
        result: its ``records`` or its ``error``.
        made_of: SHA-256 of the photo's file as it was read; empty where that is not known, and None
            where the result is not of one file.

    Raises:
        DestinationError, DiskFullError: when that cannot be written.
    """
    marker = folder / DONE / f"{name}.json"
    known = {} if made_of is None else {MADE_OF: made_of}
    try:
        with replacing(marker, flush=False) as unfinished:
            unfinished.write_text(json.dumps({**result, **known}), encoding="utf-8")
    except OSError as error:
        raise not_written(folder, error) from error


def pending(
    folder: Path,
    photos: Mapping[str, Entry],
    check: Callable[[str, Entry | None, dict[str, Any]], None] = lambda name, photo, result: None,
) -> list[tuple[str, Entry]]:
    """The photos that are still to be worked on, by their names in the set.

    They are those that left no records, and those whose file was replaced since. What was made of
    the earlier file is removed. Sets of earlier versions do not say what they were made of; their
    photos are taken for the same.

    Args:
        folder: the set's.
        photos: all of them.
        check: called with every photo that left records: its name in the set, the photo, None where
            it is not among ``photos``, and the result. What it raises is raised here, before
            anything is removed.
    """
    done = set()
    replaced: list[tuple[Path, dict[str, Any]]] = []
    for marker in sorted((folder / DONE).glob("*.json")):
        name = marker.stem
        result = read_result(folder, name)
        if "records" not in result:
            continue
        photo = photos.get(name)
        check(name, photo, result)
        if photo is not None and photo.path.is_file() and _was_replaced(photo.path, result):
            replaced.append((marker, result))
        else:
            done.add(name)
    for marker, result in replaced:
        for line in result["records"]:
            _remove_face(folder, str(json.loads(line)["file_name"]))
        marker.unlink(missing_ok=True)
    return [(name, photo) for name, photo in photos.items() if name not in done]


def _was_replaced(photo: Path, result: Mapping[str, Any]) -> bool:
    """Whether the file of a photo is another than that of which the result was made."""
    return MADE_OF in result and result[MADE_OF] != digest_of_photo(photo)


def _remove_face(folder: Path, file_name: str) -> None:
    """Remove a face of a set, wherever it lies in it, and nothing outside of the set."""
    for place in places_of(file_name):
        if Path(os.path.realpath(folder / place)).is_relative_to(os.path.realpath(folder)):
            (folder / place).unlink(missing_ok=True)


def digest_of_photo(photo: Path) -> str:
    """SHA-256 of a photo's file; empty where it cannot be read."""
    return photo_before_reading(photo).digest


def photo_before_reading(photo: Path) -> BeforeReading:
    """:func:`~lgpgan.files.before_reading` of a photo; once for a file of many photos."""
    return _of_version(photo, version_of(photo))


@lru_cache(maxsize=4)  # a file may hold all photos of a collection
def _of_version(photo: Path, version: tuple[int, ...]) -> BeforeReading:
    """The same, worked out once while the file does not change."""
    del version
    return before_reading(photo)


def failure_of_photo(folder: Path, error: Exception) -> LgpganError:
    """Why one photo of a set could not be worked on, whatever was raised; the others go on.

    Args:
        folder: the set's.
        error: what was raised.

    Raises:
        DestinationError: when the folder is gone or cannot be written to any more.
        DiskFullError, MissingPartError: what stops all the others, too.
    """
    there = (folder / DONE).is_dir() and os.access(folder, os.W_OK | os.X_OK)
    if isinstance(error, OSError) and not there:
        raise not_written(folder, error) from error
    return failure_of_one(error)


def not_written(folder: Path, error: OSError) -> LgpganError:
    """What to tell the person whose set cannot be written."""
    failed = f"{folder} cannot be written ({error.strerror})"
    again = "run the same command again: it goes on where it was."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"{failed}; make room, and {again}")
    return DestinationError(f"{failed}; see that it is there and may be written to, and {again}")


def nothing_used(skipped: Mapping[str, str]) -> str:
    """What to say where no photo could be used, with the reasons that most of them share.

    Args:
        skipped: photo to reason.
    """
    reasons = Counter(reason.rstrip(".") for reason in skipped.values()).most_common()
    said = "; ".join(f"{reason} ({count:,})" for reason, count in reasons[:NAMED_REASONS])
    rest = sum(count for _, count in reasons[NAMED_REASONS:])
    others = f"; for other reasons ({rest:,})" if rest else ""
    return f"none of the {len(skipped):,} photos could be used: {said}{others}."


def work_through(
    jobs: Sequence[tuple[str, Any]],
    start: Callable[[], Worker],
    processes: int,
    engine: Engine = work,
) -> Iterator[None]:
    """Work on photos, here or in several processes; yields after each.

    Args:
        jobs: name and entry of every photo.
        start: makes the worker; called in every process, so it must be picklable.
        processes: how many at most.
        engine: what spreads the work.

    Raises:
        LgpganError: when one of the processes was killed.
    """
    if not jobs:
        return
    advice = "run the same command again, with fewer --jobs"
    yield from engine(jobs, partial(_processing, start), min(processes, len(jobs)), advice=advice)


def _processing(start: Callable[[], Worker]) -> Callable[[tuple[str, Any]], None]:
    worker = start()
    return lambda job: worker.process(*job)
