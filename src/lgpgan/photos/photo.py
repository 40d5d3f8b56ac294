"""A photo as the rest of the package sees it, and which files of a folder are photos.

:mod:`lgpgan.photos.reading` makes a `Photo` of a file, a PIL image or an array;
:mod:`lgpgan.photos.writing` saves edited pixels with what the `Photo` carried besides them: alpha,
EXIF, XMP and colour profile.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError
from lgpgan.photos.deep_colour import AnyDepth
from lgpgan.photos.xmp import Property

__all__ = ["PHOTO_SUFFIXES", "WRITTEN_INSTEAD", "JpegCoding", "Photo", "photos_below", "photos_in"]

PHOTO_SUFFIXES = (
    ".jpg",
    ".jpeg",
    ".png",
    ".webp",
    ".bmp",
    ".tif",
    ".tiff",
    ".heic",
    ".heif",
    ".avif",
    ".gif",
)
"""What a file of a folder must be called, in any case of letters, to count as a photo."""

WRITTEN_INSTEAD: Mapping[str, str] = MappingProxyType(
    {"HEIF": "JPEG", "GIF": "PNG", "JPEG2000": "PNG", "PPM": "PNG"}
)
"""Formats that are only read, by their PIL names, and what edits of such photos are written as."""


@dataclass(frozen=True)
class JpegCoding:
    """How fine a JPEG was.

    Attributes:
        tables: of quantisation, each of 64 numbers: brightness, and the two colours.
        subsampling: of the colours: 0 none, 1 half as wide, 2 half as wide and half as high.
    """

    tables: tuple[tuple[int, ...], ...]
    subsampling: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Photo:
    """An upright RGB picture, and what its file held besides the colours.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, 0 to 255, EXIF orientation already applied.
        deep: (H, W, 3) or, with alpha, (H, W, 4) uint16, where the file had 16 bits a colour and
            can be written so again; ``pixels`` and ``alpha`` are then what 8 bits hold of it.
        alpha: (H, W) uint8, 255 opaque; None when the photo had no transparency.
        mode: PIL mode before conversion, such as "RGB", "L" or "CMYK".
        format: PIL name of the file format, such as "JPEG"; None when it came from memory.
        exif: EXIF block with its "Exif" prefix, of the tags that an edit keeps.
        icc_profile: the colour profile that belongs to ``pixels``, always of an RGB space.
        xmp: the properties of its XMP packet that an edit keeps.
        jpeg: how fine the file was, when it was a JPEG in colour.
        path: the file; None when it came from memory.
        synthetic: what lgpgan's mark in the file says of it; None where it has none.
        notes: sentences on what was converted or left out.
    """

    pixels: NDArray[np.uint8]
    deep: NDArray[np.uint16] | None = None
    alpha: NDArray[np.uint8] | None = None
    mode: str = "RGB"
    format: str | None = None
    exif: bytes | None = None
    icc_profile: bytes | None = None
    xmp: tuple[Property, ...] = ()
    jpeg: JpegCoding | None = None
    path: Path | None = None
    synthetic: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def colours(self) -> AnyDepth:
        """(H, W, 3) RGB in the photo's own depth."""
        return self.pixels if self.deep is None else self.deep[..., :3]

    @property
    def name(self) -> str:
        """What to call the photo in a message: its path, or "the image"."""
        return "the image" if self.path is None else str(self.path)


def photos_in(paths: Sequence[str | Path]) -> list[Path]:
    """The photos that ``paths`` stand for, in the order given, each once.

    A folder stands for the files in it (not in its subfolders) that are not hidden and have one of
    `PHOTO_SUFFIXES`, sorted by name. Everything else is kept as it is, missing or not, so that
    reading it reports what is wrong with it alone.

    Raises:
        InputError: when a folder holds no photo or cannot be listed.
    """
    photos: dict[str, Path] = {}
    for path in map(Path, paths):
        for photo in _photos_of_folder(path) if path.is_dir() else [path]:
            photos.setdefault(os.path.abspath(photo), photo)
    return list(photos.values())


def photos_below(folder: Path, *, besides: Path | None = None) -> list[Path]:
    """The photos of a folder and of the folders in it, each folder's sorted by name.

    What is hidden is passed over, and links to folders are not followed.

    Args:
        folder: where to look.
        besides: a folder to pass over.

    Raises:
        InputError: when there is none, or a folder cannot be listed.
    """
    photos: list[Path] = []
    left_out = None if besides is None else os.path.abspath(besides)
    for place, folders, files in os.walk(folder, onerror=_refuse_unlisted):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and os.path.abspath(Path(place, name)) != left_out
        )
        photos += (Path(place, name) for name in sorted(files) if _is_photo(name))
    if not photos:
        raise _no_photos(folder)
    return photos


def _is_photo(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in PHOTO_SUFFIXES


def _photos_of_folder(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        _refuse_unlisted(error, folder)
    photos = [entry for entry in entries if _is_photo(entry.name) and not entry.is_dir()]
    if not photos:
        raise _no_photos(folder)
    return photos


def _refuse_unlisted(error: OSError, folder: Path | None = None) -> NoReturn:
    raise InputError(
        f"The folder {folder or error.filename} cannot be listed ({error.strerror}); change its "
        "permissions."
    ) from error


def _no_photos(folder: Path) -> InputError:
    kinds = ", ".join(suffix.removeprefix(".") for suffix in PHOTO_SUFFIXES)
    return InputError(f"The folder {folder} holds no photos; put some there ({kinds}).")
