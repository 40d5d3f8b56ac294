"""Files that are there in full or not at all, and folders that only one run writes to.

Also where the folder is for what can be fetched again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lgpgan.errors import InputError, LgpganError

try:
    import fcntl
except ImportError:  # Windows, where folders are not locked
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "BeforeReading",
    "before_reading",
    "cache_folder",
    "check_apart",
    "digest_of_file",
    "is_unfinished",
    "locked",
    "memory_file",
    "path_of",
    "regular_file",
    "replacing",
    "same_file",
    "version_of",
    "write_bytes",
    "write_text",
]

LONGEST_NAME = 255
"""Bytes of a file's or a folder's name, on all usual file systems."""
LONGEST_PATH = 4095
"""Bytes of a path."""
UNFINISHED = (".lgpgan-", ".part")
"""How the name of an unfinished file begins and ends; the middle is random."""


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


def regular_file(path: Path) -> Path:
    """The path itself, after a check that it names a regular file or a link to one.

    Opening a named pipe waits until somebody writes to it, and a device may never end. So every
    path that a person names is checked by this function before it is opened.

    Raises:
        InputError: when it is a folder, a named pipe, a socket or a device.
        OSError: when it cannot be looked at, as when there is none.
    """
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        raise InputError(f"{path} is a folder; name a file in it.")
    if not stat.S_ISREG(kind):
        raise InputError(f"{path} is not a regular file; name one, or copy it to a file first.")
    return path


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        InputError: when it is no file, or cannot be read.
    """
    if not path.is_file():
        raise InputError(f"{path} is no file; check how it is spelled.")
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error


class BeforeReading(NamedTuple):
    """A file as it was before it was read.

    Attributes:
        path: the file.
        digest: its SHA-256; empty where it could not be read: the reader says why.
        version: what :func:`version_of` said of it.
    """

    path: Path
    digest: str
    version: tuple[int, ...]

    def digest_of_what_was_read(self) -> str:
        """The digest, after the file was read; empty where the file has changed since.

        Nobody knows then what was read, not even where the file is the same again. What was made of
        it goes with no file, and is made again.
        """
        return self.digest if version_of(self.path) == self.version else ""


def before_reading(path: Path) -> BeforeReading:
    """Look at a file that is read next, so that it can be told what was read."""
    version = version_of(path)
    try:
        return BeforeReading(path, digest_of_file(path), version)
    except InputError:
        return BeforeReading(path, "", version)


def version_of(path: Path) -> tuple[int, ...]:
    """What differs after a file was replaced or written to; nothing where there is none."""
    try:
        now = path.stat()
    except OSError:
        return ()
    return (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)


@contextlib.contextmanager
def replacing(path: Path, *, flush: bool = True) -> Iterator[Path]:
    """An empty file beside ``path`` to write to; it takes the place of ``path`` at the end.

    The unfinished file is new and has a random name, so that no link that lies there is followed,
    and two runs that write the same file never write to one another's: the last whole one stays.
    Where the block is left by an exception, ``path`` is untouched and nothing lies beside it. What
    a killed process leaves is called ``.lgpgan-….part``; the next one that writes to the folder
    removes it.

    Args:
        path: the file to write.
        flush: whether the file is on the disk when the block has ended, which survives a power
            cut. Without, it is quicker: for files of which there are thousands, and whose checksums
            are written down.

    Raises:
        LgpganError: when another program has replaced the unfinished file.
        OSError: when there is no room, or the folder cannot be written to.
    """
    _remove_stale(path.absolute().parent)
    unfinished, handle = _held_file(path.parent)
    try:
        yield unfinished
        if not _is_same(handle, unfinished):
            raise LgpganError(
                f"{path} was not written, because another program has replaced {unfinished.name} "
                "meanwhile; run the same command again."
            )
        if flush:
            os.fsync(handle)
        if os.name != "posix":  # Windows renames no file that is open
            os.close(handle)
            handle = -1
        unfinished.replace(path)
        if flush:
            _flush_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)
        if handle >= 0:
            os.close(handle)


_NEW_FILE = (
    os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)
"""How an unfinished file is opened: it must not exist, not even as a link."""


def _held_file(folder: Path) -> tuple[Path, int]:
    """A new file of a random name that is locked, so that no other process takes it for stale."""
    while True:
        unfinished = folder / secrets.token_hex(8).join(UNFINISHED)
        handle = os.open(unfinished, _NEW_FILE, 0o666)
        if fcntl:
            with contextlib.suppress(OSError):  # a file system that knows no locks
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_same(handle, unfinished):
            return unfinished, handle
        os.close(handle)  # another process removed it before it was locked


def _is_same(handle: int, path: Path) -> bool:
    """Whether a path still stands for the file that was opened."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def _flush_folder(folder: Path) -> None:
    """Bring the new name of a file onto the disk, where the system can do that."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def is_unfinished(path: Path) -> bool:
    """Whether a file is one that `replacing` has not finished, or was killed over."""
    start, end = UNFINISHED
    return path.name.startswith(start) and path.name.endswith(end)


@cache
def _remove_stale(folder: Path) -> None:
    """Remove what killed processes left unfinished in a folder; once a process and folder."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if is_unfinished(path):
                _remove_if_stale(path)


def _remove_if_stale(unfinished: Path) -> None:
    """Remove an unfinished file that no process holds."""
    if os.name != "posix":  # Windows, where nobody can tell who holds it
        return
    with contextlib.suppress(OSError):
        if not stat.S_ISREG(unfinished.lstat().st_mode):
            return
        handle = os.open(unfinished, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unfinished.unlink()
        finally:
            os.close(handle)


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
    """Write a text file in UTF-8 in one piece, and its folder where there is none.

    Returns:
        Its path.

    Raises:
        LgpganError: when it cannot be written; an older one is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_bytes(path, text.encode())
    except OSError as error:
        raise LgpganError(f"{path} cannot be written ({error.strerror}).") from error


def write_bytes(path: Path, content: bytes, *, flush: bool = True) -> Path:
    """Write a file in one piece, into a folder that exists; see `replacing`.

    Returns:
        Its path.

    Raises:
        OSError: when it cannot be written; an older one is untouched.
    """
    with replacing(path, flush=flush) as unfinished:
        unfinished.write_bytes(content)
    return path


@contextlib.contextmanager
def memory_file() -> Iterator[Path]:
    """An empty file for what only writes to files; it is gone when the block has ended.

    It lies in memory where the system has such files, as Linux has; elsewhere in the folder of
    temporary files, readable by this user alone.
    """
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("lgpgan")
        try:
            yield Path(f"/proc/self/fd/{handle}")
        finally:
            os.close(handle)
    else:
        with tempfile.TemporaryDirectory(prefix="lgpgan-") as folder:
            yield Path(folder, "file")


def cache_folder() -> Path:
    """Folder of the optional files: ``$LGPGAN_CACHE``, or ``lgpgan`` in the user's cache folder.

    The user's cache folder is ``$XDG_CACHE_HOME`` (passed over when not absolute, as its
    specification demands) or ``~/.cache``. The folder need not exist.

    Raises:
        InputError: when it lies in a home folder that nothing names.
    """
    own = os.environ.get("LGPGAN_CACHE", "")
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        if own:
            return path_of(own).expanduser()
        return (shared if shared.is_absolute() else Path.home() / ".cache") / "lgpgan"
    except RuntimeError as error:  # of a user that this machine does not know
        raise InputError(
            "the cache folder cannot be found, because nothing says where the home folder is; "
            "set LGPGAN_CACHE to a folder by its whole path."
        ) from error
