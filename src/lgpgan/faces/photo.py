"""A photo as the rest of the package sees it, and which files of a folder are photos.

``photo_reading`` makes a `Photo` of a file, a PIL image or an array; ``photo_writing`` saves edited
pixels with what the `Photo` carried besides them: alpha, EXIF, XMP and colour profile.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError

__all__ = ["PHOTO_SUFFIXES", "WRITTEN_INSTEAD", "JpegCoding", "Photo", "photos_in"]

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
    """An upright 8-bit RGB picture, and what its file held besides the colours.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, 0 to 255, EXIF orientation already applied.
        alpha: (H, W) uint8, 255 opaque; None when the photo had no transparency.
        mode: PIL mode before conversion, such as "RGB", "L" or "CMYK".
        format: PIL name of the file format, such as "JPEG"; None when it came from memory.
        exif: EXIF block with its "Exif" prefix, without orientation, thumbnail and maker notes.
        icc_profile: the colour profile that belongs to ``pixels``, always of an RGB space.
        xmp: the XMP packet, as it was read.
        jpeg: how fine the file was, when it was a JPEG in colour.
        path: the file; None when it came from memory.
        notes: sentences on what was converted or left out.
    """

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None
    mode: str = "RGB"
    format: str | None = None
    exif: bytes | None = None
    icc_profile: bytes | None = None
    xmp: bytes | None = None
    jpeg: JpegCoding | None = None
    path: Path | None = None
    notes: tuple[str, ...] = ()

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


def _photos_of_folder(folder: Path) -> list[Path]:
    try:
        photos = sorted(
            entry
            for entry in folder.iterdir()
            if entry.suffix.lower() in PHOTO_SUFFIXES
            and not entry.name.startswith(".")
            and not entry.is_dir()
        )
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be listed ({error.strerror}); change its permissions."
        ) from error
    if not photos:
        kinds = ", ".join(suffix.removeprefix(".") for suffix in PHOTO_SUFFIXES)
        raise InputError(f"The folder {folder} holds no photos; put some there ({kinds}).")
    return photos
