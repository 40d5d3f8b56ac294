"""What building a set from many photos takes, whatever is made of them.

The set's folder is claimed with the options of the build, so that it is neither mixed with another
one nor overwritten. Photos are worked on in parallel, and each leaves a small file under ``.done``
once all that is made of it is written: a build that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from lgpgan.errors import InputError
from lgpgan.files import replacing
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import work

__all__ = [
    "Worker",
    "claim",
    "finished",
    "plain_name",
    "read_result",
    "work_through",
    "write_result",
]

DONE = ".done"


class Worker(Protocol):
    """Makes what is to be made of one photo; there is one in every process."""

    def process(self, name: str, entry: Any, /) -> None:
        """Work on a photo; what is wrong with it is written down, not raised."""


def plain_name(text: str) -> str:
    """``text`` as a file may be called anywhere: other signs than letters, digits, -_. become _."""
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in text)
    return "_" + name[1:] if name.startswith(".") else name


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
    unfinished = kept.with_suffix(".part")
    wanted = json.loads(json.dumps(options))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if kept.exists():
            if json.loads(kept.read_text()) != wanted:
                raise InputError(
                    f"{folder} was begun with other options; name another folder or delete it."
                )
        elif any(path != unfinished for path in folder.iterdir()):
            raise InputError(f"{folder} already holds something else; name a new folder.")
        unfinished.write_text(json.dumps(wanted, indent=2) + "\n")
        unfinished.replace(kept)
        (folder / DONE).mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error


def read_result(folder: Path, name: str) -> dict[str, Any]:
    """What became of a photo: its ``records``, or the ``error``; nothing if it is still to come."""
    marker = folder / DONE / f"{name}.json"
    result: dict[str, Any] = json.loads(marker.read_text()) if marker.exists() else {}
    return result


def write_result(folder: Path, name: str, result: Mapping[str, Any]) -> None:
    """Say what became of a photo, once all that belongs to it is written."""
    marker = folder / DONE / f"{name}.json"
    with replacing(marker) as unfinished:
        unfinished.write_text(json.dumps(result))


def finished(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and result of every photo that left records."""
    for marker in sorted((folder / DONE).glob("*.json")):
        result = read_result(folder, marker.stem)
        if "records" in result:
            yield marker.stem, result


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
