"""Weights as files: safetensors, with all that is needed to use and cite them in the metadata."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from lgpgan.errors import InputError, LgpganError
from lgpgan.files import replacing
from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.registry import METHODS, Method
from lgpgan.methods.weights_info import (
    WEIGHTS,
    WeightsFile,
    WeightsInfo,
    default_weights,
    open_weights,
    weights_of,
)
from lgpgan.networks.device import usable_device
from lgpgan.networks.memory_format import place_network

__all__ = [
    "WEIGHTS",
    "LoadedMethod",
    "WeightsInfo",
    "check_fits",
    "default_weights",
    "load_method",
    "new_generator",
    "save_weights",
    "shape_from",
    "weights_of",
]

LARGEST_NUMBER = 4096
"""Of layers, channels or classes that a file may ask for; the published networks have 1,024."""


@dataclass(frozen=True)
class LoadedMethod:
    """A method's generators ready for use, and what is known of them.

    Attributes:
        generator: the networks.
        info: what the file says of itself.
    """

    generator: FaceGenerator[Fake]
    info: WeightsInfo


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
    try:
        with replacing(path) as unfinished:
            # Not save_file: what it writes can be read by nobody but its owner.
            unfinished.write_bytes(save(state, info.to_metadata()))
    except OSError as error:
        raise LgpganError(f"the weights {path} could not be written ({error}).") from error


def load_method(path: Path | str, *, device: str | torch.device = "cpu") -> LoadedMethod:
    """Load a method from a weights file.

    Args:
        path: the file, or what else :func:`weights_of` takes.
        device: where the networks are to run.

    Raises:
        InputError: when the file is missing, damaged, or not lgpgan's, or there is no such device.
    """
    where = usable_device(device)
    file = open_weights(path, framework="pt")
    generator = new_generator(file)
    generator.load_state_dict(file.tensors)
    generator.eval().requires_grad_(False)
    return LoadedMethod(place_network(generator, where), file.info)


def new_generator(file: WeightsFile) -> FaceGenerator[Fake]:
    """The untrained generators that a weights file describes, and that its weights fit.

    Raises:
        InputError: when this version does not know them, or the weights are of others.
    """
    info = file.info
    if str(info.method) not in METHODS:  # a damaged file may hold anything in its place
        raise InputError(f"{file.path} holds the method '{info.method}', which this version lacks.")
    method = METHODS[info.method]
    try:
        shape = shape_from(method, info.config)
        check_fits(method.generators, shape, file.tensors)
        if len(info.labels) != shape.labels:
            raise ValueError("there is not one label a class")
        return method.generators(shape)
    except (TypeError, ValueError, KeyError, RuntimeError, ArithmeticError) as error:
        raise InputError(f"{file.path}: its weights do not fit its own description.") from error


def shape_from(method: Method, values: Mapping[str, Any]) -> Any:
    """The shape of a method's networks, as a file that may be damaged describes it.

    Raises:
        TypeError, KeyError, ValueError: when it describes none, or networks beyond all reason.
    """
    for value in _numbers(values):
        if not abs(value) <= LARGEST_NUMBER:
            raise ValueError(f"{value} is too large for a number of layers or channels")
    return method.shape.from_values(values)


def check_fits(build: Callable[[Any], nn.Module], shape: Any, state: Mapping[str, Any]) -> None:
    """Make sure that networks fit their weights before memory is taken for them.

    Args:
        build: makes the networks of a shape.
        shape: theirs.
        state: name to weights, as tensors or arrays.

    Raises:
        ValueError: when names or sizes differ.
    """
    with (
        torch.device("meta"),  # where tensors have a size but no memory
        warnings.catch_warnings(action="ignore"),  # of layers with no channel, which fit nothing
    ):
        wanted = build(shape).state_dict()
    wished, found = (
        {name: tuple(value.shape) for name, value in of.items()} for of in (wanted, state)
    )
    if wished != found:
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
