"""Photos out: edited pixels into a file that keeps what the photo had and says it is synthetic.

A file appears under its name only when it is whole, and the same edit gives the same bytes.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin

from lgpgan.errors import DiskFullError, InputError, LgpganError
from lgpgan.files import write_bytes
from lgpgan.photos.deep_colour import LEVELS, AnyDepth, deep_png, deep_tiff, eight_bits
from lgpgan.photos.marks import png_marks, software, xmp_packet
from lgpgan.photos.metadata import exif_bytes, exif_tags, impersonal_exif
from lgpgan.photos.photo import WRITTEN_INSTEAD, Photo
from lgpgan.photos.xmp import impersonal

__all__ = [
    "LOSSY_FORMATS",
    "WRITABLE_SUFFIXES",
    "check_destination",
    "encode_photo",
    "output_suffix",
    "pillow_metadata",
    "suffix_for",
    "write_photo",
    "writing_failure",
]

WRITABLE_SUFFIXES: Mapping[str, str] = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".avif": "AVIF",
}
"""Suffix, in lower case, to the PIL name of the format that is written."""

FINE = 90
"""Quality that is asked for below which JPEG and AVIF hold half of the colours' detail."""

LOSSY_FORMATS = ("JPEG", "WEBP", "AVIF")
"""Those that can be written in less quality than the photo's."""

_LARGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}
"""In pixels: libjpeg's and libwebp's limits."""

_LARGEST_JPEG_EXIF = 65_533
"""In bytes: a JPEG segment, whose length is written in two bytes and counts them."""

_LARGEST_JPEG_XMP = 65_504
"""In bytes: the same less the 29 of the segment's name."""


def output_suffix(photo: Photo) -> str:
    """The suffix for files in the photo's own format, or in that which is written instead."""
    return suffix_for(photo.path, photo.format)


def suffix_for(path: Path | None, image_format: str | None) -> str:
    """The suffix for a photo of this path and PIL format name, where these are known."""
    own = "" if path is None else path.suffix
    if image_format is not None and WRITABLE_SUFFIXES.get(own.lower()) == image_format:
        return own
    written = WRITTEN_INSTEAD.get(image_format or "", image_format)
    return next((suffix for suffix, name in WRITABLE_SUFFIXES.items() if name == written), ".png")


def check_destination(
    path: str | Path, *, suffixes: Iterable[str] = WRITABLE_SUFFIXES, overwrite: bool = False
) -> None:
    """Make sure, before any work is done for it, that a picture can be written to ``path``.

    Args:
        path: the file.
        suffixes: those that can be written, in lower case.
        overwrite: whether it may exist.

    Raises:
        InputError: when the suffix is unknown, the file exists and ``overwrite`` is false, or the
            folder is none or not writable. Missing folders are fine: writing creates them.
    """
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        accepted = ", ".join(suffixes)
        raise InputError(f"{path} has no suffix that lgpgan can write; use one of {accepted}.")
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it.")
    if not overwrite and os.path.lexists(path):
        raise InputError(f"{path} exists; pass --overwrite to replace it.")
    folder = next(parent for parent in path.absolute().parents if os.path.lexists(parent))
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; choose another place for {path.name}.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _not_writable(folder)


