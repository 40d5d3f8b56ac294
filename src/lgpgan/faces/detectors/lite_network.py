"""Networks in LiteRT's form (``.tflite``), run on one thread."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.packages import needed

__all__ = ["LiteNetwork"]


class LiteNetwork:
    """A network with one input.

    Args:
        path: of the ``.tflite`` file.

    Raises:
        MissingPartError: when ``ai-edge-litert`` is not installed; the message says how to get it.
    """

    def __init__(self, path: Path) -> None:
        with needed("The landmarks of 'mediapipe' need", extra="mediapipe"):
            from ai_edge_litert.interpreter import Interpreter
        with _quiet():
            self._interpreter: Any = Interpreter(model_path=str(path), num_threads=1)
            self._interpreter.allocate_tensors()
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def __call__(self, values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """What the network gives for an input (1, H, W, 3), one array an output."""
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output) for output in self._outputs]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's note about its delegate off stderr; it offers no other way.

    Without the delegate there would be no note, and a network would take thirty times as long.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
