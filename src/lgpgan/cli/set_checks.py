"""What ``lgpgan prepare`` says of a finished set: test faces that training saw, doubtful labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lgpgan.cli.progress import progress_bar
from lgpgan.cli.terminal import say, tell
from lgpgan.datasets.near_duplicates import (
    NearDuplicate,
    near_duplicates,
    write_near_duplicates,
)
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError, MissingPartError
from lgpgan.files import write_text
from lgpgan.packages import needed

__all__ = [
    "describe_near_duplicates",
    "find_near_duplicates",
    "listed",
    "look_for_doubts",
    "warn_of_near_duplicates",
]

NEAR_DUPLICATES, DOUBTS = "near_duplicates.csv", "doubts.csv"
DOUBTS_PAGE = "doubts.html"


def find_near_duplicates(
    prepared: PreparedSet, folder: Path, processes: int
) -> list[NearDuplicate]:
    """Find the faces that are nearly the same picture, and list them in ``near_duplicates.csv``.

    Args:
        prepared: the set.
        folder: of the list; it is made where it is missing.
        processes: how many read the faces.

    Raises:
        InputError: when the list cannot be written.
    """
    with progress_bar("comparing", unit="faces") as advance:
        pairs = near_duplicates(
            prepared,
            processes=processes,
            progress=lambda done, total: advance(done, total, ""),
        )
    path = folder / NEAR_DUPLICATES
    try:
        folder.mkdir(exist_ok=True)
        write_near_duplicates(path, pairs)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
    return pairs


def warn_of_near_duplicates(pairs: Sequence[NearDuplicate], folder: Path) -> Iterator[str]:
    """The sentence on test faces that training sees, where there are any."""
    seen = {pair.second.file_name for pair in pairs if pair.across}
    if seen:
        are = "faces of test are" if len(seen) > 1 else "face of test is"
        yield (
            f"{len(seen)} {are} nearly the same picture as one of train, so figures on test look "
            f"better than they are; see {folder / NEAR_DUPLICATES}"
        )


def describe_near_duplicates(pairs: Sequence[NearDuplicate]) -> Iterator[str]:
    """Two lines: pairs across splits, and pairs within one."""
    for across, where in ((True, "in different splits"), (False, "in one split")):
        names = [
            f"{pair.first.file_name} ≈ {pair.second.file_name}"
            for pair in pairs
            if pair.across == across
        ]
        yield f"faces that are nearly the same, {where}: {listed(names)}"


def look_for_doubts(prepared: PreparedSet, folder: Path, processes: int) -> None:
    """Tell how many labels both recognisers doubt; list them, and show the faces on a page.

    Where a part is missing, a sentence says how to get it, and the rest is done.

    Args:
        prepared: the set.
        folder: of ``doubts.csv`` and ``doubts.html``; it is made where it is missing.
        processes: how many read the faces.

    Raises:
        InputError: when a file cannot be written.
    """
    path, page = folder / DOUBTS, folder / DOUBTS_PAGE
    try:
        with needed("doubting labels needs", extra="evaluation"):  # loads torch
            from lgpgan.datasets.label_doubts import doubtful_labels, write_doubts

        with progress_bar("reading expressions", unit="faces") as advance:
            doubts = doubtful_labels(
                prepared,
                processes=processes,
                progress=lambda done, total: advance(done, total, ""),
            )
    except MissingPartError as error:
        say(f"labels were not doubted, because that takes both recognisers: {error}")
        return
    tell(f"labels that both recognisers doubt: {len(doubts) or 'none'}")
    try:
        folder.mkdir(exist_ok=True)
        write_doubts(path, doubts)
        tell(path)
        from lgpgan.reporting.doubts_page import doubts_page

        write_text(page, doubts_page(prepared, doubts))
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error
    except MissingPartError as error:
        say(str(error))
        return
    tell(page)


def listed(items: Iterable[str], most: int = 10) -> str:
    """Up to ten of the items, and how many there are."""
    items = list(items)
    if not items:
        return "none"
    more = ", …" if len(items) > most else ""
    return f"{len(items)} ({', '.join(items[:most])}{more})"
