"""The errors that lgpgan raises on purpose, each a sentence for the person who can mend it."""

from __future__ import annotations

import errno

__all__ = [
    "DestinationError",
    "DiskFullError",
    "InputError",
    "LgpganError",
    "MissingPartError",
    "TooLargeError",
    "TrainingError",
    "UnforeseenError",
    "explained",
    "failure_of_one",
]


class LgpganError(Exception):
    """Base of every error that lgpgan raises on purpose.

    The message is one or two plain sentences: what is wrong, and what to do about it. The command
    line prints it without a traceback and leaves with ``exit_code``.
    """

    exit_code = 1


class InputError(LgpganError):
    """What was handed in cannot be used: a file, a folder, a name, a value."""

    exit_code = 2


class TooLargeError(InputError):
    """A picture has more pixels than are taken."""


class MissingPartError(LgpganError):
    """An optional part is not installed or not on disk; the message says how to get it."""


class DiskFullError(LgpganError):
    """There is no room left where something is to be written; other files would not fit either."""


class DestinationError(LgpganError):
    """The folder that everything is written to is gone, or cannot be written to any more."""


class UnforeseenError(LgpganError):
    """An error in lgpgan itself, or in a library, that nobody turned into a sentence."""


class TrainingError(LgpganError):
    """Training cannot go on; the message says since when and what to try."""


_MEMORY = ("insufficient memory", "not enough memory", "out of memory", "bad_alloc")
"""What libraries say that do not raise MemoryError, in lower case."""


def explained(error: Exception) -> LgpganError:
    """An error as a sentence for the person at the command, whatever was raised.

    Errors of lgpgan itself are given back as they are. The others become the cause of what is
    given back, so that a traceback shows where they came from.
    """
    if isinstance(error, LgpganError):
        return error
    told: LgpganError
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        told = DiskFullError("the disk is full; make room and run the same command again.")
    elif isinstance(error, MemoryError) or any(word in str(error).lower() for word in _MEMORY):
        told = LgpganError(
            "memory ran out; close other programs, share the work among fewer processes, or use "
            "smaller photos."
        )
    elif isinstance(error, RecursionError):
        told = LgpganError("something in a file is nested too deeply to be read; mend that file.")
    elif isinstance(error, OSError) and error.strerror:
        where = "a file" if error.filename is None else str(error.filename)
        told = LgpganError(
            f"{where} cannot be used ({error.strerror}); mend that, and run the same command again."
        )
    else:
        told = UnforeseenError(
            f"this should not have happened ({type(error).__name__}: {error}); run the command "
            "again with --debug, on this input alone, and report what it prints."
        )
    told.__cause__ = error
    return told


def failure_of_one(error: Exception) -> LgpganError:
    """Why one of many photos could not be worked on, whatever was raised; the others go on.

    Args:
        error: what was raised.

    Raises:
        DestinationError, DiskFullError, MissingPartError: what stops all the others, too.
    """
    told = explained(error)
    if isinstance(told, DestinationError | DiskFullError | MissingPartError):
        raise told
    return told
