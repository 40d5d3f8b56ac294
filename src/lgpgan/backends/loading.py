"""Choosing what runs the generators, and loading it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from lgpgan.backends.backend import Backend
from lgpgan.backends.graph_format import Reading
from lgpgan.backends.graphs import Graph, find_graph, keep_graph, trace_graph
from lgpgan.choices import check_choice
from lgpgan.errors import InputError, LgpganError
from lgpgan.methods.weights_info import WeightsFile, open_weights
from lgpgan.packages import installed, require

__all__ = ["BackendName", "load_backend"]

BackendName = Literal["auto", "torch", "onnxruntime", "openvino", "openvino-bf16"]
"""What can run the generators; ``auto`` is ONNX Runtime where it can start at once, else torch."""


def load_backend(weights: Path, name: BackendName = "auto", *, device: str = "cpu") -> Backend:
    """Load weights into what is to run them; torch is imported only where it does.

    ``auto`` takes ONNX Runtime on a CPU where a graph of the networks is at hand, as it is for
    those that come with lgpgan, and torch for all others. Where another backend is asked for by its
    name, the graph is made first, and kept in the cache if that can be written.

    Args:
        weights: a ``.safetensors`` file.
        name: of the backend.
        device: ``cpu``; with torch, any of its devices.

    Raises:
        InputError: when there is no such backend, the weights are missing, damaged or not
            lgpgan's, or the backend does not run on the device.
        MissingPartError: when the backend is not installed.
    """
    check_choice(name, BackendName, "backend")
    on_cpu = device == "cpu"
    if name in ("onnxruntime", "openvino", "openvino-bf16"):
        if not on_cpu:
            raise InputError(
                f"the backend {name} runs on the CPU only; leave out the device '{device}', or "
                "choose the backend torch."
            )
        return _load_graph(name, open_weights(weights, framework="np"))
    if name == "auto" and on_cpu and installed("onnxruntime"):
        file = open_weights(weights, framework="np")
        if find_graph(file, "gather") is not None:
            return _load_graph("onnxruntime", file)
    if name == "torch":
        reason = "The backend torch"
    elif on_cpu:
        reason = f"{weights} has no graph for ONNX Runtime, so it"
    else:
        reason = f"The device {device}"
    return _load_torch(weights, device, reason)


def _load_torch(weights: Path, device: str, reason: str) -> Backend:
    require(f"{reason} needs", "torch")
    from lgpgan.backends.torch_backend import TorchBackend
    from lgpgan.methods.weights import load_method

    return TorchBackend(load_method(weights, device=device), device=device)


def _load_graph(
    name: Literal["onnxruntime", "openvino", "openvino-bf16"], file: WeightsFile
) -> Backend:
    package = name.removesuffix("-bf16")
    require(f"The backend {name} needs", package)
    reading: Reading = "gather" if name == "onnxruntime" else "sample"
    graph = find_graph(file, reading) or _made(file, reading)
    if name == "onnxruntime":
        from lgpgan.backends.onnxruntime_backend import OnnxRuntimeBackend

        return OnnxRuntimeBackend(file, graph)
    from lgpgan.backends.openvino_backend import OpenVinoBackend

    return OpenVinoBackend(file, graph, half=name == "openvino-bf16")


def _made(file: WeightsFile, reading: Reading) -> Graph:
    """A new graph, kept in the cache; where that cannot be written, with a note that says so."""
    graph = trace_graph(file, reading)
    try:
        keep_graph(graph)
    except LgpganError as error:
        note = (
            f"{error} The next run makes this graph again; to keep it, name a folder with the "
            "variable LGPGAN_CACHE."
        )
        return replace(graph, notes=(note,))
    return graph