def write_photo(
    pixels: AnyDepth,
    path: str | Path,
    like: Photo | None = None,
    *,
    description: str,
    overwrite: bool = False,
    private: bool = False,
) -> tuple[str, ...]:
    """Save edited pixels to ``path``, in the format of its suffix, with what ``like`` carried.

    JPEG is written as fine as ``like`` was: with its quantisation tables and subsampling; where it
    was no JPEG, at quality 95 without subsampling. AVIF is written at 90, everything else lossless.
    Alpha, EXIF, XMP and colour profile come from ``like``. The file is marked as synthetic, see
    :mod:`lgpgan.photos.marks`.

    Args:
        pixels: (H, W, 3) uint8 RGB, upright; or uint16, which PNG and TIFF keep.
        path: where to; missing folders are created.
        like: the photo that was edited, of the same size; None for a picture of another kind, such
            as a contact sheet.
        description: one sentence on what was done; no times or paths, which would make the bytes
            differ between runs.
        overwrite: replace an existing file.
        private: of EXIF and XMP keep only how the photo was taken: no names, no place, no free
            text, no serial numbers.

    Returns:
        Sentences on what the format cannot hold.

    Raises:
        InputError: when ``path`` cannot be written to, see `check_destination`.
        DiskFullError: when there is no room for it. Nothing is left behind.
        LgpganError: when writing fails otherwise. Nothing is left behind.
        ValueError: when ``pixels`` are not as described.
    """
    path = Path(path)
    check_destination(path, overwrite=overwrite)
    try:
        content, notes = encode_photo(
            pixels,
            WRITABLE_SUFFIXES[path.suffix.lower()],
            like,
            description=description,
            private=private,
            name=str(path),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    except OSError as error:
        raise writing_failure(path, error) from error
    return notes


def encode_photo(
    pixels: AnyDepth,
    image_format: str,
    like: Photo | None = None,
    *,
    description: str,
    private: bool = False,
    quality: int | None = None,
    name: str = "the picture",
) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of the file that `write_photo` writes.

    Args:
        pixels: (H, W, 3) uint8 RGB, upright; or uint16, which PNG and TIFF keep.
        image_format: PIL name of a format of `WRITABLE_SUFFIXES`.
        like: the photo that was edited, of the same size; None for a picture of another kind.
        description: as `write_photo` takes it.
        private: as `write_photo` takes it.
        quality: 1 to 100, of JPEG, WebP and AVIF; as fine as `write_photo` writes it if None.
        name: what to call the picture in a message.

    Returns:
        The bytes, and sentences on what the format cannot hold.

    Raises:
        InputError: when the format does not take so many pixels a side, or has no quality.
        OSError: when the encoder fails.
        ValueError: when ``pixels`` are not as described.
    """
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(
            f"pixels must be (H, W, 3) uint8 or uint16, not {pixels.shape} {pixels.dtype}"
        )
    alpha = None if like is None else like.alpha
    if alpha is not None and alpha.shape != pixels.shape[:2]:
        raise ValueError(f"alpha is {alpha.shape}, the pixels are {pixels.shape[:2]}")
    if max(pixels.shape) > _LARGEST_SIDE.get(image_format, max(pixels.shape)):
        raise InputError(
            f"{name} would be too large for {image_format}, which ends at "
            f"{_LARGEST_SIDE[image_format]} pixels a side; write a .png or .tiff."
        )
    notes: list[str] = []
    if alpha is not None and image_format in ("JPEG", "BMP"):
        notes.append(f"{image_format} holds no transparency; the photo's was left out.")
        alpha = None
    deep = pixels.dtype == np.uint16 and image_format in ("PNG", "TIFF")
    if pixels.dtype == np.uint16 and not deep:
        notes.append(f"{image_format} holds 8 bits a colour; the photo's 16 were reduced.")
    if private and like is not None:
        like = replace(like, exif=impersonal_exif(like.exif), xmp=impersonal(like.xmp))
    options = _save_options(image_format, like, description, notes)
    if quality is not None:
        options = _of_quality(image_format, options, quality)
    if deep:
        encoded = _encode_deep(_with_alpha(pixels, like, alpha), image_format, options)
    else:
        shallow = eight_bits(pixels)
        image = Image.fromarray(shallow if alpha is None else np.dstack([shallow, alpha]))
        encoded = io.BytesIO()
        image.save(encoded, format=image_format, **options)
    return encoded.getvalue(), tuple(notes)


def _of_quality(image_format: str, options: Mapping[str, Any], quality: int) -> dict[str, Any]:
    """Options of ``save`` that ask for a quality.

    Raises:
        InputError: when the format has none, or it is out of range.
    """
    if image_format not in LOSSY_FORMATS:
        raise InputError(
            f"{image_format} has no quality; leave it out, or choose one of "
            f"{', '.join(LOSSY_FORMATS)}."
        )
    if not 1 <= quality <= 100:
        raise InputError(f"the quality {quality} is out of range; choose one from 1 to 100.")
    left_out = {"qtables", "lossless"} | ({"subsampling"} if quality < FINE else set())
    kept = {name: value for name, value in options.items() if name not in left_out}
    return kept | {"quality": quality}


def pillow_metadata(like: Photo | None, description: str) -> dict[str, Any]:
    """What `write_photo` writes of metadata, as arguments of ``PIL.Image.Image.save``.

    Args:
        like: the photo that was edited.
        description: as `write_photo` takes it.

    Returns:
        ``exif``, ``xmp`` and, for PNG, ``pnginfo``; ``icc_profile`` where the photo has one.
    """
    for_png = _save_options("PNG", like, description, [])
    for_webp = _save_options("WEBP", like, description, [])
    names = ("exif", "xmp", "pnginfo", "icc_profile")
    options = for_webp | for_png
    return {name: options[name] for name in names if name in options}


def _with_alpha(
    pixels: NDArray[Any], like: Photo | None, alpha: NDArray[np.uint8] | None
) -> NDArray[np.uint16]:
    """Colours (H, W, 3) uint16, and the alpha of the photo that they come from, if it had one."""
    if alpha is None:
        return np.asarray(pixels, np.uint16)
    if like is not None and like.deep is not None:
        return np.dstack([pixels, like.deep[..., 3]])
    return np.dstack([pixels, alpha.astype(np.uint16) * np.uint16(LEVELS)])


def _encode_deep(
    values: NDArray[np.uint16], image_format: str, options: Mapping[str, Any]
) -> io.BytesIO:
    """A file of 16 bits a colour, with Pillow's options for one of 8."""
    if image_format == "PNG":
        about = io.BytesIO()
        Image.new("RGB", (1, 1)).save(about, format="PNG", **options)
        return io.BytesIO(deep_png(values, about.getvalue(), options["compress_level"]))
    directory = options["tiffinfo"]
    if "icc_profile" in options:
        directory[TiffImagePlugin.ICCPROFILE] = options["icc_profile"]
    return io.BytesIO(deep_tiff(values, directory))


def _save_options(
    image_format: str, like: Photo | None, description: str, notes: list[str]
) -> dict[str, Any]:
    """Arguments of ``PIL.Image.Image.save``; what the format cannot hold goes into ``notes``."""
    if image_format == "BMP":
        notes.append("BMP holds no metadata; the file does not say that it is synthetic.")
        return {}
    exif = Image.Exif()
    if like is not None and like.exif is not None:
        exif.load(like.exif)
    exif[ExifTags.Base.Software] = software()
    packet = xmp_packet(description, () if like is None else like.xmp)
    options: dict[str, Any] = {}
    if like is not None and like.icc_profile is not None:
        options["icc_profile"] = like.icc_profile
    if image_format == "TIFF":
        # Handed over as a directory, so that Pillow does not reduce its text to ASCII; and without
        # compression, because with it Pillow cannot write the directories below (camera, GPS).
        directory = TiffImagePlugin.ImageFileDirectory_v2()
        for tag, value in exif_tags(exif).items():
            directory[tag] = value
        directory[TiffImagePlugin.XMP] = packet
        return options | {"compression": "raw", "tiffinfo": directory}
    options["exif"] = exif_bytes(exif)
    if image_format == "PNG":
        # level 4: as small as the usual 6 on photos, in a third of the time
        return options | {"pnginfo": png_marks(description, packet), "compress_level": 4}
    options["xmp"] = packet
    if image_format == "WEBP":
        # exact: the colours under transparent pixels are kept as well
        return options | {"lossless": True, "exact": True, "method": 2, "quality": 50}
    if image_format == "AVIF":
        return options | {"quality": 90, "subsampling": "4:4:4"}
    if len(packet) > _LARGEST_JPEG_XMP:
        notes.append("The photo's XMP packet is too long for JPEG and was left out.")
        options["xmp"] = xmp_packet(description)
    if len(options["exif"]) > _LARGEST_JPEG_EXIF:
        notes.append("The photo's EXIF block is too long for JPEG and was left out.")
        options["exif"] = exif_bytes(_only_software())
    if like is None or like.jpeg is None:
        return options | {"quality": 95, "subsampling": 0}
    coding = like.jpeg
    return options | {"qtables": list(coding.tables), "subsampling": coding.subsampling}


def _only_software() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = software()
    return exif


def _not_writable(folder: Path) -> InputError:
    return InputError(
        f"The folder {folder} is not writable; change its permissions or choose another folder."
    )


def writing_failure(path: Path, error: OSError) -> LgpganError:
    """What to tell the person whose picture ``path`` could not be written."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _not_writable(path.parent)
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return InputError(f"{path.parent} is not a folder; choose another place for {path.name}.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"{path} was not written: the disk is full; make room and try again.")
    reason = error.strerror or str(error)
    return LgpganError(f"{path} was not written ({reason}); choose another place for it.")
