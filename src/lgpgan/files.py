"""Files that are there in full or not at all, and the folder for what can be fetched again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from lgpgan.errors import LgpganError

__all__ = ["cache_folder", "replacing", "write_text"]


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
