"""The server: an application bound to an address, until somebody stops it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from lgpgan.errors import InputError, LgpganError
from lgpgan.serving.access import Access
from lgpgan.serving.connections import bounded_protocol
from lgpgan.serving.limits import Limits
from lgpgan.serving.service import Service

__all__ = ["Binding", "bound", "serve"]

SECONDS_TO_FINISH = 5.0
"""In which requests that were begun may be answered once the server is stopped; then the work on
them is given up."""
SECONDS_TO_TELL = 1.0
"""In which clients may be told so; then their connections are closed."""
HIGHEST_PORT = 65_535


@dataclass(frozen=True)
class Binding:
    """Where and how a server is reached.

    Attributes:
        host: name or address that it is bound to.
        port: that it is bound to; 0 for any that is free.
        root_path: below which a proxy shows it, as ``/faces``.
    """

    host: str = "127.0.0.1"
    port: int = 7861
    root_path: str = ""

    def __post_init__(self) -> None:
        """Refuse what no server can be bound to.

        Raises:
            InputError: naming the option.
        """
        if not 0 <= self.port <= HIGHEST_PORT:
            raise InputError(
                f"--port {self.port} is out of range; choose one from 0 to {HIGHEST_PORT:,}."
            )
        if self.root_path and (not self.root_path.startswith("/") or self.root_path.endswith("/")):
            raise InputError(
                f"--root-path {self.root_path} is no beginning of a path; write it as /faces."
            )


@contextlib.contextmanager
def bound(binding: Binding) -> Iterator[socket.socket]:
    """The socket of a server.

    Raises:
        InputError: when the host is none of this machine's, or the port is taken.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            binding.host, binding.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise InputError(
            f"--host {binding.host} is no address of this machine ({error}); choose 127.0.0.1, or "
            "0.0.0.0 for all its addresses."
        ) from error
    with opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind(address)
        except OSError as error:
            raise InputError(
                f"the server cannot be bound to {binding.host}, port {binding.port} "
                f"({error.strerror}); choose another one with --port or --host."
            ) from error
        yield opened


ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""What stands for all addresses of a machine, and the one of them that a browser there uses."""


def address_of(opened: socket.socket, binding: Binding, access: Access) -> str:
    """Where a person at this machine finds the server, the token included."""
    host = ALL_ADDRESSES.get(binding.host, binding.host)
    written = f"[{host}]" if ":" in host else host
    token = f"#token={access.token}" if access.token else ""
    return f"http://{written}:{opened.getsockname()[1]}{binding.root_path}/{token}"


class _Server(uvicorn.Server):
    """uvicorn's, which ends in peace, and soon, whatever clients do.

    Args:
        config: of uvicorn.
        started: called when it answers.
        give_up: called when the work on requests is to end.
    """

    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None], give_up: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._tell = started
        self._give_up = give_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets=sockets)
        if self.started:
            self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was begun, for a while; then leave nobody waiting."""
        loop = asyncio.get_running_loop()
        timers = (
            loop.call_later(SECONDS_TO_FINISH, self._give_up),
            loop.call_later(SECONDS_TO_FINISH + SECONDS_TO_TELL, self._hang_up),
        )
        await super().shutdown(sockets)
        for timer in timers:
            timer.cancel()
        self._hang_up()  # at a second signal they are still there
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=SECONDS_TO_TELL)

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def stop(self) -> None:
        """Stop, from any thread."""
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; at the second signal, at once. The signal is not raised once more."""
        self.force_exit = self.should_exit
        self.should_exit = True


def serve(
    service: Service,
    application: ASGIApp,
    binding: Binding,
    limits: Limits,
    access: Access,
    *,
    ready: Callable[[str, Callable[[], None]], None],
) -> None:
    """Answer requests until somebody stops it.

    Args:
        service: what works; it is started first.
        application: what answers.
        binding: where it is reached.
        limits: how much is taken.
        access: who may ask.
        ready: told the address when requests are answered, and what stops the server.

    Raises:
        InputError: when the address cannot be used, or the weights cannot.
        LgpganError: when what works cannot be loaded.
    """
    with bound(binding) as opened:
        address = address_of(opened, binding, access)
        config = uvicorn.Config(
            application,
            http=bounded_protocol(limits),
            loop="asyncio",
            ws="none",
            lifespan="off",  # the service is started before, so that its errors are sentences
            log_config=None,
            log_level="error",  # what clients send wrong is theirs to know
            access_log=False,
            server_header=False,
            root_path=binding.root_path,
            proxy_headers=False,  # nothing depends on who a proxy says that it asks for
            timeout_graceful_shutdown=round(SECONDS_TO_FINISH + 3 * SECONDS_TO_TELL),
        )
        server = _Server(config, lambda: ready(address, server.stop), service.give_up)

        async def run() -> None:
            async with service.running():
                await server.serve(sockets=[opened])

        asyncio.run(run())
        if not server.started:
            raise LgpganError("the server could not be started; try another --port.")
