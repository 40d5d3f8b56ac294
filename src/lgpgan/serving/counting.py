"""Counts what is answered, by route and status."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lgpgan.serving.metrics import Metrics

__all__ = ["CountingMiddleware"]

ELSEWHERE = "none"
"""The route of requests that no route answers: their paths could be anything."""


class CountingMiddleware:
    """Counts requests.

    Args:
        app: what answers.
        metrics: where they are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", ELSEWHERE)
                self._metrics.answered(route, message["status"])
            await send(message)

        await self.app(scope, receive, send_counted if scope["type"] == "http" else send)
