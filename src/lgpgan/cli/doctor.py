"""``lgpgan doctor``: what is installed, which weights are in use, what is missing."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import tyro

import lgpgan
from lgpgan.assets.cache import State
from lgpgan.cli.survey import survey
from lgpgan.cli.terminal import tell, tell_json
from lgpgan.errors import LgpganError
from lgpgan.faces.detectors.dlib_detector import landmark_model_path
from lgpgan.methods.weights_info import open_weights, weights_of
from lgpgan.packages import BASE, EXTRAS, install_command, installed, package_of

__all__ = ["doctor"]


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
    findings = list(_examine(weights_of(weights)))
    if as_json:
        tell_json([asdict(finding) for finding in findings], indent=2)
    else:
        width = max(len(finding.part) for finding in findings)
        for finding in findings:
            tell(f"{finding.state:<8} {finding.part:<{width}}  {finding.detail}")
    return int(any(finding.state == "broken" for finding in findings))


def _examine(weights: Path) -> Iterator[Finding]:
    yield Finding("lgpgan", "ok", f"{lgpgan.__version__}, Python {platform.python_version()}")
    yield from map(_base_package, BASE)
    yield _device()
    yield _landmark_model()
    yield _weights(weights)
    yield _backend(weights)
    yield from map(_extra, EXTRAS)
    for found in survey():
        if found.state is State.PRESENT:
            yield Finding(found.name, "ok", f"{found.place}, {found.purpose}")
        else:
            yield Finding(found.name, found.state, f"{found.purpose}; {found.remedy}")


def _base_package(module: str) -> Finding:
    package = package_of(module)
    if installed(module):
        return Finding(package, "ok", _version(package))
    return Finding(package, "broken", f"not installed; run: {install_command(package=package)}")


def _version(package: str) -> str:
    try:
        return version(package.partition("[")[0])  # ray[serve] is ray
    except PackageNotFoundError:  # put there by something other than pip
        return "of an unknown version"


def _extra(name: str) -> Finding:
    """Whether an extra's own packages are there; those of the extras it includes have lines too."""
    extra = EXTRAS[name]
    part = f"lgpgan[{name}]"
    absent = [package_of(module) for module in extra.modules if not installed(module)]
    if absent:
        detail = f"for {extra.purpose}; not installed: {', '.join(absent)}; run: "
        return Finding(part, "missing", detail + install_command(extra=name))
    there = (f"{package} {_version(package)}" for package in map(package_of, extra.modules))
    return Finding(part, "ok", f"{', '.join(there)}, for {extra.purpose}")


def _device() -> Finding:
    if not installed("torch"):
        return Finding("device", "ok", f"CPU; a GPU needs torch: {install_command(extra='torch')}")
    import torch

    if torch.cuda.is_available():
        return Finding("device", "ok", f"GPU: {torch.cuda.get_device_name(0)} (--device cuda)")
    return Finding("device", "ok", f"CPU, {torch.get_num_threads()} threads; no GPU in sight")


def _landmark_model() -> Finding:
    try:
        path = landmark_model_path()
    except LgpganError as error:
        return Finding("landmark model", "broken", str(error))
    return Finding("landmark model", "ok", f"{path} (trained on 300-W: non-commercial use)")


def _weights(path: Path) -> Finding:
    try:
        info = open_weights(path, framework="np").info
    except LgpganError as error:
        return Finding("weights", "broken", str(error))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Finding(
        "weights",
        "ok",
        f"{path}: {info.method}, {info.images:,} training images, written by lgpgan "
        f"{info.version}, data {info.data_hash[:12]}, sha256 {digest[:12]}; classes "
        f"{', '.join(info.labels)}; action units {', '.join(map(str, info.offered_units))}",
    )


def _backend(path: Path) -> Finding:
    """The backend that edits with these weights by default."""
    from lgpgan.backends.loading import load_backend

    try:
        name = load_backend(path).name
    except LgpganError as error:
        return Finding("backend", "broken", str(error))
    return Finding("backend", "ok", f"{name} (--backend)")
