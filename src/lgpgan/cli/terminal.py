"""What commands print: sentences on stderr, results on stdout, both safe for a terminal.

File names may hold anything: sequences that a terminal obeys, line breaks, marks that turn the
direction of writing, bytes that are no text. Every command prints through this module, which shows
such signs as escapes. JSON has escapes of its own.
"""

from __future__ import annotations

import contextlib
import json
import sys
import unicodedata
from collections.abc import Iterable
from typing import Any, TextIO

__all__ = ["printable", "say", "tell", "tell_json"]


def printable(text: str, encoding: str | None = "utf-8") -> str:
    """A line of text in which nothing but visible signs and spaces is left as it is.

    Args:
        text: the line; a line break in it becomes an escape, too.
        encoding: of the terminal; what it lacks becomes an escape.
    """
    shown = "".join(
        sign
        if sign.isprintable() or unicodedata.category(sign) == "Zs"
        else sign.encode("unicode_escape").decode("ascii")
        for sign in text
    )
    coded = encoding or "ascii"
    return shown.encode(coded, "backslashreplace").decode(coded)


def say(*sentences: object) -> None:
    """Print lines on stderr; nothing where nobody can read them."""
    with contextlib.suppress(OSError, ValueError):  # it is closed: there is nobody to tell
        _write(sys.stderr, sentences)


def tell(*lines: object) -> None:
    """Print lines of the result on stdout, at once."""
    _write(sys.stdout, lines)


def tell_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value on stdout as JSON, at once."""
    if sys.stdout is not None:
        sys.stdout.write(json.dumps(value, indent=indent, default=str) + "\n")
        sys.stdout.flush()


def _write(stream: TextIO | None, lines: Iterable[object]) -> None:
    if stream is not None:  # as where it was closed before the command began
        for line in lines:
            stream.write(printable(str(line), stream.encoding) + "\n")
        stream.flush()
