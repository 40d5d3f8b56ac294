"""Photos that lie decoded, with their faces found: as many as fit into a number of bytes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.editing.reduced import reduced_photo

__all__ = ["OpenedPhotos", "View"]

View = tuple[int, tuple[int, int, int, int] | None]
"""Pixels of a preview's longer side, and the part of the photo that it shows."""
MOST_VIEWS = 4
"""Of a photo that are kept ready."""


class _Entry:
    """A photo and the views of it that were last asked for."""

    def __init__(self, opened: OpenedPhoto) -> None:
        self.opened = opened
        self.used = 0.0
        self.views: OrderedDict[View, OpenedPhoto] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes of all pixels."""
        photos = [self.opened.photo, *(view.photo for view in self.views.values())]
        planes = (plane for photo in photos for plane in (photo.pixels, photo.deep, photo.alpha))
        return sum(plane.nbytes for plane in planes if plane is not None)


class OpenedPhotos:
    """Opened photos by their ids; the least recently used one makes room. Safe in threads.

    Args:
        most_bytes: of pixels. The photo that is in use stays, however large.
        clock: of seconds.
    """

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = Lock()
        self._opening = Lock()

    def get(self, name: str, open_it: Callable[[], OpenedPhoto]) -> OpenedPhoto:
        """A photo; it is opened where it is not here. One photo is opened at a time."""
        found = self._find(name)
        if found is None:
            with self._opening:
                found = self._find(name)  # another thread may have opened it meanwhile
                if found is None:
                    found = _Entry(open_it())
                    with self._lock:
                        found.used = self._clock()
                        self._entries[name] = found
                        self._make_room()
        return found.opened

    def view(self, name: str, opened: OpenedPhoto, view: View) -> OpenedPhoto:
        """A smaller copy of a photo, or of a part of it; made where it is not here.

        Args:
            name: of the photo.
            opened: the photo.
            view: what is to be seen.
        """
        entry = self._find(name)
        with self._lock:
            if entry is not None and view in entry.views:
                entry.views.move_to_end(view)
                return entry.views[view]
        side, crop = view
        made = reduced_photo(opened, side, crop=crop)
        if entry is not None:
            with self._lock:
                entry.views[view] = made
                while len(entry.views) > MOST_VIEWS:
                    entry.views.popitem(last=False)
                self._make_room()
        return made

    def alone(self, function: Callable[[], object]) -> None:
        """Call a function while no photo is being opened."""
        with self._opening:
            function()

    def forget(self, name: str) -> None:
        """Let go of a photo, if it is here."""
        with self._lock:
            self._entries.pop(name, None)

    def sweep(self, seconds: float) -> None:
        """Let go of the photos that were not used for so long."""
        oldest = self._clock() - seconds
        with self._lock:
            while self._entries and next(iter(self._entries.values())).used < oldest:
                self._entries.popitem(last=False)

    @property
    def size(self) -> int:
        """Bytes of all pixels."""
        with self._lock:
            return sum(entry.size for entry in self._entries.values())

    def _find(self, name: str) -> _Entry | None:
        with self._lock:
            entry = self._entries.get(name)
            if entry is not None:
                self._entries.move_to_end(name)
                entry.used = self._clock()
            return entry

    def _make_room(self) -> None:
        """Let the least recently used photos go; called with the lock held."""
        total = sum(entry.size for entry in self._entries.values())
        while total > self._most_bytes and len(self._entries) > 1:
            _, entry = self._entries.popitem(last=False)
            total -= entry.size
