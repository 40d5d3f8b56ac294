"""FER2013: faces of 48×48 grey pixels, written as numbers into a CSV file.

``fer2013.csv`` has the columns ``emotion``, ``pixels`` and ``Usage``, ``icml_face_data.csv`` the
same in another order; the challenge's ``train.csv`` is a part of them without the last one. CK+ is
passed around in this form, too: ``ckextended.csv`` has contempt as its label 7.
"""

from __future__ import annotations

from dataclasses import replace

from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    Listing,
    Source,
    numbered_label,
    split_called,
)
from lgpgan.datasets.layouts.numbers import meaning_of_numbers
from lgpgan.datasets.layouts.pixel_rows import PIXELS, holds_pixels, rows_of
from lgpgan.errors import InputError

__all__ = ["CITATION", "COLUMNS", "FER2013", "SPLITS"]

COLUMNS = {"emotion", "pixels"}
LABELS = {0: "angry", 1: "disgust", 2: "fear", 3: "happy", 4: "sad", 5: "surprise", 6: "neutral"}
CONTEMPT = {7: "contempt"}
SPLITS = {"": "", "Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
CITATION = (
    "Goodfellow, I. J., et al. (2013). Challenges in representation learning: A report on three "
    "machine learning contests. ICONIP. doi:10.1007/978-3-642-42051-1_16"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether there is a CSV file with a face a row."""
    name = next(iter(_tables(source)), "")
    if not name:
        return ""
    whose = "FER2013" if _is_fer2013(source, name) else "faces in rows, as FER2013 has them"
    return f"{name} has the columns of {whose}"


def entries(source: Source, choices: Choices) -> Listing:
    """The rows; their pixels are read when they are worked on.

    Raises:
        InputError: when a row makes no sense; the message names it.
    """
    found = []
    surplus = []
    notes: list[str] = []
    for name in _tables(source):
        table = source.folder / name
        own = _is_fer2013(source, name) and not choices.numbers
        labels = LABELS | (CONTEMPT if "ck" in name.lower() else {})
        faces = []
        for row in rows_of(table):
            place = f"{table}, row {row.number}"
            if row.usage and not split_called(row.usage):
                known = ", ".join(filter(None, SPLITS))
                raise InputError(f"{place}: '{row.usage}' is not a usage; there are {known}.")
            if len(row.values) > PIXELS:
                surplus.append(f"{name}, row {row.number} ({len(row.values)} values)")
            if not row.label:
                raise InputError(f"{place}: it has no label.")
            faces.append(
                Entry(
                    photo=f"{name.removesuffix('.csv')}-{row.number:05}",
                    path=table,
                    label=numbered_label(labels, row.label, place) if own else row.label,
                    split=split_called(row.usage),
                    offset=row.offset,
                    cropped=True,
                    source=CITATION if _is_fer2013(source, name) else "",
                )
            )
        if not own:
            shown = {entry.label for entry in faces}
            meaning, note = meaning_of_numbers(shown, source, choices)
            faces = [replace(entry, label=meaning.get(entry.label, entry.label)) for entry in faces]
            notes += filter(None, [note])
        found += faces
    if surplus:
        more = f" and {len(surplus) - 5} more" if len(surplus) > 5 else ""
        notes.append(
            f"of {', '.join(surplus[:5])}{more} the first {PIXELS} values are taken: there "
            "are more than a face has"
        )
    return Listing(found, notes=notes)


def _is_fer2013(source: Source, name: str) -> bool:
    """Whether a file has FER2013's own columns, in any case of letters."""
    return {column.casefold() for column in source.headers[name]} >= COLUMNS


def _tables(source: Source) -> list[str]:
    """The files with pixels; those without splits only where no other file has them as well."""
    found = [name for name, header in source.headers.items() if holds_pixels(header)]
    whole = [name for name in found if "Usage" in source.headers[name]]
    return whole[:1] or found


FER2013 = Layout(
    name="fer2013",
    title="FER2013",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
)
