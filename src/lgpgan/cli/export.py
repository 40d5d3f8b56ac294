"""``lgpgan export``: weights in, an ONNX file out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from lgpgan.backends.backend import Faces
from lgpgan.backends.export import export_onnx, random_faces
from lgpgan.backends.torch_backend import TorchBackend
from lgpgan.cli.terminal import say, tell, tell_json
from lgpgan.editing.editor import Editor
from lgpgan.editing.network_arrays import wanted
from lgpgan.methods.weights import WEIGHTS, LoadedMethod, load_method, weights_of
from lgpgan.photos.writing import check_destination

__all__ = ["export"]

SUFFIX = ".onnx"


def export(
    weights: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="RUN|WEIGHTS|default")],
    *,
    out: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FILE.onnx")] = None,
    overwrite: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    as_json: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(name="json")] = False,
) -> int:
    """Write generators as one ONNX file that takes any number of faces, and compare it with torch.

    Nothing is written where a value of an image, −1 to 1, differs by more than 0.0001, or one of a
    flow by more than 0.001 pixels.

    Inputs: image (B, 3, 128, 128), -1 to 1, aligned; mouth and eyes (B, N + A), the labels of the
    two halves, classes and then action units; mouth_top (B,), the first row of each mouth region.
    Outputs: output, the faces; and what they are made of at any resolution, flow, keep, colour and
    more. docs/editing.md says how these are put together; examples/onnx_file.py uses such a file.

    Examples:
      lgpgan export default
      lgpgan export runs/mine --out mine.onnx

    Args:
        weights: A run's folder, a weights file, or 'default' for lgpgan's own.
        out: The file to write; in the current folder, named after the weights, if not said.
        overwrite: Replace a file that exists.
        as_json: Print one JSON object.
    """
    path = weights_of(weights)
    stem = path.parent.name if path.name == WEIGHTS else path.stem
    destination = Path(f"{stem}{SUFFIX}") if out is None else out
    check_destination(destination, suffixes=(SUFFIX,), overwrite=overwrite)
    method = load_method(path)
    greatest = export_onnx(method, destination, _faces_to_check(method))
    if as_json:
        tell_json({"file": str(destination), "differences": greatest})
        return 0
    tell(destination)
    each = ", ".join(f"{name} {difference:.1e}" for name, difference in greatest.items())
    say(f"greatest difference to torch: {max(greatest.values()):.1e} ({each})")
    return 0


def _faces_to_check(method: LoadedMethod) -> Iterator[Faces]:
    """Random faces, alone and several; and the demo photo's where it is at hand."""
    info = method.info
    yield random_faces(1, info.label_width, seed=1)
    yield random_faces(3, info.label_width, seed=3)
    try:
        from skimage import data
    except ImportError:
        say("note: without scikit-image only random faces are compared.")
        return
    photo = np.asarray(data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]
    editor = Editor(TorchBackend(method))
    (face,) = editor.open(photo).faces
    classes = [{name: 1.0} for name in editor.classes]
    halves = editor.target(eyes=classes[0], mouth=classes[-1])
    for targets in ([editor.target(name) for name in classes], [halves]):
        yield wanted(face.aligned, face.mouth_top, targets, info)
