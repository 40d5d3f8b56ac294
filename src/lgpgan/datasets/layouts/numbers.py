"""What the numbers stand for with which a collection names its classes.

Every collection counts in an order of its own, and tools that read folders count in the order of
the alphabet. So the meaning of a number is told by evidence: a file beside the photos that lists
the names, or the name of the collection. Where there is none, whoever prepares the collection says
it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from lgpgan.choices import check_choice
from lgpgan.datasets.labels import expression_called
from lgpgan.datasets.layouts.listing import Choices, Source
from lgpgan.datasets.tables import read_text
from lgpgan.errors import InputError
from lgpgan.photos.photo import PHOTO_SUFFIXES

__all__ = ["KEEP", "NUMBERS", "meaning_of_numbers", "names_beside"]

KEEP = "keep"
NUMBERS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "alphabetical": (
        0,
        ("angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised"),
    ),
    "alphabetical-8": (
        0,
        ("angry", "contemptuous", "disgusted", "fearful", "happy", "neutral", "sad", "surprised"),
    ),
    "raf-db": (1, ("surprised", "fearful", "disgusted", "happy", "sad", "angry", "neutral")),
    "fer2013": (0, ("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral")),
    "affectnet": (
        0,
        ("neutral", "happy", "sad", "surprised", "fearful", "disgusted", "angry", "contemptuous"),
    ),
    "ck+": (
        0,
        ("neutral", "angry", "contemptuous", "disgusted", "fearful", "happy", "sad", "surprised"),
    ),
}
"""What ``--numbers`` takes: the smallest number that the collection has, and what they stand for.

The alphabetical ones count from 0 or from 1, whichever the collection has.
"""
HINTS = {
    "raf": "raf-db",
    "rafdb": "raf-db",
    "fer": "fer2013",
    "fer2013": "fer2013",
    "expw": "fer2013",
    "affectnet": "affectnet",
    "ck": "ck+",
    "ck48": "ck+",
}
"""Parts of a folder's name that give a collection away."""
USUAL_COUNTS = (6, 7, 8)
"""So many numbered classes are taken for expressions."""
_TEXTS = (".txt", ".md", ".json", ".yaml", ".yml", ".names")
_MOST = 1 << 16
_PAIR = re.compile(r"\b(\d{1,2})\b[\s'\"]*(?:[:=,.)\-–—→>]+|is)?[\s'\"*_`]*([A-Za-z]+)")
_REVERSED = re.compile(r"\b([A-Za-z]+)[\s'\"]*(?:[:=,(\-–—→>]+|is)?[\s'\"]*(\d{1,2})\b")


def meaning_of_numbers(
    labels: Iterable[str], source: Source, choices: Choices, *, own: str = "", because: str = ""
) -> tuple[dict[str, str], str]:
    """The label that every number stands for, and a sentence that says why.

    Args:
        labels: as the collection names them.
        source: the collection.
        choices: what was chosen.
        own: the name in :data:`NUMBERS` of a collection that was recognised; taken where no file
            beside the photos says otherwise.
        because: what gave that collection away.

    Returns:
        Label to label, and the sentence; both empty where the labels are names already, or numbers
        that stand for nothing.

    Raises:
        InputError: when there is no such meaning, when a number has none, or when there is no
            evidence.
    """
    labels = set(labels)
    numbers = {label: int(label) for label in labels if re.fullmatch(r"\d{1,2}", label)}
    if choices.numbers:
        check_choice(choices.numbers, (KEEP, *NUMBERS), "meaning of numbers")
    if not labels or len(numbers) < len(labels) or choices.numbers == KEEP:
        return {}, ""
    found = set(numbers.values())
    if choices.numbers:
        known, because = _counted(choices.numbers, found), "--numbers says so"
        if known is None:
            raise InputError(
                f"'{choices.numbers}' does not know all of the classes {_listed(found)} of "
                f"{source.path}; choose another of {', '.join((KEEP, *NUMBERS))} for --numbers."
            )
    else:
        evidence = _by_evidence(source, found, own, because)
        known, because = evidence if evidence else (None, "")
    if known is None:
        if len(found) not in USUAL_COUNTS or min(found) > 1:
            return {}, (
                f"the numbers {_listed(found)} are taken as names of classes; give them other "
                "names with --map 0=happy and so on"
            )
        raise InputError(
            f"{source.path} names its classes {_listed(found)}, and nothing there says which is "
            "which: put a file classes.txt with lines such as '0 angry' beside the photos, or say "
            "what they stand for: lgpgan prepare SOURCE DEST --numbers "
            f"{'|'.join((*NUMBERS, KEEP))}"
        )
    told = ", ".join(f"{number} {known[number]}" for number in sorted(found))
    return {label: known[number] for label, number in numbers.items()}, (
        f"the classes' numbers are taken as {told}, because {because}; "
        "decide otherwise with --numbers"
    )


