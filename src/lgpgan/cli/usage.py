"""The usage line of a command, as people write the command."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import get_type_hints

import tyro

__all__ = ["USUAL", "usage_line"]

USUAL = "usual"
"""Marks an option that the usage line shows, though another option lets it be left out."""


def usage_line(name: str, function: Callable[..., int]) -> str:
    """The line, as ``usage: lgpgan benefit REAL SYNTHETIC… --test SET --out FOLDER [OPTIONS]``.

    What may be left out is in brackets.

    Args:
        name: of the command.
        function: the command itself; its annotations say what its arguments are called.
    """
    return " ".join(["usage: lgpgan", name, *_needed(function), "[OPTIONS]"])


def _needed(function: Callable[..., int]) -> Iterator[str]:
    hints = get_type_hints(function, include_extras=True)
    for parameter in inspect.signature(function).parameters.values():
        marks = getattr(hints[parameter.name], "__metadata__", ())
        metavar = next((mark.metavar for mark in marks if getattr(mark, "metavar", None)), "")
        required = parameter.default is parameter.empty
        if tyro.conf.Positional in marks:
            yield metavar if required else f"[{metavar}]"
        elif required or USUAL in marks:
            yield f"--{parameter.name.replace('_', '-')} {metavar}"
