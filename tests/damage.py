"""Damage to files, as hypothesis draws it: what disks, networks and ill will do to bytes."""

from __future__ import annotations

import copy
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

EXTREMES = (
    b"\x00",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"[" * 9,
)
"""Lengths and offsets that readers get wrong, and the start of what is nested deeply."""


def share(part: float) -> settings:
    """So many of the examples that the profile asks for, which are 100 in ``make test``."""
    return settings(max_examples=round(part * settings().max_examples))


@st.composite
def damaged(draw: Any, wholes: Sequence[bytes]) -> bytes:
    """One of ``wholes`` with a few bytes changed, cut out, put in, repeated, or its end missing.

    Half of the damage lies within the first 600 bytes, where files describe themselves.
    """
    content = bytearray(draw(st.sampled_from(wholes)))
    for _ in range(draw(st.integers(1, 4))):
        end = max(len(content) - 1, 0)
        at = draw(st.integers(0, min(end, 600)) | st.integers(0, end))
        kind = draw(st.sampled_from(("change", "extreme", "cut", "put", "repeat", "end")))
        if kind == "change":
            content[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif kind == "extreme":
            value = draw(st.sampled_from(EXTREMES))
            content[at : at + len(value)] = value
        elif kind == "cut":
            del content[at : at + draw(st.integers(1, 64))]
        elif kind == "put":
            content[at:at] = draw(st.binary(min_size=1, max_size=16))
        elif kind == "repeat":
            content[at:at] = content[at : at + draw(st.integers(1, 64))]
        else:
            del content[at:]
    whole = bytes(content)
    return with_checksums(whole) if whole.startswith(b"\x89PNG") else whole


def with_checksums(png: bytes) -> bytes:
    """A PNG whose checksums fit again, so that a reader goes on to what the chunks say."""
    at, parts = 8, [png[:8]]
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        body = png[at + 4 : at + 8 + length]
        if at + 12 + length > len(png):
            break
        parts.append(png_chunk(body[:4], body[4:]))
        at += 12 + length
    return b"".join(parts) + png[at:]


def png_chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG with its length and its checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


NUMBERS = st.sampled_from((0, -1, 1, 3, 0.5, 1e300, 2**31, 2**63, 10**400, float("nan")))
"""Counts and sizes that somebody may have written."""

LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=8)
LISTS = st.lists(LEAVES, max_size=3)
VALUES = LEAVES | LISTS | st.dictionaries(st.text(max_size=4), LEAVES | LISTS, max_size=2)
"""Whatever JSON can hold, in small."""


ALTERATIONS = st.tuples(st.integers(0, 999), st.integers(0, 5), VALUES)
"""Which value is altered, whether it is left out (0), and what takes its place."""


def altered(whole: Any, alteration: tuple[int, int, Any]) -> Any:
    """What JSON held, with one value in it, at any depth, left out or replaced by any other."""
    number, kept, value = alteration
    changed, ways = copy.deepcopy(whole), _ways(whole)
    *way, last = ways[number % len(ways)]
    holder = changed
    for step in way:
        holder = holder[step]
    if kept:
        holder[last] = value
    else:
        del holder[last]
    return changed


def _ways(whole: Any) -> list[tuple[Any, ...]]:
    """The keys and indices that lead to every value within what JSON held."""
    if isinstance(whole, dict):
        steps: list[Any] = sorted(whole)
    else:
        steps = list(range(len(whole))) if isinstance(whole, list) else []
    return [(step, *rest) for step in steps for rest in [(), *_ways(whole[step])]]
