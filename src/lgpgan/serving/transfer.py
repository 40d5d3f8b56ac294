"""Requests and answers on their way: not too large, not too slow, not too many at a time, whole."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lgpgan.serving.access import path_below_root
from lgpgan.serving.errors import ApiError, error_response
from lgpgan.serving.limits import LEAST_RATE, Limits

__all__ = ["CROWDED", "HEALTH", "TransferMiddleware"]

CROWDED = "lgpgan.crowded"
"""In the scope of a request whose connection is one too many."""
HEALTH = "/api/health"
"""Answered on such a connection, too."""
MOST_DIGITS = 18
"""Of a length; more bytes than that are never taken."""
SECONDS_TO_RETURN = 2
"""After which there may be room."""
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
            path = path_below_root(scope)
            if scope.get(CROWDED) and path != HEALTH:
                raise _busy("too many connections are open")
            headers, most = Headers(scope=scope), self._most(path)
            whole = _once(await _received(receive, headers, share, most, self._limits), receive)
            await self.app(scope, whole, sending)
            if sending.refused is not None:
                raise sending.refused
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
            raise _busy("too much is on its way to the server and from it")
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
    """Hands an answer on in pieces, unless too much is on its way.

    Args:
        send: of the server.
        share: of the request.

    Attributes:
        refused: why nothing was handed on. It is not raised: what is raised while an answer is
            handed on counts as a fault of the application.
    """

    def __init__(self, send: Send, share: _Share) -> None:
        self._send = send
        self._share = share
        self._start: Message | None = None
        self.refused: ApiError | None = None

    async def __call__(self, message: Message) -> None:
        """Hand a message on."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        body: bytes = message.get("body", b"")
        if self._start is not None:
            try:
                self._share.take(len(body))
            except ApiError as error:
                self.refused = error
                return
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
    content = io.BytesIO()  # its value is no copy
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
        content.write(piece)
        if not message.get("more_body", False):
            return content.getvalue()


def _busy(why: str) -> ApiError:
    return ApiError("busy", f"{why}; try again.", retry_after=SECONDS_TO_RETURN)


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise ApiError(
            "too_large",
            f"the request has more than the {most:,} bytes that are taken here; make it smaller.",
        )


def _declared(headers: Headers) -> int:
    """The length that a request says it has; 0 where it says none."""
    length = headers.get("content-length", "")
    return int(length[:MOST_DIGITS]) if length.isdecimal() else 0
