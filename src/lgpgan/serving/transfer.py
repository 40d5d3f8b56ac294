"""Requests and answers on their way: not too large, not too slow, not too many at a time, whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lgpgan.serving.access import path_below_root
from lgpgan.serving.errors import ApiError, error_response
from lgpgan.serving.limits import Limits

__all__ = ["TransferMiddleware"]

LEAST_RATE = 65_536
"""Bytes a second that a body must bring in the long run."""
PIECE = 262_144
"""Bytes of an answer that are handed on at a time: the next when the client has taken most."""


class TransferMiddleware:
    """Receives bodies before anything reads them, and hands answers on as clients take them.

    Args:
        app: what answers.
        limits: how much is taken.
        most: bytes of the body of a request to a path.
    """

    def __init__(self, app: ASGIApp, limits: Limits, most: Callable[[str], int]) -> None:
        self.app = app
        self._limits = limits
        self._most = most
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on with its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        share = _Share(self)
        sending = _Sending(send, share)
        try:
            most = self._most(path_below_root(scope))
            content = await _received(receive, Headers(scope=scope), share, most, self._limits)
            await self.app(scope, _once(content, receive), sending)
        except ApiError as error:
            response = error_response(error)
            response.headers["Connection"] = "close"  # the rest of the body is not read
            await response(scope, receive, send)
        finally:
            self._held -= share.size

    def take(self, size: int, own: int) -> None:
        """Count bytes that are on their way.

        Args:
            size: how many more.
            own: bytes of the same request that are counted already.

        Raises:
            ApiError: when all together are too many. A request that is alone is taken.
        """
        if self._held > own and self._held + size > self._limits.transfer_bytes:
            raise ApiError(
                "busy",
                "too much is on its way to the server and from it; try again.",
                retry_after=2,
            )
        self._held += size


class _Share:
    """The bytes of one request and its answer.

    Args:
        whole: what counts those of all.

    Attributes:
        size: of them.
    """

    def __init__(self, whole: TransferMiddleware) -> None:
        self._whole = whole
        self.size = 0

    def take(self, size: int) -> None:
        """Count some more.

        Raises:
            ApiError: when those of all are too many.
        """
        self._whole.take(size, self.size)
        self.size += size


class _Sending:
    """Hands an answer on in pieces.

    Args:
        send: of the server.
        share: of the request.
    """

    def __init__(self, send: Send, share: _Share) -> None:
        self._send = send
        self._share = share
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        """Hand a message on.

        Raises:
            ApiError: when too much is on its way; nothing was sent then.
        """
        if message["type"] == "http.response.start":
            self._start = message
            return
        body: bytes = message.get("body", b"")
        if self._start is not None:
            self._share.take(len(body))
            start, self._start = self._start, None
            await self._send(start)
        more = message.get("more_body", False)
        for first in range(0, max(len(body), 1), PIECE):
            last = first + PIECE >= len(body)
            piece = body[first : first + PIECE]
            await self._send({**message, "body": piece, "more_body": more or not last})


def _once(content: bytes, receive: Receive) -> Receive:
    """What receives a body that is here already, and then what the client does."""
    waiting = [content]

    async def receive_whole() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return receive_whole


async def _received(
    receive: Receive, headers: Headers, share: _Share, most: int, limits: Limits
) -> bytes:
    """All of a body.

    Raises:
        ApiError: when it is too large, too slow, or cut short.
    """
    _check_size(_declared(headers), most)
    begun = asyncio.get_running_loop().time()
    pieces: list[bytes] = []
    while True:
        until = begun + limits.patience + share.size / LEAST_RATE
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise ApiError(
                "slow", "the request came too slowly; send it again, or make it smaller."
            ) from None
        if message["type"] == "http.disconnect":
            raise ApiError("bad_request", "the request was cut short; send it again.")
        piece = message.get("body", b"")
        _check_size(share.size + len(piece), most)
        share.take(len(piece))
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise ApiError(
            "too_large",
            f"the request has more than the {most:,} bytes that are taken here; make it smaller.",
        )


def _declared(headers: Headers) -> int:
    """The length that a request says it has; 0 where it says none."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0
