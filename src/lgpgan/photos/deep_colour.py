"""Pictures of 16 bits a colour, which Pillow reads and writes in grey alone: PNG and TIFF.

OpenCV reads and writes the values; what else a file carries is Pillow's work, as for 8 bits.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

__all__ = [
    "LEVELS",
    "AnyDepth",
    "deep_png",
    "deep_tiff",
    "eight_bits",
    "read_deep",
    "turned_upright",
]

AnyDepth = NDArray[np.uint8] | NDArray[np.uint16]
"""Values of 8 or of 16 bits."""
LEVELS = 257
"""16-bit values per 8-bit value: 65,535 is 255."""
PNG_START = b"\x89PNG\r\n\x1a\n"
OF_THE_PIXELS = (b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS")
"""Chunks that belong to the values; all others are about the picture."""


def read_deep(data: bytes) -> NDArray[np.uint16] | None:
    """The values (H, W, 3) RGB or (H, W, 4) RGBA of a file; None where they have fewer bits.

    Grey is repeated. They lie as in the file: its orientation is still to be applied.
    """
    try:
        values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if values is None or values.dtype != np.uint16:
        return None
    if values.ndim == 2:
        return np.repeat(values[..., np.newaxis], 3, axis=2)
    order = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}.get(values.shape[2])
    if order is None:
        return None
    # in place: a copy of 50 megapixels is 400 MB
    return np.asarray(cv2.cvtColor(values, order, dst=values), np.uint16)


def turned_upright(values: NDArray[np.uint16], orientation: int) -> NDArray[np.uint16]:
    """Values (H, W, C) with an EXIF orientation, 1 to 8, applied."""
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(0, 1)
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(values[::rows, ::columns])


def eight_bits(values: AnyDepth) -> NDArray[np.uint8]:
    """Values of either depth as uint8."""
    if values.dtype == np.uint8:
        return np.asarray(values, np.uint8)
    reduced = cv2.convertScaleAbs(np.ascontiguousarray(values), alpha=1 / LEVELS)
    return np.asarray(reduced, np.uint8).reshape(values.shape)


def deep_png(values: NDArray[np.uint16], like: bytes, compression: int) -> bytes:
    """A PNG of values (H, W, 3) or (H, W, 4), with the metadata of another PNG.

    Args:
        values: RGB or RGBA.
        like: a PNG with the metadata, of any size.
        compression: zlib's level.
    """
    order = [2, 1, 0, 3][: values.shape[2]]
    _, encoded = cv2.imencode(
        ".png", values[..., order], [cv2.IMWRITE_PNG_COMPRESSION, compression]
    )
    about = [chunk for name, chunk in _chunks(like) if name not in OF_THE_PIXELS]
    pixels = [chunk for name, chunk in _chunks(encoded.tobytes()) if name in OF_THE_PIXELS]
    return b"".join([PNG_START, pixels[0], *about, *pixels[1:]])


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and bytes of every chunk of a PNG."""
    at = len(PNG_START)
    while at < len(png):
        length = struct.unpack(">I", png[at : at + 4])[0] + 12
        yield png[at + 4 : at + 8], png[at : at + length]
        at += length


def deep_tiff(values: NDArray[np.uint16], about: TiffImagePlugin.ImageFileDirectory_v2) -> bytes:
    """An uncompressed TIFF of values (H, W, 3) or (H, W, 4).

    Args:
        values: RGB or RGBA, the alpha not premultiplied.
        about: the other tags of its directory; those of the pixels are added.
    """
    height, width, channels = values.shape
    for tag, value in {
        TiffImagePlugin.IMAGEWIDTH: width,
        TiffImagePlugin.IMAGELENGTH: height,
        TiffImagePlugin.BITSPERSAMPLE: (16,) * channels,
        TiffImagePlugin.COMPRESSION: 1,
        TiffImagePlugin.PHOTOMETRIC_INTERPRETATION: 2,
        TiffImagePlugin.STRIPOFFSETS: 0,
        TiffImagePlugin.SAMPLESPERPIXEL: channels,
        TiffImagePlugin.ROWSPERSTRIP: height,
        TiffImagePlugin.STRIPBYTECOUNTS: values.nbytes,
    }.items():
        about[tag] = value
    if channels == 4:
        about[TiffImagePlugin.EXTRASAMPLES] = 2
    file = io.BytesIO()
    about.save(file)
    file.write(values.astype("<u2").tobytes())
    return file.getvalue()
