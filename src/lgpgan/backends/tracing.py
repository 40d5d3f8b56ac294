"""Generators as ONNX graphs, traced from the module itself, in one way for every method.

Two operations are written otherwise than torch's exporter would, for the same numbers but for
rounding. Instance normalisation, a group normalisation here, becomes ONNX's own, so that its
weights keep their names and the values their layout. Reading along a flow can become four gathers:
on a CPU ONNX Runtime's GridSample takes three times as long, while OpenVINO's is the quicker one.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import onnx
import torch
from onnxscript import opset20, optimizer
from torch import Tensor, nn

from lgpgan.backends.graph_format import (
    INPUTS,
    INSIDE_OUTPUTS,
    OUTPUTS,
    PACKED,
    SHADE_OUTPUT,
    Reading,
)
from lgpgan.errors import LgpganError
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator

__all__ = ["fill_differently", "outputs_of", "trace", "without_weights"]

OPSET = 20
op: Any = opset20
"""Its operations, which take plain numbers and lists as well as its annotations say."""
PREFIX = "generator."


class _Traced(nn.Module):
    """Generators with the inputs and outputs of a graph."""

    def __init__(self, generator: FaceGenerator[Fake]) -> None:
        super().__init__()
        self.generator = generator

    def forward(
        self, image: Tensor, mouth: Tensor, eyes: Tensor, mouth_top: Tensor
    ) -> tuple[Tensor, ...]:
        return tuple(outputs_of(self.generator(image, mouth, mouth_top, eyes)).values())


def outputs_of(made: Fake) -> dict[str, Tensor]:
    """The outputs of a graph by their names."""
    change = made.change
    outputs = dict(
        zip(OUTPUTS, (made.output, change.flow_or_zero(), change.keep, change.colour), strict=True)
    )
    if change.inside is not None:
        outputs |= zip(INSIDE_OUTPUTS, change.inside, strict=True)
    if change.shade is not None:
        outputs[SHADE_OUTPUT] = change.shade
    return outputs


def trace(
    generator: FaceGenerator[Fake], width: int, *, reading: Reading = "sample"
) -> onnx.ModelProto:
    """The graph of generators, with their weights, for any number of faces.

    Args:
        generator: the networks, on the CPU.
        width: N + A, values of a label.
        reading: how it reads along a flow: by GridSample, or by gathers.

    Returns:
        A model whose weights have the names that they have in ``generator.state_dict()``, but for
        those that the exporter merged with others.

    Raises:
        LgpganError: when the networks take the number of faces for a constant.
    """
    example = (
        torch.zeros(2, 3, TEMPLATE_SIZE, TEMPLATE_SIZE),
        torch.zeros(2, width),
        torch.zeros(2, width),
        torch.tensor([60, 64]),
    )
    batch = torch.export.Dim("batch")
    translations: dict[Any, Any] = {torch.ops.aten.group_norm.default: _group_norm}
    if reading == "gather":
        translations[torch.ops.aten.grid_sampler.default] = _grid_sampler
    traced = _Traced(generator).eval()
    with torch.no_grad():
        image, mouth, eyes, top = example
        names = list(outputs_of(generator(image, mouth, top, eyes)))
    with _quietly():
        program = torch.onnx.export(
            traced,
            example,
            dynamo=True,
            input_names=INPUTS,
            output_names=names,
            dynamic_shapes=({0: batch},) * len(INPUTS),
            opset_version=OPSET,
            custom_translation_table=translations,
            optimize=False,
            verbose=False,
        )
        assert program is not None
        optimizer.optimize_ir(program.model, should_fold=_may_be_folded)
    model = program.model_proto
    _clean(model)
    if not all(one.type.tensor_type.shape.dim[0].dim_param for one in model.graph.input):
        raise LgpganError(
            "these networks were traced for a fixed number of faces; somewhere they take it as a "
            "plain number, as len() does, in place of a tensor's shape."
        )
    return model


def _may_be_folded(node: Any) -> bool | None:
    """False where a node reads a weight, which is to stay one; None leaves it to the optimiser."""
    names = (value.name for value in node.inputs if value is not None)
    return False if any(name and name.startswith(PREFIX) for name in names) else None


def fill_differently(generator: nn.Module) -> None:
    """Give every weight and statistic values of its own, because equal ones would be merged."""
    source = torch.Generator().manual_seed(0)
    for value in generator.state_dict().values():
        if value.is_floating_point():
            value.uniform_(0.5, 1.5, generator=source)


def without_weights(model: onnx.ModelProto, names: Iterable[str]) -> onnx.ModelProto:
    """A model whose weights are looked for in a packed file; see :func:`graphs.pack`.

    Args:
        model: as :func:`trace` made it.
        names: of the tensors that are packed, in their order.

    Raises:
        LgpganError: when one of them was merged with others, as batch normalisation's are.
    """
    graph = onnx.ModelProto()
    graph.CopyFrom(model)
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    offset = 0
    for name in names:
        if name not in tensors:
            raise LgpganError(
                f"there is no graph for any weights of these networks ({name} is not in it); use "
                "the backend torch."
            )
        tensor = tensors[name]
        size = len(tensor.raw_data)
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", PACKED), ("offset", offset), ("length", size)):
            tensor.external_data.add(key=key, value=str(value))
        offset += size
    return graph


def _clean(model: onnx.ModelProto) -> None:
    """Give weights their own names, and drop what tells of this machine's folders."""
    for tensor in model.graph.initializer:
        tensor.name = tensor.name.removeprefix(PREFIX)
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
        for place, name in enumerate(node.input):
            node.input[place] = name.removeprefix(PREFIX)
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        value.ClearField("metadata_props")
    del model.graph.value_info[:]
    model.graph.ClearField("metadata_props")
    del model.metadata_props[:]


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without what torch's exporter says about itself."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _group_norm(
    image: Any,
    groups: int,
    weight: Any = None,
    bias: Any = None,
    epsilon: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Any:
    """Group normalisation with one group a channel, as ONNX's instance normalisation."""
    if groups != image.shape[1] or weight is None or bias is None:
        raise NotImplementedError("only normalisation of single channels, with scale and shift")
    return op.InstanceNormalization(image, weight, bias, epsilon=epsilon)


