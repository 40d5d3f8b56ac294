"""Connections that nobody uses are closed: of clients that send half a request, or take no answer.

uvicorn waits for the rest of a request's head, and for a client to take its answer, as long as the
client likes.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["patient_protocol"]

LOOKS = 4
"""How often a connection is looked at within the time that it has."""


class _PatientProtocol(H11Protocol):
    """HTTP with an end to its patience."""

    patience: float

    def connection_made(self, transport: Any) -> None:
        """Begin to look at a connection."""
        super().connection_made(transport)
        self._seen: tuple[Any, ...] = ()
        self._since = self.loop.time()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._next.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close the connection where it has stood still for too long."""
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            return
        waits = self.cycle is None or self.cycle.response_complete
        state = (id(self.cycle), waits, self.transport.get_write_buffer_size())
        now = self.loop.time()
        if state != self._seen or not (waits or state[-1]):
            self._seen, self._since = state, now
        elif now - self._since >= self.patience:
            self.transport.abort()
            return
        self._next: asyncio.TimerHandle = self.loop.call_later(self.patience / LOOKS, self._look)


def patient_protocol(patience: float) -> type[H11Protocol]:
    """The protocol for uvicorn.

    Args:
        patience: seconds in which the head of a request must arrive, and in which some of an answer
            must be taken.
    """
    return type("PatientProtocol", (_PatientProtocol,), {"patience": patience})
