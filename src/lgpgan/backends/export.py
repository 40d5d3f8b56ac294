"""Generators as one ONNX file, for programs that know nothing of lgpgan.

The file holds the graph, the weights and what the weights say of themselves. It takes any number of
faces at once. It is written only where it computes what torch computes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from lgpgan.backends.backend import Faces
from lgpgan.backends.graph_format import INPUTS
from lgpgan.backends.tracing import outputs_of, trace
from lgpgan.errors import LgpganError
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import MOUTH_SIZE
from lgpgan.files import replacing
from lgpgan.methods.weights import LoadedMethod

__all__ = ["TOLERANCE", "differences", "export_onnx", "random_faces"]

TOLERANCE = 1e-4
"""Greatest difference to torch that is allowed in a value of an image, which is −1 to 1."""
FLOW_TOLERANCE = 1e-3
"""Greatest difference to torch that is allowed in a flow, in pixels; flows go up to 32."""


def export_onnx(method: LoadedMethod, path: Path, checked_on: Iterable[Faces]) -> dict[str, float]:
    """Write a method's generators as an ONNX file, and compare it with torch.

    Inputs and outputs have the names of :data:`lgpgan.backends.graphs.INPUTS`, ``OUTPUTS`` and
    ``INSIDE_OUTPUTS``; the first dimension of each is the number of faces. What the weights say of
    themselves is in the metadata, as JSON under ``lgpgan``.

    Args:
        method: the loaded weights, on the CPU.
        path: the ``.onnx`` file; an older one is replaced.
        checked_on: batches of faces to compare on.

    Returns:
        The greatest difference to torch of each output.

    Raises:
        LgpganError: when the networks cannot be written as ONNX, differ by more than
            :data:`TOLERANCE` or :data:`FLOW_TOLERANCE`, or the file cannot be written; an older
            one is untouched.
    """
    model = trace(method.generator, method.info.label_width)
    for key, value in method.info.to_metadata().items():
        model.metadata_props.add(key=key, value=value)
    written = model.SerializeToString(deterministic=True)
    greatest = differences(method, written, checked_on)
    for name, difference in greatest.items():
        allowed = FLOW_TOLERANCE if name.endswith("flow") else TOLERANCE
        if not difference <= allowed:  # nor where it is no number
            raise LgpganError(
                f"the ONNX file's {name} differs from torch's by {difference:.2g}, more than "
                f"{allowed:g}; nothing was written."
            )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as unfinished:
            unfinished.write_bytes(written)
    except OSError as error:
        raise LgpganError(f"{path} cannot be written ({error.strerror}).") from error
    return greatest


@torch.inference_mode()
def differences(
    method: LoadedMethod, model: bytes, checked_on: Iterable[Faces]
) -> dict[str, float]:
    """The greatest difference between ONNX Runtime and torch, of each output.

    Args:
        method: the loaded weights, on the CPU.
        model: an ONNX file of the same.
        checked_on: batches of faces.
    """
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    greatest = dict.fromkeys(names, 0.0)
    for faces in checked_on:
        image, mouth, eyes, top = (torch.from_numpy(part) for part in faces)
        expected = outputs_of(method.generator(image, mouth, top, eyes))
        made = session.run(names, dict(zip(INPUTS, faces, strict=True)))
        for name, output in zip(names, made, strict=True):
            difference = float(np.abs(output - expected[name].numpy()).max())
            greatest[name] = float(np.maximum(greatest[name], difference))  # stays no number
    return greatest


def random_faces(count: int, width: int, seed: int = 0) -> Faces:
    """Faces of smooth noise, with mouths anywhere in the frame and labels of N + A values."""
    source = np.random.default_rng(seed)
    coarse = source.uniform(-1, 1, (count, 3, TEMPLATE_SIZE // 8, TEMPLATE_SIZE // 8))
    image = coarse.repeat(8, axis=2).repeat(8, axis=3) + source.normal(0, 0.1, (1, 1, 128, 128))
    mouth, eyes = source.dirichlet(np.ones(width), (2, count)).astype(np.float32)
    return Faces(
        image=np.clip(image, -1, 1).astype(np.float32),
        mouth=mouth,
        eyes=eyes,
        mouth_top=source.integers(0, TEMPLATE_SIZE - MOUTH_SIZE[0], count, endpoint=True),
    )
