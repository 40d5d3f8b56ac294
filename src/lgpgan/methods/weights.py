"""Weights as files: safetensors, with all that is needed to use and cite them in the metadata."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

from lgpgan.errors import InputError, LgpganError
from lgpgan.files import replacing
from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.registry import METHODS
from lgpgan.methods.weights_info import (
    WEIGHTS,
    WeightsInfo,
    default_weights,
    open_weights,
    weights_of,
)

__all__ = [
    "WEIGHTS",
    "LoadedMethod",
    "WeightsInfo",
    "default_weights",
    "load_method",
    "new_generator",
    "save_weights",
    "weights_of",
]

_UNFIT = "{path}: its weights do not fit its own description."


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

    Raises:
        InputError: when the file is missing, damaged, or not lgpgan's.
    """
    file = open_weights(Path(path), framework="pt")
    generator = new_generator(file.path, file.info)
    try:
        generator.load_state_dict(file.tensors)
    except RuntimeError as error:
        raise InputError(_UNFIT.format(path=path)) from error
    generator.eval().requires_grad_(False)
    return LoadedMethod(generator.to(device), file.info)


def new_generator(path: Path, info: WeightsInfo) -> FaceGenerator[Fake]:
    """The untrained generators that a weights file describes.

    Raises:
        InputError: when this version does not know them.
    """
    if info.method not in METHODS:
        raise InputError(f"{path} holds the method '{info.method}', which this version lacks.")
    method = METHODS[info.method]
    try:
        shape = method.shape.from_values(info.config)
        generator = method.generators(shape)
    except (TypeError, ValueError, KeyError, RuntimeError) as error:
        raise InputError(_UNFIT.format(path=path)) from error
    if len(info.labels) != shape.labels:
        raise InputError(_UNFIT.format(path=path))
    return generator
