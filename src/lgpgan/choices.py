"""Choices among a few names, as of a ``Literal``: the check of those that arrive at run time."""

from __future__ import annotations

from typing import Any, get_args

from lgpgan.errors import InputError

__all__ = ["check_choice"]


def check_choice(value: object, choices: Any, what: str) -> None:
    """Make sure that a value is one of the choices.

    Args:
        value: what was handed in.
        choices: a ``Literal`` of those there are, or the names themselves.
        what: what is chosen, for the message, as ``backend``.

    Raises:
        InputError: when it is none of them; the message names them.
    """
    known = get_args(choices) or tuple(choices)
    if not any(value == choice and type(value) is type(choice) for choice in known):
        raise InputError(
            f"there is no {what} {value!r}; choose one of {', '.join(map(str, known))}."
        )
