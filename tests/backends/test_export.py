from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from lgpgan.backends import export as export_module
from lgpgan.backends.backend import Faces
from lgpgan.backends.export import differences, export_onnx, random_faces
from lgpgan.backends.graph_format import INPUTS
from lgpgan.errors import LgpganError
from lgpgan.methods.weights import LoadedMethod, load_method
from small_cascade import write_cascade

pytestmark = pytest.mark.xdist_group("graphs")  # which take long to trace

WIDTH = 8 + 2
"""Values of a label: the classes, and two action units."""


def test_any_number_of_faces_at_once(exported: Path, whole_method: LoadedMethod) -> None:
    session = onnxruntime.InferenceSession(exported)
    assert [one.name for one in session.get_inputs()] == list(INPUTS)
    for count in (1, 2, 5):
        faces = random_faces(count, WIDTH, seed=count)
        made = session.run(None, dict(zip(INPUTS, faces, strict=True)))
        output, flow, keep, colour, shade = made
        assert output.shape == colour.shape == (count, 3, 128, 128)
        assert flow.shape == (count, 2, 128, 128)
        assert keep.shape == shade.shape == (count, 1, 128, 128)
        image, mouth, eyes, top = map(torch.from_numpy, faces)
        with torch.inference_mode():
            expected = whole_method.generator(image, mouth, top, eyes).output.numpy()
        np.testing.assert_allclose(output, expected, atol=1e-4)


def test_the_file_says_what_the_weights_say(exported: Path, whole_method: LoadedMethod) -> None:
    model = onnx.load(exported)
    onnx.checker.check_model(model)
    (entry,) = model.metadata_props
    assert entry.key == "lgpgan"
    said = json.loads(entry.value)
    assert tuple(said["labels"]) == whole_method.info.labels
    assert said["citations"] == ["Nobody: Nothing, 2026"]
    assert said["images"] == whole_method.info.images
    assert said["template"]["size"] == 128


@pytest.mark.usefixtures("traced_before")
def test_what_differs_from_torch_is_not_written(tmp_path: Path) -> None:
    other = load_method(write_cascade(tmp_path / "other.safetensors", seed=2, local=False))
    path = tmp_path / "kept.onnx"
    path.write_bytes(b"older")
    with pytest.raises(LgpganError, match=r"differs from torch's by .*nothing was written"):
        export_onnx(other, path, [random_faces(1, WIDTH)])
    assert path.read_bytes() == b"older"


def test_the_greatest_difference_is_that_of_any_batch(exported: Path, tmp_path: Path) -> None:
    other = load_method(write_cascade(tmp_path / "other.safetensors", seed=2, local=False))
    model = exported.read_bytes()
    one, two = random_faces(1, WIDTH, seed=1), random_faces(2, WIDTH, seed=2)
    apart = [differences(other, model, [faces]) for faces in (one, two)]
    both = differences(other, model, [one, two])
    assert both == {name: max(found[name] for found in apart) for name in both}


def test_random_faces_are_what_networks_take() -> None:
    faces = random_faces(50, WIDTH)
    assert faces.image.shape == (50, 3, 128, 128)
    assert np.abs(faces.image).max() <= 1
    np.testing.assert_allclose(faces.mouth.sum(axis=1), 1, rtol=1e-5)
    assert faces.mouth_top.min() >= 0
    assert 40 < faces.mouth_top.max() <= 80
    assert faces.image.dtype == faces.mouth.dtype == np.float32
    assert faces.mouth_top.dtype == np.int64


@pytest.mark.usefixtures("traced_before")
def test_what_is_no_number_is_no_small_difference(
    whole_method: LoadedMethod, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: ``max(0.0, nan)`` is 0.0, so networks that made no numbers were exported."""
    expected = export_module.outputs_of(whole_method.generator(*_torch(random_faces(1, WIDTH))))
    broken = {**expected, "keep": torch.full_like(expected["keep"], torch.nan)}
    monkeypatch.setattr(export_module, "outputs_of", lambda made: broken)
    for batches in (1, 2):
        faces = [random_faces(1, WIDTH)] * batches
        found = differences(whole_method, exported.read_bytes(), faces)
        assert np.isnan(found["keep"])
        assert found["colour"] < 1e-3
    with pytest.raises(LgpganError, match="keep differs from torch's by nan"):
        export_onnx(whole_method, exported.with_name("broken.onnx"), [random_faces(1, WIDTH)])


def _torch(faces: Faces) -> tuple[torch.Tensor, ...]:
    image, mouth, eyes, top = (torch.from_numpy(part) for part in faces)
    return image, mouth, top, eyes
