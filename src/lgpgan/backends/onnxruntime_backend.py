"""The generators in ONNX Runtime: on the CPU, at once, without torch."""

from __future__ import annotations

import onnxruntime

from lgpgan.backends.backend import ChangeArrays, Faces, threads
from lgpgan.backends.graph_format import INPUTS, PACKED
from lgpgan.backends.graphs import Graph, pack, to_change, wanted_outputs
from lgpgan.errors import LgpganError
from lgpgan.methods.weights_info import WeightsFile, WeightsInfo

__all__ = ["OnnxRuntimeBackend"]


class OnnxRuntimeBackend:
    """Runs a graph with the weights of a file.

    Args:
        file: the weights, read for NumPy.
        graph: that fits them, reading by gathers.

    Raises:
        LgpganError: when ONNX Runtime cannot use the graph.
    """

    name = "onnxruntime"

    def __init__(self, file: WeightsFile, graph: Graph) -> None:
        self.info: WeightsInfo = file.info
        self.notes = graph.notes
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.log_severity_level = 3  # errors, which are raised as well
        weights = pack(file)
        options.add_external_initializers_from_files_in_memory([PACKED], [weights], [len(weights)])
        try:
            self._session = onnxruntime.InferenceSession(
                graph.content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no base of their own
            raise LgpganError(
                f"ONNX Runtime cannot use {graph.path} ({error}); delete this file, so that it is "
                "made anew."
            ) from error
        self._outputs = wanted_outputs(one.name for one in self._session.get_outputs())
        self._run = onnxruntime.RunOptions()
        # The face itself is not asked for: what leads to it alone is left out.
        self._run.only_execute_path_to_fetches = True

    def change(self, faces: Faces) -> ChangeArrays:
        """What the generators do to faces, in one batch."""
        feeds = dict(zip(INPUTS, faces, strict=True))
        made = self._session.run(self._outputs, feeds, self._run)
        return to_change(dict(zip(self._outputs, made, strict=True)))