def _grid_sampler(image: Any, grid: Any, mode: int, padding_mode: int, align_corners: bool) -> Any:
    """Bilinear reading with the edge repeated, as :func:`torch.nn.functional.grid_sample` does."""
    bilinear, border = 0, 1  # torch's numbers
    if (mode, padding_mode, align_corners) != (bilinear, border, False):
        raise NotImplementedError("only bilinear reading with the edge repeated")
    channels, height, width = image.shape[1:]
    rows, columns = grid.shape[1:3]
    pixels = op.Reshape(image, [0, channels, height * width])

    def place(axis: int, size: int) -> tuple[Any, Any, Any]:
        """Index of the pixel before, of that after, and the share of the latter; (B, h · w)."""
        unit = op.Reshape(op.Gather(grid, axis, axis=3), [0, rows * columns])
        index = op.Clip((unit + 1.0) * (size / 2.0) - 0.5, 0.0, size - 1.0)
        floor = op.Floor(index)
        before = op.Cast(floor, to=onnx.TensorProto.INT64)
        return before, op.Min(before + 1, size - 1), op.Unsqueeze(index - floor, [1])

    def read(row: Any, column: Any) -> Any:
        index = op.Unsqueeze(row * width + column, [1])
        everywhere = op.Expand(index, [1, channels, rows * columns])
        return op.GatherElements(pixels, everywhere, axis=2)

    left, right, share = place(0, width)
    above, below, share_below = place(1, height)
    upper, lower = (
        first + share * (read(row, right) - first)
        for row, first in ((above, read(above, left)), (below, read(below, left)))
    )
    return op.Reshape(upper + share_below * (lower - upper), [0, channels, rows, columns])
