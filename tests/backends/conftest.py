from __future__ import annotations

from pathlib import Path

import pytest

from lgpgan.backends.graphs import keep_graph, trace_graph
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
def graphs(tmp_path_factory: pytest.TempPathFactory, cascade: Path, whole: Path) -> Path:
    """A cache folder with graphs: both of the whole-face generator, one of the cascade."""
    folder = tmp_path_factory.mktemp("cache")
    for weights, reading in ((whole, "gather"), (whole, "sample"), (cascade, "gather")):
        file = open_weights(weights, framework="np")
        keep_graph(trace_graph(file, reading, folder / "graphs"))
    return folder


@pytest.fixture
def cached(graphs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That folder in the place of the user's cache."""
    monkeypatch.setenv("LGPGAN_CACHE", str(graphs))
    return graphs


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with nothing in it."""
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
