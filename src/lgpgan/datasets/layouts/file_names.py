"""Collections whose file names say everything."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    LeftOut,
    Listing,
    Reason,
    Source,
)

__all__ = ["NamedPhotos"]


@dataclass(frozen=True)
class NamedPhotos:
    """How the photos of a collection are named.

    Attributes:
        title: what people call the collection.
        pattern: of what a file name begins with, in any case of letters. Something else may stand
            before and behind it, as in ``small_AF01ANS-2``.
        frontal: what the group ``camera`` holds where a photo shows the face from the front; empty
            where all photos do.
        entry: makes the entry of a photo from its name in the collection, its path, and its match.
    """

    title: str
    pattern: str
    frontal: str
    entry: Callable[[str, Path, re.Match[str]], Entry]

    def layout(self, name: str, *, citation: str, terms: str) -> Layout:
        """The layout of the collection.

        Args:
            name: what ``--layout`` takes.
            citation: of the collection.
            terms: under which it is given out.
        """
        return Layout(
            name=name,
            title=self.title,
            recognise=self.recognise,
            entries=self.entries,
            citation=citation,
            terms=terms,
        )

    def recognise(self, source: Source, choices: Choices) -> str:
        """What gives the collection away: the first photo that is named so.

        Empty where less than half of the photos are.
        """
        named = [photo for photo in source.photos if self._match(photo)]
        if not named or 2 * len(named) < len(source.photos):
            return ""
        return f"{named[0]} is named as {self.title}'s photos are"

    def entries(self, source: Source, choices: Choices) -> Listing:
        """The photos, frontal ones unless all are wanted."""
        entries = []
        left_out = {}
        for photo in source.photos:
            match = self._match(photo)
            if match is None:
                left_out[photo] = LeftOut(Reason.NO_LABEL, "its name does not say what it shows.")
            elif not choices.all_angles and not self._is_frontal(match):
                left_out[photo] = LeftOut(Reason.NOT_FRONTAL, "it was taken from the side.")
            else:
                entries.append(self.entry(photo, source.folder / photo, match))
        return Listing(entries, left_out)

    def _match(self, photo: str) -> re.Match[str] | None:
        return self._whole.fullmatch(PurePosixPath(photo).stem.strip())

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?:.*[^a-z0-9])?{self.pattern}(?:[^a-z0-9].*)?", re.IGNORECASE | re.ASCII
        )

    def _is_frontal(self, match: re.Match[str]) -> bool:
        return not self.frontal or match["camera"].upper() == self.frontal
