"""The photos that clients have opened: their files, in memory, for a while."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from lgpgan.serving.answers import PhotoAnswer
from lgpgan.serving.errors import ApiError
from lgpgan.serving.limits import Limits

__all__ = ["KeptPhoto", "Store", "new_id"]

ID_BYTES = 32
"""Of chance in an id: nobody guesses it."""


def new_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_urlsafe(ID_BYTES)


@dataclass
class KeptPhoto:
    """A photo that was opened.

    Attributes:
        id: what the client calls it.
        content: its file.
        answer: what the client was told of it.
        used: when it was last asked for, in seconds of a clock.
    """

    id: str
    content: bytes
    answer: PhotoAnswer
    used: float


class Store:
    """Keeps photos, so many, of so many bytes, for so many minutes. Used from one thread.

    Args:
        limits: how much is kept.
        forget: told the id of every photo that goes.
        clock: of seconds.
    """

    def __init__(
        self,
        limits: Limits,
        forget: Callable[[str], None] = lambda name: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._forget = forget
        self._clock = clock
        self._photos: OrderedDict[str, KeptPhoto] = OrderedDict()
        self.size = 0
        """Bytes of all files."""

    def __len__(self) -> int:
        return len(self._photos)

    def __contains__(self, name: str) -> bool:
        return name in self._photos

    def add(self, name: str, content: bytes, answer: PhotoAnswer) -> None:
        """Keep a photo; the least recently used ones make room.

        Raises:
            ApiError: when it is larger than all that is kept.
        """
        if len(content) > self._limits.kept_bytes:
            raise ApiError(
                "too_large",
                f"the photo has {len(content):,} bytes, more than the {self._limits.kept_bytes:,} "
                "that the server keeps of all photos; make it smaller.",
            )
        self._photos[name] = KeptPhoto(name, content, answer, self._clock())
        self.size += len(content)
        self.sweep()
        while len(self._photos) > self._limits.photos or self.size > self._limits.kept_bytes:
            self._remove(next(iter(self._photos)))

    def get(self, name: str) -> KeptPhoto:
        """A photo, which counts as used now.

        Raises:
            ApiError: when there is none of that id, or none any more.
        """
        self.sweep()
        if name not in self._photos:
            raise ApiError(
                "photo_unknown", "there is no photo of this id, or none any more; open it again."
            )
        self._photos.move_to_end(name)
        photo = self._photos[name]
        photo.used = self._clock()
        return photo

    def remove(self, name: str) -> None:
        """Forget a photo.

        Raises:
            ApiError: when there is none of that id.
        """
        self.get(name)
        self._remove(name)

    def sweep(self) -> None:
        """Forget the photos that nobody has used for long."""
        oldest = self._clock() - self._limits.minutes * 60
        while self._photos and next(iter(self._photos.values())).used < oldest:
            self._remove(next(iter(self._photos)))

    def clear(self) -> None:
        """Forget all photos."""
        while self._photos:
            self._remove(next(iter(self._photos)))

    def _remove(self, name: str) -> None:
        self.size -= len(self._photos.pop(name).content)
        self._forget(name)
