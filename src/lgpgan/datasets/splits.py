"""Which photos are kept out of training: those of whole people, or single ones as in the paper."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar

from lgpgan.errors import InputError

__all__ = ["UNSPLIT", "check_both_sides", "places_of", "split_by_image", "split_by_person"]

UNSPLIT = "unsplit"
"""Folder of the faces whose split is not drawn yet, because nobody knows who they are."""


def places_of(file_name: str) -> list[str]:
    """Where a face of a set may lie, relative to the set, by the name in its photo's result.

    A face without a split lies under :data:`UNSPLIT`, and under its split once that is drawn.
    """
    split, _, inside = file_name.partition("/")
    if split != UNSPLIT:
        return [file_name]
    return [file_name, f"train/{inside}", f"test/{inside}"]


class Split(Protocol):
    """A dataclass that knows who is on a photo, and which split it is in."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def person(self) -> str:
        """Who is on it; empty where not known."""

    @property
    def split(self) -> str:
        """``train``, ``test``, or empty where it is to be drawn."""


class Frame(Split, Protocol):
    """The same, of a photo that may be the frame of a film."""

    @property
    def sequence(self) -> str:
        """Which film; empty for single photos."""


Entry = TypeVar("Entry", bound=Split)
FrameEntry = TypeVar("FrameEntry", bound=Frame)


def split_by_person(entries: Sequence[Entry], *, test_share: float, seed: int) -> list[Entry]:
    """Give a split to every entry without one: that of its person, or else whole people are drawn.

    Args:
        entries: the photos.
        test_share: share of the people who are kept out of training, 0–1.
        seed: of the draw.

    Raises:
        InputError: when the share is not from 0 to 1.
    """
    given = {entry.person: entry.split for entry in entries if entry.split}
    people = sorted({entry.person for entry in entries} - given.keys())
    kept_out = set(_draw(people, test_share, seed))
    drawn = {person: "test" if person in kept_out else "train" for person in people}
    return _fill_in(entries, lambda number: (given | drawn)[entries[number].person])


def split_by_image(
    entries: Sequence[FrameEntry], *, test_share: float, seed: int
) -> list[FrameEntry]:
    """Give a split to every entry without one, photo by photo; the paper keeps a tenth out.

    The same people may be in both splits, so figures say nothing about strangers. The frames of one
    film stay together: they are nearly the same picture.

    Args:
        entries: the photos, in an order that is always the same.
        test_share: share of the photos that are kept out of training, 0–1.
        seed: of the draw.

    Raises:
        InputError: when the share is not from 0 to 1.
    """
    groups = [entry.sequence or number for number, entry in enumerate(entries)]
    given = {
        group: entry.split for group, entry in zip(groups, entries, strict=True) if entry.split
    }
    open_ones = [group for group in dict.fromkeys(groups) if group not in given]
    kept_out = set(_draw(open_ones, test_share, seed))
    known = given | {group: "test" if group in kept_out else "train" for group in open_ones}
    return _fill_in(entries, lambda number: known[groups[number]])


def check_both_sides(
    entries: Sequence[Split], *, test_share: float, by_image: bool = False
) -> None:
    """Check that both splits have photos, where both were asked for.

    Args:
        entries: the photos with their splits.
        test_share: the share that was asked for; at 0 and 1 one side is meant to be empty.
        by_image: whether single photos were drawn, and not people.

    Raises:
        InputError: when one is empty; it says what would help.
    """
    missing = {"train", "test"} - {entry.split for entry in entries}
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


Item = TypeVar("Item")


def _draw(items: Sequence[Item], share: float, seed: int) -> list[Item]:
    if not 0 <= share <= 1:
        raise InputError(f"the share that is kept out of training is from 0 to 1, not {share:g}.")
    return random.Random(seed).sample(items, round(share * len(items)))


def _fill_in(entries: Sequence[Entry], drawn: Callable[[int], str]) -> list[Entry]:
    """The entries, those without a split with the one that is drawn for their position."""
    return [
        entry if entry.split else replace(entry, split=drawn(number))
        for number, entry in enumerate(entries)
    ]
