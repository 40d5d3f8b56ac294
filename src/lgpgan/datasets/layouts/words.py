"""Photos whose file names say what they show: ``ann/happy_01.jpg``, ``sub03-sad.png``.

The folder of a photo stands for a person, where there are several folders that are no splits.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from lgpgan.datasets.labels import expression_called, words_of
from lgpgan.datasets.layouts.class_folders import classes_in, place_photos
from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    LeftOut,
    Listing,
    Reason,
    Source,
    split_called,
)

__all__ = ["WORDS"]

MOST = 0.9
"""Share of the photos whose names must say what they show."""
SHORTEST = 3
"""Letters that the name of an expression has at least: shorter ones stand in many names."""


def recognise(source: Source, choices: Choices) -> str:
    """Whether nearly every file name holds the name of one expression, and no folder does."""
    if not source.photos or any(map(expression_called, classes_in(place_photos(source)))):
        return ""
    named = [photo for photo in source.photos if _shown(photo)]
    if len(named) < MOST * len(source.photos):
        return ""
    return f"the names of its files say what they show, as {named[0]} does"


def entries(source: Source, choices: Choices) -> Listing:
    """The photos whose names hold the name of one expression."""
    folders = {PurePosixPath(photo).parent.name for photo in source.photos}
    people = {name for name in folders if name and not split_called(name)}
    found = []
    left_out = {}
    for photo in source.photos:
        label = _shown(photo)
        if not label:
            left_out[photo] = LeftOut(
                Reason.NO_LABEL, "its name holds the name of no expression, or of several."
            )
            continue
        path = PurePosixPath(photo)
        splits = filter(None, map(split_called, path.parts[:-1]))
        found.append(
            Entry(
                photo=photo,
                path=source.folder / photo,
                label=label,
                person=path.parent.name if path.parent.name in people and len(people) > 1 else "",
                split=next(splits, ""),
            )
        )
    return Listing(found, left_out)


def _shown(photo: str) -> str:
    """The word in the name of a photo that names an expression; empty for none, or several."""
    words = words_of(PurePosixPath(photo).stem)
    known = {word for word in words if len(word) >= SHORTEST and expression_called(word)}
    known |= {word for word in words if not word.isascii() and expression_called(word)}
    return known.pop() if len(known) == 1 else ""


WORDS = Layout(
    name="names",
    title="photos with the class in their names",
    recognise=recognise,
    entries=entries,
)
