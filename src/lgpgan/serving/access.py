"""Who may ask: the names of the server, the pages that may send, the token; and careful headers.

A page of another site can let a browser on this machine send requests here. So the name that a
request gives the server must be one of its own (a foreign one is the sign of DNS rebinding), and
what changes anything must come from a page of the server itself, or from no page at all.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lgpgan.errors import InputError
from lgpgan.serving.errors import ApiError, error_response

__all__ = ["Access", "AccessMiddleware", "is_local", "path_below_root"]

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OPEN_PATHS = ("/", "/docs", "/api/health", "/api/openapi.json")
"""What needs no token: it shows nothing of anybody."""
OPEN_FOLDERS = ("/page/",)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), clipboard-read=(self), clipboard-write=(self), geolocation=(), "
        "microphone=(), payment=(), usb=()"
    ),
}
"""Of every answer."""
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
"""What an Authorization header carries (RFC 6750), and an address."""
NEVER_KEPT = "no-store"
"""What caches are told of all but the files of the page."""


def is_local(host: str) -> bool:
    """Whether an address that a server is bound to can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def path_below_root(scope: Scope) -> str:
    """The path that a request asks for, without the one below which a proxy shows the server."""
    path: str = scope["path"]
    root = scope.get("root_path", "").rstrip("/")
    below = path.removeprefix(root)
    return below if below[:1] in ("", "/") else path


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Attributes:
        names: of the server, in lower case, addresses of version 6 without brackets.
        any_address: whether every address in numbers is one of its names; no page can make a
            browser send a foreign one.
        token: that every request must bring; none if empty.
    """

    names: frozenset[str]
    any_address: bool = False
    token: str = ""

    @classmethod
    def of(cls, host: str, names: Iterable[str] = (), token: str | None = None) -> Access:
        """The access to a server that is bound to a host.

        Args:
            host: that it is bound to.
            names: by which it is known besides.
            token: to bring; where it is None, one is made if others than this machine can connect.

        Raises:
            InputError: when no header can carry the token.
        """
        if token and not TOKEN.fullmatch(token):
            raise InputError(
                "--token may hold letters, digits and -._~+/= alone, which every client can send; "
                "choose another one, or leave the option out to have one made."
            )
        local = is_local(host)
        own = {"localhost", "127.0.0.1", "::1", host.lower(), *map(str.lower, names)}
        if not local:
            own.add(socket.gethostname().lower())
        if token is None:
            token = "" if local else secrets.token_urlsafe(24)
        return cls(frozenset(own), any_address=not local, token=token)

    def knows(self, authority: str) -> bool:
        """Whether ``name:port``, as a request has it, names this server."""
        try:
            parts = urlsplit(f"//{authority}")
            name, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        written = f"[{name}]" if ":" in name else name
        if authority.lower() != (written if port is None else f"{written}:{port}"):
            return False  # a path, a user, or spaces
        return name in self.names or (self.any_address and _is_address(name))

    def check(self, headers: Headers, method: str, path: str) -> None:
        """Make sure that a request may be answered.

        Raises:
            ApiError: when it may not.
        """
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self.knows(hosts[0]):
            raise ApiError(
                "host",
                "this server does not go by that name; use the address that it printed, or start "
                "it with --allow-host NAME.",
            )
        if method not in SAFE_METHODS and not self._is_own_page(headers, hosts[0]):
            raise ApiError("origin", "a page of another site sent this; it is refused.")
        if self.token and not _is_open(path) and not self._brings_token(headers):
            raise ApiError(
                "token",
                "the token is missing or wrong; open the address that the server printed, or send "
                "the header 'Authorization: Bearer TOKEN'.",
            )

    def _is_own_page(self, headers: Headers, host: str) -> bool:
        """Whether a page of this server sent it, or no page at all."""
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return False
        origins = headers.getlist("origin")
        if not origins:
            return True
        if len(origins) > 1:
            return False
        scheme, separator, authority = origins[0].partition("://")
        return bool(separator) and scheme in ("http", "https") and authority == host

    def _brings_token(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        same = secrets.compare_digest(token.strip().encode(), self.token.encode())
        return scheme.lower() == "bearer" and same


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class AccessMiddleware:
    """Refuses who may not ask, and gives every answer its headers.

    Args:
        app: what answers.
        access: who may ask.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        path = path_below_root(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", NEVER_KEPT)
            await send(message)

        try:
            self.access.check(Headers(scope=scope), scope["method"], path)
        except ApiError as error:
            await error_response(error)(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)
