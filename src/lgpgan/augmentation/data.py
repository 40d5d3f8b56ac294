"""Opening the data that new faces are made from: a prepared set, or a collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lgpgan.datasets.collecting import AUTO, KEEP, CollectionOptions, collect
from lgpgan.datasets.joining import join_sets, shared_people
from lgpgan.datasets.layouts.listing import Choices
from lgpgan.datasets.prepared import PreparedSet, is_prepared
from lgpgan.datasets.preparing import prepare_set
from lgpgan.errors import InputError
from lgpgan.files import check_apart

__all__ = ["open_data"]


def open_data(
    data: Path,
    destination: Path,
    *,
    layout: str = AUTO,
    numbers: str = "",
    further: Sequence[PreparedSet] = (),
    processes: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
    note: Callable[[str], None] = lambda note: None,
) -> PreparedSet:
    """Open a set and keep only its split ``train``, which new faces may be made from.

    Of a collection of photos a set is made first, beside the destination, as ``lgpgan prepare``
    does; a rerun finds it there. The collection's own splits are kept, everything else is
    ``train``. Of several sets one is made, beside the destination as well.

    Args:
        data: a prepared set, or a collection: a folder or a CSV file.
        destination: the folder of the set that is to be made.
        layout: layout of a collection; ``auto`` to find out.
        numbers: what the numbers of a collection's classes stand for, as
            :class:`~lgpgan.datasets.layouts.listing.Choices` has it.
        further: other sets whose faces of the split ``train`` may be made something of, too.
        processes: how many prepare a collection.
        progress: called with the photos prepared and their total.
        note: called with sentences on what was taken for what in a collection, and why.

    Raises:
        InputError: when there is no such set or collection, when it has no labels, when it is
            damaged, or when it has nothing in its split ``train``; or when sets do not go together.
        LgpganError: when a face of several sets cannot be copied.
    """
    check_apart(data, destination)
    if is_prepared(data):
        prepared = PreparedSet.load(data)
    else:
        choices = Choices(numbers=numbers)
        collection = collect(data, CollectionOptions(layout, choices, split=KEEP))
        for sentence in collection.notes:
            note(sentence)
        prepared = prepare_set(
            collection.entries,
            destination.with_name(f"{destination.name}-faces"),
            left_out=collection.left_out,
            details={"layout": collection.layout.name, "split": KEEP},
            processes=processes,
            progress=progress,
        ).prepared
    faces = prepared.split("train")
    if not faces:
        raise InputError(
            f"{prepared.folder} has no face in its split 'train', and people kept out are never "
            "made anything of; prepare it again with a smaller test share."
        )
    if further:
        shared = shared_people([prepared, *further])
        if shared:
            note(
                f"People of several sets have the same name, as '{shared[0]}' ({len(shared)} in "
                "all); each counts as one person."
            )
        return join_sets([prepared, *further], destination.with_name(f"{destination.name}-joined"))
    kept = replace(prepared, records=faces, blended=())
    # What is read from now on is held against the checksums that the set has now.
    kept.face(faces[0])
    return kept
