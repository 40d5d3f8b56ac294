"""One folder a class: ``happy/1.jpg``, under ``train`` and ``test`` where there are splits.

A folder within a class stands for a person: ``happy/ann/1.jpg``. Where its name is a number of many
digits it holds the frames of a film, which stay together. A list beside the folders says what else
is known; where it names another class, the folder counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lgpgan.datasets.labels import expression_called
from lgpgan.datasets.layouts.class_folders import Place, all_known, classes_in, place_photos
from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    LeftOut,
    Listing,
    Reason,
    Source,
)
from lgpgan.datasets.layouts.numbers import meaning_of_numbers
from lgpgan.datasets.layouts.table import in_lists, lists_of
from lgpgan.errors import InputError

__all__ = ["FOLDERS", "entries", "with_lists"]

MOST_NAMED = 5
"""How many photos a note names."""


def recognise(source: Source, choices: Choices) -> str:
    """Whether photos lie in folders, and none beside these.

    One folder is enough where its name is that of an expression.
    """
    places = place_photos(source)
    classes = classes_in(places)
    loose = any("/" not in photo for photo in source.photos)
    if not classes or loose or (len(classes) < 2 and not all_known(places)):
        return ""
    return f"its photos lie in folders: {', '.join(sorted(classes)[:8])}"


def entries(source: Source, choices: Choices, *, own: str = "", because: str = "") -> Listing:
    """The photos in the folders of the classes.

    Args:
        source: the collection.
        choices: what was chosen.
        own: the name of a collection's own numbers, where that collection was recognised.
        because: what gave it away.

    Raises:
        InputError: when a class has no images, or it is not known what the numbers of the classes
            stand for.
    """
    places = place_photos(source)
    _check_empty(source, places)
    found = []
    left_out = {}
    for photo in source.photos:
        place = places.get(photo)
        if place is None:
            left_out[photo] = LeftOut(Reason.NO_LABEL, "it lies in no class's folder.")
            continue
        found.append(
            Entry(
                photo=photo,
                path=source.folder / photo,
                label=place.label,
                person=place.person,
                split=place.split,
                sequence=place.clip,
            )
        )
    meaning, note = meaning_of_numbers(
        classes_in(places), source, choices, own=own, because=because
    )
    found = [replace(entry, label=meaning.get(entry.label, entry.label)) for entry in found]
    return with_lists(source, Listing(found, left_out, [note] if note else []), choices)


def with_lists(source: Source, listing: Listing, choices: Choices) -> Listing:
    """The photos with what the lists beside them say, and a note where a list says another class.

    The label is never the list's.
    """
    lists = lists_of(source, choices)
    if not lists:
        return listing
    try:
        beside = {entry.photo: entry for entry in in_lists(source, lists, choices).entries}
    except InputError as error:
        note = f"the list beside the folders is passed over: {error}"
        return replace(listing, notes=[*listing.notes, note])
    other = []
    found = []
    for entry in listing.entries:
        row = beside.get(entry.photo)
        if row is None:
            found.append(entry)
            continue
        if _are_different(row.label, entry.label):
            other.append(f"{entry.photo} ({row.label})")
        found.append(
            replace(
                entry,
                person=entry.person or row.person,
                split=entry.split or row.split,
                source=entry.source or row.source,
                licence=row.licence,
                age=row.age,
                gender=row.gender,
                ethnicity=row.ethnicity,
            )
        )
    notes = list(listing.notes)
    if other:
        more = f" and {len(other) - MOST_NAMED} more" if len(other) > MOST_NAMED else ""
        notes.append(
            f"{', '.join(lists[:3])} names another class than the folder of "
            f"{', '.join(other[:MOST_NAMED])}{more}; the folder counts"
        )
    return Listing(found, listing.left_out, notes)


def _are_different(listed: str, shown: str) -> bool:
    """Whether two labels stand for two classes; a number says nothing beside a name."""
    if listed.isdecimal() and not shown.isdecimal():
        return False
    first, second = expression_called(listed), expression_called(shown)
    return first != second if first and second else listed != shown


def _check_empty(source: Source, places: Mapping[str, Place]) -> None:
    """Refuse a folder beside those of the classes that holds no photo."""
    parents = {place.parent for place in places.values()}
    known = all_known(places)
    classes = classes_in(places)
    for folder in source.folders:
        parent, _, name = folder.rpartition("/")
        if parent in parents and name not in classes and (expression_called(name) or not known):
            raise InputError(
                f"the class '{name}' has no images in {source.path}; put some into its folder, or "
                "delete the folder."
            )


FOLDERS = Layout(
    name="folders",
    title="folders, one a class",
    recognise=recognise,
    entries=entries,
)
