"""Weights as files: safetensors, with all that is needed to use and cite them in the metadata."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

import lgpgan
from lgpgan.errors import InputError, LgpganError
from lgpgan.files import replacing
from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.registry import METHODS, Method

__all__ = [
    "WEIGHTS",
    "LoadedMethod",
    "WeightsInfo",
    "check_fits",
    "default_weights",
    "load_method",
    "save_weights",
    "shape_from",
    "weights_of",
]

FORMAT = "1"
LARGEST_NUMBER = 4096
"""Of layers, channels or classes that a file may ask for; the published networks have 1,024."""
WEIGHTS = "weights.safetensors"
"""Name of the weights in a run's folder."""


@dataclass(frozen=True)
class WeightsInfo:
    """What a weights file says of itself.

    Attributes:
        method: name of the method, as ``lgp-gan``.
        config: shape of the networks.
        labels: the classes in the order of the label vector.
        template: the alignment that faces must have.
        data_hash: content hash of the prepared set it was trained on.
        images: training images seen.
        citations: of the data.
        version: of lgpgan, that wrote it.
        preset: that it was trained with; empty in files of early versions.
    """

    method: str
    config: Mapping[str, Any]
    labels: tuple[str, ...]
    template: Mapping[str, Any]
    data_hash: str
    images: int
    citations: tuple[str, ...]
    version: str = lgpgan.__version__
    preset: str = ""


@dataclass(frozen=True)
class LoadedMethod:
    """A method's generators ready for use, and what is known of them.

    Attributes:
        generator: the networks.
        info: what the file says of itself.
    """

    generator: FaceGenerator[Fake]
    info: WeightsInfo


def default_weights() -> Path:
    """Path of the weights that come with lgpgan."""
    return Path(str(files("lgpgan") / "pretrained" / "default.safetensors"))


def weights_of(path: Path) -> Path:
    """Path of the weights of a run, by its folder; any other path as it is."""
    return path / WEIGHTS if path.is_dir() else path


def save_weights(
    path: Path, generator: nn.Module, info: WeightsInfo, *, dtype: torch.dtype = torch.float16
) -> None:
    """Write a generator's weights; beside the destination first, then in its place.

    Args:
        path: the ``.safetensors`` file.
        generator: the networks.
        info: goes into the metadata.
        dtype: of the stored weights.

    Raises:
        LgpganError: when the file cannot be written; an older one is untouched.
    """
    weights = {name for name, _ in generator.named_parameters()}
    state = {
        # Running statistics stay as they are: counts and variances may be too large for half.
        name: value.detach().to("cpu", dtype if name in weights else value.dtype).contiguous()
        for name, value in generator.state_dict().items()
    }
    # One entry, since safetensors writes several in an order that changes from run to run.
    metadata = {"lgpgan": json.dumps({"format": FORMAT, **asdict(info)})}
    try:
        with replacing(path) as unfinished:
            # Not save_file: what it writes can be read by nobody but its owner.
            unfinished.write_bytes(save(state, metadata))
    except OSError as error:
        raise LgpganError(f"the weights {path} could not be written ({error}).") from error


def load_method(path: Path | str, *, device: str | torch.device = "cpu") -> LoadedMethod:
    """Load a method from a weights file.

    Raises:
        InputError: when the file is missing, damaged, or not lgpgan's.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there are no weights at {path}.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is not a weights file, or is damaged ({error}).") from error
    info = _info(path, metadata)
    try:
        method = METHODS[info.method]
        shape = shape_from(method, info.config)
        check_fits(method.generators, shape, state)
        generator = method.generators(shape)
        generator.load_state_dict(state)
        if len(info.labels) != shape.labels:
            raise ValueError("there is not one label a class")
    except (TypeError, ValueError, KeyError, RuntimeError, ArithmeticError) as error:
        raise InputError(f"{path}: its weights do not fit its own description.") from error
    generator.eval().requires_grad_(False)
    return LoadedMethod(generator.to(device), info)


def shape_from(method: Method, values: Mapping[str, Any]) -> Any:
    """The shape of a method's networks, as a file that may be damaged describes it.

    Raises:
        TypeError, KeyError, ValueError: when it describes none, or networks beyond all reason.
    """
    for value in _numbers(values):
        if not abs(value) <= LARGEST_NUMBER:
            raise ValueError(f"{value} is too large for a number of layers or channels")
    return method.shape.from_values(values)


def check_fits(
    build: Callable[[Any], nn.Module], shape: Any, state: Mapping[str, torch.Tensor]
) -> None:
    """Make sure that networks fit their weights before memory is taken for them.

    Args:
        build: makes the networks of a shape.
        shape: theirs.
        state: name to weights.

    Raises:
        ValueError: when names or sizes differ.
    """
    with torch.device("meta"):  # where tensors have a size but no memory
        wanted = build(shape).state_dict()
    if {name: value.shape for name, value in wanted.items()} != {
        name: value.shape for name, value in state.items()
    }:
        raise ValueError("the weights are of networks of another shape")


def _numbers(values: object) -> Iterator[float]:
    """Every number in nested mappings and lists."""
    if isinstance(values, Mapping):
        values = list(values.values())
    if isinstance(values, list | tuple):
        for value in values:
            yield from _numbers(value)
    elif isinstance(values, int | float):
        yield values


def _info(path: Path, metadata: Mapping[str, str]) -> WeightsInfo:
    foreign = f"{path} was not written by lgpgan, or by a version that differs too much."
    try:
        values = dict(json.loads(metadata["lgpgan"]))
        if values.pop("format", metadata.get("format")) != FORMAT:  # the first had it outside
            raise InputError(foreign)
        for name in ("labels", "citations"):
            values[name] = tuple(map(str, values[name]))
        info = WeightsInfo(**values)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(foreign) from error
    if not isinstance(info.method, str) or info.method not in METHODS:
        raise InputError(f"{path} holds the method '{info.method}', which this version lacks.")
    return info
