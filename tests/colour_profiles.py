"""Small colour profiles, written byte by byte."""

from __future__ import annotations

import struct


def icc_profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A version 2 input profile from ``space`` to CIELAB (or XYZ for a curve)."""
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = bytearray(128)
    header[0:4] = struct.pack(">I", start + len(body))
    header[8:12] = b"\x02\x40\x00\x00"
    header[12:16], header[16:20] = b"prtr" if space == b"CMYK" else b"scnr", space
    header[20:24] = b"Lab " if space == b"CMYK" else b"XYZ "
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return bytes(header) + table + body


def described(**tags: bytes) -> dict[bytes, bytes]:
    text = b"test\x00"
    description = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    white = b"XYZ " + bytes(4) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    common = {b"desc": description, b"cprt": b"text" + bytes(4) + text, b"wtpt": white}
    return common | {name.encode(): data for name, data in tags.items()}


def swapped_profile() -> bytes:
    """An RGB profile in which red and blue mean each other: sRGB's primaries, exchanged."""
    blue, green, red = (
        (0.4360, 0.2225, 0.0139),
        (0.3851, 0.7169, 0.0971),
        (0.1431, 0.0606, 0.7141),
    )
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    tags = {"rTRC": curve, "gTRC": curve, "bTRC": curve}
    for name, primary in (("rXYZ", red), ("gXYZ", green), ("bXYZ", blue)):
        fixed = (round(value * 65536) for value in primary)
        tags[name] = b"XYZ " + bytes(4) + struct.pack(">3i", *fixed)
    return icc_profile(b"RGB ", described(**tags))
