"""Which photos are kept out of training: those of whole people, or single ones as in the paper.

There are three splits. Methods learn from ``train``. What is chosen, as the best weights of a run
or the value of an option, is chosen on ``validation``. Figures are reported on ``test``, on which
nothing was chosen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar

from lgpgan.errors import InputError

__all__ = [
    "PEOPLE_FOR_CHOOSING",
    "SPLIT_NAMES",
    "TEST",
    "TRAIN",
    "UNSPLIT",
    "VALIDATION",
    "check_both_sides",
    "in_usual_order",
    "places_of",
    "split_by_image",
    "split_by_person",
]

TRAIN, VALIDATION, TEST = SPLIT_NAMES = ("train", "validation", "test")
PEOPLE_FOR_CHOOSING = 0.1
"""Share of the people who are for validation, where nothing else is said."""
UNSPLIT = "unsplit"
"""Folder of the faces whose split is not drawn yet, because nobody knows who they are."""


def places_of(file_name: str) -> list[str]:
    """Where a face of a set may lie, relative to the set, by the name in its photo's result.

    A face without a split lies under :data:`UNSPLIT`, and under its split once that is drawn.
    """
    split, _, inside = file_name.partition("/")
    if split != UNSPLIT:
        return [file_name]
    return [file_name, *(f"{name}/{inside}" for name in SPLIT_NAMES)]


class Split(Protocol):
    """A dataclass that knows who is on a photo, and which split it is in."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def person(self) -> str:
        """Who is on it; empty where not known."""

    @property
    def split(self) -> str:
        """One of :data:`SPLIT_NAMES`, or empty where it is to be drawn."""


class Frame(Split, Protocol):
    """The same, of a photo that may be the frame of a film."""

    @property
    def sequence(self) -> str:
        """Which film; empty for single photos."""


Entry = TypeVar("Entry", bound=Split)
FrameEntry = TypeVar("FrameEntry", bound=Frame)


def split_by_person(
    entries: Sequence[Entry], *, test_share: float, seed: int, validation_share: float = 0.0
) -> list[Entry]:
    """Give a split to every entry without one: that of its person, or else whole people are drawn.

    Args:
        entries: the photos.
        test_share: share of the people on whom figures are reported, 0–1.
        seed: of the draw. Who is in ``test`` does not depend on the share for validation.
        validation_share: share of the people on whom weights are chosen, 0–1; somebody is left
            for ``train`` in any case.

    Raises:
        InputError: when a share is not from 0 to 1, or somebody has photos in two splits and
            others in none.
    """
    given = _given(entries)
    people = sorted({entry.person for entry in entries} - given.keys())
    known = given | _draw(people, test_share, validation_share, seed)  # once, not for every entry
    return _fill_in(entries, lambda number: known[entries[number].person])


def split_by_image(
    entries: Sequence[FrameEntry], *, test_share: float, seed: int, validation_share: float = 0.0
) -> list[FrameEntry]:
    """Give a split to every entry without one, photo by photo; the paper keeps a tenth out.

    The same people may be in all splits, so figures say nothing about strangers. The frames of one
    film stay together: they are nearly the same picture.

    Args:
        entries: the photos, in an order that is always the same.
        test_share: share of the photos on which figures are reported, 0–1.
        seed: of the draw.
        validation_share: share of the photos on which weights are chosen, 0–1.

    Raises:
        InputError: when a share is not from 0 to 1.
    """
    groups = [entry.sequence or number for number, entry in enumerate(entries)]
    given = {
        group: entry.split for group, entry in zip(groups, entries, strict=True) if entry.split
    }
    open_ones = [group for group in dict.fromkeys(groups) if group not in given]
    known = given | _draw(open_ones, test_share, validation_share, seed)
    return _fill_in(entries, lambda number: known[groups[number]])


def check_both_sides(
    entries: Sequence[Split], *, test_share: float, by_image: bool = False
) -> None:
    """Check that ``train`` and ``test`` have photos, where both were asked for.

    Args:
        entries: the photos with their splits.
        test_share: the share that was asked for; at 0 and 1 one side is meant to be empty.
        by_image: whether single photos were drawn, and not people.

    Raises:
        InputError: when one is empty; it says what would help.
    """
    missing = {TRAIN, TEST} - {entry.split for entry in entries}
    if not missing or test_share in (0, 1):
        return
    people = {entry.person for entry in entries if entry.person}
    if len(people) == 1 and not by_image and all(entry.person for entry in entries):
        raise InputError(
            "all photos show one person, so nobody can be kept out of training; split by image, "
            "or keep nobody out with a test share of 0."
        )
    raise InputError(
        f"a test share of {test_share:g} leaves no photo for {' and '.join(sorted(missing))} "
        f"(there are {len(people) or 'no known'} people and {len(entries)} photos); name another "
        "share."
    )


def in_usual_order(names: Iterable[str]) -> list[str]:
    """Names of splits, each once: ``train`` first, ``test`` last."""
    usual = {name: place for place, name in enumerate(SPLIT_NAMES)}
    return sorted(set(names), key=lambda name: (usual.get(name, len(usual)), name))


def _given(entries: Sequence[Split]) -> dict[str, str]:
    """The split of every person who is given one.

    Raises:
        InputError: naming somebody with photos in two splits and others in none.
    """
    given: dict[str, str] = {}
    unsplit = {entry.person for entry in entries if not entry.split}
    for entry in entries:
        if not entry.split:
            continue
        other = given.setdefault(entry.person, entry.split)
        if entry.person in unsplit and other != entry.split:
            both = " and ".join(f"'{name}'" for name in in_usual_order((other, entry.split)))
            raise InputError(
                f"photos of {entry.person or 'people without a name'} are listed in the splits "
                f"{both}, and others in none, so it is not known where these belong; list all "
                "photos of a person in one split."
            )
    return given


Item = TypeVar("Item")


def _draw(
    items: Sequence[Item], test_share: float, validation_share: float, seed: int
) -> dict[Item, str]:
    """The split of each item: first those for ``test`` are drawn, then those for validation."""
    for share in (test_share, validation_share):
        if not 0 <= share <= 1:
            raise InputError(
                f"the share that is kept out of training is from 0 to 1, not {share:g}."
            )
    test = set(random.Random(seed).sample(items, round(test_share * len(items))))
    rest = [item for item in items if item not in test]
    count = min(round(validation_share * len(items)), max(len(rest) - 1, 0))
    chosen_on = set(random.Random(f"{seed} {VALIDATION}").sample(rest, count))
    return {
        item: TEST if item in test else VALIDATION if item in chosen_on else TRAIN for item in items
    }


def _fill_in(entries: Sequence[Entry], drawn: Callable[[int], str]) -> list[Entry]:
    """The entries, those without a split with the one that is drawn for their position."""
    return [
        entry if entry.split else replace(entry, split=drawn(number))
        for number, entry in enumerate(entries)
    ]
