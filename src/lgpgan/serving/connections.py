"""Connections: not too many, and none that stands still or crawls.

uvicorn waits for the rest of a request's head, and for a client to take its answer, as long as the
client likes. Past its own bound on connections it refuses everybody.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from lgpgan.serving.limits import LEAST_RATE, Limits
from lgpgan.serving.transfer import CROWDED

__all__ = ["bounded_protocol"]

LOOKS = 4
"""How often a connection is looked at within the time that it has."""
MOST_REFUSALS = 2
"""Connections, in bounds, past which one is closed without an answer."""


class _CountingTransport:
    """A transport that counts what is written to it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.written = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write as the transport does."""
        self.written += len(data)
        self._transport.write(data)


class _BoundedProtocol(H11Protocol):
    """HTTP with an end to its patience."""

    limits: Limits

    def connection_made(self, transport: Any) -> None:
        """Begin to look at a connection; one that is too many is only told so."""
        super().connection_made(_CountingTransport(transport))  # type: ignore[arg-type]
        self._state: tuple[Any, ...] = ()
        self._look()
        if len(self.connections) > MOST_REFUSALS * self.limits.connections:
            transport.abort()
        elif len(self.connections) > self.limits.connections:
            app = self.app

            async def crowded(scope: Scope, receive: Receive, send: Send) -> None:
                await app({**scope, CROWDED: True}, receive, send)

            self.app = crowded

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._next.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close the connection where it has stood still, or crawled, for too long.

        It may wait for a request for a while. An answer must be taken at a least rate after that
        while. What the application does in between takes as long as it takes.
        """
        transport: Any = self.transport
        now, buffered = self.loop.time(), transport.get_write_buffer_size()
        taken = transport.written - buffered
        waits = self.cycle is None or self.cycle.response_complete or transport.is_closing()
        state = (self.cycle, waits, buffered > 0)
        if state != self._state or not (waits or buffered):
            self._state, self._since, self._taken = state, now, taken
        elif now - self._since > self.limits.patience + (taken - self._taken) / LEAST_RATE:
            transport.abort()
            return
        self._next: asyncio.TimerHandle = self.loop.call_later(
            self.limits.patience / LOOKS, self._look
        )


def bounded_protocol(limits: Limits) -> type[H11Protocol]:
    """The protocol for uvicorn.

    Args:
        limits: how many connections there may be, and the seconds in which the head of a request
            must arrive and an answer begin to be taken.
    """
    return type("BoundedProtocol", (_BoundedProtocol,), {"limits": limits})
