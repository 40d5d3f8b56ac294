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

__all__ = ["cache_folder", "locked", "replacing", "write_text"]


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
