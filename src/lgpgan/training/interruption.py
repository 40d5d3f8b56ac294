"""Ctrl-C that waits for the end of a step, so that a half-updated state is never saved."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

__all__ = ["Interrupted", "Interruption", "deferred_interruption"]


class Interrupted(KeyboardInterrupt):
    """A run was stopped between two steps, and its state saved.

    A plain ``KeyboardInterrupt`` out of a run means that nothing was saved since the last
    checkpoint.
    """


@dataclass
class Interruption:
    """Whether somebody asked to stop.

    Attributes:
        requested: to be looked at where stopping does no harm.
    """

    requested: bool = False


@contextlib.contextmanager
def deferred_interruption() -> Iterator[Interruption]:
    """While open, the first Ctrl-C is only noted; a second one raises ``KeyboardInterrupt``.

    Only Python's own handler is replaced, and only in the main thread: where a program handles the
    signal otherwise, or ignores it as under ``nohup``, that stays so.
    """
    interruption = Interruption()

    def note(number: int, frame: FrameType | None) -> None:
        if interruption.requested:
            signal.default_int_handler(number, frame)
        interruption.requested = True

    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interruption
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
