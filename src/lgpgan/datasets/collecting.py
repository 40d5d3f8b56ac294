"""From a collection on disk to the list of its photos, each with its class and its split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lgpgan.choices import check_choice
from lgpgan.datasets.labels import classes_of
from lgpgan.datasets.layouts import detect_layout, find_layout
from lgpgan.datasets.layouts.listing import Choices, Entry, Layout, LeftOut, Source
from lgpgan.datasets.prepared import is_prepared
from lgpgan.datasets.splits import check_both_sides, split_by_image, split_by_person
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
        test_share: share that is kept out of training, 0–1.
        seed: seed of the draw.
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


@dataclass(frozen=True)
class Collection:
    """The photos of a collection.

    Attributes:
        layout: the layout of its files.
        because: how the layout was recognised; empty where it was named.
        entries: the photos, each with its class and its split.
        left_out: photo to the reason why it is left out.
    """

    layout: Layout
    because: str
    entries: Sequence[Entry]
    left_out: Mapping[str, LeftOut]


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
        raise InputError(
            f"{path} holds no photo that is labelled as {layout.title} labels them; look at the "
            "folder, or name another layout with --layout."
        )
    classes = classes_of(
        (entry.label for entry in listing.entries), options.mapping, keep_names=options.keep_names
    )
    entries = [replace(entry, label=classes[entry.label]) for entry in listing.entries]
    entries = _without(options.leave_out, _split(entries, options))
    share = 0 if options.split == KEEP else options.test_share
    if all(entry.split for entry in entries):
        check_both_sides(entries, test_share=share)
    return Collection(layout, because, entries, listing.left_out)


def _split(entries: Sequence[Entry], options: CollectionOptions) -> list[Entry]:
    if options.people == BY_FACE and all(entry.person for entry in entries):
        raise InputError(
            "the collection says who is on every photo; leave out --people by-face, which is for "
            "those that do not."
        )
    if options.split == KEEP:
        return split_by_image(entries, test_share=0, seed=options.seed)
    if options.split != AUTO:
        entries = [replace(entry, split="") for entry in entries]
    if options.split == "image":
        return split_by_image(entries, test_share=options.test_share, seed=options.seed)
    if options.people == BY_FACE:
        return list(entries)
    for entry in entries:
        if not entry.person and not entry.split:
            raise InputError(
                f"it is not known who is on {entry.photo}, so people cannot be kept apart; say who "
                "is (a column of a .csv, or a folder for each person inside every class's), add "
                "--people by-face, which groups faces that look like one person, or add "
                "--split image, which lets the same people into both splits."
            )
    return split_by_person(entries, test_share=options.test_share, seed=options.seed)


def _without(unwanted: Sequence[str], entries: Sequence[Entry]) -> list[Entry]:
    classes = sorted({entry.label for entry in entries})
    for name in unwanted:
        if name not in classes:
            raise InputError(f"there is no class '{name}' to leave out of {', '.join(classes)}.")
    return [entry for entry in entries if entry.label not in unwanted]