def _by_evidence(
    source: Source, found: set[int], own: str, because: str
) -> tuple[dict[int, str], str] | None:
    """What the numbers stand for and why; None where nothing tells."""
    beside = names_beside(source, found)
    if beside is not None:
        return beside
    candidates = [(own, because)] if own else []
    for folder in (source.folder.resolve().name, *source.folders):
        for part in re.split(r"[^a-z0-9]+", folder.casefold()):
            if part in HINTS:
                reason = f"the folder '{folder}' is named after {HINTS[part]}"
                candidates.append((HINTS[part], reason))
    for name, reason in candidates:
        known = _counted(name, found)
        if known is not None:
            return known, reason
    return None


def names_beside(source: Source, found: set[int]) -> tuple[dict[int, str], str] | None:
    """The names that a text file beside the photos gives to all of the numbers, and which file.

    Raises nothing: what is no text, or names something else, is passed over.
    """
    for file in source.files:
        path = PurePosixPath(file)
        if len(path.parts) > 2 or path.suffix.lower() not in (*_TEXTS, ".csv"):
            continue
        try:
            text = read_text(source.folder / file, _MOST)
        except (InputError, OSError):
            continue
        if path.suffix.lower() == ".csv" and any(sign in text for sign in PHOTO_SUFFIXES):
            continue  # a list of photos, whose numbers count its rows
        for pairs in (_of_json(text), _of_lines(text, min(found)), *_of_prose(text)):
            known: dict[int, str] = {}
            for number, name in pairs:
                expression = expression_called(name) if len(name) > 2 else None
                if expression and known.setdefault(number, str(expression)) != expression:
                    break  # one number with two names says nothing
            else:
                names = {known.get(number) for number in found}
                if None not in names and len(names) == len(found):
                    return known, f"{file} says so"
    return None


def _of_json(text: str) -> Iterator[tuple[int, str]]:
    """Numbers and names of a JSON object, either way around, or of a list of names."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return
    pairs: Iterable[tuple[object, object]] = ()
    if isinstance(values, dict):
        pairs = values.items()
    elif isinstance(values, list):
        pairs = enumerate(values)
    for key, value in pairs:
        for number, name in ((key, value), (value, key)):
            if str(number).isdecimal() and isinstance(name, str):
                yield int(str(number)), name


def _of_lines(text: str, first: int) -> Iterator[tuple[int, str]]:
    """Names alone, one a line: the first is that of the smallest number."""
    names = [line.strip() for line in text.splitlines() if line.strip()]
    if all(map(str.isalpha, names)):
        yield from enumerate(names, start=first)


def _of_prose(text: str) -> Iterator[list[tuple[int, str]]]:
    """Numbers before names, and names before numbers."""
    yield [(int(number), name) for number, name in _PAIR.findall(text)]
    yield [(int(number), name) for name, number in _REVERSED.findall(text)]


def _counted(name: str, found: set[int]) -> dict[int, str] | None:
    """What the numbers stand for in a collection; None where it does not have all of them."""
    first, names = NUMBERS[name]
    if name.startswith("alphabetical"):
        first = min(found) if min(found) < 2 else 0
    known = dict(enumerate(names, start=first))
    return known if known.keys() >= found else None


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
