"""Graphs without weights: how networks of a shape are computed, for runtimes other than torch.

The weights themselves are always a safetensors file. A graph fits every file with the same method,
configuration and tensors, so the one that comes with lgpgan serves whoever trains the same networks
on other faces. It is named by a digest of all that it depends on: one that does not fit is never
found. Beside it lies the SHA-256 of its content: one that was cut short or altered since is not
found either. Where there is none, one can be made, once, and kept in the cache.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import lgpgan
from lgpgan.backends.backend import ChangeArrays, InsideArrays
from lgpgan.backends.graph_format import INSIDE_OUTPUTS, OUTPUTS, SHADE_OUTPUT, Reading
from lgpgan.choices import check_choice
from lgpgan.errors import InputError, LgpganError
from lgpgan.files import cache_folder, regular_file, write_bytes
from lgpgan.methods.weights_info import PRETRAINED, WeightsFile
from lgpgan.packages import needed

__all__ = [
    "Graph",
    "find_graph",
    "graph_name",
    "keep_graph",
    "pack",
    "packed_names",
    "to_change",
    "trace_graph",
    "wanted_outputs",
]

TRACING = 4
"""To be raised when a graph of the same networks comes out otherwise than before."""


@dataclass(frozen=True)
class Graph:
    """A graph that was found or made.

    Attributes:
        path: the file that it is kept in, or is to be.
        content: what that file holds, as ONNX.
        notes: sentences on what the user should know of it.
    """

    path: Path
    content: bytes
    notes: tuple[str, ...] = ()


def graph_name(file: WeightsFile, reading: Reading) -> str:
    """Name of the graph's file that fits some weights.

    Raises:
        InputError: when there is no such way of reading.
    """
    check_choice(reading, Reading, "way of reading")
    shapes = {name: tensor.shape for name, tensor in sorted(file.tensors.items())}
    info = file.info
    depends_on = [lgpgan.__version__, TRACING, reading, info.method, dict(info.config), shapes]
    digest = hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()
    return f"{info.method}-{reading}-{digest[:16]}.onnx"


def find_graph(file: WeightsFile, reading: Reading) -> Graph | None:
    """The graph that fits some weights, lgpgan's own or from the cache; None if there is none.

    A graph whose SHA-256 is not the one beside it is passed over.
    """
    name = graph_name(file, reading)
    for folder in (PRETRAINED, cache_folder() / "graphs"):
        content = _content(folder / name)
        if content is not None:
            return Graph(folder / name, content)
    return None


def _content(path: Path) -> bytes | None:
    """What a graph's file holds; None where there is none, or another than was made."""
    try:
        content = regular_file(path).read_bytes()
        recorded = regular_file(_record(path)).read_text(encoding="ascii").split()
    except (OSError, InputError, UnicodeDecodeError):
        return None
    return content if recorded[:1] == [hashlib.sha256(content).hexdigest()] else None


def _record(path: Path) -> Path:
    """The file beside a graph with its SHA-256, as ``sha256sum --check`` reads it."""
    return path.with_name(f"{path.name}.sha256")


def trace_graph(file: WeightsFile, reading: Reading, folder: Path | None = None) -> Graph:
    """Trace the graph that fits some weights; takes some seconds, and torch. Nothing is written.

    It is traced from networks with other weights, so that none of the file's can get into it.

    Args:
        file: the weights.
        reading: how it is to read along a flow.
        folder: where it is to be kept; in the cache if None.

    Raises:
        InputError: when the weights do not fit their own description.
        LgpganError: when these networks cannot be written as a graph.
        MissingPartError: when a package is missing for that.
    """
    with needed(f"To make a graph for ONNX Runtime or OpenVINO, {file.path} needs", extra="export"):
        from lgpgan.backends.tracing import fill_differently, trace, without_weights
        from lgpgan.methods.weights import new_generator

    generator = new_generator(file)
    fill_differently(generator)
    model = trace(generator, file.info.label_width, reading=reading)
    graph = without_weights(model, packed_names(file))
    path = (cache_folder() / "graphs" if folder is None else folder) / graph_name(file, reading)
    return Graph(path, graph.SerializeToString(deterministic=True))


def keep_graph(graph: Graph) -> Path:
    """Write a graph to its file, and its SHA-256 beside it.

    Returns:
        The file.

    Raises:
        LgpganError: when it cannot be written.
    """
    path, content = graph.path, graph.content
    digest = f"{hashlib.sha256(content).hexdigest()}  {path.name}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
        write_bytes(_record(path), digest.encode())
    except OSError as error:
        if _content(path) == content:  # another process made the same one, and was quicker
            return path
        raise LgpganError(f"{path} cannot be written ({error.strerror}).") from error
    return path


def packed_names(file: WeightsFile) -> list[str]:
    """Names of the tensors of a weights file that are packed, in their order: all but counts."""
    return sorted(
        name for name, tensor in file.tensors.items() if np.issubdtype(tensor.dtype, np.floating)
    )


def pack(file: WeightsFile) -> bytes:
    """The weights of a file, read for NumPy, one after the other in float32."""
    tensors = (file.tensors[name].astype(np.float32) for name in packed_names(file))
    return b"".join(tensor.tobytes() for tensor in tensors)


def wanted_outputs(names: Iterable[str]) -> list[str]:
    """Which of a graph's outputs make up a change."""
    there = set(names)
    return [name for name in (*OUTPUTS[1:], *INSIDE_OUTPUTS[:2], SHADE_OUTPUT) if name in there]


def to_change(outputs: Mapping[str, NDArray[np.float32]]) -> ChangeArrays:
    """The change that a graph's outputs are, by their names."""
    flow, keep, colour = (outputs[name] for name in OUTPUTS[1:])
    flow_inside, lit, _ = INSIDE_OUTPUTS
    inside = InsideArrays(outputs[flow_inside], outputs[lit]) if lit in outputs else None
    return ChangeArrays(flow, keep, colour, inside, outputs.get(SHADE_OUTPUT))
