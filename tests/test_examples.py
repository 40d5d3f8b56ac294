"""The examples do what they say."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lgpgan.editing.editor import Editor
from lgpgan.faces.alignment import MOUTH, eye_centres
from lgpgan.methods.weights import LoadedMethod

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.xdist_group("graphs")  # which take long to trace
def test_the_onnx_file_without_lgpgan_makes_the_face_that_lgpgan_makes(
    editor: Editor,
    exported: Path,
    whole_method: LoadedMethod,
    portrait_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "face.png"
    (face,) = editor.open(portrait_file).faces
    landmarks = face.face.landmarks
    places = [*np.ravel(eye_centres(landmarks)), landmarks[MOUTH, 1].mean()]
    script = str(EXAMPLES / "onnx_file.py")
    monkeypatch.setattr(
        sys, "argv", [script, *map(str, (exported, portrait_file, "happy", out)), *map(str, places)]
    )
    runpy.run_path(script, run_name="__main__")
    (difference,) = re.findall(r"output: (\S+)", capsys.readouterr().err)
    assert float(difference) < 1e-3

    image = torch.from_numpy(face.aligned).permute(2, 0, 1)[None] / 127.5 - 1
    label = torch.zeros(1, whole_method.info.label_width)
    label[0, whole_method.info.labels.index("happy")] = 1
    with torch.inference_mode():
        made = whole_method.generator(image, label, torch.tensor([face.mouth_top])).output
    expected = ((made[0].permute(1, 2, 0).numpy() + 1) * 127.5).clip(0, 255)
    with Image.open(out) as written:
        # the face is cut out by another resampling than lgpgan's
        assert np.abs(np.asarray(written) - expected).mean() < 4


def test_the_onnx_example_says_how_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: without arguments it ended in a TypeError that names Python's parameters."""
    script = str(EXAMPLES / "onnx_file.py")
    monkeypatch.setattr(sys, "argv", [script, "lgpgan.onnx"])
    with pytest.raises(SystemExit, match=r"python examples/onnx_file\.py lgpgan\.onnx photo\.jpg"):
        runpy.run_path(script, run_name="__main__")
