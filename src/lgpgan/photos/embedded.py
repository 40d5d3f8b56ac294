"""Pictures hidden in metadata: previews and thumbnails, which show the face before the edit."""

from __future__ import annotations

import re

__all__ = ["holds_picture"]

_STARTS = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|RIFF....WEBP|GIF8[79]a|ftyp(?:avi|hei|hev|mif|msf)|II\*\x00|MM\x00\*"
    rb"|\x00\x00\x00\x0cJXL |\xff\x4f\xff\x51|jP  \r\n\x87\n|<svg|8BPS\x00",
    re.DOTALL,
)
"""How pictures begin: JPEG, PNG, WebP, GIF, AVIF and HEIC, TIFF, JPEG XL, JPEG 2000, SVG, PSD."""

_ENCODED_WORD = re.compile(rb"[A-Za-z0-9+/=_-]{48,}")
"""A line of base64, base85's letters or hexadecimal digits: no word of a language is so long."""

ENCODED_BYTES = 240
"""So many letters of encoded lines can hold a picture; fewer are a checksum or an identifier."""


def holds_picture(value: bytes | str) -> bool:
    """Whether a value of metadata holds a picture, or something encoded that may be one.

    Args:
        value: bytes, also of text in UTF-16; or text, whose letters up to 255 may stand for bytes.
    """
    content = value.encode("latin-1", "replace") if isinstance(value, str) else value
    if _STARTS.search(content):
        return True
    plain = content.replace(b"\x00", b"")  # UTF-16 of such letters
    words = _ENCODED_WORD.findall(plain)
    return sum(map(len, words)) >= ENCODED_BYTES
