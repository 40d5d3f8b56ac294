"""What weights files say of themselves, read without loading a single network.

Weights are safetensors files, with all that is needed to use and cite them in the metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

import lgpgan
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import EYE_UNITS
from lgpgan.files import path_of

__all__ = [
    "DEFAULT",
    "PRETRAINED",
    "WEIGHTS",
    "WeightsFile",
    "WeightsInfo",
    "default_weights",
    "open_weights",
    "read_info",
    "weights_of",
]

FORMAT = "1"
ENTRY = "lgpgan"
"""The one entry of the metadata; safetensors writes several in an order that changes."""
DEFAULT = "default"
"""What a user writes for the weights that come with lgpgan."""
WEIGHTS = "weights.safetensors"
"""Name of the weights in a run's folder."""
KINDS = ("F16", "F32", "F64", "I64")
"""Kinds of tensors, as safetensors calls them: weights and statistics, and the counts of these."""
MOST_TENSORS = 10_000
"""Of a weights file; the published networks have a few hundred."""
PRETRAINED = Path(lgpgan.__file__).parent / "pretrained"
"""Folder of what comes with lgpgan."""


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
        options: SHA-256 of all options that decided what was learnt, the seed and the precision
            among them; empty in files of early versions.
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
    options: str = ""

    def __post_init__(self) -> None:
        """Refuse what a damaged file may hold in place of the values.

        Raises:
            TypeError, ValueError: when one of them is not of its kind.
        """
        texts = (self.method, self.data_hash, self.version, self.preset, self.options)
        whole = isinstance(self.images, int) and not isinstance(self.images, bool)
        if not all(isinstance(text, str) for text in texts) or not whole:
            raise TypeError("a name is no text, or the number of images is none")
        if not isinstance(self.config, Mapping) or not isinstance(self.template, Mapping):
            raise TypeError("the shape of the networks, or the alignment, is no table")
        if not isinstance(self.config.get("units", ()), list | tuple):
            raise TypeError("the action units are no list")
        if not self.images >= 0:
            raise ValueError("the number of images is negative")

    @property
    def units(self) -> tuple[int, ...]:
        """Numbers of the action units that the networks are told of, behind the classes."""
        return tuple(self.config.get("units", ()))

    @property
    def offered_units(self) -> tuple[int, ...]:
        """Numbers of the action units that edits can be asked for: lids and gaze are always."""
        return tuple(sorted({*self.units, *EYE_UNITS}))

    @property
    def label_width(self) -> int:
        """N + A, values of a label: a share for each class, an intensity for each action unit."""
        return len(self.labels) + len(self.units)

    def to_metadata(self) -> dict[str, str]:
        """The metadata of a file."""
        return {ENTRY: json.dumps({"format": FORMAT, **asdict(self)})}

    @classmethod
    def from_metadata(cls, path: Path, metadata: Mapping[str, str]) -> WeightsInfo:
        """What a file's metadata say.

        Raises:
            InputError: when they are not lgpgan's.
        """
        foreign = f"{path} was not written by lgpgan, or by a version that differs too much."
        try:
            values = dict(json.loads(metadata[ENTRY]))
            if values.pop("format", metadata.get("format")) != FORMAT:  # the first had it outside
                raise InputError(foreign)
            for name in ("labels", "citations"):
                if not isinstance(values[name], list):
                    raise TypeError(f"{name} is no list")
                values[name] = tuple(map(str, values[name]))
            return cls(**values)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise InputError(foreign) from error


@dataclass(frozen=True)
class WeightsFile:
    """A weights file.

    Attributes:
        path: the file.
        info: what it says of itself.
        tensors: what it holds, in the form of the framework that was asked for.
    """

    path: Path
    info: WeightsInfo
    tensors: dict[str, Any]


def default_weights() -> Path:
    """Path of the weights that come with lgpgan."""
    return PRETRAINED / "default.safetensors"


def weights_of(name: str | Path | None) -> Path:
    """Path of the weights file that a user means. All that takes weights asks here.

    Args:
        name: the folder of a run; a weights file; ``default``, or None, for the weights that come
            with lgpgan.

    Returns:
        The file's path. Nothing checks that the file exists.

    Raises:
        InputError: when the name is empty, or longer than any file's.
    """
    if name is None or str(name) == DEFAULT:
        return default_weights()
    path = path_of(name) if isinstance(name, str) else name
    return path / WEIGHTS if path.is_dir() else path


def read_info(path: str | Path | None) -> WeightsInfo:
    """What a weights file says of itself, without reading its tensors.

    Args:
        path: the file, or what else :func:`weights_of` takes.

    Raises:
        InputError: when the file is missing, damaged, or not lgpgan's.
    """
    path = weights_of(path)
    if not path.is_file():
        raise InputError(f"there are no weights at {path}.")
    try:
        with safe_open(path, framework="np") as file:
            return WeightsInfo.from_metadata(path, file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is not a weights file, or is damaged ({error}).") from error


def open_weights(path: str | Path, *, framework: str) -> WeightsFile:
    """Read a weights file.

    Args:
        path: the file, or what else :func:`weights_of` takes.
        framework: ``pt`` for torch's tensors, ``np`` for NumPy's arrays.

    Raises:
        InputError: when the file is missing, damaged, or not lgpgan's, or when a value in it is not
            a finite number.
    """
    path = weights_of(path)
    if not path.is_file():
        raise InputError(f"there are no weights at {path}.")
    try:
        with safe_open(path, framework=framework) as file:
            info = WeightsInfo.from_metadata(path, file.metadata() or {})
            names = list(file.keys())
            if len(names) > MOST_TENSORS:
                raise InputError(
                    f"{path} holds {len(names):,} tensors, far more than any networks."
                )
            _check_kinds(path, {name: file.get_slice(name).get_dtype() for name in names})
            tensors = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is not a weights file, or is damaged ({error}).") from error
    for name, tensor in tensors.items():
        values = np.asarray(tensor)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise InputError(
                f"{path} is damaged: {name} holds values that are not numbers, or infinite; train "
                "again, or name other weights."
            )
    return WeightsFile(path, info, tensors)


def _check_kinds(path: Path, kinds: Mapping[str, str]) -> None:
    """Refuse tensors of a kind that not every backend reads, as bfloat16.

    Raises:
        InputError: naming the first.
    """
    for name, kind in kinds.items():
        if kind not in KINDS:
            raise InputError(
                f"{path} holds {name} as {kind}; lgpgan reads {', '.join(KINDS)}. Convert the "
                "weights to F16 or F32."
            )
