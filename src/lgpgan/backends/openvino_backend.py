"""The generators in OpenVINO: on the CPU, in single precision unless told otherwise."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import openvino

from lgpgan.backends.backend import ChangeArrays, Faces, threads
from lgpgan.backends.graph_format import INPUTS, PACKED
from lgpgan.backends.graphs import Graph, pack, to_change, wanted_outputs
from lgpgan.errors import LgpganError
from lgpgan.methods.weights_info import WeightsFile, WeightsInfo

__all__ = ["OpenVinoBackend"]


class OpenVinoBackend:
    """Runs a graph with the weights of a file.

    Args:
        file: the weights, read for NumPy.
        graph: that fits them, reading by GridSample.
        half: compute in bfloat16 where the processor has it; places are then a little coarser.

    Raises:
        LgpganError: when OpenVINO cannot use the graph.
    """

    def __init__(self, file: WeightsFile, graph: Graph, *, half: bool = False) -> None:
        self.name = "openvino-bf16" if half else "openvino"
        self.info: WeightsInfo = file.info
        self.notes = graph.notes
        core = openvino.Core()
        options = {
            # Left to itself, OpenVINO takes bfloat16 where the processor has it.
            "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
            "INFERENCE_NUM_THREADS": threads(),
            "NUM_STREAMS": 1,
        }
        try:
            with TemporaryDirectory() as folder:  # it reads weights from beside the graph only
                (Path(folder) / "graph.onnx").write_bytes(graph.content)
                (Path(folder) / PACKED).write_bytes(pack(file))
                model = core.read_model(Path(folder) / "graph.onnx")
                self._request = core.compile_model(model, "CPU", options).create_infer_request()
                self._outputs = wanted_outputs(one.any_name for one in model.outputs)
        except RuntimeError as error:
            raise LgpganError(
                f"OpenVINO cannot use {graph.path} ({error}); delete this file, so that it is made "
                "anew."
            ) from error

    def change(self, faces: Faces) -> ChangeArrays:
        """What the generators do to faces, in one batch."""
        made = self._request.infer(dict(zip(INPUTS, faces, strict=True)))
        return to_change({name: made[name].copy() for name in self._outputs})
