"""What is known of the outputs in a folder: what each was made of, so that a later run can tell.

Every output has a small file of its own in the folder ``.lgpgan-done`` beside it, named after the
output by a digest. The file is there before the output is written; afterwards it holds the SHA-256
of the output, too. So a run that was killed leaves no record that takes an unfinished output for
done. The records can be moved or copied with their outputs; without them outputs are made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import lgpgan
from lgpgan.errors import InputError
from lgpgan.files import digest_of_file, regular_file, replacing

__all__ = [
    "FOLDER",
    "MadeOf",
    "digest_of_options",
    "is_done",
    "is_kept",
    "is_synthetic",
    "recording",
]

FOLDER = ".lgpgan-done"
ADVICE = "pass --overwrite in place of --resume, or name another folder."


@dataclass(frozen=True)
class MadeOf:
    """What an output is made of.

    Attributes:
        name: of the photo's file.
        photo: SHA-256 of the photo's file.
        how: digest of what is asked for, the weights, the options and the version.
        output: SHA-256 of the output; empty until it is written.
    """

    name: str
    photo: str
    how: str
    output: str = ""


def digest_of_options(options: Sequence[Any]) -> str:
    """Digest of values that JSON can hold, and of the version of lgpgan."""
    text = json.dumps([lgpgan.__version__, *options], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def is_done(output: Path, wanted: MadeOf) -> bool:
    """Whether an output is whole, and made of what is asked for now."""
    found = _read(output)
    if found is None or (found.photo, found.how) != (wanted.photo, wanted.how):
        return False
    return _is_whole(output, found)


def is_kept(output: Path, wanted: MadeOf, says: str | None) -> bool:
    """Whether an output of an earlier run is kept; false where it is to be made, or made again.

    It is made again where the photo was replaced, where it is not what was written, as after a cut,
    and where nothing is recorded of it.

    Args:
        output: the file.
        wanted: what it is to be made of.
        says: what an edited photo says of itself; None for a picture of another kind.

    Raises:
        InputError: when there is another file in its place, or one that was made of another photo,
            or in another way.
    """
    if is_done(output, wanted):
        return True
    if not output.exists():
        return False
    found, mark = _read(output), _mark(output)
    if mark is None and not (found is not None and _is_unreadable(output)):
        raise InputError(f"{output} exists, and is nothing that lgpgan wrote; {ADVICE}")
    if mark is not None and says is not None and mark != says:
        raise InputError(f"{output} exists and does not show what is asked for; {ADVICE}")
    if found is not None and found.how != wanted.how:
        raise InputError(
            f"{output} exists and was made with other weights or options, or another version; "
            f"{ADVICE}"
        )
    if found is not None and found.name != wanted.name and found.photo != wanted.photo:
        raise InputError(f"{output} exists and was made of another photo, {found.name}; {ADVICE}")
    return False


def is_synthetic(picture: Path) -> bool:
    """Whether lgpgan wrote a picture, by its mark, or by the record of what can hold no mark."""
    if not picture.is_file():  # nor is a pipe waited for
        return False
    if _mark(picture) is not None:
        return True
    found = _read(picture)
    return found is not None and _is_whole(picture, found)


@contextmanager
def recording(output: Path, made_of: MadeOf | None) -> Iterator[None]:
    """Record what an output is made of; the block writes the output.

    Args:
        output: the file.
        made_of: what is to be recorded; None for nothing.

    Raises:
        DiskFullError: when there is no room for it.
        LgpganError: when it cannot be written otherwise.
    """
    from lgpgan.photos.writing import writing_failure  # takes long to load

    if made_of is None:
        yield
        return
    try:
        _write(output, made_of)
        yield
        _write(output, replace(made_of, output=digest_of_file(output)))
    except OSError as error:
        raise writing_failure(_record(output), error) from error


def _mark(picture: Path) -> str | None:
    """What a picture says of itself; None where it has no mark of lgpgan, or cannot be read."""
    from lgpgan.photos.marks import read_provenance

    try:
        return read_provenance(picture)
    except InputError:
        return None


def _is_unreadable(picture: Path) -> bool:
    """Whether a file is no picture, or can hold no mark, so that it may be one that was cut."""
    from lgpgan.photos.marks import read_provenance

    try:
        read_provenance(picture)
    except InputError:
        return True
    return picture.suffix.lower() in (".bmp", ".gif")


def _is_whole(output: Path, found: MadeOf) -> bool:
    """Whether an output still holds what was written."""
    return output.is_file() and digest_of_file(output) == found.output


def _read(output: Path) -> MadeOf | None:
    """What is recorded of an output; None where nothing is."""
    try:
        return MadeOf(**json.loads(regular_file(_record(output)).read_text(encoding="utf-8")))
    except (OSError, InputError, ValueError, TypeError, RecursionError):
        return None


def _write(output: Path, made_of: MadeOf) -> None:
    record = _record(output)
    record.parent.mkdir(parents=True, exist_ok=True)
    with replacing(record) as unfinished:
        unfinished.write_text(json.dumps(asdict(made_of)) + "\n", encoding="utf-8")


def _record(output: Path) -> Path:
    """The file with what is known of an output, of a name that is never too long."""
    name = output.name.encode("utf-8", "surrogateescape")
    return output.parent / FOLDER / f"{hashlib.sha256(name).hexdigest()[:32]}.json"
