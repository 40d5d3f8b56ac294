"""Reading the sets of an experiment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lgpgan.benefit.output import SetUsed, about_copies, about_strangers
from lgpgan.benefit.sides import Side, chosen, load_side, shared_classes, used_of
from lgpgan.datasets.near_duplicates import copies_across
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.records import Record

__all__ = ["Loaded", "LoadedSets", "Sets", "about_sets", "load_sets"]


@dataclass(frozen=True)
class Sets:
    """The sets of an experiment.

    Attributes:
        real: the real set to train on: its split ``train``, or all faces where it has none.
        synthetic: the same, each on its own.
        test: the set to test on: its split ``test``, or all faces where it has none.
    """

    real: PreparedSet
    synthetic: Sequence[PreparedSet]
    test: PreparedSet


@dataclass(frozen=True)
class Loaded:
    """A set as it is used.

    Attributes:
        part: ``real``, ``synthetic`` or ``test``.
        prepared: the set.
        records: its faces that are used.
        side: the same in memory.
        strange: of a synthetic set, whether it cannot be told that its people are those of the
            real set, or others: it has other names, or none.
        near_copies: how many of its faces are nearly the same picture as one that is tested on.
    """

    part: str
    prepared: PreparedSet
    records: Sequence[Record]
    side: Side
    strange: bool = False
    near_copies: int = 0

    @property
    def used(self) -> SetUsed:
        """What results say of it."""
        return SetUsed(
            part=self.part,
            folder=str(self.prepared.folder),
            content_hash=self.prepared.content_hash,
            faces=len(self.side),
            people=len(self.side.everyone),
            unnamed=self.side.unnamed,
            strange=self.strange,
            near_copies=self.near_copies,
            citations=[str(one) for one in self.prepared.description.get("citations", ())],
        )


@dataclass(frozen=True)
class LoadedSets:
    """The sets of an experiment in memory.

    Attributes:
        sets: the real one, the synthetic ones, that for the test.
        classes: the classes, in the order of the labels.
    """

    sets: Sequence[Loaded]
    classes: Sequence[str]


def load_sets(sets: Sets, weakest: float, size: int) -> LoadedSets:
    """Read all sets.

    Args:
        sets: the sets.
        weakest: intensity below which a face is left out.
        size: side of the faces in memory, in pixels.

    Raises:
        InputError: when a set has no face, cannot be read, or does not go with the others.
    """
    parts = [("real", sets.real), *(("synthetic", one) for one in sets.synthetic)]
    everything = [(part, prepared, chosen(prepared, "train", weakest)) for part, prepared in parts]
    everything.append(("test", sets.test, chosen(sets.test, "test", weakest)))
    named = {
        kind: {
            f"{part} ({prepared.folder})": records
            for part, prepared, records in everything
            if (part == "synthetic") == kind
        }
        for kind in (False, True)
    }
    classes = shared_classes(named[False], named[True])
    known = {one.content_hash: one for one in (sets.real, sets.test)}
    loaded: list[Loaded] = []
    for part, prepared, records in everything:
        made_from = known.get(_made_from(prepared)) if part == "synthetic" else None
        side = load_side(prepared, records, classes, size, made_from=made_from)
        strange = part == "synthetic" and (
            side.unnamed > 0 or not set(side.people) & set(loaded[0].side.people)
        )
        loaded.append(Loaded(part, prepared, used_of(records, classes), side, strange))
    *training, test = loaded
    training = [replace(one, near_copies=_near_copies(one.side, test.side)) for one in training]
    return LoadedSets([*training, test], classes)


def _near_copies(side: Side, test: Side) -> int:
    """How many faces of a side are nearly the same picture as one of another."""
    return len({one for one, _, _ in copies_across(side.faces, test.faces)})


def _made_from(prepared: PreparedSet) -> str:
    """Content hash of the set whose faces were edited; empty where it is not known."""
    return str(prepared.description.get("augmentation", {}).get("data", ""))


def about_sets(loaded: LoadedSets, *, searched: bool) -> Iterator[str]:
    """What a reader of the results should know of the sets.

    Args:
        loaded: the sets.
        searched: whether a use is to be found on held-out people of the real set.
    """
    for one in loaded.sets:
        if one.near_copies:
            yield about_copies(one.prepared.folder, one.near_copies)
        if one.strange and searched:
            yield about_strangers(one.prepared.folder)
        if one.side.unnamed:
            yield (
                f"{one.side.unnamed:,} faces of {one.prepared.folder} name nobody; each counts as "
                "a person."
            )
        absent = sorted(set(range(len(loaded.classes))) - set(one.side.labels.tolist()))
        if one.part == "synthetic" and absent:
            names = ", ".join(loaded.classes[label] for label in absent)
            yield (
                f"{one.prepared.folder} shows no {names}; that is learnt from real faces alone, "
                "and not at all where there are none."
            )
