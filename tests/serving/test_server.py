"""Where a server is bound, and what it prints; the image that serves."""

from __future__ import annotations

import re
import shlex
import socket
from pathlib import Path

import pytest

from lgpgan.cli.arguments import call_of
from lgpgan.cli.serve import serve
from lgpgan.errors import InputError
from lgpgan.serving.access import Access
from lgpgan.serving.server import Binding, address_of, bound

ROOT = Path(__file__).parents[2]


def address(host: str, root_path: str = "", token: str | None = None) -> str:
    binding = Binding(host, 0, root_path)
    with bound(binding) as opened:
        port = opened.getsockname()[1]
        return address_of(opened, binding, Access.of(host, token=token)).replace(str(port), "PORT")


def test_the_address_that_is_printed() -> None:
    assert address("127.0.0.1") == "http://127.0.0.1:PORT/"
    assert address("localhost", "/faces") == "http://localhost:PORT/faces/"
    assert address("0.0.0.0", token="x") == "http://127.0.0.1:PORT/#token=x"
    assert re.fullmatch(r"http://127\.0\.0\.1:PORT/#token=[\w-]{32}", address("0.0.0.0"))


def test_an_address_of_version_6() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no addresses of version 6")
    try:
        assert address("::1") == "http://[::1]:PORT/"
    except InputError as error:
        pytest.skip(f"this machine has no addresses of version 6 ({error})")


def test_what_a_server_cannot_be_bound_to() -> None:
    for wrong in ({"port": -1}, {"port": 70_000}, {"root_path": "x"}, {"root_path": "/x/"}):
        with pytest.raises(InputError, match=f"--{next(iter(wrong)).replace('_', '-')}"):
            Binding(**wrong)  # type: ignore[arg-type]
    with (
        pytest.raises(InputError, match="no address of this machine"),
        bound(Binding("no.such.host.invalid")),
    ):
        pass


def test_the_image_is_built_of_what_there_is() -> None:
    """What it copies exists, and the command that it starts is understood."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
    for name in (name for names in copied for name in names if not name.startswith("-")):
        assert name.startswith("/") or (ROOT / name).exists(), name
    (command,) = re.findall(r"^ENTRYPOINT \[(.*)\]$", text, re.MULTILINE)
    words = shlex.split(command.replace(",", " "))
    assert words[:2] == ["lgpgan", "serve"]
    call = call_of("serve", serve, words[2:])
    assert call.keywords["host"] == "0.0.0.0"  # type: ignore[attr-defined]
