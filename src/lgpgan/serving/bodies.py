"""The bodies of requests: not too large, not too slow, not too many at a time, whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lgpgan.serving.errors import ApiError, error_response
from lgpgan.serving.limits import Limits

__all__ = ["BodyMiddleware"]

LEAST_RATE = 65_536
"""Bytes a second that a body must bring in the long run."""


class BodyMiddleware:
    """Receives bodies within bounds, before anything reads them.

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
        body = _Body(self, receive, self._most(get_route_path(scope)))
        try:
            content = await body.read(Headers(scope=scope))
            sent = False

            async def receive_whole() -> Message:
                nonlocal content, sent
                if sent:
                    return await receive()  # the client hangs up
                sent, whole, content = True, content, b""
                return {"type": "http.request", "body": whole, "more_body": False}

            await self.app(scope, receive_whole, send)
        except ApiError as error:
            response = error_response(error)
            response.headers["Connection"] = "close"  # the rest of the body is not read
            await response(scope, receive, send)
        finally:
            self._held -= body.size

    def take(self, size: int) -> None:
        """Count bytes that are held until their request is answered.

        Raises:
            ApiError: when all bodies together are too large.
        """
        if self._held + size > self._limits.reading_bytes:
            raise ApiError(
                "busy", "the server receives too much at a time; try again.", retry_after=2
            )
        self._held += size

    @property
    def patience(self) -> float:
        """Seconds in which a body must arrive, beside those that its size takes."""
        return self._limits.patience


class _Body:
    """A body that arrives.

    Args:
        whole: what holds it.
        receive: of the request.
        most: bytes.

    Attributes:
        size: bytes that are held.
    """

    def __init__(self, whole: BodyMiddleware, receive: Receive, most: int) -> None:
        self._whole = whole
        self._receive = receive
        self._most = most
        self.size = 0

    async def read(self, headers: Headers) -> bytes:
        """All of it.

        Raises:
            ApiError: when it is too large, too slow, or cut short.
        """
        self._check_size(_declared(headers))
        begun = asyncio.get_running_loop().time()
        pieces: list[bytes] = []
        while True:
            until = begun + self._whole.patience + self.size / LEAST_RATE
            try:
                async with asyncio.timeout_at(until):
                    message = await self._receive()
            except TimeoutError:
                raise ApiError(
                    "slow", "the request came too slowly; send it again, or make it smaller."
                ) from None
            if message["type"] == "http.disconnect":
                raise ApiError("bad_request", "the request was cut short; send it again.")
            piece = message.get("body", b"")
            self._check_size(self.size + len(piece))
            self._whole.take(len(piece))
            self.size += len(piece)
            pieces.append(piece)
            if not message.get("more_body", False):
                return b"".join(pieces)

    def _check_size(self, size: int) -> None:
        if size > self._most:
            raise ApiError(
                "too_large",
                f"the request has more than the {self._most:,} bytes that are taken here; make it "
                "smaller.",
            )


def _declared(headers: Headers) -> int:
    """The length that a request says it has; 0 where it says none."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0
