"""From a collection on disk to the list of its photos, each with its class and its split."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lgpgan.choices import check_choice
from lgpgan.datasets.labels import classes_of, notes_on_classes
from lgpgan.datasets.layouts import detect_layout, find_layout
from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    LeftOut,
    Reason,
    Source,
)
from lgpgan.datasets.prepared import is_prepared
from lgpgan.datasets.splits import (
    TEST,
    VALIDATION,
    check_both_sides,
    split_by_image,
    split_by_person,
)
from lgpgan.errors import InputError

__all__ = [
    "AUTO",
    "BY_FACE",
    "KEEP",
    "PEOPLE",
    "SPLITS",
    "Collection",
    "CollectionOptions",
    "collect",
]

AUTO = "auto"
KEEP = "keep"
SPLITS = (AUTO, "person", "image", KEEP)
GIVEN, BY_FACE = "given", "by-face"
PEOPLE = (GIVEN, BY_FACE)
"""Who is on the photos: those whom the collection names; the others are grouped by their faces."""


@dataclass(frozen=True)
class CollectionOptions:
    """How a collection is to be read.

    Attributes:
        layout: name of its layout, or ``auto`` to find out.
        choices: options of the layouts.
        mapping: label to class.
        keep_names: do not give the eight classes their usual names.
        leave_out: classes that are not wanted.
        split: ``auto`` keeps the collection's own splits, and draws people where it has none;
            ``person`` and ``image`` draw anew; ``keep`` keeps the collection's own, and keeps
            nothing else out of training.
        people: ``given`` goes by the collection; ``by-face`` leaves the split of photos open that
            do not say who is on them, for
            :func:`~lgpgan.datasets.people_by_face.place_by_face`.
        test_share: share on which figures are reported, 0–1.
        seed: seed of the draw.
        validation_share: share on which weights are chosen, 0–1.
    """

    layout: str = AUTO
    choices: Choices = field(default_factory=Choices)
    mapping: Mapping[str, str] = field(default_factory=dict)
    keep_names: bool = False
    leave_out: Sequence[str] = ()
    split: str = AUTO
    people: str = GIVEN
    test_share: float = 0.1
    seed: int = 0
    validation_share: float = 0.0


@dataclass(frozen=True)
class Collection:
    """The photos of a collection.

    Attributes:
        layout: the layout of its files.
        because: how the layout was recognised; empty where it was named.
        entries: the photos, each with its class and its split.
        left_out: photo to the reason why it is left out.
        notes: sentences on what was taken for what, and why.
    """

    layout: Layout
    because: str
    entries: Sequence[Entry]
    left_out: Mapping[str, LeftOut]
    notes: Sequence[str] = ()


def collect(path: Path, options: CollectionOptions) -> Collection:
    """List the photos of a collection.

    Args:
        path: its folder, or the CSV file that lists it.
        options: how it is to be read.

    Raises:
        InputError: when there is no such collection, when its layout is none that is known, when it
            is damaged, when a label that is to be mapped or left out is not there, or when it
            cannot be split as asked.
    """
    check_choice(options.split, SPLITS, "split")
    check_choice(options.people, PEOPLE, "people")
    if is_prepared(path):
        raise InputError(f"{path} is a prepared set already; add --check to look at it.")
    source = Source.open(path)
    because = ""
    if options.layout == AUTO:
        layout, because = detect_layout(source, options.choices)
    else:
        layout = find_layout(options.layout)
    listing = layout.entries(source, options.choices)
    if not listing.entries:
        why = next((f"; {photo}: {left.detail}" for photo, left in listing.left_out.items()), ".")
        raise InputError(
            f"{path} holds no photo that is labelled as {layout.title} labels them; look at the "
            f"folder, or name another layout with --layout{why}"
        )
    names = {name for entry in listing.entries for name in (entry.label, *(entry.shares or ()))}
    classes = classes_of(names, options.mapping, keep_names=options.keep_names)
    soft = options.choices.soft_labels
    entries = [
        replace(
            entry,
            label=classes[entry.label],
            shares=_shares(entry, classes) if soft else None,
        )
        for entry in listing.entries
    ]
    entries = _without(options.leave_out, _split(_with_a_test(entries), options))
    share = 0 if options.split == KEEP else options.test_share
    if all(entry.split for entry in entries):
        by_image = options.split == "image"
        check_both_sides(entries, test_share=share, by_image=by_image)
    links, linked = _links(source, listing.entries)
    left_out = {**listing.left_out, **links}
    named = [] if options.keep_names else notes_on_classes(classes, options.mapping)
    return Collection(layout, because, entries, left_out, [*listing.notes, *named, *linked])


def _shares(entry: Entry, classes: Mapping[str, str]) -> Mapping[str, float]:
    """Class to its share of the votes; a face that nobody voted on is wholly of its class."""
    shares: defaultdict[str, float] = defaultdict(float)
    for name, share in (entry.shares or {entry.label: 1.0}).items():
        shares[classes[name]] += share
    return dict(shares)


def _links(source: Source, entries: Sequence[Entry]) -> tuple[dict[str, LeftOut], list[str]]:
    """Folders that are left out because they are links, and a note on photos that are links."""
    left_out = {
        folder: LeftOut(
            Reason.UNREADABLE,
            "it is a link to a folder, which is not followed; copy that folder here.",
        )
        for folder in source.links
    }
    outside = [entry.path for entry in entries if _leads_out(entry.path, source.folder)]
    if not outside:
        return left_out, []
    return left_out, [
        f"{len(outside)} photos are links that lead out of {source.path}, as {outside[0]} does; "
        "they are read"
    ]


def _leads_out(path: Path, folder: Path) -> bool:
    """Whether a photo is a link to a file that lies outside of the collection."""
    if not path.is_symlink():
        return False
    real = os.path.realpath(folder)
    return os.path.commonpath([os.path.realpath(path), real]) != real


def _split(entries: Sequence[Entry], options: CollectionOptions) -> list[Entry]:
    if options.people == BY_FACE and all(entry.person for entry in entries):
        raise InputError(
            "the collection says who is on every photo; leave out --people by-face, which is for "
            "those that do not."
        )
    if options.split == KEEP:
        return split_by_image(entries, test_share=0, seed=options.seed)
    shares = {
        "test_share": options.test_share,
        "validation_share": options.validation_share,
    }
    if options.split != AUTO:
        entries = [replace(entry, split="") for entry in entries]
    if options.split == "image":
        return split_by_image(entries, seed=options.seed, **shares)
    if options.people == BY_FACE:
        return list(entries)
    unknown = [entry.photo for entry in entries if not entry.person and not entry.split]
    if unknown:
        raise InputError(
            f"it is not known who is on {unknown[0]}, nor on {len(unknown) - 1} more of "
            f"{len(entries)} photos, so people cannot be kept apart; add --people by-face, which "
            "groups faces that look like one person, or --split image, which lets the same people "
            "into both splits, or say who is who (a column of a list, or a folder for each person "
            "inside every class's)."
        )
    return split_by_person(entries, seed=options.seed, **shares)


def _with_a_test(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The photos; where a collection has some for validation and none to test on, these are it."""
    if TEST in {entry.split for entry in entries}:
        return entries
    return [replace(entry, split=TEST) if entry.split == VALIDATION else entry for entry in entries]


def _without(unwanted: Sequence[str], entries: Sequence[Entry]) -> list[Entry]:
    classes = sorted({entry.label for entry in entries})
    for name in unwanted:
        if name not in classes:
            raise InputError(f"there is no class '{name}' to leave out of {', '.join(classes)}.")
    return [entry for entry in entries if entry.label not in unwanted]
