"""Small networks, and the graphs that were traced of them, for all tests of a worker process.

Tracing one takes seconds, so tests that need these are marked with ``xdist_group("graphs")``: one
worker traces them, once.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import onnx
import pytest

from lgpgan.backends import export
from lgpgan.backends.export import export_onnx, random_faces
from lgpgan.backends.graph_format import OUTPUTS, SHADE_OUTPUT, Reading
from lgpgan.backends.graphs import keep_graph, trace_graph
from lgpgan.methods.weights import LoadedMethod, load_method
from lgpgan.methods.weights_info import open_weights
from small_cascade import write_cascade


@pytest.fixture(scope="session")
def cascade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a small cascade."""
    return write_cascade(tmp_path_factory.mktemp("cascade") / "weights.safetensors", seed=1)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a small cascade without local generators."""
    folder = tmp_path_factory.mktemp("whole")
    return write_cascade(folder / "weights.safetensors", seed=1, local=False)


@pytest.fixture(scope="session")
def whole_method(whole: Path) -> LoadedMethod:
    """The networks of ``whole``. Do not change them."""
    return load_method(whole)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, whole_method: LoadedMethod) -> Path:
    """An ONNX file of ``whole``, in a folder that did not exist before."""
    path = tmp_path_factory.mktemp("onnx") / "new" / "faces.onnx"
    width = whole_method.info.label_width
    greatest = export_onnx(whole_method, path, [random_faces(1, width), random_faces(3, width)])
    assert list(greatest) == [*OUTPUTS, SHADE_OUTPUT]
    assert max(greatest.values()) < 1e-4
    return path


@pytest.fixture
def traced_before(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exporting takes the graph of ``whole`` from that file, in place of tracing it again."""

    def read(*_: object) -> onnx.ModelProto:
        model = onnx.load(exported)
        del model.metadata_props[:]
        return model

    monkeypatch.setattr(export, "trace", read)


def _trace(weights: Path, reading: Reading, cache: Path) -> None:
    file = open_weights(weights, framework="np")
    keep_graph(trace_graph(file, reading, cache / "graphs"))


@pytest.fixture(scope="session")
def whole_graph(tmp_path_factory: pytest.TempPathFactory, whole: Path) -> Path:
    """A cache folder with a graph of ``whole`` for ONNX Runtime."""
    folder = tmp_path_factory.mktemp("cache")
    _trace(whole, "gather", folder)
    return folder


@pytest.fixture(scope="session")
def graphs(
    tmp_path_factory: pytest.TempPathFactory, cascade: Path, whole: Path, whole_graph: Path
) -> Path:
    """A cache folder with graphs: both of the whole-face generator, one of the cascade."""
    folder = shutil.copytree(whole_graph, tmp_path_factory.mktemp("graphs") / "cache")
    _trace(whole, "sample", folder)
    _trace(cascade, "gather", folder)
    return folder
