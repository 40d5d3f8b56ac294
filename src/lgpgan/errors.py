"""The errors that lgpgan raises on purpose, each a sentence for the person who can mend it."""

from __future__ import annotations

__all__ = ["DiskFullError", "InputError", "LgpganError", "MissingPartError", "TrainingError"]


class LgpganError(Exception):
    """Base of every error that lgpgan raises on purpose.

    The message is one or two plain sentences: what is wrong, and what to do about it. The command
    line prints it without a traceback and leaves with ``exit_code``.
    """

    exit_code = 1


class InputError(LgpganError):
    """What was handed in cannot be used: a file, a folder, a name, a value."""

    exit_code = 2


class MissingPartError(LgpganError):
    """An optional part is not installed or not on disk; the message says how to get it."""


class DiskFullError(LgpganError):
    """There is no room left where something is to be written; other files would not fit either."""


class TrainingError(LgpganError):
    """Training cannot go on; the message says since when and what to try."""
