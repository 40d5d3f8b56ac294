"""What all layouts share: a collection on disk, what a layout finds in it, and how one is told."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import takewhile
from pathlib import Path, PurePosixPath

from lgpgan.datasets.tables import LIST_SUFFIXES, read_header
from lgpgan.errors import InputError
from lgpgan.photos.photo import PHOTO_SUFFIXES

__all__ = [
    "ARCHIVES",
    "NO_FILE",
    "Choices",
    "Entry",
    "Layout",
    "LeftOut",
    "Listing",
    "Reason",
    "Source",
    "called",
    "numbered_label",
    "split_called",
]


ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")
"""What files are called that hold a whole collection; they are to be unpacked first."""
_SINGLE = (*LIST_SUFFIXES, ".parquet")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


class Reason(StrEnum):
    """Why a photo is left out of a set."""

    UNREADABLE = "unreadable"
    NO_FACE = "no face"
    SEVERAL_FACES = "several faces"
    TOO_SMALL = "too small"
    CUT_OFF = "cut off"
    NOT_FRONTAL = "not frontal"
    NO_LABEL = "no label"
    SEVERAL_LABELS = "several labels"
    FAILED = "failed"
    """Working on it failed in a way that nobody foresaw, or for want of memory."""


@dataclass(frozen=True)
class LeftOut:
    """A photo that is left out.

    Attributes:
        reason: why, in two words.
        detail: why, in a sentence.
    """

    reason: Reason
    detail: str


NO_FILE = LeftOut(Reason.UNREADABLE, "it is listed, but there is no such file.")
"""A photo that a list names and that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A photo of a collection and what the collection says of it.

    Attributes:
        photo: what to call it: its path inside the collection.
        path: the file.
        label: its class; until it is mapped, as the collection names it.
        person: who is on it, prefixed by the collection; empty where not known.
        split: ``train``, ``test``, or empty where it is to be drawn.
        offset: of a CSV file, where the row begins that holds the pixels, in bytes; of a parquet
            file, the number of the row; None for photos.
        cropped: whether it is known to show nothing but one face.
        box: where on the photo its face is: left, top, right and bottom in pixels; None where the
            collection does not say.
        sequence: which film its frame is from; empty for single photos.
        shares: label to its share of the votes, 0 to 1; None where nobody voted.
        source: citation.
        licence: terms.
        age: in years.
        gender: as the collection names it.
        ethnicity: as the collection names it.
        gaze: as the collection names it.
        camera: where it stood, as the collection names it.
    """

    photo: str
    path: Path
    label: str
    person: str = ""
    split: str = ""
    offset: int | None = None
    cropped: bool = False
    box: tuple[float, float, float, float] | None = None
    sequence: str = ""
    shares: Mapping[str, float] | None = None
    source: str = ""
    licence: str = ""
    age: float | None = None
    gender: str | None = None
    ethnicity: str | None = None
    gaze: str | None = None
    camera: str | None = None


@dataclass(frozen=True)
class Listing:
    """What a layout finds in a collection.

    Attributes:
        entries: the photos, in an order that is always the same.
        left_out: photo to the reason why it is not among them.
        notes: sentences on what was taken for what, and why.
    """

    entries: Sequence[Entry]
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Choices:
    """What whoever prepares a collection may choose.

    Attributes:
        all_angles: take photos from the side, too, where the collection has such.
        path_column: of a CSV file, where not one of the usual names.
        label_column: of a CSV file, where not one of the usual names.
        person_column: of a CSV file, where not one of the usual names.
        split_column: of a CSV file, where not one of the usual names.
        numbers: what the numbers of classes stand for, a name in
            :data:`~lgpgan.datasets.layouts.numbers.NUMBERS`; empty to go by the evidence.
        soft_labels: keep the shares of several labels of a face, and take it even where they are
            tied.
    """

    all_angles: bool = False
    path_column: str = ""
    label_column: str = ""
    person_column: str = ""
    split_column: str = ""
    numbers: str = ""
    soft_labels: bool = False


@dataclass(frozen=True)
class Source:
    """A collection on disk.

    Attributes:
        path: its folder, or the list of it.
        files: the folder's files, hidden ones left out, relative to it, sorted; of a list, its own
            name.
        folders: the folder's subfolders, likewise.
        links: those of the subfolders that are links, which are not followed.
    """

    path: Path
    files: Sequence[str]
    folders: Sequence[str] = ()
    links: Sequence[str] = ()

    @classmethod
    def open(cls, path: Path) -> Source:
        """Look at a collection.

        Raises:
            InputError: when it is neither a folder with files nor a list.
        """
        if path.is_file() and path.name.lower().endswith(_SINGLE):
            return cls(path, [path.name])
        if path.name.lower().endswith(ARCHIVES) and path.is_file():
            raise InputError(f"{path} is an archive; unpack it, and name the folder.")
        if not path.is_dir():
            kinds = ", ".join(_SINGLE)
            raise InputError(f"{path} is neither a folder nor a list ({kinds}); name one of these.")
        files: list[str] = []
        folders: list[str] = []
        links: list[str] = []
        for parent, inner, names in os.walk(path):
            inner[:] = sorted(name for name in inner if not name.startswith((".", "__MACOSX")))
            relative = Path(parent).relative_to(path)
            links += [
                (relative / name).as_posix() for name in inner if Path(parent, name).is_symlink()
            ]
            folders += [(relative / name).as_posix() for name in inner]
            files += [(relative / name).as_posix() for name in names if not name.startswith(".")]
        if not files:
            raise InputError(f"{path} is an empty folder; name the one that holds the photos.")
        linked = set(links)
        return cls(path, sorted(files), sorted(set(folders) - linked), sorted(links))

    @property
    def folder(self) -> Path:
        """The folder to which ``files`` are relative."""
        return self.path if self.path.is_dir() else self.path.parent

    @cached_property
    def photos(self) -> list[str]:
        """Those of the files that are photos by their names."""
        return [name for name in self.files if name.lower().endswith(PHOTO_SUFFIXES)]

    def photo_named(self, written: str) -> str | LeftOut:
        """Path inside the collection of the photo of a name, or why there is none.

        Of a list, the photos in its folder and below count. Of several photos of a name it is the
        one in whose folders the path ends, too; where that tells none apart, none is taken.

        Args:
            written: the name, or a path that may be one of another machine.
        """
        name = PurePosixPath(written).name
        named = self._named.get(name, [])
        if len(named) > 1:
            agreeing = [_parts_at_the_end(photo, written) for photo in named]
            best = max(agreeing)
            named = [photo for photo, n in zip(named, agreeing, strict=True) if n == best]
        if len(named) > 1:
            return LeftOut(
                Reason.UNREADABLE,
                f"{len(named)} photos are called {name}: {', '.join(named[:3])}; keep one of them, "
                "or name its folder in the list.",
            )
        return named[0] if named else NO_FILE

    @cached_property
    def _named(self) -> Mapping[str, list[str]]:
        """Name to the photos that are called so."""
        below = self.photos if self.path.is_dir() else Source.open(self.folder).photos
        named: dict[str, list[str]] = {}
        for photo in below:
            named.setdefault(PurePosixPath(photo).name, []).append(photo)
        return named

    def file_named(self, name: str) -> str:
        """Path of the first file of a name inside the collection; empty where there is none."""
        return next((file for file in self.files if PurePosixPath(file).name == name), "")

    @cached_property
    def tables(self) -> list[str]:
        """Those of the files that are lists by their names."""
        return [name for name in self.files if name.lower().endswith(LIST_SUFFIXES)]

    @cached_property
    def headers(self) -> Mapping[str, frozenset[str]]:
        """Every list with the names of its columns; those that cannot be read have none."""
        return {name: read_header(self.folder / name) for name in self.tables}


def _parts_at_the_end(one: str, other: str) -> int:
    """How many folders and names two paths share at their ends."""
    ends = zip(
        reversed(PurePosixPath(one).parts), reversed(PurePosixPath(other).parts), strict=False
    )
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))


@dataclass(frozen=True)
class Layout:
    """A way in which a collection of labelled faces is laid out.

    Attributes:
        name: what ``--layout`` takes.
        title: what people call it.
        recognise: what gives a collection away as one of these, to be read after 'because'; empty
            where nothing does.
        entries: its photos; raises InputError where the collection is damaged.
        citation: of the collection.
        terms: under which it is given out, and which bind pictures and weights made from it.
    """

    name: str
    title: str
    recognise: Callable[[Source, Choices], str]
    entries: Callable[[Source, Choices], Listing]
    citation: str = ""
    terms: str = ""


def called(photo: str, box: tuple[float, float, float, float] | None) -> str:
    """What to call a face of a photo: the photo, and the corner of the face's box where it has one.

    Args:
        photo: path of the photo inside the collection.
        box: left, top, right and bottom in pixels.
    """
    return f"{photo} at {box[0]:g},{box[1]:g}" if box else photo


def numbered_label(labels: Mapping[int, str], text: str, place: str) -> str:
    """The label that a number stands for.

    Args:
        labels: number to label.
        text: the number, such as ``3`` or ``3.0000000e+00``.
        place: where it stands, for the message.

    Raises:
        InputError: when it stands for none.
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if number not in labels:
        known = ", ".join(f"{key} {label}" for key, label in labels.items())
        raise InputError(f"{place}: '{text.strip()}' is not a label; there are {known}.")
    return labels[int(number)]


def split_called(name: str) -> str:
    """The split that a collection's name for one means; empty for names that mean none.

    ``PublicTest``, ``val_set`` and ``Train_AFEW`` are such names.
    """
    for word in _WORD.findall(name):
        if word.casefold() in ("train", "training"):
            return "train"
        if word.casefold() in ("test", "testing", "eval"):
            return "validation" if "publictest" in name.casefold() else "test"  # FER2013's
        if word.casefold() in ("val", "valid", "validation"):
            return "validation"
    return ""
