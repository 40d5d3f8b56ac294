"""Content Credentials (C2PA) of a photo, which an edit makes untrue."""

from __future__ import annotations

from typing import BinaryIO

__all__ = ["holds_content_credentials"]

MANIFEST_STORE = bytes.fromhex("6332706100110010800000aa00389b71")
"""The type of the box that holds them, "c2pa" and what ISO puts behind it.

C2PA specification 2.1, section 11: in JPEG the box lies in APP11 segments, in PNG in the chunk
``caBX``, in WebP in the chunk ``C2PA``, in TIFF in a tag, in AVIF and HEIC in a box of the file.
"""
PIECE = 1 << 22
"""Bytes that are looked at at a time."""


def holds_content_credentials(stream: BinaryIO) -> bool:
    """Whether a file carries Content Credentials, in whatever format.

    Args:
        stream: of the file's bytes, from its beginning.

    Raises:
        OSError: when it cannot be read.
    """
    tail = b""
    while piece := stream.read(PIECE):
        if MANIFEST_STORE in tail + piece:
            return True
        tail = piece[-len(MANIFEST_STORE) :]
    return False
