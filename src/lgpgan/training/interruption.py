"""Ctrl-C and SIGTERM that wait for the end of a step, so that no half-updated state is saved."""

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

    Attributes:
        signal_number: the signal that stopped it.
    """

    def __init__(self, signal_number: int = signal.SIGINT) -> None:
        super().__init__()
        self.signal_number = signal_number


@dataclass
class Interruption:
    """Whether somebody asked to stop.

    Attributes:
        requested: to be checked where stopping does no harm.
        signal_number: the first signal that asked; SIGINT where none did.
    """

    requested: bool = False
    signal_number: int = signal.SIGINT


@contextlib.contextmanager
def deferred_interruption() -> Iterator[Interruption]:
    """While open, SIGTERM and the first Ctrl-C only set :attr:`Interruption.requested`.

    A second Ctrl-C raises ``KeyboardInterrupt``. SIGTERM never does, as torchrun sends it to every
    process after a Ctrl-C.

    Only the handlers that Python begins with are replaced, and only in the main thread. Where a
    program handles a signal otherwise, or ignores it as under ``nohup``, that stays so.
    """
    interruption = Interruption()
    pressed = False

    def request(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if number == signal.SIGINT:
            if pressed:
                signal.default_int_handler(number, frame)
            pressed = True
        if not interruption.requested:
            interruption.requested = True
            interruption.signal_number = number

    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    main = threading.current_thread() is threading.main_thread()
    replaced = {
        number: handler
        for number, handler in usual.items()
        if main and signal.getsignal(number) is handler
    }
    for number in replaced:
        signal.signal(number, request)
    try:
        yield interruption
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
