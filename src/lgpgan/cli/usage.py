"""What ``--help`` shows of a command: its usage line as people write it, and texts to wrap."""

from __future__ import annotations

import inspect
import re
import shutil
import textwrap
from collections.abc import Callable, Iterator
from typing import Annotated, get_type_hints

import tyro

__all__ = ["USUAL", "prepare_help", "usage_line", "wrapped"]

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


def prepare_help(function: Callable[..., int]) -> None:
    """Make what tyro reads of a command fit to be shown: its docstring and its defaults.

    The lines of a paragraph, and of what is said of an argument, become one line, which tyro then
    wraps to the terminal's width. An option that is empty by default gets no ``(default: None)``,
    nor ``(default: )``.

    Args:
        function: the command itself; it is changed in place, and once more changes nothing.
    """
    text, mark, arguments = (inspect.getdoc(function) or "").partition("\nArgs:\n")
    text = re.sub(r"(?<=\S)\n(?=\S)", " ", text)
    function.__doc__ = text + mark + re.sub(r"\n {8,}(?=\S)", " ", arguments)

    hints = get_type_hints(function, include_extras=True)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default in (None, "", ()):
            nothing = tyro.conf.arg(help_behavior_hint="")
            hints[parameter.name] = Annotated[hints[parameter.name], nothing]
    function.__annotations__ = hints


def wrapped(text: str) -> Iterator[str]:
    """The lines of a help text; what tyro did not wrap, the description, is wrapped here.

    Args:
        text: the usage line, the description, and the options, whose lines begin with a space.
    """
    width = shutil.get_terminal_size().columns
    for line in text.splitlines():
        if line[:1].strip():
            yield from textwrap.wrap(line, width, break_on_hyphens=False)
        else:
            yield line.rstrip()


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
