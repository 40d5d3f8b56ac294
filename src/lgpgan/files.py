"""Files that are there in full or not at all, and folders that only one run writes to.

Also where the folder is for what can be fetched again.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from lgpgan.errors import InputError, LgpganError

try:
    import fcntl
except ImportError:  # Windows, where folders are not locked
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "cache_folder",
    "check_apart",
    "locked",
    "path_of",
    "replacing",
    "same_file",
    "write_text",
]

LONGEST_NAME = 255
"""Bytes of a file's or a folder's name, on all usual file systems."""
LONGEST_PATH = 4095
"""Bytes of a path."""


def path_of(text: str) -> Path:
    """The path that somebody named.

    Raises:
        InputError: when nothing is named, as by an empty variable of a shell, which would otherwise
            stand for the current folder; or when no file can have that name.
    """
    if not text:
        raise InputError(
            "a path is empty, perhaps because a variable of the shell is; name a file or a folder."
        )
    if "\0" in text:
        raise InputError("a path holds the character NUL, which no name can; name another.")
    path = Path(text)
    longest = max((len(os.fsencode(part)) for part in path.parts), default=0)
    if longest > LONGEST_NAME or len(os.fsencode(text)) > LONGEST_PATH:
        raise InputError(
            f"the path {text[:60]}… is too long: a name has {LONGEST_NAME} bytes at most, and a "
            f"path {LONGEST_PATH}; name another."
        )
    return path


def check_apart(source: Path, destination: Path) -> None:
    """Make sure that what is made of a folder is not written into that folder.

    Raises:
        InputError: when it would be: it would be read as well.
    """
    inside = Path(os.path.realpath(destination)).is_relative_to(os.path.realpath(source))
    if inside:  # not by resolve(), which raises on a circle of links
        raise InputError(f"{destination} lies inside {source}; name a folder outside of it.")


def same_file(first: Path, second: Path) -> bool:
    """Whether two paths name one file, through links and other spellings, too."""
    try:
        return os.path.samefile(first, second)
    except OSError:  # one of them is not there
        return os.path.realpath(first) == os.path.realpath(second)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write to; what was written takes its place when the block ends.

    Where the block is left by an exception, ``path`` is untouched and nothing lies beside it.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a folder to this run alone while the block runs; it is made where there is none.

    The folder itself is locked, no file in it: nothing stays behind, whatever ends the process. On
    Windows, and on file systems that know no locks, nothing is locked.

    Raises:
        InputError: when another run holds the folder, or it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        handle = os.open(folder, os.O_RDONLY) if fcntl else None
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written to ({error.strerror}); change its permissions, or name "
            "another folder."
        ) from error
    try:
        if handle is not None:
            _lock(handle, folder)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            f"another run is writing to {folder}; wait until it has ended, or name another folder."
        ) from None
    except OSError:
        pass  # a file system that knows no locks


def write_text(path: Path, text: str) -> Path:
    """Write a text file in one piece, and its folder where there is none; returns its path.

    Raises:
        LgpganError: when it cannot be written; an older one is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise LgpganError(f"{path} cannot be written ({error.strerror}).") from error
    return path


def cache_folder() -> Path:
    """Folder of the optional files: ``$LGPGAN_CACHE``, or ``lgpgan`` in the user's cache folder.

    The user's cache folder is ``$XDG_CACHE_HOME`` (passed over when not absolute, as its
    specification demands) or ``~/.cache``. The folder need not exist.
    """
    own = os.environ.get("LGPGAN_CACHE", "")
    if own:
        return Path(own).expanduser()
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (shared if shared.is_absolute() else Path.home() / ".cache") / "lgpgan"
