"""The cache of the optional files: its state, and fetching.

They are kept in a cache folder. A file is used only when its SHA-256 is the one that is written in
:mod:`lgpgan.assets.registry`, wherever it came from: one that was put into the folder by hand is as
good as one that was fetched.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lgpgan.assets.registry import Asset, AssetFile
from lgpgan.assets.sources import Progress
from lgpgan.errors import MissingPartError

__all__ = ["Condition", "State", "examine", "fetch", "find"]


class State(StrEnum):
    """The state of an optional part."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"
    """There is a file in its place, but another one."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """The condition of an optional part: its state, and what to do.

    Attributes:
        name: what lgpgan calls it.
        purpose: what it is, as words that fit into a sentence.
        size: in bytes; None where it depends on the form it is in.
        licence: of it.
        state: whether it is there.
        place: its (first) file or folder; of something incomplete, where the first file that is
            missing or damaged belongs; None where there are several possibilities.
        remedy: how to get it, as words that fit after a semicolon; empty where it is there.
    """

    name: str
    purpose: str
    size: int | None
    licence: str
    state: State
    place: Path | None
    remedy: str


def examine(asset: Asset) -> Condition:
    """Look for ``asset`` in the cache, and check the SHA-256 of its files."""
    states = {file.path: _state(file) for file in asset.files}
    wrong = [path for path, state in states.items() if state is not State.PRESENT]
    place = (wrong or list(states))[0]
    return Condition(
        name=asset.name,
        purpose=asset.purpose,
        size=asset.size,
        licence=asset.licence,
        state=states[place],
        place=place,
        remedy="" if not wrong else f"run: {asset.command}",
    )


def find(asset: Asset) -> tuple[Path, ...]:
    """Return the paths of the files of ``asset`` in the cache, after checking their SHA-256.

    Raises:
        MissingPartError: when one is not there or is another file; the message says how to get it.
    """
    condition = examine(asset)
    if condition.state is State.PRESENT:
        return tuple(file.path for file in asset.files)
    place = _from_home(condition.place)
    trouble = {
        State.MISSING: f"is not at {place}",
        State.DAMAGED: f"at {place} is damaged or another version (its SHA-256 differs)",
    }[condition.state]
    raise MissingPartError(
        f"The {asset.purpose} '{asset.name}' {trouble}; get it ({asset.size / 1e6:.1f} MB, licence"
        f" {asset.licence}) with: {asset.command}"
    )


def fetch(asset: Asset, progress: Progress = lambda size: None) -> tuple[Path, ...]:
    """Put ``asset`` into the cache, unless it is there already, and return its files' paths.

    The files appear in the cache complete and verified, or not at all.

    Args:
        asset: what to fetch.
        progress: called on the way with the number of bytes there are, where the source can tell.

    Raises:
        MissingPartError: when it cannot be had; the message says why.
    """
    try:
        return find(asset)
    except MissingPartError:
        pass
    contents = asset.source.download([file.member for file in asset.files], progress)
    for file, content in zip(asset.files, contents, strict=True):
        if _digest(content) != file.sha256:
            raise MissingPartError(
                f"{file.member} of {asset.source} is not the file lgpgan was tested with"
                " (its SHA-256 differs), so it was not kept."
            )
    for file, content in zip(asset.files, contents, strict=True):
        _write(file.path, content)
    return tuple(file.path for file in asset.files)


def _from_home(path: Path | None) -> str:
    """A path as people write it, and without their name: these sentences go into results."""
    home = str(Path.home())
    return str(path).replace(home, "~", 1) if str(path).startswith(home) else str(path)


def _state(file: AssetFile) -> State:
    try:
        content = file.path.read_bytes()
    except OSError:
        return State.MISSING
    return State.PRESENT if _digest(content) == file.sha256 else State.DAMAGED


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there in full or not at all, whoever else writes it, too."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise MissingPartError(
            f"{path} cannot be written ({error.strerror}); set LGPGAN_CACHE to a folder that can."
        ) from None
